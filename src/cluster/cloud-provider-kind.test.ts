import { expect, test } from 'vitest'
import type { Service } from '#kubernetes/client/types/network.ts'
import type { Node } from '#kubernetes/client/types/node.ts'
import { containerName, planProxy } from './cloud-provider-kind.ts'

const service: Service = {
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    type: 'LoadBalancer',
    ports: [{ port: 8765, nodePort: 30080, protocol: 'TCP' }],
    sessionAffinity: 'ClientIP',
    loadBalancerSourceRanges: ['172.18.0.0/16'],
  },
}
const node: Node = {
  metadata: { name: 'kind-worker' },
  spec: {},
  status: {
    addresses: [
      { type: 'InternalIP', address: '172.18.0.3' },
      { type: 'Hostname', address: 'kind-worker' },
    ],
  },
}

test('the name is a hash of cluster, namespace and name', () => {
  expect(containerName(service)).toBe('kindccm-9346937157ef')
})

test('a listener for each port, and the node ports behind it', () => {
  const { listeners, clusters } = planProxy(service, [node])
  expect(listeners.map((l) => [l.name, l.address.socket_address.port_value])).toEqual([['listener_IPv4_8765_TCP', 8765]])
  expect(listeners[0]?.filter_chains[0]).toMatchObject({
    filters: [{ typed_config: { cluster: 'cluster_IPv4_8765_TCP', hash_policy: [{ source_ip: {} }] } }],
    filter_chain_match: { source_prefix_ranges: [{ address_prefix: '172.18.0.0', prefix_len: 16 }] },
  })
  expect(clusters[0]?.load_assignment.endpoints).toEqual([
    {
      lb_endpoints: [
        {
          endpoint: {
            health_check_config: { port_value: 10_256 },
            address: { socket_address: { address: '172.18.0.3', port_value: 30_080, protocol: 'TCP' } },
          },
        },
      ],
    },
  ])
})
