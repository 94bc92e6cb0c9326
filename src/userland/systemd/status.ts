import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { slurp } from '../lib/io.ts'
import type { UnitInfo } from './control.ts'
import { formatEntry, readJournal } from './journal.ts'
import { endText } from './status-names.ts'
import { bytes, relative, span, timestamp } from './times.ts'
import { unitFileState } from './unit.ts'

export interface StatusOptions {
  readonly lines: number
  readonly color: boolean
  /** Columns to cut at; undefined: lines in full. */
  readonly width: number | undefined
}

const DOTS: Readonly<Record<string, string>> = { active: '●', activating: '●', deactivating: '●', failed: '×', inactive: '○' }

export function paint(text: string, state: string, color: boolean): string {
  if (!color) return text
  const code = state === 'failed' ? '0;1;31' : state === 'active' || state === 'reloading' ? '0;1;32' : ''
  return code === '' ? text : `\x1b[${code}m${text}\x1b[0m`
}

/** The exit status of `systemctl status`: 0 running, 3 not, 4 unknown. */
export function statusExit(unit: UnitInfo): number {
  if (unit.load === 'not-found') return 4
  return ['active', 'activating', 'reloading'].includes(unit.active) && unit.sub !== 'auto-restart' ? 0 : 3
}

/** What `systemctl status UNIT` prints. */
export function* statusText(proc: Proc, unit: UnitInfo, options: StatusOptions): Sim<string> {
  const { color } = options
  const out: string[] = []
  const put = (label: string, text: string): void => {
    out.push(`${label.padStart(11)}: ${text}`)
  }
  const name = unit.description === unit.name ? unit.name : `${unit.name} - ${unit.description}`
  out.push(`${paint(DOTS[unit.active] ?? '●', unit.active, color)} ${name}`)
  const state = unit.transient ? 'transient' : yield* unitFileState(proc, unit.name)
  if (unit.load === 'masked') put('Loaded', `${paint('masked', 'failed', color)} (Reason: Unit ${unit.name} is masked.)`)
  else if (unit.transient) put('Loaded', `loaded (${unit.path}; transient)`)
  else {
    const preset = state === 'enabled' || state === 'disabled' ? `; preset: ${paint('enabled', 'active', color)}` : ''
    put('Loaded', `loaded (${unit.path}; ${paint(state ?? 'bad', state === 'enabled' ? 'active' : '', color)}${preset})`)
  }
  const since =
    unit.active === 'active'
      ? unit.activeEnter
      : unit.active === 'activating'
        ? unit.inactiveExit
        : unit.active === 'deactivating'
          ? unit.activeExit
          : unit.inactiveEnter
  const result = unit.result === 'success' ? '' : ` (Result: ${unit.result})`
  const shown = unit.active === 'failed' ? `failed${result}` : `${unit.active} (${unit.sub})${unit.active === 'inactive' ? '' : result}`
  put('Active', `${paint(shown, unit.active, color)}${since === 0 ? '' : ` since ${timestamp(since)}; ${relative(proc.now() - since)}`}`)
  if (['inactive', 'failed'].includes(unit.active) && unit.activeEnter > 0 && unit.activeExit > unit.activeEnter)
    put('Duration', span(unit.activeExit - unit.activeEnter))
  if (unit.next !== undefined) {
    put('Trigger', `${timestamp(unit.next)}; ${relative(proc.now() - unit.next)}`)
    put('Triggers', `● ${unit.sections['Timer']?.['Unit']?.[0] ?? unit.name.replace(/\.timer$/, '.service')}`)
  }
  unit.documentation.forEach((doc, i) => {
    if (i === 0) put('Docs', doc)
    else out.push(`${' '.repeat(13)}${doc}`)
  })
  const ended = [
    ...unit.ended,
    ...(unit.mainEnded !== undefined && !unit.ended.some((e) => e.status.pid === unit.mainEnded?.status.pid) ? [unit.mainEnded] : []),
  ]
  for (const one of ended) put('Process', `${one.status.pid} ${one.key}=${one.command} (${endText(one.status)})`)
  if (unit.mainPid > 0) put('Main PID', `${unit.mainPid} (${((yield* slurp(proc, `/proc/${unit.mainPid}/comm`)) ?? '').trim()})`)
  else if (unit.mainEnded !== undefined && unit.active !== 'activating')
    put('Main PID', `${unit.mainEnded.status.pid} (${endText(unit.mainEnded.status)})`)
  if (unit.controlPid > 0) put('Cntrl PID', `${unit.controlPid} (${((yield* slurp(proc, `/proc/${unit.controlPid}/comm`)) ?? '').trim()})`)
  const at = `/sys/fs/cgroup${unit.cgroup}`
  const tree = unit.name.endsWith('.service') ? yield* cgroupTree(proc, unit.cgroup, options.width) : []
  if (tree.length > 0) {
    const threads = Number((yield* slurp(proc, '/proc/sys/kernel/threads-max')) ?? 15_640)
    const tasks = (yield* slurp(proc, `${at}/pids.current`))?.trim() ?? String(tree.length)
    const max = (yield* slurp(proc, `${at}/pids.max`))?.trim() ?? 'max'
    put('Tasks', `${tasks} (limit: ${max === 'max' ? Math.floor(threads * 0.15) : max})`)
    const memory = yield* slurp(proc, `${at}/memory.current`)
    if (memory !== undefined) put('Memory', bytes(Number(memory)))
  }
  if (unit.cpuMicros > 0) put('CPU', span(unit.cpuMicros))
  if (tree.length > 0) {
    put('CGroup', unit.cgroup)
    for (const line of tree) out.push(`${' '.repeat(13)}${line}`)
  }
  let text = `${out.join('\n')}\n`
  if (options.lines > 0) {
    const entries = (yield* readJournal(proc, false)) ?? []
    const own = entries.filter((e) => e.unit === unit.name && e.time >= unit.inactiveExit).slice(-options.lines)
    const host = proc.uname().nodename
    if (own.length > 0) text += `\n${own.map((e) => cut(formatEntry(e, 'short', host, 0, color).slice(0, -1), options.width)).join('\n')}\n`
  }
  return text
}

function cut(line: string, width: number | undefined): string {
  return width === undefined || line.length <= width ? line : `${line.slice(0, width - 1)}…`
}

/** The processes of a cgroup as `systemd-cgls` draws them, with those of the cgroups below. */
export function* cgroupTree(proc: Proc, cgroup: string, width: number | undefined): Sim<string[]> {
  const at = `/sys/fs/cgroup${cgroup === '/' ? '' : cgroup}`
  const pids = ((yield* slurp(proc, `${at}/cgroup.procs`)) ?? '')
    .split('\n')
    .map(Number)
    .filter((n) => n > 0)
    .sort((a, b) => a - b)
  let groups: string[] = []
  try {
    groups = proc
      .readdir(at)
      .filter((e) => e.type === 0o040000)
      .map((e) => e.name)
      .sort()
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  const below: { name: string; lines: string[] }[] = []
  for (const name of groups) {
    const lines = yield* cgroupTree(proc, `${cgroup === '/' ? '' : cgroup}/${name}`, width === undefined ? undefined : width - 2)
    if (lines.length > 0) below.push({ name, lines })
  }
  const digits = String(pids.at(-1) ?? 0).length
  const out: string[] = []
  for (const [i, pid] of pids.entries()) {
    const last = i === pids.length - 1 && below.length === 0
    out.push(
      `${last ? '└─' : '├─'}${cut(`${String(pid).padStart(digits)} ${yield* commandLine(proc, pid)}`, width === undefined ? undefined : width - 15)}`,
    )
  }
  for (const [i, group] of below.entries()) {
    const last = i === below.length - 1
    out.push(`${last ? '└─' : '├─'}${group.name}`)
    for (const line of group.lines) out.push(`${last ? '  ' : '│ '}${line}`)
  }
  return out
}

/** A process's words, quoted where a shell would need it. */
function* commandLine(proc: Proc, pid: number): Sim<string> {
  const raw = (yield* slurp(proc, `/proc/${pid}/cmdline`)) ?? ''
  if (raw === '') return `[${((yield* slurp(proc, `/proc/${pid}/comm`)) ?? '').trim()}]`
  const words = raw.replace(/\0$/, '').split('\0')
  if (words.length === 1) return words[0] ?? ''
  return words
    .map((w) =>
      w === '' || (/[\s"'`$\\|&;<>()*?#~=%!{}[\]]/.test(w) && !/^[\w@%+=:,./~-]+$/.test(w)) ? `"${w.replace(/(["\\`$])/g, '\\$1')}"` : w,
    )
    .join(' ')
}

/** What `systemctl status` without a unit prints: the whole machine. */
export function* machineStatus(proc: Proc, units: readonly UnitInfo[], bootedAt: number, options: StatusOptions): Sim<string> {
  const failed = units.filter((u) => u.active === 'failed').length
  const state = failed > 0 ? 'degraded' : 'running'
  const jobs = units.filter((u) => u.active === 'activating' && u.sub.startsWith('start')).length
  const lines = [
    `${paint('●', failed > 0 ? 'failed' : 'active', options.color)} ${proc.uname().nodename}`,
    `    State: ${paint(state, failed > 0 ? 'failed' : 'active', options.color)}`,
    `    Units: ${units.length} loaded (incl. loaded aliases)`,
    `     Jobs: ${jobs} queued`,
    `   Failed: ${failed} units`,
    `    Since: ${timestamp(bootedAt)}; ${relative(proc.now() - bootedAt)}`,
    '  systemd: 252.39-1~deb12u2',
    '   CGroup: /',
    ...(yield* cgroupTree(proc, '/', options.width)).map((line) => `           ${line}`),
  ]
  return `${lines.join('\n')}\n`
}
