import { expect, test } from 'vitest'
import type { Pod, PodStatus } from '#kubernetes/client/types/pod.ts'
import { Simulation } from '#sim/simulation.ts'
import { MILLISECOND as MS, SECOND } from '#sim/time.ts'
import { StartupLatency } from './startup-latency.ts'

const START = Date.UTC(2026, 10, 23, 9, 0, 0) * 1000
const RUNNING: PodStatus = {
  startTime: '2026-11-23T09:00:01Z',
  containerStatuses: [
    {
      name: 'c',
      image: 'i',
      imageID: 'i',
      ready: true,
      restartCount: 0,
      lastState: {},
      state: { running: { startedAt: '2026-11-23T09:00:03Z' } },
    },
  ],
}
const pod = (status?: PodStatus): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { uid: 'u', namespace: 'default', name: 'web', creationTimestamp: '2026-11-23T09:00:01Z' },
  spec: { containers: [] },
  ...(status === undefined ? {} : { status }),
})

test('a pod is reported once, when its running is seen; pulling is left out of the SLO', () => {
  const sim = new Simulation({ seed: 1, start: START })
  const lines: string[] = []
  const latency = new StartupLatency(sim, (line, source) => lines.push(`${source}] ${line}`))
  const at = (time: number, act: () => void): void => {
    sim.run({ until: START + time })
    act()
  }
  at(SECOND + 100 * MS, () => latency.podSeen(pod()))
  at(SECOND + 200 * MS, () => latency.pullStarted('u'))
  at(3 * SECOND, () => latency.pullEnded('u'))
  at(3 * SECOND + 100 * MS, () => latency.podSeen(pod(RUNNING)))
  expect(lines).toEqual([])
  latency.statusSent('u', RUNNING)
  at(3 * SECOND + 300 * MS, () => latency.podSeen(pod(RUNNING)))
  latency.podSeen(pod(RUNNING))
  expect(lines).toEqual([
    'pod_startup_latency_tracker.go:104] "Observed pod startup duration" pod="default/web" podStartSLOduration=0.5 podStartE2EDuration="2.3s" podCreationTimestamp="2026-11-23 09:00:01 +0000 UTC" firstStartedPulling="2026-11-23 09:00:01.2 +0000 UTC m=+1.200000000" lastFinishedPulling="2026-11-23 09:00:03 +0000 UTC m=+3.000000000" observedRunningTime="2026-11-23 09:00:03.1 +0000 UTC m=+3.100000000" watchObservedRunningTime="2026-11-23 09:00:03.3 +0000 UTC m=+3.300000000"',
  ])
})
