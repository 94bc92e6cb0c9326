/** Service accounts `default` and the cluster's CA certificate in every namespace. Source: pkg/controller/serviceaccount, certificates/rootcacertpublisher. */
import { equal } from '#kubernetes/api/json.ts'
import { isAlreadyExists, isNamespaceTerminating, isNotFound } from '#kubernetes/client/errors.ts'
import { CONFIG_MAPS, NAMESPACES, SERVICE_ACCOUNTS } from '#kubernetes/client/resources.ts'
import type { ConfigMap } from '#kubernetes/client/types/core.ts'
import { WorkQueue } from '#kubernetes/client/work-queue.ts'
import type { Sim } from '#sim/wait.ts'
import { type Controller, startWorkers } from './context.ts'

/** Runs `create`; what exists already, or a namespace on its way out, is no failure. */
function* ensure(create: Sim<unknown>): Sim<void> {
  try {
    yield* create
  } catch (error) {
    if (!isAlreadyExists(error) && !isNamespaceTerminating(error) && !isNotFound(error)) throw error
  }
}

export const serviceaccount: Controller = {
  name: 'serviceaccount-controller',
  serviceAccount: 'service-account-controller',
  start(context) {
    const queue = new WorkQueue(context.sim)
    const namespaces = context.informers.of(NAMESPACES)
    const accounts = context.informers.of(SERVICE_ACCOUNTS)
    namespaces.addHandler({ add: (ns) => queue.add(ns.metadata.name), update: (_, ns) => queue.add(ns.metadata.name) })
    accounts.addHandler({
      delete: (account) => {
        if (account.metadata.name === 'default') queue.add(account.metadata.namespace ?? '')
      },
    })
    const sync = function* (name: string): Sim<void> {
      const ns = namespaces.store.get(name)
      if (ns === undefined || ns.status?.phase === 'Terminating' || accounts.store.find(name, 'default') !== undefined) return
      yield* ensure(context.client.create(SERVICE_ACCOUNTS, name, { metadata: { name: 'default', namespace: name } }))
    }
    startWorkers(context, 'serviceaccount', queue, 1, sync)
  },
}

export const ROOT_CA = 'kube-root-ca.crt'
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. ' +
  'No other usage is guaranteed across distributions of Kubernetes clusters.'

/** Publishes `rootCa` (PEM) in every namespace. */
export function rootCaPublisher(rootCa: string): Controller {
  return {
    name: 'root-ca-certificate-publisher-controller',
    serviceAccount: 'root-ca-cert-publisher',
    start(context) {
      const { client } = context
      const queue = new WorkQueue(context.sim)
      const namespaces = context.informers.of(NAMESPACES)
      const maps = context.informers.of(CONFIG_MAPS)
      namespaces.addHandler({ add: (ns) => queue.add(ns.metadata.name), update: (_, ns) => queue.add(ns.metadata.name) })
      const changed = (map: ConfigMap): void => {
        if (map.metadata.name === ROOT_CA) queue.add(map.metadata.namespace ?? '')
      }
      maps.addHandler({ update: (_, map) => changed(map), delete: changed })
      const sync = function* (name: string): Sim<void> {
        const ns = namespaces.store.get(name)
        if (ns === undefined || ns.status?.phase === 'Terminating') return
        const data = { 'ca.crt': rootCa }
        const annotations = { 'kubernetes.io/description': DESCRIPTION }
        const map = maps.store.get(`${name}/${ROOT_CA}`)
        if (map === undefined) {
          yield* ensure(client.create(CONFIG_MAPS, name, { metadata: { name: ROOT_CA, namespace: name, annotations }, data }))
          return
        }
        if (equal(map.data, data) && map.metadata.annotations?.['kubernetes.io/description'] === DESCRIPTION) return
        yield* client.update(CONFIG_MAPS, { ...map, metadata: { ...map.metadata, annotations }, data })
      }
      startWorkers(context, 'root-ca-cert-publisher', queue, 1, sync)
    },
  }
}
