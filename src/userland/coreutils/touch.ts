import { Errno, strerror } from '#linux/errno.ts'
import { O } from '#linux/syscalls.ts'
import { SECOND } from '#sim/time.ts'
import { parseDate, zone } from '#userland/lib/date.ts'
import { defineProgram } from '#userland/lib/program.ts'
import { quote, quoteaf } from '#userland/lib/quote.ts'

/** touch(1) */
export const touch = defineProgram({
  name: 'coreutils/touch',
  usage: '[OPTION]... FILE...',
  short: 'acd:fhmr:t:',
  long: 'time= no-create:c date=:d reference=:r no-dereference:h',
  *run(ctx) {
    const { proc } = ctx
    const tz = zone(proc.getenv('TZ'))
    let atime = proc.now()
    let mtime = atime
    const reference = ctx.value('r')
    if (reference !== undefined) {
      try {
        const stat = ctx.has('h') ? proc.lstat(reference) : proc.stat(reference)
        ;[atime, mtime] = [stat.atime, stat.mtime]
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        return yield* ctx.die(`failed to get attributes of ${quoteaf(reference)}: ${strerror(error)}`)
      }
    }
    const date = ctx.value('d')
    if (date !== undefined) {
      const time = parseDate(date, mtime, tz)
      if (time === undefined) return yield* ctx.die(`invalid date format ${quote(date)}`)
      atime = mtime = time
    }
    const stamp = ctx.value('t')
    if (stamp !== undefined) {
      const time = parseStamp(stamp, proc.now(), tz)
      if (time === undefined) return yield* ctx.die(`invalid date format ${quote(stamp)}`)
      atime = mtime = time
    }
    if (ctx.operands.length === 0) return yield* ctx.usage('missing file operand')
    const which = ctx.value('time')
    const onlyA = (ctx.has('a') || which?.startsWith('a') === true || which === 'use') && !ctx.has('m')
    const onlyM = (ctx.has('m') || which?.startsWith('m') === true) && !ctx.has('a')
    for (const path of ctx.operands) {
      let unopened: Errno | undefined
      if (!ctx.has('h', 'c')) {
        try {
          proc.close(yield* proc.open(path, O.WRONLY | O.CREAT | O.NONBLOCK | O.NOCTTY | O.CLOEXEC, 0o666))
        } catch (error) {
          if (!(error instanceof Errno)) throw error
          unopened = error
        }
      }
      try {
        proc.utimens(path, onlyM ? undefined : atime, onlyA ? undefined : mtime, !ctx.has('h'))
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        // What could not be opened either is most likely not there, and its directory can't be written.
        if (unopened !== undefined) yield* ctx.warn(`cannot touch ${quoteaf(path)}: ${strerror(unopened)}`)
        else if (!ctx.has('c') || error.code !== 'ENOENT') yield* ctx.warn(`setting times of ${quoteaf(path)}: ${strerror(error)}`)
      }
    }
    return ctx.status
  },
})

/** `[[CC]YY]MMDDhhmm[.ss]`. */
function parseStamp(stamp: string, now: number, tz: ReturnType<typeof zone>): number | undefined {
  const m = /^(?:(\d\d)?(\d\d))?(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d\d))?$/.exec(stamp)
  if (m === null) return undefined
  const yy = Number(m[2])
  const year = m[2] === undefined ? '' : m[1] !== undefined ? `${m[1]}${m[2]}` : String(yy < 69 ? 2000 + yy : 1900 + yy)
  const y = year === '' ? undefined : year
  const thisYear = /^(\d+)/.exec(String(1970 + Math.floor(now / (SECOND * 31_556_952))))?.[1] ?? '1970'
  return parseDate(`${y ?? thisYear}-${m[3]}-${m[4]} ${m[5]}:${m[6]}:${m[7] ?? '00'}`, now, tz)
}
