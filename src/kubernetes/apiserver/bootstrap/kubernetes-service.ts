/** The Service by which pods reach the API server: always there. */
import { type Obj, str } from '#kubernetes/api/json.ts'
import { recordAddresses } from '../registry/service-allocation.ts'
import type { ApiServer } from '../server.ts'
import { ensure } from './ensure.ts'

/** How often the server looks after it. */
const RECONCILE_MICROS = 10_000_000

export function kubernetesService(): Obj {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec: {
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: 6443 }],
      clusterIP: '10.96.0.1',
      type: 'ClusterIP',
      sessionAffinity: 'None',
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
    },
    status: { loadBalancer: {} },
  }
}

/** The address as the Service's strategy completes it. */
export const KUBERNETES_SERVICE_FILLED = { spec: { clusterIPs: ['10.96.0.1'], ipFamilies: ['IPv4'] } }

/** Makes the Service again after somebody deleted it. */
export function restoreKubernetesService(deleted: Obj, server: ApiServer): void {
  if (str(deleted, 'metadata', 'namespace') !== 'default' || str(deleted, 'metadata', 'name') !== 'kubernetes') return
  const { sim } = server
  sim.at((Math.floor(sim.now / RECONCILE_MICROS) + 1) * RECONCILE_MICROS, () => {
    ensure(server, kubernetesService(), KUBERNETES_SERVICE_FILLED)
    const service = server.object('', 'services', 'default', 'kubernetes')
    server.allocators.adopt(service === undefined ? [] : [service])
    if (service !== undefined) recordAddresses(service, server)
  })
}
