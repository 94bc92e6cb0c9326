import { Errno } from '#linux/errno.ts'
import type { Program } from '#linux/syscalls.ts'
import { decode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { loadAccounts } from '../lib/accounts.ts'
import { readAll, readFile, say, slurp, writeFile } from '../lib/io.ts'
import { type Context, defineProgram } from '../lib/program.ts'

const SPOOL = '/var/spool/cron/crontabs'

const FIELDS: readonly (readonly [name: string, low: number, high: number])[] = [
  ['minute', 0, 59],
  ['hour', 0, 23],
  ['day-of-month', 1, 31],
  ['month', 1, 12],
  ['day-of-week', 0, 7],
]

const NAMES = /^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)$/i

/** Whether a field is a list of stars, numbers and ranges, each with an optional step. */
function valid(field: string, low: number, high: number): boolean {
  return field.split(',').every((part) => {
    const [range = '', step] = part.split('/')
    if (step !== undefined && !/^[1-9]\d*$/.test(step)) return false
    if (range === '*') return true
    return range.split('-').every((n) => NAMES.test(n) || (/^\d+$/.test(n) && Number(n) >= low && Number(n) <= high))
  })
}

/** The first line of a table that cron cannot read, and why; undefined when all is well. */
export function badLine(text: string): { readonly line: number; readonly what: string } | undefined {
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || /^[A-Za-z_]\w*\s*=/.test(line)) continue
    const words = line.split(/\s+/)
    if (/^@(reboot|yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(words[0] ?? '')) {
      if (words.length < 2) return { line: i, what: 'command' }
      continue
    }
    for (const [at, [name, low, high]] of FIELDS.entries()) if (!valid(words[at] ?? '', low, high)) return { line: i, what: name }
    if (words.length < 6) return { line: i, what: 'command' }
  }
  return undefined
}

/** The user's name, which is also the table's. */
function* owner(ctx: Context): Sim<string> {
  const accounts = yield* loadAccounts(ctx.proc)
  const { uid } = ctx.proc.credentials()
  const asked = ctx.value('u')
  if (asked !== undefined && uid !== 0) return yield* ctx.die('must be privileged to use -u')
  if (asked !== undefined && accounts.user(asked) === undefined) return yield* ctx.die(`user \`${asked}' unknown`)
  return asked ?? accounts.userName(uid)
}

function* install(ctx: Context, table: string, name: string): Sim<number> {
  const { proc } = ctx
  let text: string
  try {
    text = decode(name === '-' ? yield* readAll(proc, 0) : yield* readFile(proc, name))
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return yield* ctx.die(`${name}: No such file or directory`)
  }
  const bad = badLine(text)
  if (bad !== undefined) {
    yield* ctx.warn(`"${name}":${bad.line}: bad ${bad.what}\nerrors in crontab file, can't install.`)
    return 1
  }
  yield* writeFile(proc, table, text, 0o600)
  return 0
}

/** crontab(1). Differs: it is not set-group-ID here, so tables are root's to write; no cron runs on these machines; no editing. */
const crontab = defineProgram({
  name: 'cron/crontab',
  usage: '[-u user] file\n[-u user] [-i] {-e | -l | -r}',
  short: 'u:lri',
  missing: 'e i s n T',
  tryHelp: false,
  *run(ctx) {
    const user = yield* owner(ctx)
    const table = `${SPOOL}/${user}`
    try {
      if (ctx.has('l')) {
        const text = yield* slurp(ctx.proc, table)
        if (text === undefined) {
          yield* ctx.out.flush()
          yield* say(ctx.proc, 2, `no crontab for ${user}\n`)
          return 1
        }
        ctx.out.put(text)
        return 0
      }
      if (ctx.has('r')) {
        ctx.proc.unlink(table)
        return 0
      }
      const name = ctx.operands[0]
      if (name === undefined && ctx.proc.isatty(0)) return yield* ctx.notModelled('-e')
      return yield* install(ctx, table, name ?? '-')
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      if (error.code === 'ENOENT') {
        yield* say(ctx.proc, 2, `no crontab for ${user}\n`)
        return 1
      }
      return yield* ctx.die(`${SPOOL}: ${error.code === 'EACCES' ? 'Permission denied' : error.message}`)
    }
  },
})

export const programs: readonly Program[] = [crontab]
