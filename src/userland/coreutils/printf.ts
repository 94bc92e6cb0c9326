import type { Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { say } from '#userland/lib/io.ts'
import { formatFloat, formatInteger, formatString, parseFormat, withStars } from '#userland/lib/number-format.ts'
import { quote, quotef } from '#userland/lib/quote.ts'
import { echoEscapes } from './simple.ts'

/** printf(1): the format is used again while arguments are left. */
export const printf: Program = {
  name: 'coreutils/printf',
  *main(proc): Sim<number> {
    const prog = proc.argv[0] ?? 'printf'
    const args = proc.argv.slice(1)
    if (args[0] === '--') args.shift()
    const format = args.shift()
    if (format === undefined) {
      yield* say(proc, 2, `${prog}: missing operand\nTry '${prog} --help' for more information.\n`)
      return 1
    }
    const { out: text, stopped: stopAtFormat } = formatEscapes(format)
    const pieces = parseFormat(text)
    let status = 0
    let out = ''
    let errors = ''
    const warn = (message: string): void => {
      errors += `${prog}: ${message}\n`
      status = 1
    }
    const integer = (arg: string | undefined): bigint => {
      if (arg === undefined || arg === '') {
        if (arg === '') warn(`${quote('')}: expected a numeric value`)
        return 0n
      }
      if (/^['"]/.test(arg)) return BigInt(arg.length > 1 ? arg.charCodeAt(1) : 0)
      const m = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(arg)
      if (m === null) {
        warn(`${quote(arg)}: expected a numeric value`)
        return 0n
      }
      if (m[0].length < arg.length) warn(`${quote(arg)}: value not completely converted`)
      const digits = m[2] ?? '0'
      const n = /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits)
      return m[1] === '-' ? -n : n
    }
    const float = (arg: string | undefined): number => {
      if (arg === undefined || arg === '') return 0
      if (/^['"]/.test(arg)) return arg.length > 1 ? arg.charCodeAt(1) : 0
      const m = /^\s*[+-]?(?:0[xX][0-9a-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)/i.exec(arg)
      if (m === null) {
        warn(`${quote(arg)}: expected a numeric value`)
        return 0
      }
      if (m[0].length < arg.length) warn(`${quote(arg)}: value not completely converted`)
      const word = m[0].trim().toLowerCase()
      if (word.includes('inf')) return word.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
      return Number(word)
    }
    let stopped = false
    do {
      const before = args.length
      for (const piece of pieces) {
        if (stopped) break
        if (piece.kind === 'text') {
          out += piece.text
          continue
        }
        const spec = withStars(piece, () => Number(integer(args.shift())))
        const c = spec.conversion
        if (c === 's') out += formatString(args.shift() ?? '', spec)
        else if (c === 'b') {
          const b = echoEscapes(args.shift() ?? '')
          out += formatString(b.out, spec)
          stopped = b.stopped
        } else if (c === 'c') out += formatString((args.shift() ?? '').slice(0, 1), spec)
        else if (c === 'q') out += formatString(quotef(args.shift() ?? ''), spec)
        else if (/^[diouxX]$/.test(c)) out += formatInteger(integer(args.shift()), spec)
        else if (/^[aeEfFgG]$/.test(c)) out += formatFloat(float(args.shift()), spec)
        else {
          yield* say(proc, 1, out)
          yield* say(proc, 2, `${errors}${prog}: ${piece.source}: invalid conversion specification\n`)
          return 1
        }
      }
      if (args.length === before && args.length > 0) {
        errors += `${prog}: warning: ignoring excess arguments, starting with ${quote(args[0] ?? '')}\n`
        break
      }
    } while (args.length > 0 && !stopped && !stopAtFormat)
    yield* say(proc, 1, out)
    if (errors !== '') yield* say(proc, 2, errors)
    return status
  },
}

/** Escapes of the format: as echo's, but octal without the leading 0. */
function formatEscapes(format: string): { out: string; stopped: boolean } {
  return echoEscapes(
    format
      .replace(/\\"/g, '"')
      .replace(/\\([0-7]{1,3})/g, (_, d: string) => `\\0${d.padStart(3, '0')}`)
      .replace(/\\00(\d{3})/g, '\\0$1'),
  )
}
