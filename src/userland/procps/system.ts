import type { Proc } from '#linux/syscalls.ts'
import { civil } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { say, slurp } from '../lib/io.ts'
import { defineProgram } from '../lib/program.ts'
import { meminfoValue, readProcesses, readSystem, type SystemInfo, two } from './processes.ts'

/** The first line of uptime, w and top. */
export function* uptimeLine(proc: Proc, sys: SystemInfo): Sim<string> {
  const t = civil(sys.now * 1_000_000)
  const loads = ((yield* slurp(proc, '/proc/loadavg')) ?? '0.00 0.00 0.00').split(' ').slice(0, 3).join(', ')
  const users = yield* loggedIn(proc)
  return `${two(t.hour)}:${two(t.minute)}:${two(t.second)} up ${upFor(sys.uptime)}, ${String(users).padStart(2)} user${users === 1 || users === 0 ? '' : 's'},  load average: ${loads}`
}

function upFor(uptime: number): string {
  const minutes = Math.floor(uptime / 60)
  const days = Math.floor(minutes / 1440)
  const hours = Math.floor(minutes / 60) % 24
  const head = days > 0 ? `${days} day${days === 1 ? '' : 's'}, ` : ''
  return hours > 0 ? `${head}${String(hours).padStart(2)}:${two(minutes % 60)}` : `${head}${minutes % 60} min`
}

/** Sessions in utmp, which programs of the model write as text lines: `user tty time host`. */
function* loggedIn(proc: Proc): Sim<number> {
  const utmp = (yield* slurp(proc, '/run/podlab-utmp')) ?? ''
  return utmp.split('\n').filter((line) => line !== '').length
}

export const uptime = defineProgram({
  name: 'procps/uptime',
  usage: '[options]',
  short: 'psV',
  long: 'pretty:p since:s',
  version: 'from procps-ng 4.0.2',
  *run(ctx) {
    const sys = yield* readSystem(ctx.proc)
    if (ctx.has('s')) {
      const t = civil(sys.bootTime * 1_000_000)
      ctx.out.put(`${t.year}-${two(t.month)}-${two(t.day)} ${two(t.hour)}:${two(t.minute)}:${two(t.second)}\n`)
    } else if (ctx.has('p')) {
      const minutes = Math.floor(sys.uptime / 60)
      const parts: string[] = []
      const part = (n: number, unit: string): void => {
        if (n > 0) parts.push(`${n} ${unit}${n === 1 ? '' : 's'}`)
      }
      part(Math.floor(minutes / 10_080), 'week')
      part(Math.floor(minutes / 1440) % 7, 'day')
      part(Math.floor(minutes / 60) % 24, 'hour')
      part(minutes % 60, 'minute')
      ctx.out.put(`up ${parts.length === 0 ? '0 minutes' : parts.join(', ')}\n`)
    } else ctx.out.put(` ${yield* uptimeLine(ctx.proc, sys)}\n`)
    return 0
  },
})

export const w = defineProgram({
  name: 'procps/w',
  usage: '[options] [user]',
  short: 'hsfoui',
  long: 'no-header:h short:s from:f old-style:o no-current:u ip-addr:i',
  *run(ctx) {
    const sys = yield* readSystem(ctx.proc)
    if (!ctx.has('h'))
      ctx.out.put(` ${yield* uptimeLine(ctx.proc, sys)}\nUSER     TTY      FROM             LOGIN@   IDLE   JCPU   PCPU WHAT\n`)
    return 0
  },
})

/** Memory in kB as free, top and vmstat show it. */
export interface MemoryView {
  readonly total: number
  readonly free: number
  readonly used: number
  readonly shared: number
  readonly buffers: number
  readonly cache: number
  readonly available: number
  readonly swapTotal: number
  readonly swapFree: number
}

export function* readMemory(proc: Proc): Sim<MemoryView | undefined> {
  const text = yield* slurp(proc, '/proc/meminfo')
  if (text === undefined) return undefined
  const v = (name: string): number => meminfoValue(text, name)
  const available = v('MemAvailable')
  return {
    total: v('MemTotal'),
    free: v('MemFree'),
    used: Math.max(0, v('MemTotal') - available),
    shared: v('Shmem'),
    buffers: v('Buffers'),
    cache: v('Cached') + v('SReclaimable'),
    available,
    swapTotal: v('SwapTotal'),
    swapFree: v('SwapFree'),
  }
}

/** `1.9Gi`, `237Mi`, `0B`: at most four characters before the unit's `i`. */
function human(kb: number, base: number): string {
  if (kb === 0) return '0B'
  const units = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi'].map((u) => (base === 1000 ? u.charAt(0) : u))
  let value = base === 1000 ? (kb * 1024) / 1000 : kb
  for (const [i, unit] of units.entries()) {
    if (value < base || i === units.length - 1) {
      if (value < 10 && i > 0) return `${(Math.floor(value * 10) / 10).toFixed(1)}${unit}`
      return `${Math.floor(value)}${unit}`
    }
    value /= base
  }
  return ''
}

export const free = defineProgram({
  name: 'procps/free',
  usage: '[options]',
  short: 'bkmghlts:c:wvV',
  long: 'bytes:b kilo kibi:k mega mebi:m giga gibi:g tera tebi human:h si lohi:l total:t seconds=:s count=:c wide:w',
  version: 'from procps-ng 4.0.2',
  *run(ctx) {
    const si = ctx.has('si')
    const scale = (kb: number): string => {
      if (ctx.has('h')) return human(kb, si ? 1000 : 1024)
      const unit = ctx.opts.last('b', 'k', 'm', 'g', 'kilo', 'mega', 'giga')
      if (unit === 'b') return String(kb * 1024)
      const base = si || unit === 'kilo' || unit === 'mega' || unit === 'giga' ? 1000 : 1024
      const bytes = kb * 1024
      return String(
        Math.floor(bytes / (unit === 'm' || unit === 'mega' ? base * base : unit === 'g' || unit === 'giga' ? base ** 3 : base)),
      )
    }
    const seconds = ctx.value('s')
    let left = ctx.value('c') !== undefined ? Number(ctx.value('c')) : seconds === undefined ? 1 : Number.POSITIVE_INFINITY
    for (;;) {
      const m = yield* readMemory(ctx.proc)
      if (m === undefined) {
        yield* say(
          ctx.proc,
          2,
          'Error: /proc must be mounted\n  To mount /proc at boot you need an /etc/fstab line like:\n      proc   /proc   proc    defaults\n  In the meantime, run "mount proc /proc -t proc"\n',
        )
        return 1
      }
      const row = (name: string, cells: readonly number[]): string =>
        `${name.padEnd(8)}${cells.map((c) => scale(c).padStart(12)).join('')}\n`
      if (ctx.has('w')) {
        ctx.out.put('                total        used        free      shared     buffers       cache   available\n')
        ctx.out.put(row('Mem:', [m.total, m.used, m.free, m.shared, m.buffers, m.cache, m.available]))
      } else {
        ctx.out.put('               total        used        free      shared  buff/cache   available\n')
        ctx.out.put(row('Mem:', [m.total, m.used, m.free, m.shared, m.buffers + m.cache, m.available]))
      }
      if (ctx.has('l')) {
        ctx.out.put(row('Low:', [m.total, m.total - m.free, m.free]))
        ctx.out.put(row('High:', [0, 0, 0]))
      }
      ctx.out.put(row('Swap:', [m.swapTotal, m.swapTotal - m.swapFree, m.swapFree]))
      if (ctx.has('t')) ctx.out.put(row('Total:', [m.total + m.swapTotal, m.used + m.swapTotal - m.swapFree, m.free + m.swapFree]))
      if (--left <= 0) return 0
      ctx.out.put('\n')
      yield* ctx.out.flush()
      yield* ctx.proc.nanosleep(Number(seconds ?? 1) * 1_000_000)
    }
  },
})

/** The numbers of the first line of /proc/stat, ticks. */
export function* readCpu(proc: Proc): Sim<number[]> {
  const line = ((yield* slurp(proc, '/proc/stat')) ?? '').split('\n')[0] ?? ''
  return line.trim().split(/\s+/).slice(1).map(Number)
}

export const vmstat = defineProgram({
  name: 'procps/vmstat',
  usage: '[options] [delay [count]]',
  short: 'afmnsdDp:S:wty',
  long: 'active:a forks:f slabs:m one-header:n stats:s disk:d disk-sum:D partition=:p unit=:S wide:w timestamp:t no-first:y',
  *run(ctx) {
    const { proc } = ctx
    const delay = Number(ctx.operands[0] ?? 0)
    let left = ctx.operands[1] !== undefined ? Number(ctx.operands[1]) : ctx.operands[0] === undefined ? 1 : Number.POSITIVE_INFINITY
    ctx.out.put(
      'procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----\n r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st\n',
    )
    let before: number[] = []
    for (;;) {
      const cpu = yield* readCpu(proc)
      const m = yield* readMemory(proc)
      const d = cpu.map((n, i) => n - (before[i] ?? 0))
      before = cpu
      const total = Math.max(
        1,
        d.reduce((a, b) => a + b, 0),
      )
      const pct = (n: number): number => Math.round((n * 100) / total)
      const user = pct((d[0] ?? 0) + (d[1] ?? 0))
      const system = pct((d[2] ?? 0) + (d[5] ?? 0) + (d[6] ?? 0))
      const running = (yield* readProcesses(proc)).filter((p) => p.state === 'R').length
      const cells: readonly (readonly [number, number])[] = [
        [running, 2],
        [0, 2],
        [0, 6],
        [m?.free ?? 0, 6],
        [m?.buffers ?? 0, 6],
        [m?.cache ?? 0, 6],
        [0, 4],
        [0, 4],
        [0, 5],
        [0, 5],
        [100, 4],
        [100, 4],
        [user, 2],
        [system, 2],
        [Math.max(0, 100 - user - system), 2],
        [0, 2],
        [0, 2],
      ]
      ctx.out.put(`${cells.map(([n, width]) => String(n).padStart(width)).join(' ')}\n`)
      yield* ctx.out.flush()
      if (--left <= 0 || delay === 0) return 0
      yield* proc.nanosleep(delay * 1_000_000)
    }
  },
})
