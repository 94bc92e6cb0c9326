/** Endpoints controller: the old form of endpoints, still written for every service with a selector. Source: pkg/controller/endpoint. */
import { equal } from '#kubernetes/api/json.ts'
import { errorText, isConflict, isNotFound } from '#kubernetes/client/errors.ts'
import { referenceTo } from '#kubernetes/client/events.ts'
import { hasLabels, keyOf } from '#kubernetes/client/informer.ts'
import { ENDPOINTS, PODS, SERVICES } from '#kubernetes/client/resources.ts'
import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints, Service } from '#kubernetes/client/types/network.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import { WorkQueue } from '#kubernetes/client/work-queue.ts'
import { rfc3339 } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { type Controller, recorderFor, startWorkers } from './context.ts'
import {
  belongsInEndpoints,
  findPort,
  hostnameFor,
  podIp,
  podTarget,
  sortByHash,
  TRIGGER_ANNOTATION,
  TriggerTimes,
  watchPods,
} from './endpoints-common.ts'
import { isPodReady } from './pods.ts'

const WORKERS = 5
const MANAGED_BY = 'endpoints.kubernetes.io/managed-by'
const HEADLESS = 'service.kubernetes.io/headless'

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Addresses that share their ports are one subset. Source: RepackSubsets. */
export function planSubsets(service: Service, pods: readonly Pod[]): EndpointSubset[] {
  const subsets = new Map<
    string,
    { readonly ports: EndpointPort[]; readonly ready: EndpointAddress[]; readonly notReady: EndpointAddress[] }
  >()
  const headless = service.spec.clusterIP === 'None'
  for (const pod of pods) {
    if (!belongsInEndpoints(pod, service.spec.publishNotReadyAddresses === true)) continue
    const found = (service.spec.ports ?? []).flatMap((port): EndpointPort[] => {
      const number = findPort(pod, port)
      const name = port.name === '' ? undefined : port.name
      return number === undefined ? [] : [{ name, port: number, protocol: port.protocol ?? 'TCP', appProtocol: port.appProtocol }]
    })
    if (found.length === 0 && !(headless && (service.spec.ports ?? []).length === 0)) continue
    const ports = sortByHash(found, 'io.k8s.api.core.v1.EndpointPort')
    const key = JSON.stringify(ports)
    let subset = subsets.get(key)
    if (subset === undefined) {
      subset = { ports, ready: [], notReady: [] }
      subsets.set(key, subset)
    }
    const address = { ip: podIp(pod), hostname: hostnameFor(pod, service), nodeName: pod.spec.nodeName, targetRef: podTarget(pod) }
    if (service.spec.publishNotReadyAddresses === true || isPodReady(pod)) subset.ready.push(address)
    else subset.notReady.push(address)
  }
  const sorted = (list: EndpointAddress[]): EndpointAddress[] | undefined =>
    list.length === 0 ? undefined : list.sort((a, b) => byText(a.ip, b.ip))
  const packed = [...subsets.values()].map(({ ports, ready, notReady }) => ({
    addresses: sorted(ready),
    notReadyAddresses: sorted(notReady),
    ports: ports.length === 0 ? undefined : ports,
  }))
  return sortByHash(packed, 'io.k8s.api.core.v1.EndpointSubset')
}

export const endpoints: Controller = {
  name: 'endpoints-controller',
  serviceAccount: 'endpoint-controller',
  start(context) {
    const { client } = context
    const queue = new WorkQueue(context.sim)
    const services = context.informers.of(SERVICES)
    const pods = context.informers.of(PODS)
    const store = context.informers.of(ENDPOINTS)
    const recorder = recorderFor(context, 'endpoint-controller')
    const triggers = new TriggerTimes()
    services.addHandler({
      add: (s) => queue.add(keyOf(s)),
      update: (_, s) => queue.add(keyOf(s)),
      delete: (s) => queue.add(keyOf(s)),
    })
    watchPods(pods, services, (key) => queue.add(key))
    store.addHandler({ delete: (e) => queue.add(keyOf(e)) })

    const sync = function* (key: string): Sim<void> {
      const service = services.store.get(key)
      const current = store.store.get(key)
      if (service === undefined) {
        triggers.forget(key)
        if (current?.metadata.labels?.[MANAGED_BY] === undefined) return
        try {
          yield* client.delete(ENDPOINTS, current.metadata.namespace, current.metadata.name)
        } catch (error) {
          if (!isNotFound(error)) throw error
        }
        return
      }
      const { selector } = service.spec
      if (service.spec.type === 'ExternalName' || selector === undefined) return
      const selected = pods.store.inNamespace(service.metadata.namespace ?? '').filter((p) => hasLabels(p.metadata.labels, selector))
      const subsets = planSubsets(service, selected)
      const trigger = triggers.next(key, service, selected)
      const labels: Record<string, string> = { ...service.metadata.labels, [MANAGED_BY]: 'endpoint-controller' }
      if (service.spec.clusterIP === 'None') labels[HEADLESS] = ''
      const shown = subsets.length === 0 ? undefined : subsets
      const annotations: Record<string, string> = { ...current?.metadata.annotations }
      if (trigger === undefined) delete annotations[TRIGGER_ANNOTATION]
      else annotations[TRIGGER_ANNOTATION] = rfc3339(trigger)
      if (current !== undefined && equal(current.subsets, shown) && equal(current.metadata.labels, labels)) return
      const meta = { labels, annotations: Object.keys(annotations).length === 0 ? undefined : annotations }
      const { name, namespace } = service.metadata
      try {
        if (current === undefined)
          yield* client.create<Endpoints>(ENDPOINTS, namespace, { metadata: { name, namespace, ...meta }, subsets: shown })
        else yield* client.update(ENDPOINTS, { ...current, metadata: { ...current.metadata, ...meta }, subsets: shown })
      } catch (error) {
        const what = current === undefined ? 'create' : 'update'
        if (!isConflict(error))
          recorder.event(
            current === undefined ? { kind: 'Endpoints', apiVersion: 'v1', namespace, name } : referenceTo(ENDPOINTS, current),
            'Warning',
            `FailedTo${current === undefined ? 'Create' : 'Update'}Endpoint`,
            `Failed to ${what} endpoint ${key}: ${errorText(error)}`,
          )
        throw error
      }
    }
    startWorkers(context, 'endpoint', queue, WORKERS, sync)
  },
}
