import { encode } from '#sim/bytes.ts'
import { backslashQuote } from '../expand/quote.ts'
import { lengthOf, slice } from '../expand/text.ts'
import type { Shell } from '../interp/shell.ts'
import { formatTime } from '../strftime.ts'
import { byteChar, codePoint, joinBytes } from '../syntax/escapes.ts'
import { type Builtin, isName, reference, usage } from './builtin.ts'
import { formatFloat } from './float.ts'

/** Escapes of `echo -e` and `%b`. `stop`: a `\c` was met. */
export function unescapeEcho(text: string, printf: boolean, utf8: boolean): { readonly text: string; readonly stop: boolean } {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i)
    if (c !== '\\' || i + 1 >= text.length) {
      out += c
      continue
    }
    const rest = text.slice(i + 1)
    const n = rest.charAt(0)
    const simple = (
      { a: '\x07', b: '\b', e: '\x1b', E: '\x1b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\' } as Record<string, string>
    )[n]
    const octal = /^0([0-7]{0,3})/.exec(rest) ?? (printf ? /^([0-7]{1,3})/.exec(rest) : null)
    const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest)
    const unicode = /^(?:u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8}))/.exec(rest)
    if (simple !== undefined) {
      out += simple
      i++
    } else if (n === 'c') return { text: joinBytes(out), stop: true }
    else if (octal !== null) {
      out += byteChar(Number.parseInt(octal[1] || '0', 8))
      i += octal[0].length
    } else if (hex !== null) {
      out += byteChar(Number.parseInt(hex[1] as string, 16))
      i += hex[0].length
    } else if (unicode !== null) {
      out += codePoint(Number.parseInt(unicode[1] ?? (unicode[2] as string), 16), utf8)
      i += unicode[0].length
    } else if (printf && (n === '"' || n === "'" || n === '?')) {
      out += n
      i++
    } else out += c
  }
  return { text: joinBytes(out), stop: false }
}

const echo: Builtin = (sh, args) => {
  let newline = true
  let escapes = sh.shopts.xpg_echo === true || sh.flavour === 'dash'
  let i = 0
  for (; i < args.length; i++) {
    const a = args[i] as string
    if (sh.flavour === 'dash' ? a !== '-n' : !/^-[neE]+$/.test(a)) break
    for (const c of a.slice(1)) {
      if (c === 'n') newline = false
      else escapes = c === 'e'
    }
    if (sh.flavour === 'dash') {
      i++
      break
    }
  }
  const text = args.slice(i).join(' ')
  if (!escapes) {
    sh.out(newline ? `${text}\n` : text)
    return 0
  }
  const done = unescapeEcho(text, false, sh.utf8)
  sh.out(done.stop || !newline ? done.text : `${done.text}\n`)
  return 0
}

interface State {
  readonly sh: Shell
  readonly args: readonly string[]
  /** Lines that are complete are written before a message: standard output is buffered by lines. */
  readonly complain: (message: string) => void
  at: number
  status: number
}

function nextArgument(s: State): string | undefined {
  return s.args[s.at++]
}

const INT_MAX = 0x7fffffffn
const INT_MIN = -0x80000000n

/** A number argument: decimal, octal, hexadecimal, or `'c` for a character's code. Complains about anything else. */
function numberArgument(s: State, unsigned = false): bigint {
  const text = nextArgument(s)
  if (text === undefined || text === '') return 0n
  if (text[0] === "'" || text[0] === '"') return BigInt(s.sh.utf8 ? (text.codePointAt(1) ?? 0) : (encode(text.slice(1, 3))[0] ?? 0))
  const m = /^\s*([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(text)
  if (m === null) {
    s.complain(s.sh.isDash ? `${text}: expected numeric value` : `${text}: invalid number`)
    s.status = 1
    return 0n
  }
  const digits = m[2] as string
  let v = /^0\d/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits)
  if (m[1] === '-') v = -v
  if (m[0].length !== text.length) {
    s.complain(
      s.sh.isDash
        ? `${text}: not completely converted`
        : `${text}: invalid ${/^\s*[-+]?0[0-9]/.test(text) && /[89]/.test(text) ? 'octal number' : 'number'}`,
    )
    s.status = 1
  }
  const most = unsigned ? 0xffffffffffffffffn : 0x7fffffffffffffffn
  const least = unsigned ? -most : -0x8000000000000000n
  if (v > most || v < least) {
    s.complain(`warning: ${text}: Numerical result out of range`)
    v = unsigned || v > 0n ? most : least
  }
  return v
}

/** A width or precision: an int. bash looks at its range only where arguments are left; else the bits that fit are taken. */
function intArgument(s: State): number {
  const text = s.args[s.at]
  const v = numberArgument(s)
  if (s.at >= s.args.length) return Number(BigInt.asIntN(32, v))
  const clipped = v > INT_MAX ? INT_MAX : v < INT_MIN ? INT_MIN : v
  if (clipped !== v) s.complain(`warning: ${text}: Numerical result out of range`)
  return Number(clipped)
}

function floatArgument(s: State): number {
  const text = nextArgument(s)
  if (text === undefined || text === '') return 0
  if (text[0] === "'" || text[0] === '"') return text.codePointAt(1) ?? 0
  const m = /^\s*[-+]?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|inf(?:inity)?|nan)/i.exec(text)
  if (m === null || m[0].length !== text.length) {
    s.complain(`${text}: invalid number`)
    s.status = 1
    if (m === null) return 0
  }
  const t = m[0].trim()
  if (/inf/i.test(t)) return t.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  if (/nan/i.test(t)) return Number.NaN
  return /^[-+]?0x/i.test(t) ? (t.startsWith('-') ? -Number(t.slice(1)) : Number(t.replace('+', ''))) : Number(t)
}

function pad(text: string, flags: string, width: number, utf8: boolean): string {
  const n = lengthOf(text, utf8)
  if (n >= width) return text
  return flags.includes('-') ? text + ' '.repeat(width - n) : ' '.repeat(width - n) + text
}

function formatInteger(v: bigint, conv: string, flags: string, width: number, precision: number | undefined): string {
  let digits: string
  let sign = ''
  if (conv === 'd' || conv === 'i') {
    sign = v < 0n ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
    digits = String(v < 0n ? -v : v)
  } else {
    const u = BigInt.asUintN(64, v)
    digits = conv === 'o' ? u.toString(8) : conv === 'u' ? u.toString() : u.toString(16)
    if (conv === 'X') digits = digits.toUpperCase()
    if (flags.includes('#') && u !== 0n) {
      if (conv === 'o') digits = `0${digits}`
      else if (conv !== 'u') sign = `0${conv}`
    }
  }
  if (precision !== undefined) digits = precision === 0 && v === 0n ? '' : digits.padStart(precision, '0')
  else if (flags.includes('0') && !flags.includes('-')) digits = digits.padStart(width - sign.length, '0')
  return sign + digits
}

/** Differs: what bash, given a width beyond this, prints until its memory is used up. */
const MAX_PADDING = 1 << 20

/** The output of `printf`; undefined after a bad format (already complained about). Source: bash, printf. */
export function formatPrintf(
  sh: Shell,
  format: string,
  args: readonly string[],
  emit?: (text: string) => void,
): { text: string; status: number } {
  let out = ''
  const complain = (message: string): void => {
    const end = out.lastIndexOf('\n') + 1
    if (emit !== undefined && end > 0) {
      emit(joinBytes(out.slice(0, end)))
      out = out.slice(end)
    }
    sh.complain(message)
  }
  const s: State = { sh, args, complain, at: 0, status: 0 }
  do {
    const before = s.at
    for (let i = 0; i < format.length; i++) {
      const c = format.charAt(i)
      if (c === '\\') {
        const m = /^\\(?:[0-7]{1,3}|x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|[\s\S])/.exec(format.slice(i))
        if (m === null) {
          out += c
          continue
        }
        out +=
          m[0] === '\\c'
            ? m[0]
            : /^\\[0-7]/.test(m[0])
              ? byteChar(Number.parseInt(m[0].slice(1), 8))
              : unescapeEcho(m[0], true, sh.utf8).text
        i += m[0].length - 1
        continue
      }
      if (c !== '%') {
        out += c
        continue
      }
      const m = /^%([-+ #0']*)(\*|\d+)?(?:\.(\*|-?\d*))?[hlLjzt]*(\([^)]*\)T|[\s\S])?/.exec(format.slice(i)) as RegExpExecArray
      let flags = m[1] as string
      const conv = m[4] ?? ''
      i += m[0].length - 1
      if (conv === '%' && m[0] === '%%') {
        out += '%'
        continue
      }
      let width = 0
      if (m[2] === '*') {
        width = intArgument(s)
        if (width < 0) {
          flags += '-'
          width = -width
        }
      } else if (m[2] !== undefined) width = Number(m[2])
      let precision: number | undefined
      if (m[3] === '*') {
        precision = intArgument(s)
        if (precision < 0) precision = undefined
      } else if (m[3] !== undefined) precision = Math.max(0, Number(m[3] === '' ? 0 : m[3]))
      width = Math.min(width, MAX_PADDING)
      if (precision !== undefined) precision = Math.min(precision, MAX_PADDING)
      if (conv.startsWith('(')) {
        const seconds = s.at < s.args.length ? numberArgument(s) : -1n
        const when = seconds === -1n ? Math.floor(sh.proc.now() / 1e6) : seconds === -2n ? Math.floor(sh.startTime / 1e6) : Number(seconds)
        const fmt = conv.slice(1, -2)
        const text = formatTime(fmt === '' ? '%X' : fmt, when * 1e6, sh.get('TZ'))
        out += pad(precision === undefined ? text : text.slice(0, precision), flags, width, sh.utf8)
        continue
      }
      switch (conv) {
        case 's':
        case 'c':
        case 'q':
        case 'Q':
        case 'b': {
          let text = nextArgument(s) ?? ''
          let stop = false
          if (conv === 'c') text = slice(text, 0, 1, sh.utf8) || '\0'
          else if (conv === 'q') text = backslashQuote(text, sh.utf8)
          else if (conv === 'Q') text = backslashQuote(precision === undefined ? text : slice(text, 0, precision, sh.utf8), sh.utf8)
          else if (conv === 'b') ({ text, stop } = unescapeEcho(text, true, sh.utf8))
          if (precision !== undefined && conv !== 'c' && conv !== 'Q') text = slice(text, 0, precision, sh.utf8)
          out += pad(text, flags, width, sh.utf8)
          if (stop) return { text: joinBytes(out), status: s.status }
          break
        }
        case 'd':
        case 'i':
        case 'u':
        case 'o':
        case 'x':
        case 'X': {
          const v = numberArgument(s, 'uoxX'.includes(conv))
          out += pad(formatInteger(v, conv, flags, width, precision), flags, width, sh.utf8)
          break
        }
        case 'e':
        case 'E':
        case 'f':
        case 'F':
        case 'g':
        case 'G':
        case 'a':
        case 'A': {
          const text = formatFloat(floatArgument(s), conv, flags, precision)
          const sign = /^[-+ ]/.exec(text)?.[0] ?? ''
          const padded =
            flags.includes('0') && !flags.includes('-') && !/[in]/i.test(text)
              ? sign + text.slice(sign.length).padStart(width - sign.length, '0')
              : text
          out += pad(padded, flags, width, sh.utf8)
          break
        }
        case 'n': {
          const name = nextArgument(s)
          if (name !== undefined && isName(name)) sh.set(name, String(lengthOf(out, sh.utf8)))
          break
        }
        default:
          if (conv === '') complain("`%': missing format character")
          else complain(sh.isDash ? `%${conv}: invalid directive` : `\`${conv}': invalid format character`)
          return { text: joinBytes(out), status: 1 }
      }
    }
    if (s.at === before) break
  } while (s.at < s.args.length)
  return { text: joinBytes(out), status: s.status }
}

const printf: Builtin = (sh, args) => {
  let list = args
  let variable: string | undefined
  if (!sh.isDash && list[0]?.startsWith('-v')) {
    variable = list[0] === '-v' ? list[1] : list[0].slice(2)
    list = list.slice(list[0] === '-v' ? 2 : 1)
    if (variable === undefined) {
      sh.complain('-v: option requires an argument')
      usage(sh)
      return 2
    }
    if (reference(variable) === undefined) {
      sh.complain(`\`${variable}': not a valid identifier`)
      return 2
    }
  }
  if (list[0] === '--') list = list.slice(1)
  else if (list[0] !== undefined && /^-./.test(list[0])) {
    sh.complain(`${list[0].slice(0, 2)}: invalid option`)
    usage(sh)
    return 2
  }
  const [format, ...rest] = list
  if (format === undefined) {
    usage(sh)
    return 2
  }
  const { text, status } = formatPrintf(sh, format, rest, variable === undefined ? (done) => sh.out(done) : undefined)
  if (variable === undefined) sh.out(text)
  else {
    const m = /^(\w+)\[(.+)\]$/s.exec(variable)
    if (m !== null) sh.assignText(m[1] as string, sh.subscriptWord(m[2] as string), text)
    else sh.set(variable, text.split('\0', 1)[0] as string)
  }
  return status
}

export const output: Readonly<Record<string, Builtin>> = { echo, printf }
