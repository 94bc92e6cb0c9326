import { expect, test } from 'vitest'
import type { Service } from '#kubernetes/client/types/network.ts'
import type { Node } from '#kubernetes/client/types/node.ts'
import { needsUpdate, planNodes, wantsLoadBalancer } from './service.ts'

function service(spec: Partial<Service['spec']> = {}, metadata: Partial<Service['metadata']> = {}): Service {
  return { metadata: { name: 'web', namespace: 'default', uid: '1', ...metadata }, spec: { type: 'LoadBalancer', ...spec } }
}

function node(name: string, ready: 'True' | 'False', metadata: Partial<Node['metadata']> = {}, taint?: string): Node {
  return {
    metadata: { name, ...metadata },
    spec: taint === undefined ? {} : { taints: [{ key: taint, effect: 'NoSchedule' }] },
    status: { conditions: [{ type: 'Ready', status: ready }] },
  }
}

test.each([
  ['of the type', service(), true],
  ['of another type', service({ type: 'NodePort' }), false],
  ['left to another implementation', service({ loadBalancerClass: 'example.com/lb' }), false],
])('a Service %s', (_, one, wants) => {
  expect(wantsLoadBalancer(one)).toBe(wants)
})

test.each([
  ['its ports', service({ ports: [{ port: 80 }] }), service({ ports: [{ port: 81 }] }), true],
  ['its type', service(), service({ type: 'ClusterIP' }), true],
  ['who may come', service(), service({ loadBalancerSourceRanges: ['10.0.0.0/8'] }), true],
  ['its labels', service(), service({}, { labels: { a: 'b' } }), false],
  ['its selector', service({ selector: { app: 'a' } }), service({ selector: { app: 'b' } }), false],
  [
    'a port of a Service without a load balancer',
    service({ type: 'NodePort' }),
    service({ type: 'NodePort', ports: [{ port: 1 }] }),
    false,
  ],
])('the load balancer is asked again after a change of %s', (_, old, now, asked) => {
  expect(needsUpdate(old, now)).toBe(asked)
})

test.each([
  ['Ready nodes alone', {}, ['a', 'b']],
  [
    'whatever the state of the node, for a Service that keeps traffic local',
    { externalTrafficPolicy: 'Local' },
    ['a', 'b', 'going', 'lost'],
  ],
])('it forwards to %s', (_, spec, names) => {
  const nodes = [
    node('b', 'True'),
    node('a', 'True'),
    node('lost', 'False'),
    node('excluded', 'True', { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } }),
    node('going', 'True', {}, 'ToBeDeletedByClusterAutoscaler'),
    node('deleted', 'True', { deletionTimestamp: '2026-01-01T00:00:00Z' }),
  ]
  expect(planNodes(service(spec), nodes).map((n) => n.metadata.name)).toEqual(names)
})
