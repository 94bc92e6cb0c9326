import { DEPLOYMENTS } from '#kubernetes/client/resources.ts'
import { test } from 'vitest'
import { ControlPlane } from './control-plane.ts'
test('x', () => {
  const log: string[] = []
  const cp = new ControlPlane({ log: (l: string) => log.push(l) })
  cp.do(cp.addNodes(4))
  const d: any = { metadata: { name: 'web', namespace: 'default' }, spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'x' }] } } } }
  cp.do(cp.admin.create(DEPLOYMENTS, 'default', d))
  cp.sim.run({ until: cp.sim.now + 10_000_000 })
  for (const [g, k] of [['apps','replicasets'],['','pods'],['','nodes'],['','events'],['','serviceaccounts'],['coordination.k8s.io','leases']]) console.log(k, cp.server.objects(g, k).map((o: any) => o.metadata.name + ' ' + (o.spec?.nodeName ?? '') + (o.message ?? '') + JSON.stringify(k === 'nodes' ? o.spec : '')).join('\n   '))
  console.log(cp.sim.now, cp.sim.events, [...new Set(log)].join('\n').slice(0, 5000))
  console.log(cp.sim.causes.list().slice(-60).map((c) => `${c.time % 1e9} ${c.actor} ${c.what}`).join('\n'))
})
