import { expect, test } from 'vitest'
import { DAEMON_SETS, DEPLOYMENTS, EVENTS, PODS } from '#kubernetes/client/resources.ts'
import type { Deployment } from '#kubernetes/client/types/workloads.ts'
import { ControlPlane } from './control-plane.ts'

function deployment(name: string, replicas: number): Deployment {
  return {
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'registry.k8s.io/pause:3.10' }] } },
    },
  }
}

test('a hundred replicas become bound, paced by the controller manager’s twenty requests a second', () => {
  const cp = new ControlPlane()
  cp.do(cp.addNodes(4))
  cp.do(cp.admin.create(DEPLOYMENTS, 'default', deployment('web', 100)))
  const bound = () => cp.server.objects('', 'pods', 'default').filter((p) => (p.spec as { nodeName?: string }).nodeName !== undefined)
  const seconds = cp.until(() => bound().length === 100)
  expect(seconds).toBeGreaterThan(3)
  expect(seconds).toBeLessThan(8)
  const { items } = cp.do(cp.admin.list(PODS, 'default'))
  const perNode = new Map<string, number>()
  for (const pod of items) perNode.set(pod.spec.nodeName ?? '', (perNode.get(pod.spec.nodeName ?? '') ?? 0) + 1)
  expect([...perNode.values()]).toEqual([25, 25, 25, 25])
  cp.sim.run({ until: cp.sim.now + 2_000_000 })
  const events = cp.do(cp.admin.list(EVENTS, 'default')).items
  expect(events.find((e) => e.reason === 'ScalingReplicaSet')?.message).toMatch(/^Scaled up replica set web-[a-z0-9]+ from 0 to 100$/)
})

test('a daemon set puts a pod on each node', () => {
  const cp = new ControlPlane()
  cp.do(cp.addNodes(4))
  const { selector, template } = deployment('ds', 0).spec
  cp.do(cp.admin.create(DAEMON_SETS, 'default', { metadata: { name: 'ds', namespace: 'default' }, spec: { selector, template } }))
  cp.sim.run({ until: cp.sim.now + 5_000_000 })
  const names = cp.server.objects('', 'pods', 'default').map((p) => (p.spec as { nodeName?: string }).nodeName)
  expect(names.sort()).toEqual(['node-1', 'node-2', 'node-3', 'node-4'])
})
