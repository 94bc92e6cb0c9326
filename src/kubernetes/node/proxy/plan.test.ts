import { expect, test } from 'vitest'
import type { EndpointSlice, Service } from '#kubernetes/client/types/network.ts'
import { planIptables, servicePorts } from './plan.ts'

const config = { nodeName: 'kind-worker', clusterCidr: '10.244.0.0/16' }

const web: Service = {
  metadata: { name: 'web', namespace: 'default' },
  spec: { type: 'NodePort', clusterIP: '10.96.0.50', ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }] },
}
const slice = (ready: boolean): EndpointSlice => ({
  metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  ports: [{ name: '', port: 8080, protocol: 'TCP' }],
  endpoints: [{ addresses: ['10.244.1.5'], conditions: { ready }, nodeName: 'kind-worker' }],
})

const own = (text: string): string[] => text.split('\n').filter((l) => l.includes('default/web') || /-A KUBE-EXT/.test(l))

test('a node port with one endpoint: masquerade what comes from elsewhere, then its only share', () => {
  expect(own(planIptables(servicePorts([web], [slice(true)], config), config))).toEqual([
    '-A KUBE-SERVICES -m comment --comment "default/web cluster IP" -m tcp -p tcp -d 10.96.0.50 --dport 80 -j KUBE-SVC-LOLE4ISW44XBNF3G',
    '-A KUBE-NODEPORTS -m comment --comment "default/web" -m tcp -p tcp --dport 30080 -j KUBE-EXT-LOLE4ISW44XBNF3G',
    '-A KUBE-EXT-LOLE4ISW44XBNF3G -m comment --comment "masquerade traffic for default/web external destinations" -j KUBE-MARK-MASQ',
    '-A KUBE-EXT-LOLE4ISW44XBNF3G -j KUBE-SVC-LOLE4ISW44XBNF3G',
    '-A KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default/web cluster IP" -m tcp -p tcp -d 10.96.0.50 --dport 80 ! -s 10.244.0.0/16 -j KUBE-MARK-MASQ',
    expect.stringMatching(
      /^-A KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default\/web -> 10\.244\.1\.5:8080" -j KUBE-SEP-[A-Z2-7]{16}$/,
    ),
    expect.stringMatching(/^-A KUBE-SEP-[A-Z2-7]{16} -m comment --comment "default\/web" -s 10\.244\.1\.5 -j KUBE-MARK-MASQ$/),
    expect.stringMatching(
      /^-A KUBE-SEP-[A-Z2-7]{16} -m comment --comment "default\/web" -m tcp -p tcp -j DNAT --to-destination 10\.244\.1\.5:8080$/,
    ),
  ])
})

test('without a ready endpoint connections are refused', () => {
  expect(own(planIptables(servicePorts([web], [slice(false)], config), config))).toEqual([
    '-A KUBE-SERVICES -m comment --comment "default/web has no endpoints" -m tcp -p tcp -d 10.96.0.50 --dport 80 -j REJECT',
    '-A KUBE-EXTERNAL-SERVICES -m comment --comment "default/web has no endpoints" -m addrtype --dst-type LOCAL -m tcp -p tcp --dport 30080 -j REJECT',
  ])
})

test("a load balancer's address is the nodes' own, unless it is a proxy's", () => {
  const balanced = (ipMode: string): Service => ({
    ...web,
    spec: { ...web.spec, type: 'LoadBalancer' },
    status: { loadBalancer: { ingress: [{ ip: '172.18.0.6', ipMode }] } },
  })
  expect(planIptables(servicePorts([balanced('VIP')], [slice(true)], config), config)).toContain('-d 172.18.0.6')
  expect(planIptables(servicePorts([balanced('Proxy')], [slice(true)], config), config)).not.toContain('172.18.0.6')
})
