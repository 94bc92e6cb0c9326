/** KYAML: the strict, braced subset of YAML that `-o kyaml` writes. */

const PLAIN = /^[A-Za-z_][\w./-]*$/
const AMBIGUOUS = /^(y|n|yes|no|on|off|true|false|null|nan|inf)$/i

/** One document with its `---`; keys in the value's own order. */
export function toKyaml(value: unknown): string {
  return `---\n${node(value, 0)}\n`
}

function node(value: unknown, indent: number): string {
  if (Array.isArray(value)) return sequence(value, indent)
  if (typeof value === 'object' && value !== null) return mapping(value as Record<string, unknown>, indent)
  return typeof value === 'string' ? quoted(value, indent) : value === undefined ? 'null' : String(value)
}

function mapping(map: Record<string, unknown>, indent: number): string {
  const entries = Object.entries(map).filter(([, v]) => v !== undefined)
  if (entries.length === 0) return '{}'
  const pad = ' '.repeat(indent + 2)
  const lines = entries.map(
    ([key, value]) => `${pad}${PLAIN.test(key) && !AMBIGUOUS.test(key) ? key : JSON.stringify(key)}: ${node(value, indent + 2)},\n`,
  )
  return `{\n${lines.join('')}${' '.repeat(indent)}}`
}

/** Lists of maps or lists are cuddled: `[{ … }, { … }]`. */
function sequence(items: readonly unknown[], indent: number): string {
  if (items.length === 0) return '[]'
  if (items.every((item) => typeof item === 'object' && item !== null)) return `[${items.map((item) => node(item, indent)).join(', ')}]`
  const pad = ' '.repeat(indent + 2)
  return `[\n${items.map((item) => `${pad}${node(item, indent + 2)},\n`).join('')}${' '.repeat(indent)}]`
}

/** A string of several lines is broken after each `\n`, the line ends escaped. */
function quoted(text: string, indent: number): string {
  const plain = JSON.stringify(text)
  if (!text.includes('\n')) return plain
  const lines = text.split('\n')
  const last = lines.pop() ?? ''
  const pad = ' '.repeat(indent + 3)
  const inner = lines.map((l) => `${pad}${JSON.stringify(l).slice(1, -1)}\\n\\\n`).join('')
  const tail = last === '' ? '' : `${pad}${JSON.stringify(last).slice(1, -1)}\\\n`
  return `"\\\n${inner}${tail}${' '.repeat(indent + 2)}"`
}
