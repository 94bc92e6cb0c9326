import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import { SECOND } from '#sim/time.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { strftime } from '../lib/date.ts'
import { slurp } from '../lib/io.ts'

/** One entry of the journal. `time` in microseconds since the epoch; `priority` as in syslog(3). */
export interface Entry {
  readonly time: Micros
  readonly message: string
  readonly priority: number
  readonly identifier: string
  readonly pid?: number
  readonly unit?: string
  readonly transport?: 'kernel' | 'stdout' | 'syslog' | 'journal'
}

/** Sockets of the journal: streams of services, messages of syslog(3). */
export const STDOUT_SOCKET = '/run/systemd/journal/stdout'
export const LOG_SOCKET = '/run/systemd/journal/dev-log'

export const PRIORITIES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const

/** The directory the journal is kept in. */
export function* journalDirectory(proc: Proc): Sim<string> {
  const id = ((yield* slurp(proc, '/etc/machine-id')) ?? '').trim()
  return `${proc.access('/var/log/journal', '') ? '/var' : '/run'}/log/journal/${id}`.replace('/run/log/journal', '/run/log/journal')
}

/** A line of the journal's file. Differs: upstream's file is binary. */
export function encodeEntry(entry: Entry): string {
  return `${JSON.stringify(entry)}\n`
}

function decodeEntry(line: string): Entry | undefined {
  if (line === '') return undefined
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Entry) : undefined
  } catch {
    return undefined
  }
}

/** All entries, oldest first: what journald has written and, unless told otherwise, the kernel's log. Undefined when it may not be read. */
export function* readJournal(proc: Proc, withKernel = true): Sim<Entry[] | undefined> {
  const dir = yield* journalDirectory(proc)
  const out: Entry[] = []
  let readable = true
  for (const name of ['system@1.journal', 'system.journal']) {
    const path = `${dir}/${name}`
    const text = yield* slurp(proc, path)
    if (text === undefined && name === 'system.journal' && proc.access('/run/systemd/journal', '')) readable = false
    for (const line of (text ?? '').split('\n')) {
      const entry = decodeEntry(line)
      if (entry !== undefined) out.push(entry)
    }
  }
  if (!readable && out.length === 0) return undefined
  if (withKernel) out.push(...kernelEntries(proc))
  return out
    .map((entry, i) => ({ entry, i }))
    .sort((a, b) => a.entry.time - b.entry.time || a.i - b.i)
    .map(({ entry }) => entry)
}

function kernelEntries(proc: Proc): Entry[] {
  const boot = proc.now() - proc.uptime()
  try {
    return proc.dmesg().map((line) => ({
      time: boot + line.time,
      message: line.text,
      priority: line.level,
      identifier: 'kernel',
      transport: 'kernel' as const,
    }))
  } catch (error) {
    if (error instanceof Errno) return []
    throw error
  }
}

export type Format =
  | 'short'
  | 'short-iso'
  | 'short-precise'
  | 'short-full'
  | 'short-unix'
  | 'short-monotonic'
  | 'cat'
  | 'json'
  | 'with-unit'

export const FORMATS: readonly Format[] = [
  'short',
  'short-iso',
  'short-precise',
  'short-full',
  'short-unix',
  'short-monotonic',
  'cat',
  'json',
  'with-unit',
]

/** An entry as `journalctl -o FORMAT` prints it, with its line end. */
export function formatEntry(entry: Entry, format: Format, host: string, boot: Micros, color = false): string {
  const paint = (text: string): string => {
    if (!color || entry.priority > 5) return text
    return `${entry.priority <= 3 ? '\x1b[0;1;31m' : entry.priority === 4 ? '\x1b[0;1;38;5;185m' : '\x1b[0;1;39m'}${text}\x1b[0m`
  }
  if (format === 'cat') return `${paint(entry.message)}\n`
  if (format === 'json') {
    return `${JSON.stringify({
      __REALTIME_TIMESTAMP: String(entry.time),
      PRIORITY: String(entry.priority),
      SYSLOG_IDENTIFIER: entry.identifier,
      _HOSTNAME: host,
      ...(entry.pid === undefined ? {} : { _PID: String(entry.pid) }),
      ...(entry.unit === undefined ? {} : { _SYSTEMD_UNIT: entry.unit }),
      _TRANSPORT: entry.transport ?? 'journal',
      MESSAGE: entry.message,
    })}\n`
  }
  const who = format === 'with-unit' && entry.unit !== undefined ? `${entry.unit.replace(/\.service$/, '.service')}` : entry.identifier
  const head = `${stamp(entry.time, format, boot)} ${host} ${who}${entry.pid === undefined ? '' : `[${entry.pid}]`}: `
  return `${head}${entry.message
    .split('\n')
    .map((line, i) => (i === 0 ? paint(line) : `${' '.repeat(head.length)}${paint(line)}`))
    .join('\n')}\n`
}

function stamp(time: Micros, format: Format, boot: Micros): string {
  const micros = String(time % SECOND).padStart(6, '0')
  if (format === 'short-iso') return strftime('%Y-%m-%dT%H:%M:%S+0000', time)
  if (format === 'short-precise') return `${strftime('%b %d %H:%M:%S', time)}.${micros}`
  if (format === 'short-full' || format === 'with-unit') return strftime('%a %Y-%m-%d %H:%M:%S UTC', time)
  if (format === 'short-unix') return `${Math.floor(time / SECOND)}.${micros}`
  if (format === 'short-monotonic') {
    const since = Math.max(0, time - boot)
    return `[${String(Math.floor(since / SECOND)).padStart(5)}.${String(since % SECOND).padStart(6, '0')}]`
  }
  return strftime('%b %d %H:%M:%S', time)
}
