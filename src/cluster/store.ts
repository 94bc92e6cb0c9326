import { Headers, type HttpRequest, JsonBody } from '#http/message.ts'
import { ApiServer } from '#kubernetes/apiserver/server.ts'
import { Store } from '#kubernetes/etcd/store.ts'
import type { Simulation } from '#sim/simulation.ts'
import type { Sim } from '#sim/wait.ts'
import { addons, type Manifest } from './addons.ts'
import type { ClusterPki } from './pki.ts'

/** Plural of the kinds among the add-ons. */
const RESOURCE: Readonly<Record<string, string>> = {
  Namespace: 'namespaces',
  StorageClass: 'storageclasses',
  ServiceAccount: 'serviceaccounts',
  ClusterRoleBinding: 'clusterrolebindings',
  Service: 'services',
  Deployment: 'deployments',
  DaemonSet: 'daemonsets',
}

function pathOf(manifest: Manifest): string {
  const root = manifest.apiVersion.includes('/') ? `/apis/${manifest.apiVersion}` : `/api/${manifest.apiVersion}`
  const { namespace } = manifest.metadata
  return `${root}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${RESOURCE[manifest.kind]}`
}

/**
 * What etcd holds when the machines are switched on: a cluster's own objects and the add-ons that kubeadm and kind
 * created, each by a request of kubeadm's super-administrator.
 */
export function* initialStore(sim: Simulation, pki: ClusterPki): Sim<Store> {
  const store = new Store()
  const server = new ApiServer({ sim, store, authentication: { clientCa: 'kubernetes' } })
  const admin = pki.client({ commonName: 'kubernetes-super-admin', organizations: ['system:masters'] })
  const peer = { address: '172.18.0.2', port: 40_000, tls: true, certificate: admin.pem }
  const post = function* (target: string, object: unknown): Sim<void> {
    const headers = new Headers([
      ['content-type', 'application/json'],
      ['user-agent', 'kubeadm'],
    ])
    const request: HttpRequest = { method: 'POST', target, headers, body: new JsonBody(object), peer }
    const response = yield* server.handle(request)
    if (response.status >= 400)
      throw new Error(`${target}: ${response.body instanceof JsonBody ? JSON.stringify(response.body.value) : response.status}`)
  }
  for (const manifest of addons()) yield* post(pathOf(manifest), manifest)
  return store
}
