import { Errno } from '#linux/errno.ts'
import type { Proc, Program, Termios } from '#linux/syscalls.ts'
import { decode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { say } from '../lib/io.ts'
import { commandLine, HZ, type ProcessInfo, readProcesses, readSystem, type SystemInfo } from './processes.ts'
import { readCpu, readMemory, uptimeLine } from './system.ts'

type SortKey = 'cpu' | 'mem' | 'pid' | 'time'

interface Settings {
  batch: boolean
  delay: number
  iterations: number
  pids: number[] | undefined
  user: string | undefined
  sort: SortKey
  commandLines: boolean
  idle: boolean
  width: number | undefined
  threads: boolean
}

const SORTS: Readonly<Record<string, SortKey>> = {
  '%CPU': 'cpu',
  '%MEM': 'mem',
  RES: 'mem',
  PID: 'pid',
  'TIME+': 'time',
  TIME: 'time',
}

function parse(args: readonly string[]): Settings | string {
  const s: Settings = {
    batch: false,
    delay: 3,
    iterations: Number.POSITIVE_INFINITY,
    pids: undefined,
    user: undefined,
    sort: 'cpu',
    commandLines: false,
    idle: true,
    width: undefined,
    threads: false,
  }
  for (let i = 0; i < args.length; i++) {
    const arg = (args[i] as string).replace(/^--?/, '')
    for (let k = 0; k < arg.length; k++) {
      const c = arg.charAt(k)
      const value = (): string => {
        const rest = arg.slice(k + 1)
        k = arg.length
        return rest !== '' ? rest.replace(/^=/, '') : (args[++i] ?? '')
      }
      if (c === 'b') s.batch = true
      else if (c === 'c') s.commandLines = true
      else if (c === 'i') s.idle = false
      else if (c === 'H') s.threads = true
      else if (c === 'S' || c === 's' || c === '1') continue
      else if (c === 'n') {
        const v = value()
        if (!/^\d+$/.test(v) || Number(v) === 0) return `bad iterations argument '${v}'`
        s.iterations = Number(v)
      } else if (c === 'd') {
        const v = value()
        if (!/^\d*\.?\d+$/.test(v)) return `bad delay interval '${v}'`
        s.delay = Number(v)
      } else if (c === 'p') s.pids = [...(s.pids ?? []), ...value().split(',').map(Number)]
      else if (c === 'u' || c === 'U') s.user = value()
      else if (c === 'w') s.width = Number(value()) || 512
      else if (c === 'o') {
        const v = value().replace(/^[+-]/, '')
        const sort = SORTS[v]
        if (sort === undefined) return `unrecognized field name '${v}'`
        s.sort = sort
      } else return `unknown option '${c}'`
    }
  }
  return s
}

/** top(1): batch mode, and a full screen that a few keys steer. */
export const top: Program = {
  name: 'procps/top',
  *main(proc) {
    const args = proc.argv.slice(1)
    if (args.includes('-h') || args.includes('--help') || args.includes('-v') || args.includes('-V')) {
      yield* say(proc, 1, '  procps-ng 4.0.2\nUsage:\n  top -hv | -bcEeHiOSs1 -d secs -n max -u|U user -p pids -o field -w [cols]\n')
      return 0
    }
    const settings = parse(args)
    if (typeof settings === 'string') {
      yield* say(proc, 2, `top: ${settings}\nUsage:\n  top -hv | -bcEeHiOSs1 -d secs -n max -u|U user -p pids -o field -w [cols]\n`)
      return 1
    }
    if (!settings.batch && !proc.isatty(0)) {
      yield* say(proc, 2, 'top: failed tty get\n')
      return 1
    }
    return settings.batch ? yield* batch(proc, settings) : yield* interactive(proc, settings)
  },
}

/** What the last refresh saw, to tell shares of CPU from. */
interface Sample {
  readonly cpu: readonly number[]
  readonly ticks: ReadonlyMap<number, number>
  readonly at: number
}

const NOTHING: Sample = { cpu: [], ticks: new Map(), at: 0 }

function* batch(proc: Proc, settings: Settings): Sim<number> {
  let last = NOTHING
  // As upstream, a short first look, so that the first screen shows the present and not the time since boot.
  last = (yield* frame(proc, settings, last, undefined)).sample
  yield* proc.nanosleep(150_000)
  for (let i = 0; i < settings.iterations; i++) {
    if (i > 0) yield* proc.nanosleep(settings.delay * 1_000_000)
    const { lines, sample } = yield* frame(proc, settings, last, undefined)
    last = sample
    yield* say(proc, 1, `${i > 0 ? '\n' : ''}${lines.join('\n')}\n`)
  }
  return 0
}

function* interactive(proc: Proc, settings: Settings): Sim<number> {
  const saved: Termios = proc.tcgetattr(0)
  let last = NOTHING
  let ended = false
  const stop = (): void => {
    ended = true
  }
  proc.sigaction(2, stop)
  proc.sigaction(15, stop)
  proc.sigaction(28, () => {})
  proc.tcsetattr(0, {
    ...saved,
    icanon: false,
    echo: false,
    vmin: 1,
    vtime: 0,
  })
  try {
    yield* say(proc, 1, '\x1b[?1h\x1b=\x1b[?25l\x1b[H\x1b[2J')
    last = (yield* frame(proc, settings, last, undefined)).sample
    yield* proc.nanosleep(150_000)
    for (let i = 0; i < settings.iterations && !ended; i++) {
      const window = proc.getWinSize(1)
      const [rows, cols] = [window.rows || 24, window.cols || 80]
      const { lines, sample } = yield* frame(proc, settings, last, cols)
      last = sample
      const screen = lines
        .slice(0, Math.max(1, rows - 1))
        .map((line) => line.slice(0, cols))
        .map((line, n) => (n === HEADING ? `\x1b[7m${line.padEnd(cols)}\x1b[27m` : `${line}\x1b[K`))
      yield* say(proc, 1, `\x1b[H${screen.join('\r\n')}\x1b[J`)
      if (i + 1 >= settings.iterations) break
      if (yield* key(proc, settings)) break
    }
  } catch (error) {
    if (!(error instanceof Errno) || error.code !== 'EINTR') throw error
  } finally {
    proc.tcsetattr(0, saved)
  }
  yield* say(proc, 1, `\x1b[?1l\x1b>\x1b[${proc.getWinSize(1).rows || 24};1H\x1b[K\x1b[?25h\n`)
  return 0
}

/** Line of the column headings: reversed on a screen. */
const HEADING = 6

/** Waits for the next refresh or a key; true to quit. */
function* key(proc: Proc, settings: Settings): Sim<boolean> {
  try {
    const ready = yield* proc.poll([{ fd: 0, read: true }], settings.delay * 1_000_000)
    if (ready.length === 0) return false
    const c = decode(yield* proc.read(0, 16))
    if (c === '' || c.startsWith('q') || c.includes('\x03')) return true
    if (c.startsWith('M')) settings.sort = 'mem'
    else if (c.startsWith('P')) settings.sort = 'cpu'
    else if (c.startsWith('N')) settings.sort = 'pid'
    else if (c.startsWith('T')) settings.sort = 'time'
    else if (c.startsWith('c')) settings.commandLines = !settings.commandLines
    else if (c.startsWith('i')) settings.idle = !settings.idle
    return false
  } catch (error) {
    if (error instanceof Errno && error.code === 'EINTR') return false
    throw error
  }
}

function* frame(
  proc: Proc,
  settings: Settings,
  last: Sample,
  screenWidth: number | undefined,
): Sim<{ readonly lines: string[]; readonly sample: Sample }> {
  const sys = yield* readSystem(proc)
  const cpu = yield* readCpu(proc)
  const memory = yield* readMemory(proc)
  let list = yield* readProcesses(proc)
  const at = proc.uptime()
  const ticks = new Map(list.map((p) => [p.pid, p.utime + p.stime]))
  const sample: Sample = { cpu, ticks, at }
  const seconds = Math.max(0.01, (at - last.at) / 1_000_000)
  const share = (p: ProcessInfo): number =>
    last === NOTHING ? 0 : (((ticks.get(p.pid) ?? 0) - (last.ticks.get(p.pid) ?? 0)) * 100) / HZ / seconds
  if (settings.pids !== undefined) list = list.filter((p) => settings.pids?.includes(p.pid))
  if (settings.user !== undefined) {
    const uid = /^\d+$/.test(settings.user) ? Number(settings.user) : sys.accounts.user(settings.user)?.uid
    list = list.filter((p) => p.euid === uid)
  }
  const count = (states: string): number => list.filter((p) => states.includes(p.state)).length
  const d = cpu.map((n, i) => Math.max(0, n - (last.cpu[i] ?? 0)))
  const total = Math.max(
    1,
    d.reduce((a, b) => a + b, 0),
  )
  const pct = (i: number): string => (((d[i] ?? 0) * 100) / total).toFixed(1).padStart(4)
  const width = screenWidth ?? settings.width ?? (Number(proc.getenv('COLUMNS')) || 80)
  const mib = (kb: number): string => (kb / 1024).toFixed(1).padStart(8)
  const m = memory ?? {
    total: 0,
    free: 0,
    used: 0,
    buffers: 0,
    cache: 0,
    available: 0,
    swapTotal: 0,
    swapFree: 0,
  }
  const n4 = (n: number): string => String(n).padStart(3)
  const lines = [
    `top - ${yield* uptimeLine(proc, sys)}`,
    `Tasks: ${n4(list.length)} total, ${n4(count('R'))} running, ${n4(count('SDI'))} sleeping, ${n4(count('T'))} stopped, ${n4(count('Z'))} zombie`,
    `%Cpu(s): ${pct(0)} us, ${pct(2)} sy, ${pct(1)} ni, ${pct(3)} id, ${pct(4)} wa, ${pct(5)} hi, ${pct(6)} si, ${pct(7)} st `,
    `MiB Mem :${mib(m.total)} total,${mib(m.free)} free,${mib(m.used)} used,${mib(m.buffers + m.cache)} buff/cache     `,
    `MiB Swap:${mib(m.swapTotal)} total,${mib(m.swapFree)} free,${mib(m.swapTotal - m.swapFree)} used.${mib(m.available)} avail Mem `,
    '',
    '    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND',
  ]
  const keys: Readonly<Record<SortKey, (p: ProcessInfo) => number>> = {
    cpu: share,
    mem: (p) => p.rssPages,
    pid: (p) => p.pid,
    time: (p) => p.utime + p.stime,
  }
  const sortKey = keys[settings.sort]
  if (!settings.idle) list = list.filter((p) => share(p) > 0)
  list.sort((a, b) => sortKey(b) - sortKey(a) || a.pid - b.pid)
  for (const p of list) lines.push(row(p, share(p), sys, settings, width))
  return { lines, sample }
}

const KB_SCALES = ['m', 'g', 't'] as const

/** Memory in KiB, in a larger unit when it is too wide. */
function scaled(kb: number, width: number): string {
  if (String(kb).length <= width) return String(kb)
  let value = kb
  for (const unit of KB_SCALES) {
    value /= 1024
    const text = `${value.toFixed(1)}${unit}`
    if (text.length <= width) return text
  }
  return String(Math.round(value))
}

function row(p: ProcessInfo, share: number, sys: SystemInfo, settings: Settings, width: number): string {
  const user = sys.accounts.userName(p.euid)
  const ticks = p.utime + p.stime
  const hundredths = ticks % HZ
  const s = Math.floor(ticks / HZ)
  const time = `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}.${String(hundredths).padStart(2, '0')}`
  const mem = sys.totalKb === 0 ? 0 : (p.rssPages * 400) / sys.totalKb
  const pr = p.policy === 1 || p.policy === 2 ? 'rt' : String(p.priority)
  const head =
    `${String(p.pid).padStart(7)} ${(user.length > 8 ? `${user.slice(0, 7)}+` : user).padEnd(8)}  ${pr.padStart(2)} ${String(p.nice).padStart(3)} ` +
    `${scaled(Math.floor(p.vsizeBytes / 1024), 7).padStart(7)} ${scaled(p.rssPages * 4, 6).padStart(6)} ${scaled(p.shared, 6).padStart(6)} ${p.state} ` +
    `${share.toFixed(1).padStart(5)} ${mem.toFixed(1).padStart(5)} ${time.padStart(9)} `
  const name = settings.commandLines ? commandLine(p) : p.comm
  const room = Math.max(8, width - head.length - 1)
  return head + (name.length > room ? `${name.slice(0, room - 1)}+` : name)
}
