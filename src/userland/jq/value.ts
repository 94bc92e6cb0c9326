/** A JSON value; objects keep their order and may have keys that look like numbers. */
export type Json = null | boolean | number | string | readonly Json[] | ReadonlyMap<string, Json>

export class JqError extends Error {
  override name = 'JqError'
  readonly value: Json

  constructor(value: Json) {
    super(typeof value === 'string' ? value : 'jq error')
    this.value = value
  }
}

export function isObject(v: Json): v is ReadonlyMap<string, Json> {
  return v instanceof Map
}

export function isArray(v: Json): v is readonly Json[] {
  return Array.isArray(v)
}

export function typeOf(v: Json): string {
  if (v === null) return 'null'
  if (typeof v === 'boolean') return 'boolean'
  if (typeof v === 'number') return 'number'
  if (typeof v === 'string') return 'string'
  return isArray(v) ? 'array' : 'object'
}

const ORDER: Record<string, number> = { null: 0, boolean: 1, number: 3, string: 4, array: 5, object: 6 }

export function sortedKeys(v: ReadonlyMap<string, Json>): string[] {
  return [...v.keys()].sort(compareText)
}

/** By code points, as UTF-8 bytes would. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  const x = [...a]
  const y = [...b]
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const d = (x[i]?.codePointAt(0) ?? 0) - (y[i]?.codePointAt(0) ?? 0)
    if (d !== 0) return d
  }
  return x.length - y.length
}

/** Total order of jq(1): null, false, true, numbers, strings, arrays, objects. */
export function compare(a: Json, b: Json): number {
  const d = (ORDER[typeOf(a)] ?? 0) - (ORDER[typeOf(b)] ?? 0)
  if (d !== 0) return d
  if (typeof a === 'number' && typeof b === 'number') return a < b || Number.isNaN(a) ? -1 : a === b ? 0 : 1
  if (typeof a === 'boolean') return Number(a) - Number(b)
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (isArray(a) && isArray(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const c = compare(a[i] ?? null, b[i] ?? null)
      if (c !== 0) return c
    }
    return a.length - b.length
  }
  if (isObject(a) && isObject(b)) {
    const x = sortedKeys(a)
    const y = sortedKeys(b)
    const c = compare(x, y)
    if (c !== 0) return c
    for (const key of x) {
      const e = compare(a.get(key) ?? null, b.get(key) ?? null)
      if (e !== 0) return e
    }
  }
  return 0
}

/** jq 1.6 prints doubles with up to 17 digits, exponents when far from 1. */
export function numberText(n: number): string {
  if (Number.isNaN(n)) return 'null'
  if (!Number.isFinite(n)) return n > 0 ? '1.7976931348623157e+308' : '-1.7976931348623157e+308'
  if (Object.is(n, -0)) return '-0'
  const [mantissa = '', exponentText = '0'] = (n < 0 ? -n : n).toExponential().split('e')
  const digits = mantissa.replace('.', '')
  const point = Number(exponentText) + 1
  const sign = n < 0 ? '-' : ''
  if (point <= -4 || point > digits.length + 15) {
    const e = point - 1
    return `${sign}${digits.charAt(0)}${digits.length > 1 ? `.${digits.slice(1)}` : ''}e${e < 0 ? '-' : '+'}${String(Math.abs(e)).padStart(2, '0')}`
  }
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  if (point >= digits.length) return sign + digits + '0'.repeat(point - digits.length)
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

export interface Style {
  readonly indent: string
  readonly sortKeys: boolean
  readonly ascii: boolean
  readonly color: boolean
}

export const COMPACT: Style = { indent: '', sortKeys: false, ascii: false, color: false }

export function quoteString(s: string, ascii: boolean): string {
  const map: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r', '\b': '\\b', '\f': '\\f' }
  let out = '"'
  for (let i = 0; i < s.length; i++) {
    const c = s.charAt(i)
    const code = s.charCodeAt(i)
    if (map[c] !== undefined) out += map[c]
    else if (code < 32 || code === 127 || (ascii && code > 126)) out += `\\u${code.toString(16).padStart(4, '0')}`
    else out += c
  }
  return `${out}"`
}

const COLORS = { null: '1;30', boolean: '0;39', number: '0;39', string: '0;32', array: '1;39', object: '1;39', key: '34;1' }

/** The text of a value. */
export function dump(v: Json, style: Style = COMPACT, depth = 0): string {
  const wrap = (type: keyof typeof COLORS, text: string): string => (style.color ? `\x1b[${COLORS[type]}m${text}\x1b[0m` : text)
  if (v === null) return wrap('null', 'null')
  if (typeof v === 'boolean') return wrap('boolean', String(v))
  if (typeof v === 'number') return wrap('number', numberText(v))
  if (typeof v === 'string') return wrap('string', quoteString(v, style.ascii))
  const type = isArray(v) ? 'array' : 'object'
  const [open, close] = isArray(v) ? ['[', ']'] : ['{', '}']
  const start = style.color ? `\x1b[${COLORS[type]}m` : ''
  const end = style.color ? '\x1b[0m' : ''
  const newline = style.indent === '' ? '' : `\n${style.indent.repeat(depth + 1)}`
  const last = style.indent === '' ? '' : `\n${style.indent.repeat(depth)}`
  const items: string[] = []
  if (isArray(v)) {
    if (v.length === 0) return style.color ? `${start}[]${end}` : '[]'
    for (const item of v) items.push(dump(item, style, depth + 1))
    if (!style.color) return `[${newline}${items.join(`,${newline}`)}${last}]`
    return `${start}${open}${newline}${items.map((item, i) => (i === 0 ? item : `${start},${newline}${item}`)).join('')}${start}${last}${start}${close}${end}`
  }
  const keys = style.sortKeys ? sortedKeys(v) : [...v.keys()]
  if (keys.length === 0) return style.color ? `${start}{}${end}` : '{}'
  if (!style.color) {
    const colon = style.indent === '' ? ':' : ': '
    for (const key of keys) items.push(`${quoteString(key, style.ascii)}${colon}${dump(v.get(key) ?? null, style, depth + 1)}`)
    return `{${newline}${items.join(`,${newline}`)}${last}}`
  }
  const colon = style.indent === '' ? ':' : ': '
  for (const key of keys)
    items.push(`${end}${wrap('key', quoteString(key, style.ascii))}${start}${colon}${end}${dump(v.get(key) ?? null, style, depth + 1)}`)
  return `${start}${open}${newline}${items.map((item, i) => (i === 0 ? item : `${start},${newline}${item}`)).join('')}${start}${last}${start}${close}${end}`
}

/** Part of a value in an error message: at most 11 bytes, then dots. */
export function excerpt(v: Json): string {
  const text = dump(v)
  return text.length > 11 ? `${text.slice(0, 10)}...` : text
}

export function errorKinds(a: Json): string {
  return `${typeOf(a)} (${excerpt(a)})`
}
