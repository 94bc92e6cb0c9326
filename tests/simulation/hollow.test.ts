import { expect, test } from 'vitest'
import { DEPLOYMENTS } from '#kubernetes/client/resources.ts'
import type { Deployment } from '#kubernetes/client/types/workloads.ts'
import { hollowNode } from '#kubernetes/node/hollow/node.ts'
import { ControlPlane } from './control-plane.ts'

test('hollow nodes run a thousand replicas in some fifty seconds', () => {
  const cp = new ControlPlane()
  for (let i = 0; i < 20; i++)
    cp.sim.spawn(
      `node ${i}`,
      hollowNode({
        sim: cp.sim,
        transport: cp.transport('nodes'),
        name: `hollow-${i}`,
        ip: `172.19.0.${i + 2}`,
        podPrefix: `10.200.${i}`,
      }).run(),
    )
  cp.sim.run({ until: cp.sim.now + 10_000_000 })
  const web: Deployment = {
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 1000,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'registry.k8s.io/pause:3.10' }] } },
    },
  }
  cp.do(cp.admin.create(DEPLOYMENTS, 'default', web))
  const ready = () => (cp.server.object('apps', 'deployments', 'default', 'web')?.status as Deployment['status'])?.readyReplicas
  const seconds = cp.until(() => ready() === 1000, 120)
  expect(seconds).toBeGreaterThan(40)
  expect(seconds).toBeLessThan(60)
})
