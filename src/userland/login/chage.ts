import { DAY } from '#sim/time.ts'
import { loadAccounts } from '../lib/accounts.ts'
import { strftime } from '../lib/date.ts'
import { slurp } from '../lib/io.ts'
import { defineProgram } from '../lib/program.ts'

/** Days at which a limit counts as none. Source: shadow's defines. */
const FOREVER = 10_000

/** chage(1). Differs: shows, does not change. */
export const chage = defineProgram({
  name: 'login/chage',
  usage: '[options] LOGIN',
  short: 'li',
  long: 'list:l iso8601:i',
  missing: 'd E I m M R W lastday expiredate inactive mindays maxdays root warndays',
  usageStatus: 2,
  *run(ctx) {
    const { proc } = ctx
    const name = ctx.operands[0]
    if (name === undefined) return yield* ctx.usage()
    if (!ctx.has('l')) return yield* ctx.notModelled('without -l')
    const { uid } = proc.credentials()
    const accounts = yield* loadAccounts(proc)
    if (uid !== 0 && accounts.userName(uid) !== name) return yield* ctx.die('Permission denied.')
    if (accounts.user(name) === undefined) return yield* ctx.die(`user '${name}' does not exist in /etc/passwd`)
    // The real one is set-group-ID shadow, and reads what its caller may not.
    const line = ((yield* slurp(proc, '/etc/shadow')) ?? '').split('\n').find((l) => l.startsWith(`${name}:`))
    if (line === undefined) return yield* ctx.die('Permission denied.')
    const [last, least, most, warn, inactive, expire] = line
      .split(':')
      .slice(2)
      .map((f) => (f === '' ? undefined : Number(f)))
    const date = (day: number | undefined): string =>
      day === undefined ? 'never' : strftime(ctx.has('i') ? '%Y-%m-%d' : '%b %d, %Y', day * DAY)
    const until = last === undefined || most === undefined || most >= FOREVER ? undefined : last + most
    const rows: readonly (readonly [string, string])[] = [
      ['Last password change\t\t\t\t\t', date(last)],
      ['Password expires\t\t\t\t\t', date(until)],
      ['Password inactive\t\t\t\t\t', date(until === undefined || inactive === undefined ? undefined : until + inactive)],
      ['Account expires\t\t\t\t\t\t', date(expire)],
      ['Minimum number of days between password change\t\t', String(least ?? -1)],
      ['Maximum number of days between password change\t\t', String(most ?? -1)],
      ['Number of days of warning before password expires\t', String(warn ?? -1)],
    ]
    for (const [title, value] of rows) ctx.out.put(`${title}: ${value}\n`)
    return 0
  },
})
