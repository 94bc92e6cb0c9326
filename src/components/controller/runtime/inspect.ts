/** How `console.log` shows a value; much as node:util inspect does, for plain data. */

const MAX_DEPTH = 4
const MAX_ITEMS = 50
const WIDTH = 76

/** The line of a console call. */
export function line(values: readonly unknown[]): string {
  return values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' ')
}

export function inspect(value: unknown, depth = 0, seen: readonly object[] = []): string {
  if (typeof value === 'string') return `'${value.replaceAll('\n', '\\n')}'`
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return `[Function: ${value.name || '(anonymous)'}]`
  if (typeof value !== 'object' || value === null) return String(value)
  if (value instanceof Error) return errorText(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (seen.includes(value)) return '[Circular]'
  const inner = [...seen, value]
  const show = (item: unknown): string => inspect(item, depth + 1, inner)
  if (Array.isArray(value)) return depth > MAX_DEPTH ? '[Array]' : wrap('', '[', ']', limited(value, show))
  if (value instanceof Map)
    return wrap(
      `Map(${value.size}) `,
      '{',
      '}',
      limited([...value], ([k, v]) => `${show(k)} => ${show(v)}`),
    )
  if (value instanceof Set) return wrap(`Set(${value.size}) `, '{', '}', limited([...value], show))
  const name: unknown = value.constructor?.name
  const title = typeof name === 'string' && name !== 'Object' ? `${name} ` : ''
  if (depth > MAX_DEPTH) return `[${title.trim() || 'Object'}]`
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return wrap(
    title,
    '{',
    '}',
    limited(fields, ([key, field]) => `${/^[\w$]+$/.test(key) ? key : `'${key}'`}: ${show(field)}`),
  )
}

function limited<T>(items: readonly T[], show: (item: T) => string): string[] {
  const shown = items.slice(0, MAX_ITEMS).map(show)
  return items.length > MAX_ITEMS ? [...shown, `... ${items.length - MAX_ITEMS} more`] : shown
}

function wrap(title: string, open: string, close: string, parts: readonly string[]): string {
  if (parts.length === 0) return `${title}${open}${close}`
  const short = `${title}${open} ${parts.join(', ')} ${close}`
  if (short.length <= WIDTH && !short.includes('\n')) return short
  return `${title}${open}\n${parts.map((part) => `  ${part.replaceAll('\n', '\n  ')}`).join(',\n')}\n${close}`
}

/** Addresses of the reader's module, which stand in stacks for its name. */
let moduleAddress: string | undefined

export function setModuleAddress(address: string): void {
  moduleAddress = address
}

/** The message, and of the stack the lines of the reader's own file. */
export function errorText(error: Error): string {
  const head = `${error.name}: ${error.message}`
  const cause = error.cause === undefined ? '' : `\n  [cause]: ${inspect(error.cause).replaceAll('\n', '\n  ')}`
  return `${head}${ownFrames(error.stack ?? '')
    .map((frame) => `\n    at ${frame}`)
    .join('')}${cause}`
}

/** `controller.ts:LINE` for each frame of the reader's module, with the function where it is known. */
function ownFrames(stack: string): readonly string[] {
  if (moduleAddress === undefined) return []
  const frames: string[] = []
  for (const text of stack.split('\n')) {
    const at = text.indexOf(moduleAddress)
    const number = at < 0 ? undefined : /^:(\d+)/.exec(text.slice(at + moduleAddress.length))?.[1]
    if (number === undefined) continue
    const caller = /^\s*at (?:async )?([\w.$<> ]+) \(/.exec(text)?.[1] ?? /^([\w.$]+)@/.exec(text)?.[1]
    frames.push(caller === undefined ? `controller.ts:${number}` : `${caller} (controller.ts:${number})`)
  }
  return frames
}
