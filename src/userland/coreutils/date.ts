import { Errno, strerror } from '#linux/errno.ts'
import { parseDate, strftime, UTC, zone } from '#userland/lib/date.ts'
import { LineReader } from '#userland/lib/io.ts'
import { defineProgram } from '#userland/lib/program.ts'
import { quote, quotefColon } from '#userland/lib/quote.ts'

/** date(1) */
export const date = defineProgram({
  name: 'coreutils/date',
  usage: '[OPTION]... [+FORMAT]\n[-u|--utc|--universal] [MMDDhhmm[[CC]YY][.ss]]',
  short: 'd:f:I::r:Rs:u',
  long: 'date=:d debug file=:f iso-8601=?:I reference=:r resolution rfc-2822:R rfc-email:R rfc-3339= set=:s utc:u uct:u universal:u',
  *run(ctx) {
    const { proc } = ctx
    const tz = ctx.has('u') ? UTC : zone(proc.getenv('TZ'))
    let format: string | undefined
    for (const operand of ctx.operands) {
      if (!operand.startsWith('+')) {
        if (format !== undefined || ctx.has('d', 'r', 'f')) {
          yield* ctx.warn(`the argument ${quote(operand)} lacks a leading '+';`)
          return yield* ctx.usageBecause(
            "when using an option to specify date(s), any non-option\nargument must be a format string beginning with '+'",
          )
        }
        if (!/^\d{8}(\d\d|\d{4})?(\.\d\d)?$/.test(operand)) return yield* ctx.die(`invalid date ${quote(operand)}`)
        return yield* ctx.die('cannot set date: Operation not permitted')
      }
      if (format !== undefined) return yield* ctx.usage(`extra operand ${quote(operand)}`)
      format = operand.slice(1)
    }
    const iso: Record<string, string> = {
      date: '%Y-%m-%d',
      hours: '%Y-%m-%dT%H%:z',
      minutes: '%Y-%m-%dT%H:%M%:z',
      seconds: '%Y-%m-%dT%H:%M:%S%:z',
      ns: '%Y-%m-%dT%H:%M:%S,%N%:z',
    }
    const rfc: Record<string, string> = { date: '%Y-%m-%d', seconds: '%Y-%m-%d %H:%M:%S%:z', ns: '%Y-%m-%d %H:%M:%S.%N%:z' }
    for (const { name, value } of ctx.opts.list) {
      if (name === 'I') format = iso[value ?? 'date']
      else if (name === 'R') format = '%a, %d %b %Y %H:%M:%S %z'
      else if (name === 'rfc-3339') format = rfc[value ?? '']
      else if (name === 'resolution') format = undefined
    }
    if (ctx.has('resolution')) {
      ctx.out.put('0.000000001\n')
      return 0
    }
    const text = format ?? '%a %b %e %H:%M:%S %Z %Y'
    const reference = ctx.value('r')
    const file = ctx.value('f')
    if (file !== undefined) {
      const fd = yield* ctx.openInput(file)
      if (fd === undefined) return 1
      const reader = new LineReader(proc, fd)
      for (;;) {
        const line = yield* reader.next()
        if (line === undefined) return ctx.status
        const time = parseDate(line, proc.now(), tz)
        if (time === undefined) yield* ctx.warn(`invalid date ${quote(line)}`)
        else ctx.out.put(`${strftime(text, time, tz)}\n`)
      }
    }
    let time = proc.now()
    if (reference !== undefined) {
      try {
        time = proc.stat(reference).mtime
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        return yield* ctx.die(`${quotefColon(reference)}: ${strerror(error)}`)
      }
    }
    const asked = ctx.value('d') ?? ctx.value('s')
    if (asked !== undefined) {
      const parsed = parseDate(asked, time, tz)
      if (parsed === undefined) return yield* ctx.die(`invalid date ${quote(asked)}`)
      time = parsed
    }
    if (ctx.has('s')) yield* ctx.warn('cannot set date: Operation not permitted')
    ctx.out.put(`${strftime(text, time, tz)}\n`)
    return ctx.status
  },
})
