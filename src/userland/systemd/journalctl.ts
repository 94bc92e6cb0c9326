import type { Proc, Program } from '#linux/syscalls.ts'
import { SECOND } from '#sim/time.ts'
import { anyOf, type Micros, type Sim } from '#sim/wait.ts'
import { parseDate } from '../lib/date.ts'
import { globToRegExp } from '../lib/glob.ts'
import { say } from '../lib/io.ts'
import { type Context, defineProgram } from '../lib/program.ts'
import { type Entry, FORMATS, type Format, formatEntry, journalDirectory, PRIORITIES, readJournal } from './journal.ts'
import { page } from './pager.ts'
import { bytes, parseSpan, timestamp } from './times.ts'
import { unitName } from './unit.ts'

/** `-5min`, `1 hour ago`, `yesterday`, a date: a moment. Undefined when it can't be read. */
function moment(text: string, now: Micros): Micros | undefined {
  const back = /^-(.+)$/.exec(text.trim()) ?? /^(.+) ago$/.exec(text.trim())
  if (back !== null) return now - (parseSpan(back[1] ?? '') ?? 0)
  return parseDate(text, now)
}

function priorityOf(text: string): number {
  return /^[0-7]$/.test(text) ? Number(text) : (PRIORITIES as readonly string[]).indexOf(text)
}

/** Which entries the options choose. */
function* chooser(ctx: Context): Sim<(entry: Entry) => boolean> {
  const { opts, proc } = ctx
  const now = proc.now()
  const tests: ((entry: Entry) => boolean)[] = []
  const units = opts.list.filter((o) => o.name === 'u').map((o) => globToRegExp(unitName(o.value ?? '')))
  if (units.length > 0) tests.push((e) => e.unit !== undefined && units.some((u) => u.test(e.unit ?? '')))
  const tags = opts.list.filter((o) => o.name === 't').map((o) => o.value)
  if (tags.length > 0) tests.push((e) => tags.includes(e.identifier))
  if (opts.has('k')) tests.push((e) => e.transport === 'kernel')
  const p = opts.value('p')
  if (p !== undefined) {
    const [from = '', to] = p.split('..')
    const a = priorityOf(to === undefined ? '0' : from)
    const b = priorityOf(to ?? from)
    if (a < 0 || b < 0) yield* ctx.die(`Unknown log level ${to ?? from}`)
    tests.push((e) => e.priority >= Math.min(a, b) && e.priority <= Math.max(a, b))
  }
  for (const [key, test] of [
    ['S', (e: Entry, at: Micros) => e.time >= at],
    ['U', (e: Entry, at: Micros) => e.time <= at],
  ] as const) {
    const text = opts.value(key)
    if (text === undefined) continue
    const at = moment(text, now)
    if (at === undefined) {
      yield* say(proc, 2, `Failed to parse timestamp: ${text}\n`)
      ctx.status = 1
    } else tests.push((e) => test(e, at))
  }
  const grep = opts.value('g')
  if (grep !== undefined) {
    const pattern = new RegExp(grep, grep === grep.toLowerCase() ? 'i' : '')
    tests.push((e) => pattern.test(e.message))
  }
  for (const match of ctx.operands) {
    const [key = '', value = ''] = match.split('=')
    if (key === '_SYSTEMD_UNIT' || key === 'UNIT') tests.push((e) => e.unit === value)
    else if (key === '_PID') tests.push((e) => e.pid === Number(value))
    else if (key === 'SYSLOG_IDENTIFIER') tests.push((e) => e.identifier === value)
    else if (key === 'PRIORITY') tests.push((e) => e.priority === Number(value))
    else if (key === '_TRANSPORT') tests.push((e) => e.transport === value)
    else yield* ctx.notModelled(`the match ${match}`)
  }
  return (entry) => tests.every((test) => test(entry))
}

function* load(proc: Proc): Sim<Entry[]> {
  const entries = yield* readJournal(proc)
  if (entries !== undefined) return entries
  yield* say(
    proc,
    2,
    "Hint: You are currently not seeing messages from other users and the system.\n      Users in groups 'adm', 'systemd-journal' can see all messages.\n      Pass -q to turn off this notice.\nNo journal files were opened due to insufficient permissions.\n",
  )
  return []
}

/** journalctl(1). Differs: one boot, no catalogue (-x adds nothing), the formats of FORMATS. */
export const journalctl: Program = defineProgram({
  name: 'systemd/journalctl',
  short: 'u:n::fo:b::p:eS:U:kxrt:qg:aD:N',
  long:
    'unit=:u lines=?:n follow:f output=:o boot=?:b priority=:p pager-end:e since=:S until=:U dmesg:k catalog:x reverse:r identifier=:t quiet:q ' +
    'grep=:g all:a no-pager no-hostname utc disk-usage list-boots system no-full full no-tail merge:m directory=:D sync flush rotate vacuum-size= vacuum-time=',
  usage: '[OPTIONS...] [MATCHES...]',
  tryHelp: false,
  argv: joinArguments,
  *run(ctx) {
    const { proc, opts } = ctx
    const boot = proc.now() - proc.uptime()
    const host = proc.uname().nodename
    if (opts.has('sync', 'flush', 'rotate', 'vacuum-size', 'vacuum-time')) return 0
    const dir = yield* journalDirectory(proc)
    if (opts.has('disk-usage')) {
      const size = proc.access(`${dir}/system.journal`, '') ? proc.stat(`${dir}/system.journal`).size : 0
      yield* say(proc, 1, `Archived and active journals take up ${bytes(size)} in the file system.\n`)
      return 0
    }
    const format = (opts.value('o') ?? 'short') as Format
    if (!FORMATS.includes(format)) return yield* ctx.notModelled(`-o ${format}`)
    const choose = yield* chooser(ctx)
    if (ctx.status !== 0) return ctx.status
    const all = yield* load(proc)
    if (opts.has('list-boots')) {
      const last = all.at(-1)?.time ?? boot
      yield* say(
        proc,
        1,
        `IDX BOOT ID                          FIRST ENTRY                 LAST ENTRY\n  0 ${'0'.repeat(32)} ${timestamp(all[0]?.time ?? boot)} ${timestamp(last)}\n`,
      )
      return 0
    }
    const b = opts.value('b')
    if (b !== undefined && b !== '' && b !== '0' && b !== '-0') {
      yield* say(proc, 2, `Data from the specified boot (${b}) is not available: No such boot ID in journal\n`)
      return 1
    }
    const color = proc.isatty(1) && proc.getenv('TERM') !== 'dumb'
    const print = (entry: Entry): string => {
      const text = formatEntry(entry, format, host, boot, color)
      return opts.has('no-hostname') ? text.replace(` ${host} `, ' ') : text
    }
    let chosen = all.filter(choose)
    const n = opts.value('n')
    const lines =
      n === undefined
        ? opts.has('n') || (opts.has('f') && !opts.has('no-tail'))
          ? 10
          : opts.has('e')
            ? 1000
            : undefined
        : n === 'all'
          ? undefined
          : Number(n)
    if (lines !== undefined) chosen = lines === 0 ? [] : chosen.slice(-lines)
    if (opts.has('r')) chosen.reverse()
    if (opts.has('f')) return yield* follow(proc, chosen, print, choose, `${dir}/system.journal`)
    if (chosen.length === 0 && !opts.has('q')) yield* say(proc, 1, '-- No entries --\n')
    else yield* page(proc, chosen.map(print).join(''), !opts.has('no-pager'))
    return 0
  },
})

/** `-n` and `-b` take the next word as their argument when it looks like one. */
function joinArguments(words: readonly string[]): string[] {
  const out: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    const next = words[i + 1] ?? ''
    const lines = /^-[a-zA-Z]*n$|^--lines$/.test(word) && /^(\+?\d+|all)$/.test(next)
    const boot = /^-[a-zA-Z]*b$|^--boot$/.test(word) && /^([+-]?\d+|[0-9a-f]{32})$/.test(next)
    if (lines || boot) {
      out.push(`${word}${word.startsWith('--') ? '=' : ''}${next}`)
      i++
    } else out.push(word)
  }
  return out
}

/** Prints entries as they come, for ever. */
function* follow(
  proc: Proc,
  first: readonly Entry[],
  print: (e: Entry) => string,
  choose: (e: Entry) => boolean,
  path: string,
): Sim<number> {
  yield* say(proc, 1, first.map(print).join(''))
  let seen = (yield* readJournal(proc))?.length ?? 0
  for (;;) {
    if (proc.access(path, '')) yield* anyOf([proc.watchPath(path)])
    else yield* proc.nanosleep(SECOND)
    const now = (yield* readJournal(proc)) ?? []
    if (now.length < seen) seen = 0
    const text = now.slice(seen).filter(choose).map(print).join('')
    seen = now.length
    if (text !== '') yield* say(proc, 1, text)
  }
}
