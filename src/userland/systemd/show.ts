import type { Proc } from '#linux/syscalls.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { slurp } from '../lib/io.ts'
import type { UnitInfo } from './control.ts'
import { parseSpan, span, timestamp } from './times.ts'
import { unitFileState } from './unit.ts'

/** What `systemctl show` prints of a unit: its properties, or those asked for (`--value`: without their names). Unknown names print nothing. */
export function* showText(proc: Proc, unit: UnitInfo, wanted: readonly string[] | undefined, bare: boolean): Sim<string> {
  const all = yield* properties(proc, unit)
  const names = wanted ?? [...all.keys()]
  // Upstream prints in its own order, not in the order of -p.
  const chosen = [...all.keys()].filter((key) => names.includes(key))
  return chosen.map((key) => `${bare ? '' : `${key}=`}${all.get(key) ?? ''}\n`).join('')
}

function* properties(proc: Proc, unit: UnitInfo): Sim<Map<string, string>> {
  const at = `/sys/fs/cgroup${unit.cgroup}`
  const service = unit.sections['Service'] ?? {}
  const head = unit.sections['Unit'] ?? {}
  const last = (key: string, fallback: string): string => service[key]?.at(-1) ?? fallback
  const time = (t: Micros): string => (t === 0 ? '' : timestamp(t))
  const number = function* (file: string): Sim<string> {
    return (yield* slurp(proc, `${at}/${file}`))?.trim() ?? '[not set]'
  }
  const state = yield* unitFileState(proc, unit.name)
  const main = unit.mainEnded?.status
  const isService = unit.name.endsWith('.service')
  const span1 = (key: string, fallback: string): string => {
    const value = parseSpan(last(key, fallback))
    return value === undefined ? 'infinity' : span(value)
  }
  const out = new Map<string, string>()
  if (isService) {
    out.set('Type', last('Type', 'simple'))
    out.set('ExitType', 'main')
    out.set('Restart', last('Restart', 'no'))
    out.set('RestartUSec', span1('RestartSec', '100ms'))
    out.set('TimeoutStartUSec', span1('TimeoutStartSec', '90s'))
    out.set('TimeoutStopUSec', span1('TimeoutStopSec', '90s'))
    out.set('RemainAfterExit', last('RemainAfterExit', 'no'))
    out.set('MainPID', String(unit.mainPid))
    out.set('ControlPID', String(unit.controlPid))
    out.set('Result', unit.result)
    out.set('NRestarts', String(unit.restarts))
    out.set('ExecMainStartTimestamp', time(unit.activeEnter))
    out.set('ExecMainPID', String(unit.mainPid > 0 ? unit.mainPid : (main?.pid ?? 0)))
    out.set('ExecMainCode', main === undefined ? '0' : main.exit === undefined ? '2' : '1')
    out.set('ExecMainStatus', String(main?.exit ?? main?.signal ?? 0))
    for (const key of ['ExecStartPre', 'ExecStart', 'ExecReload', 'ExecStop']) {
      const line = service[key]?.at(-1)
      if (line === undefined) continue
      const command = line.replace(/^[-@:+!]+/, '')
      out.set(
        key,
        `{ path=${command.split(' ')[0]} ; argv[]=${command} ; ignore_errors=${/^[-@:+!]*-/.test(line) ? 'yes' : 'no'} ; start_time=[${time(unit.activeEnter) || 'n/a'}] ; stop_time=[n/a] ; pid=${unit.mainPid} ; code=(null) ; status=0/0 }`,
      )
    }
    out.set('Slice', unit.cgroup.split('/').at(-2) ?? '-.slice')
    out.set('ControlGroup', unit.active === 'inactive' || unit.active === 'failed' ? '' : unit.cgroup)
    out.set('MemoryCurrent', yield* number('memory.current'))
    out.set('CPUUsageNSec', unit.cpuMicros > 0 ? String(unit.cpuMicros * 1000) : '[not set]')
    out.set('TasksCurrent', yield* number('pids.current'))
    out.set('MemoryMax', last('MemoryMax', 'infinity'))
    out.set(
      'CPUQuotaPerSecUSec',
      service['CPUQuota'] === undefined ? 'infinity' : span(Number.parseInt(last('CPUQuota', '0'), 10) * 10_000),
    )
    out.set('TasksMax', last('TasksMax', String(Math.floor(Number((yield* slurp(proc, '/proc/sys/kernel/threads-max')) ?? 15_640) * 0.15))))
    if (service['Environment'] !== undefined) out.set('Environment', service['Environment'].join(' '))
    out.set('StandardOutput', last('StandardOutput', 'journal'))
    out.set('StandardError', last('StandardError', 'inherit'))
    out.set('User', last('User', ''))
    out.set('WorkingDirectory', last('WorkingDirectory', ''))
    out.set('KillMode', last('KillMode', 'control-group'))
    out.set('KillSignal', '15')
  }
  out.set('Id', unit.name)
  out.set('Names', unit.name)
  for (const key of ['Requires', 'Wants', 'Before', 'After', 'Conflicts']) if (head[key] !== undefined) out.set(key, head[key].join(' '))
  if (unit.documentation.length > 0) out.set('Documentation', unit.documentation.join(' '))
  out.set('Description', unit.description)
  out.set('LoadState', unit.load)
  out.set('ActiveState', unit.active)
  out.set('SubState', unit.sub)
  if (unit.load === 'loaded') {
    out.set('FragmentPath', unit.path)
    out.set('UnitFileState', unit.transient ? 'transient' : (state ?? ''))
    out.set('UnitFilePreset', 'enabled')
  }
  out.set('StateChangeTimestamp', time(Math.max(unit.inactiveExit, unit.activeEnter, unit.activeExit, unit.inactiveEnter)))
  out.set('InactiveExitTimestamp', time(unit.inactiveExit))
  out.set('ActiveEnterTimestamp', time(unit.activeEnter))
  out.set('ActiveExitTimestamp', time(unit.activeExit))
  out.set('InactiveEnterTimestamp', time(unit.inactiveEnter))
  out.set('CanStart', 'yes')
  out.set('CanStop', 'yes')
  out.set('NeedDaemonReload', unit.needReload ? 'yes' : 'no')
  return out
}
