/**
 * YAML as sigs.k8s.io/yaml writes it: keys sorted, sequences not indented below their key, lines folded at 80,
 * strings quoted by libyaml's rules. Source: yaml.org 1.1, libyaml's emitter.
 */

const BEST_WIDTH = 80

/** One document, ending in a newline. Values are plain JSON; undefined fields are left out. */
export function toYaml(value: unknown): string {
  const out = new Emitter()
  out.node(value, 0, 'root')
  return out.text
}

type Place = 'root' | 'mapping' | 'sequence'

class Emitter {
  text = ''
  #column = 0

  #write(s: string): void {
    this.text += s
    const nl = s.lastIndexOf('\n')
    this.#column = nl < 0 ? this.#column + s.length : s.length - nl - 1
  }

  node(value: unknown, indent: number, place: Place): void {
    if (Array.isArray(value)) this.#sequence(value, indent, place)
    else if (typeof value === 'object' && value !== null) this.#mapping(value as Record<string, unknown>, indent, place)
    else {
      if (place !== 'root') this.#write(' ')
      this.#scalar(value, indent)
      this.#write('\n')
    }
  }

  #mapping(map: Record<string, unknown>, indent: number, place: Place): void {
    const keys = Object.keys(map)
      .filter((k) => map[k] !== undefined)
      .sort(compareKeys)
    if (keys.length === 0) {
      this.#write(place === 'root' ? '{}\n' : ' {}\n')
      return
    }
    if (place === 'mapping') this.#write('\n')
    keys.forEach((key, i) => {
      if (place === 'sequence' && i === 0) this.#write(' ')
      else this.#write(' '.repeat(indent))
      this.#scalar(key, indent, true)
      this.#write(':')
      const child = map[key]
      this.node(child, Array.isArray(child) ? indent : indent + 2, 'mapping')
    })
  }

  #sequence(items: readonly unknown[], indent: number, place: Place): void {
    if (items.length === 0) {
      this.#write(place === 'root' ? '[]\n' : ' []\n')
      return
    }
    if (place === 'mapping') this.#write('\n')
    items.forEach((item, i) => {
      if (place === 'sequence' && i === 0) this.#write(' ')
      else this.#write(' '.repeat(indent))
      this.#write('-')
      this.node(item, indent + 2, 'sequence')
    })
  }

  #scalar(value: unknown, indent: number, simpleKey = false): void {
    if (typeof value !== 'string') {
      this.#write(value === null ? 'null' : typeof value === 'number' ? formatNumber(value) : String(value))
      return
    }
    const style = scalarStyle(value, simpleKey)
    if (style === 'literal') this.#literal(value, indent)
    else if (style === 'double') this.#double(value, simpleKey ? undefined : indent)
    else this.#flow(style === 'single' ? `'${value.replaceAll("'", "''")}'` : value, simpleKey ? undefined : indent)
  }

  /** Plain and single quoted: folded at single blanks once the line is past the width. */
  #flow(text: string, indent: number | undefined): void {
    let start = 0
    for (let i = 0; i < text.length; i++) {
      const fold =
        indent !== undefined &&
        text[i] === ' ' &&
        i > 0 &&
        i < text.length - 1 &&
        text[i - 1] !== ' ' &&
        text[i + 1] !== ' ' &&
        this.#column + (i - start) > BEST_WIDTH
      if (!fold) continue
      this.#write(`${text.slice(start, i)}\n${' '.repeat(Math.max(indent, 2))}`)
      start = i + 1
    }
    this.#write(text.slice(start))
  }

  #double(value: string, indent: number | undefined): void {
    this.#write('"')
    const chars = [...value]
    chars.forEach((ch, i) => {
      if (ch === ' ' && indent !== undefined && this.#column > BEST_WIDTH && i > 0 && i < chars.length - 1) {
        this.#write(`\n${' '.repeat(Math.max(indent, 2))}`)
        if (chars[i + 1] === ' ') this.#write('\\')
        return
      }
      this.#write(escapeChar(ch))
    })
    this.#write('"')
  }

  #literal(value: string, indent: number): void {
    const lead = value.startsWith(' ') || value.startsWith('\n') ? '2' : ''
    const chomp = value.endsWith('\n\n') || value === '\n' ? '+' : value.endsWith('\n') ? '' : '-'
    this.#write(`|${lead}${chomp}`)
    const body = value.endsWith('\n') ? value.slice(0, -1) : value
    const pad = ' '.repeat(Math.max(indent, 2))
    for (const line of body.split('\n')) this.#write(line === '' ? '\n' : `\n${pad}${line}`)
  }
}

/** go-yaml's order of keys: what is no letter before letters, numbers by value. */
function compareKeys(a: string, b: string): number {
  const x = [...a]
  const y = [...b]
  for (let i = 0; i < x.length && i < y.length; i++) {
    const p = x[i] as string
    const q = y[i] as string
    if (p === q) continue
    const letters = [isLetter(p), isLetter(q)]
    if (letters[0] && letters[1]) return p < q ? -1 : 1
    if (letters[0] || letters[1]) return letters[1] ? -1 : 1
    const m = /^\d*/.exec(x.slice(i).join(''))?.[0] ?? ''
    const n = /^\d*/.exec(y.slice(i).join(''))?.[0] ?? ''
    if (Number(m) !== Number(n)) return Number(m) < Number(n) ? -1 : 1
    if (m.length !== n.length) return m.length < n.length ? -1 : 1
    return p < q ? -1 : 1
  }
  return x.length - y.length
}

const isLetter = (c: string): boolean => /\p{L}/u.test(c)

/** As encoding/json prints float64: integers plain, others shortest. */
function formatNumber(n: number): string {
  return Object.is(n, -0)
    ? '-0'
    : String(n)
        .replace(/e\+?(-?)(\d)$/, 'e$10$2')
        .replace('e0', 'e+0')
}

/** Texts that YAML 1.1 would read as something other than a string. */
function resolvesToOther(s: string): boolean {
  if (s === '') return true
  if (/^(y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF|true|True|TRUE|false|False|FALSE|null|Null|NULL|~|<<)$/.test(s)) return true
  if (/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(s)) return true
  if (/^[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)$/.test(s)) return true
  if (/^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$/.test(s)) return true
  if (/^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?$/.test(s)) return isTimestamp(s)
  return /^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/.test(s)
}

function isTimestamp(s: string): boolean {
  return /^\d{4}-\d{1,2}-\d{1,2}$/.test(s) || /^\d{4}-\d{1,2}-\d{1,2}[Tt ]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[-+]\d\d:\d\d)?$/.test(s)
}

function scalarStyle(s: string, simpleKey: boolean): 'plain' | 'single' | 'double' | 'literal' {
  if (resolvesToOther(s) || hasSpecial(s)) return 'double'
  if (s.includes('\n')) return simpleKey || / \n| $/.test(s) ? 'double' : 'literal'
  return plainAllowed(s) ? 'plain' : 'single'
}

/** Characters that only double quotes can show. */
function hasSpecial(s: string): boolean {
  for (const ch of s) {
    const c = ch.codePointAt(0) ?? 0
    const printable =
      c === 0x0a ||
      c === 0x85 ||
      (c >= 0x20 && c <= 0x7e) ||
      (c >= 0xa0 && c <= 0xd7ff) ||
      (c >= 0xe000 && c <= 0xfffd && c !== 0xfeff) ||
      c >= 0x10000
    if (!printable) return true
  }
  return false
}

function plainAllowed(s: string): boolean {
  if (s.startsWith(' ') || s.endsWith(' ') || s.startsWith('---') || s.startsWith('...')) return false
  if (/^[#,[\]{}&*!|>'"%@`]/.test(s)) return false
  if (/^[?:-](\s|$)/.test(s)) return false
  return !/:(\s|$)|\s#/.test(s)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\x85': '\\N',
  '\xa0': '\\_',
  '\u2028': '\\L',
  '\u2029': '\\P',
}

function escapeChar(ch: string): string {
  const known = ESCAPES[ch]
  if (known !== undefined) return known
  if (!hasSpecial(ch)) return ch
  const c = ch.codePointAt(0) ?? 0
  const hex = c.toString(16).toUpperCase()
  return c <= 0xff ? `\\x${hex.padStart(2, '0')}` : c <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
