import { describe, expect, test } from 'vitest'
import { EVENTS, JOBS, STATEFUL_SETS } from '#kubernetes/client/resources.ts'
import type { PodTemplateSpec } from '#kubernetes/client/types/pod.ts'
import type { Job, StatefulSet } from '#kubernetes/client/types/workloads.ts'
import { makeImage, say, sleepForever } from '#kubernetes/node/cri/test-node.ts'
import { ControlPlane } from './control-plane.ts'
import { Node } from './node.ts'

function cluster() {
  const cp = new ControlPlane()
  new Node(cp, 'node-a', [makeImage('docker.io/library/box:1', ['hello', 'fail', 'sleep'], ['/bin/hello'])], {
    *hello(proc) {
      yield* say(proc, 'hello\n')
      return 0
    },
    *fail() {
      return 1
    },
    sleep: sleepForever,
  })
  cp.sim.run({ until: cp.sim.now + 5_000_000 })
  const events = (kind: string) => {
    cp.sim.run({ until: cp.sim.now + 1_000_000 })
    return cp
      .do(cp.admin.list(EVENTS, 'default'))
      .items.filter((e) => e.involvedObject.kind === kind)
      .map((e) => `${e.reason} ${e.message?.replace(/-[a-z0-9]{5}$/, '-X')}`)
  }
  return { cp, events }
}

const template = (command: string, restartPolicy?: string): PodTemplateSpec => ({
  metadata: { labels: { app: 'x' } },
  spec: { containers: [{ name: 'c', image: 'box:1', command: [command] }], restartPolicy },
})

describe('workloads', () => {
  test('a job makes its completions, then says so', () => {
    const { cp, events } = cluster()
    const job: Job = {
      metadata: { name: 'ok', namespace: 'default' },
      spec: { completions: 3, parallelism: 2, template: template('hello', 'Never') },
    }
    cp.do(cp.admin.create(JOBS, 'default', job))
    const status = () => cp.server.object('batch', 'jobs', 'default', 'ok')?.status as Job['status']
    cp.until(() => status()?.completionTime !== undefined)
    expect(status()).toMatchObject({
      succeeded: 3,
      ready: 0,
      terminating: 0,
      conditions: [
        { type: 'SuccessCriteriaMet', reason: 'CompletionsReached' },
        { type: 'Complete', status: 'True' },
      ],
    })
    expect(events('Job')).toEqual([
      'SuccessfulCreate Created pod: ok-X',
      'SuccessfulCreate Created pod: ok-X',
      'SuccessfulCreate Created pod: ok-X',
      'Completed Job completed',
    ])
  })

  test('a job that fails too often gives up', () => {
    const { cp, events } = cluster()
    const job: Job = { metadata: { name: 'bad', namespace: 'default' }, spec: { backoffLimit: 1, template: template('fail', 'Never') } }
    cp.do(cp.admin.create(JOBS, 'default', job))
    const status = () => cp.server.object('batch', 'jobs', 'default', 'bad')?.status as Job['status']
    const seconds = cp.until(() => status()?.conditions?.some((c) => c.type === 'Failed') ?? false)
    expect(seconds).toBeGreaterThan(10)
    expect(status()).toMatchObject({
      failed: 2,
      conditions: [{ type: 'FailureTarget' }, { type: 'Failed', reason: 'BackoffLimitExceeded' }],
    })
    expect(events('Job').at(-1)).toBe('BackoffLimitExceeded Job has reached the specified backoff limit')
  })

  test('a stateful set starts its pods in order and stops them backwards', () => {
    const { cp, events } = cluster()
    const set: StatefulSet = {
      metadata: { name: 'db', namespace: 'default' },
      spec: {
        replicas: 3,
        serviceName: 'db',
        selector: { matchLabels: { app: 'x' } },
        template: { ...template('sleep'), spec: { ...template('sleep').spec, terminationGracePeriodSeconds: 1 } },
      },
    }
    cp.do(cp.admin.create(STATEFUL_SETS, 'default', set))
    const current = () => cp.server.object('apps', 'statefulsets', 'default', 'db') as unknown as StatefulSet
    cp.until(() => current().status?.readyReplicas === 3)
    cp.do(cp.admin.patch(STATEFUL_SETS, 'default', 'db', 'merge', { spec: { replicas: 1 } }))
    cp.until(() => current().status?.replicas === 1)
    expect(events('StatefulSet')).toEqual(
      [0, 1, 2]
        .map((i) => `SuccessfulCreate Create Pod db-${i} in StatefulSet db successful`)
        .concat([2, 1].map((i) => `SuccessfulDelete Delete Pod db-${i} in StatefulSet db successful`)),
    )
  })
})
