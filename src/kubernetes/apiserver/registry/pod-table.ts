/** A pod as a row: what STATUS says. Source: k8s.io/kubernetes pkg/printers/internalversion, printPod. */

import { humanDuration } from '#kubernetes/api/duration.ts'
import { bool, num, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { parseRfc3339 } from '#sim/time.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import type { Cell, Column, RowContext } from './kind.ts'

export const POD_COLUMNS: readonly Column[] = [
  NAME,
  { name: 'Ready' },
  { name: 'Status' },
  { name: 'Restarts' },
  AGE,
  { name: 'IP', priority: 1 },
  { name: 'Node', priority: 1 },
  { name: 'Nominated Node', priority: 1 },
  { name: 'Readiness Gates', priority: 1 },
]

/** Init containers that go on running beside the others. */
const isSidecar = (pod: Obj, name: string): boolean =>
  objs(pod, 'spec', 'initContainers').some((c) => c.name === name && c.restartPolicy === 'Always')

export function podRow(pod: Obj, { now }: RowContext): readonly Cell[] {
  const status = obj(pod, 'status')
  let reason = str(status, 'reason') || str(status, 'phase')
  let total = objs(pod, 'spec', 'containers').length
  let ready = 0
  let restarts = 0
  let sidecarRestarts = 0
  let lastRestart: number | undefined
  let lastSidecarRestart: number | undefined
  for (const c of objs(status, 'conditions')) if (c.type === 'PodScheduled' && c.reason === 'SchedulingGated') reason = 'SchedulingGated'
  const inits = objs(status, 'initContainerStatuses')
  let initializing = false
  const later = (a: number | undefined, b: number | undefined): number | undefined =>
    a === undefined ? b : b === undefined ? a : Math.max(a, b)
  total += objs(pod, 'spec', 'initContainers').filter((c) => c.restartPolicy === 'Always').length
  for (const [i, c] of inits.entries()) {
    const count = num(c, 'restartCount') ?? 0
    restarts += count
    lastRestart = later(lastRestart, finishedAt(c))
    const sidecar = isSidecar(pod, str(c, 'name'))
    if (sidecar) {
      sidecarRestarts += count
      lastSidecarRestart = later(lastSidecarRestart, finishedAt(c))
    }
    const terminated = obj(c, 'state').terminated
    const waiting = obj(c, 'state').waiting
    if (num(terminated, 'exitCode') === 0 && terminated !== undefined) continue
    if (sidecar && bool(c, 'started') === true) {
      if (bool(c, 'ready') === true) ready++
      continue
    }
    if (terminated !== undefined) {
      const signal = num(terminated, 'signal') ?? 0
      reason =
        str(terminated, 'reason') === ''
          ? signal !== 0
            ? `Init:Signal:${signal}`
            : `Init:ExitCode:${num(terminated, 'exitCode')}`
          : `Init:${str(terminated, 'reason')}`
      initializing = true
    } else if (waiting !== undefined && str(waiting, 'reason') !== '' && str(waiting, 'reason') !== 'PodInitializing') {
      reason = `Init:${str(waiting, 'reason')}`
      initializing = true
    } else {
      reason = `Init:${i}/${objs(pod, 'spec', 'initContainers').length}`
      initializing = true
    }
    break
  }
  const initialized = objs(status, 'conditions').some((c) => c.type === 'Initialized' && c.status === 'True')
  if (!initializing || initialized) {
    restarts = sidecarRestarts
    lastRestart = lastSidecarRestart
    let running = false
    const containers = objs(status, 'containerStatuses')
    for (let i = containers.length - 1; i >= 0; i--) {
      const c = containers[i] ?? {}
      restarts += num(c, 'restartCount') ?? 0
      lastRestart = later(lastRestart, finishedAt(c))
      const { waiting, terminated, running: runs } = obj(c, 'state')
      if (waiting !== undefined && str(waiting, 'reason') !== '') reason = str(waiting, 'reason')
      else if (terminated !== undefined) {
        const signal = num(terminated, 'signal') ?? 0
        reason =
          str(terminated, 'reason') !== ''
            ? str(terminated, 'reason')
            : signal !== 0
              ? `Signal:${signal}`
              : `ExitCode:${num(terminated, 'exitCode')}`
      } else if (bool(c, 'ready') === true && runs !== undefined) {
        running = true
        ready++
      }
    }
    if (reason === 'Completed' && running)
      reason = objs(status, 'conditions').some((c) => c.type === 'Ready' && c.status === 'True') ? 'Running' : 'NotReady'
  }
  const phase = str(status, 'phase')
  if (str(pod, 'metadata', 'deletionTimestamp') !== '') {
    if (str(status, 'reason') === 'NodeLost') reason = 'Unknown'
    else if (phase !== 'Failed' && phase !== 'Succeeded') reason = 'Terminating'
  }
  const ago = lastRestart !== undefined && restarts > 0 ? ` (${humanDuration(now - lastRestart)} ago)` : ''
  const gates = objs(pod, 'spec', 'readinessGates')
  const passed = gates.filter((g) => objs(status, 'conditions').some((c) => c.type === g.conditionType && c.status === 'True')).length
  return [
    str(pod, 'metadata', 'name'),
    `${ready}/${total}`,
    reason,
    `${restarts}${ago}`,
    ageOf(pod, now),
    str(objs(status, 'podIPs')[0] ?? {}, 'ip') || str(status, 'podIP') || '<none>',
    str(pod, 'spec', 'nodeName') || '<none>',
    str(status, 'nominatedNodeName') || '<none>',
    gates.length === 0 ? '<none>' : `${passed}/${gates.length}`,
  ]
}

function finishedAt(containerStatus: Obj): number | undefined {
  const at = str(containerStatus, 'lastState', 'terminated', 'finishedAt')
  return at === '' ? undefined : parseRfc3339(at)
}

/** Names and images of containers as wide tables show them. */
export function containersAndImages(podSpec: Obj): readonly [string, string] {
  const containers = objs(podSpec, 'containers')
  return [containers.map((c) => str(c, 'name')).join(','), containers.map((c) => str(c, 'image')).join(',')]
}
