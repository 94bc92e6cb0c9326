/** `'%s has %d'.format([a, b])`. Source: cel-go ext/formatting.go. Differs: `%e` and `%f` round as JavaScript does. */
import { encode } from '#sim/bytes.ts'
import { formatDuration, formatTimestamp } from '../time.ts'
import { Duration, EvaluationError, List, MapValue, Timestamp, TypeValue, typeNameOf, Uint, type Value } from '../values.ts'
import { doubleText } from './standard.ts'

const MAX_PRECISION = 1000

/** Fills the clauses of a format text. Throws EvalErrors. */
export function format(template: string, args: List): string {
  let out = ''
  let next = 0
  for (let i = 0; i < template.length; i++) {
    const c = template.charAt(i)
    if (c !== '%') {
      out += c
      continue
    }
    if (i + 1 >= template.length) throw new EvaluationError('unexpected end of string')
    if (template.charAt(i + 1) === '%') {
      out += '%'
      i++
      continue
    }
    const arg = args.items[next]
    if (arg === undefined) throw new EvaluationError(`index ${next} out of range`)
    next++
    const { clause, precision, length } = clauseAt(template.slice(i + 1))
    out += render(clause, precision, arg)
    i += length
  }
  return out
}

function clauseAt(text: string): { readonly clause: string; readonly precision: number; readonly length: number } {
  const m = /^(?:\.(\d*))?(.)/su.exec(text)
  if (m === null) throw new EvaluationError('could not find end of precision specifier')
  const precision = m[1] === undefined ? 6 : Number(m[1])
  if (precision > MAX_PRECISION) throw new EvaluationError(`precision ${precision} exceeds maximum allowed precision ${MAX_PRECISION}`)
  return { clause: m[2] ?? '', precision, length: m[0].length }
}

function render(clause: string, precision: number, arg: Value): string {
  switch (clause) {
    case 's':
      return text(arg)
    case 'd':
      return decimal(arg)
    case 'f':
      return float(arg, (n) => n.toFixed(Math.min(precision, 100)), 'fixed-point')
    case 'e':
      return float(arg, (n) => exponent(n.toExponential(Math.min(precision, 100))), 'scientific notation')
    case 'b':
      if (typeof arg === 'boolean') return arg ? '1' : '0'
      return integer(arg, 2, 'only integers and bools can be formatted as binary')
    case 'x':
    case 'X': {
      const hex = hexadecimal(arg)
      return clause === 'X' ? hex.toUpperCase() : hex
    }
    case 'o':
      return integer(arg, 8, 'octal clause can only be used on integers')
    default:
      throw new EvaluationError(`could not parse formatting clause: unrecognized formatting clause "${clause}"`)
  }
}

const failed = (why: string): EvaluationError => new EvaluationError(`error during formatting: ${why}`)

function text(arg: Value): string {
  if (arg === null) return 'null'
  if (typeof arg === 'string') return arg
  if (typeof arg === 'number') return doubleText(arg)
  if (typeof arg === 'bigint' || typeof arg === 'boolean') return String(arg)
  if (arg instanceof Uint) return String(arg.value)
  if (arg instanceof Uint8Array) return String.fromCharCode(...arg)
  if (arg instanceof Duration) return formatDuration(arg)
  if (arg instanceof Timestamp) return formatTimestamp(arg)
  if (arg instanceof TypeValue) return arg.name
  if (arg instanceof List) return `[${arg.items.map(text).join(', ')}]`
  if (arg instanceof MapValue) {
    const entries = arg.entries().map(([key, value]): readonly [string, string] => [text(key), text(value)])
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return `{${entries.map(([key, value]) => `${key}: ${value}`).join(', ')}}`
  }
  throw failed(
    `string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${typeNameOf(arg)}`,
  )
}

function decimal(arg: Value): string {
  if (typeof arg === 'bigint') return String(arg)
  if (arg instanceof Uint) return String(arg.value)
  if (typeof arg === 'number' && !Number.isFinite(arg)) return special(arg)
  throw failed(`decimal clause can only be used on integers, was given ${typeNameOf(arg)}`)
}

const special = (n: number): string => (Number.isNaN(n) ? 'NaN' : n > 0 ? 'Infinity' : '-Infinity')

function float(arg: Value, show: (n: number) => string, clause: string): string {
  const n = typeof arg === 'number' ? arg : typeof arg === 'bigint' ? Number(arg) : arg instanceof Uint ? Number(arg.value) : undefined
  if (n === undefined)
    throw failed(`${clause} clause can only be used on doubles, integers, and unsigned integers, was given ${typeNameOf(arg)}`)
  return Number.isFinite(n) ? show(n) : special(n)
}

/** Go writes at least two digits of an exponent. */
const exponent = (shown: string): string => shown.replace(/e([+-])(\d)$/, 'e$10$2')

function integer(arg: Value, base: number, why: string): string {
  if (typeof arg === 'bigint') return arg.toString(base)
  if (arg instanceof Uint) return arg.value.toString(base)
  throw failed(`${why}, was given ${typeNameOf(arg)}`)
}

function hexadecimal(arg: Value): string {
  if (typeof arg === 'string' || arg instanceof Uint8Array)
    return [...(typeof arg === 'string' ? encode(arg) : arg)].map((b) => b.toString(16).padStart(2, '0')).join('')
  return integer(arg, 16, 'only integers, byte buffers, and strings can be formatted as hex')
}
