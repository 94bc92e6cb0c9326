import { formatFloat, type Piece, parseFormat } from '#userland/lib/number-format.ts'
import { defineProgram } from '#userland/lib/program.ts'
import { quote } from '#userland/lib/quote.ts'

/** seq(1). Numbers are counted in units of the smallest decimal given, so that 0.1 steps stay exact. */
export const seq = defineProgram({
  name: 'coreutils/seq',
  usage: '[OPTION]... LAST\n[OPTION]... FIRST LAST\n[OPTION]... FIRST INCREMENT LAST',
  short: 'f:s:w0123456789.',
  long: 'equal-width:w format=:f separator=:s',
  posix: true,
  *run(ctx) {
    // Negative numbers look like options.
    const args = [...ctx.proc.argv.slice(1)]
    const operands: string[] = []
    for (let i = 0; i < args.length; i++) {
      const a = args[i] ?? ''
      if (a === '--') {
        operands.push(...args.slice(i + 1))
        break
      }
      if (/^-[\d.]/.test(a) || !a.startsWith('-') || a === '-') {
        operands.push(...args.slice(i))
        break
      }
      if (/^-[fs]$/.test(a) || a === '--format' || a === '--separator') i++
    }
    if (operands[0] === '--') operands.shift()
    if (operands.length === 0) return yield* ctx.usage('missing operand')
    if (operands.length > 3) return yield* ctx.usage(`extra operand ${quote(operands[3] ?? '')}`)
    for (const text of operands) {
      if (!/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && !/^[+-]?(inf|infinity)$/i.test(text) && !/^0x[0-9a-f]+$/i.test(text))
        return yield* ctx.usage(`invalid floating point argument: ${quote(text)}`)
    }
    const [first = '1', step = '1', last = ''] =
      operands.length === 1 ? ['1', '1', operands[0]] : operands.length === 2 ? [operands[0], '1', operands[1]] : operands
    if (Number(step) === 0) return yield* ctx.usage(`invalid Zero increment value: ${quote(step)}`)
    const decimals = (t: string): number => (/e/i.test(t) ? 0 : (/\.(\d*)$/.exec(t)?.[1]?.length ?? 0))
    const precision = Math.max(decimals(first), decimals(step))
    const scaled = Math.max(precision, decimals(last))
    const units = (t: string): bigint => {
      if (/e|x/i.test(t)) return BigInt(Math.round(Number(t))) * 10n ** BigInt(scaled)
      const negative = t.trim().startsWith('-')
      const [whole = '0', fraction = ''] = t.trim().replace(/^[+-]/, '').split('.')
      const n = BigInt((whole || '0') + fraction.padEnd(scaled, '0'))
      return negative ? -n : n
    }
    const infinite = /inf/i.test(last)
    const from = units(first)
    const by = units(step)
    const to = infinite ? 0n : units(last)
    const format = ctx.value('f')
    const separator = ctx.value('s') ?? '\n'
    const plain = (n: bigint): string => {
      const negative = n < 0n
      const digits = (negative ? -n : n).toString().padStart(scaled + 1, '0')
      const whole = digits.slice(0, digits.length - scaled)
      const fraction = digits.slice(digits.length - scaled).slice(0, precision)
      return `${negative ? '-' : ''}${whole}${precision > 0 ? `.${fraction}` : ''}`
    }
    let show: (n: bigint) => string = plain
    if (format !== undefined) {
      const pieces = parseFormat(format)
      const specs = pieces.filter((p): p is Extract<Piece, { kind: 'spec' }> => p.kind === 'spec')
      if (specs.length === 0) return yield* ctx.die(`format ${quote(format)} has no % directive`)
      if (specs.length > 1) return yield* ctx.die(`format ${quote(format)} has too many % directives`)
      if (!/^[aefgAEFG]$/.test(specs[0]?.spec.conversion ?? ''))
        return yield* ctx.die(`format ${quote(format)} has unknown %${specs[0]?.spec.conversion ?? ''} directive`)
      show = (n) => pieces.map((p) => (p.kind === 'text' ? p.text : formatFloat(Number(plain(n)), p.spec))).join('')
    } else if (ctx.has('w')) {
      const steps = by === 0n ? 0n : (to - from) / by
      const end = from + (steps > 0n ? steps * by : 0n)
      const width = Math.max(plain(from).length, plain(end).length, plain(to).length)
      show = (n) => {
        const text = plain(n)
        return text.startsWith('-') ? `-${text.slice(1).padStart(width - 1, '0')}` : text.padStart(width, '0')
      }
    }
    let any = false
    for (let n = from; infinite || (by > 0n ? n <= to : n >= to); n += by) {
      ctx.out.put((any ? separator : '') + show(n))
      any = true
      yield* ctx.out.drain()
    }
    if (any) ctx.out.put('\n')
    return 0
  },
})
