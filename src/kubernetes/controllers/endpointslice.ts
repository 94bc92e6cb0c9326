/** EndpointSlice controller. Source: pkg/controller/endpointslice, staging endpointslice/reconciler.go. */
import { equal } from '#kubernetes/api/json.ts'
import { errorText, isNotFound } from '#kubernetes/client/errors.ts'
import { referenceTo } from '#kubernetes/client/events.ts'
import { hasLabels, keyOf } from '#kubernetes/client/informer.ts'
import { ENDPOINT_SLICES, NODES, PODS, SERVICES } from '#kubernetes/client/resources.ts'
import { generated, type Labels } from '#kubernetes/client/types/meta.ts'
import type { Endpoint, EndpointPort, EndpointSlice, Service } from '#kubernetes/client/types/network.ts'
import type { Node } from '#kubernetes/client/types/node.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import { WorkQueue } from '#kubernetes/client/work-queue.ts'
import { rfc3339, SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { type Controller, recorderFor, startWorkers } from './context.ts'
import { isControlledBy, newControllerRef } from './controller-ref.ts'
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

export const SERVICE_NAME = 'kubernetes.io/service-name'
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
export const MANAGER = 'endpointslice-controller.k8s.io'
export const HEADLESS = 'service.kubernetes.io/headless'
const ZONE = 'topology.kubernetes.io/zone'
const WORKERS = 5
const MAX_PER_SLICE = 100

export interface SlicePlan {
  readonly create: readonly EndpointSlice[]
  readonly update: readonly EndpointSlice[]
  readonly remove: readonly EndpointSlice[]
}

export function endpointOf(pod: Pod, service: Service, zone: string | undefined): Endpoint {
  const serving = isPodReady(pod)
  const terminating = pod.metadata.deletionTimestamp !== undefined
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating)
  return {
    addresses: [podIp(pod)],
    conditions: { ready, serving, terminating },
    hostname: hostnameFor(pod, service),
    nodeName: pod.spec.nodeName,
    zone,
    targetRef: podTarget(pod),
  }
}

function portsOf(pod: Pod, service: Service): EndpointPort[] {
  const ports = (service.spec.ports ?? []).flatMap((port) => {
    const number = findPort(pod, port)
    return number === undefined
      ? []
      : [{ name: port.name ?? '', port: number, protocol: port.protocol ?? 'TCP', appProtocol: port.appProtocol }]
  })
  return sortByHash(ports, 'io.k8s.api.discovery.v1.EndpointPort')
}

const portsKey = (ports: readonly EndpointPort[] | null | undefined): string =>
  [...(ports ?? [])]
    .map((p) => `${p.protocol}/${p.name ?? ''}/${p.port}/${p.appProtocol ?? ''}`)
    .sort()
    .join(',')

/** Labels of a service's slices: the service's own, and those that say whose they are. */
export function sliceLabels(service: Service): Labels {
  const own = Object.entries(service.metadata.labels ?? {}).filter(([key]) => ![SERVICE_NAME, MANAGED_BY, HEADLESS].includes(key))
  const labels: Record<string, string> = Object.fromEntries(own)
  labels[SERVICE_NAME] = service.metadata.name
  labels[MANAGED_BY] = MANAGER
  if (service.spec.clusterIP === 'None') labels[HEADLESS] = ''
  return labels
}

/** What to write so that the slices of `service` name its pods. Full slices are left alone, new endpoints fill gaps. */
export function planSlices(
  service: Service,
  pods: readonly Pod[],
  existing: readonly EndpointSlice[],
  zones: (node: string) => string | undefined,
  trigger: string | undefined,
): SlicePlan {
  const groups = new Map<string, { readonly ports: readonly EndpointPort[]; readonly endpoints: Map<string, Endpoint> }>()
  for (const pod of pods) {
    if (!belongsInEndpoints(pod, true)) continue
    const ports = portsOf(pod, service)
    const key = portsKey(ports)
    let group = groups.get(key)
    if (group === undefined) {
      group = { ports, endpoints: new Map() }
      groups.set(key, group)
    }
    const endpoint = endpointOf(pod, service, zones(pod.spec.nodeName ?? ''))
    group.endpoints.set(pod.metadata.uid ?? pod.metadata.name, endpoint)
  }
  const labels = sliceLabels(service)
  const fresh = (endpoints: readonly Endpoint[], ports: readonly EndpointPort[]): EndpointSlice => ({
    metadata: {
      ...generated(`${service.metadata.name}-`),
      namespace: service.metadata.namespace,
      labels,
      annotations: trigger === undefined ? undefined : { [TRIGGER_ANNOTATION]: trigger },
      ownerReferences: [newControllerRef(SERVICES, service)],
    },
    addressType: 'IPv4',
    endpoints,
    ports: ports.length === 0 ? null : ports,
  })
  const create: EndpointSlice[] = []
  const update: EndpointSlice[] = []
  const remove: EndpointSlice[] = []
  const usable = existing.filter((slice) => slice.addressType === 'IPv4' && slice.metadata.deletionTimestamp === undefined)
  // With no endpoint at all one empty slice stays, so that "none" can be told from "not known yet".
  if (groups.size === 0) {
    const [keep, ...rest] = usable
    remove.push(...rest)
    if (keep === undefined) create.push(fresh([], []))
    else if ((keep.endpoints ?? []).length > 0 || (keep.ports ?? []).length > 0 || !equal(keep.metadata.labels, labels)) {
      update.push(revised(keep, [], [], labels, trigger))
    }
    return { create, update, remove }
  }
  for (const [key, { ports, endpoints }] of groups) {
    const missing = new Map(endpoints)
    const slices = usable.filter((slice) => portsKey(slice.ports) === key)
    const kept = slices.map((slice) => {
      const stay = (slice.endpoints ?? []).flatMap((old) => {
        const uid = old.targetRef?.uid ?? ''
        const now = missing.get(uid)
        missing.delete(uid)
        return now === undefined ? [] : [now]
      })
      return { slice, stay }
    })
    const waiting = [...missing.values()]
    // Changed slices are filled first, then the fullest others.
    for (const entry of kept) {
      const changed = !equal(entry.stay, entry.slice.endpoints ?? [])
      if (changed || waiting.length > 0) entry.stay.push(...waiting.splice(0, Math.max(0, MAX_PER_SLICE - entry.stay.length)))
    }
    for (const { slice, stay } of kept) {
      if (stay.length === 0) remove.push(slice)
      else if (!equal(stay, slice.endpoints ?? []) || !equal(slice.metadata.labels, labels))
        update.push(revised(slice, stay, ports, labels, trigger))
    }
    while (waiting.length > 0) create.push(fresh(waiting.splice(0, MAX_PER_SLICE), ports))
  }
  for (const slice of usable) if (!groups.has(portsKey(slice.ports))) remove.push(slice)
  // A slice that would go is used again for one that would come: one write less, and watchers see no gap.
  while (create.length > 0 && remove.length > 0) {
    const slice = remove.shift()
    const next = create.shift()
    if (slice !== undefined && next !== undefined) update.push(revised(slice, next.endpoints ?? [], next.ports ?? [], labels, trigger))
  }
  return { create, update, remove }
}

function revised(
  slice: EndpointSlice,
  endpoints: readonly Endpoint[],
  ports: readonly EndpointPort[],
  labels: Labels,
  trigger: string | undefined,
): EndpointSlice {
  const annotations: Record<string, string> = { ...slice.metadata.annotations }
  if (trigger === undefined) delete annotations[TRIGGER_ANNOTATION]
  else annotations[TRIGGER_ANNOTATION] = trigger
  const shown = Object.keys(annotations).length === 0 ? undefined : annotations
  return { ...slice, metadata: { ...slice.metadata, labels, annotations: shown }, endpoints, ports: ports.length === 0 ? null : ports }
}

export const endpointslice: Controller = {
  name: 'endpointslice-controller',
  serviceAccount: 'endpointslice-controller',
  start(context) {
    const { client } = context
    const queue = new WorkQueue(context.sim, { baseDelay: SECOND, maxDelay: 1000 * SECOND })
    const services = context.informers.of(SERVICES)
    const pods = context.informers.of(PODS)
    const slices = context.informers.of(ENDPOINT_SLICES)
    const nodes = context.informers.of(NODES)
    const recorder = recorderFor(context, 'endpoint-slice-controller')
    const triggers = new TriggerTimes()
    const serviceKey = (slice: EndpointSlice): string => `${slice.metadata.namespace}/${slice.metadata.labels?.[SERVICE_NAME] ?? ''}`
    slices.store.addIndex('service', (slice) => [serviceKey(slice)])
    services.addHandler({
      add: (s) => queue.add(keyOf(s)),
      update: (_, s) => queue.add(keyOf(s)),
      delete: (s) => queue.add(keyOf(s)),
    })
    watchPods(pods, services, (key) => queue.add(key))
    // The last version this controller wrote; anything else means that somebody else did, or that the cache is behind.
    const written = new Map<string, string>()
    const made = new Map<string, Set<string>>()
    slices.addHandler({
      add: (slice) => made.get(serviceKey(slice))?.delete(keyOf(slice)),
      update(_, slice) {
        if (slice.metadata.labels?.[MANAGED_BY] !== MANAGER) return
        const own = written.get(keyOf(slice))
        if (own === slice.metadata.resourceVersion || (own !== undefined && Number(own) > Number(slice.metadata.resourceVersion))) return
        queue.add(serviceKey(slice))
      },
      delete(slice) {
        if (slice.metadata.labels?.[MANAGED_BY] === MANAGER) queue.add(serviceKey(slice))
        written.delete(keyOf(slice))
        made.get(serviceKey(slice))?.delete(keyOf(slice))
      },
    })
    const node = (name: string): Node | undefined => nodes.store.get(name)

    const sync = function* (key: string): Sim<void> {
      const service = services.store.get(key)
      if (service === undefined) {
        triggers.forget(key)
        made.delete(key)
        return
      }
      const { selector } = service.spec
      if (service.spec.type === 'ExternalName' || selector === undefined || service.metadata.deletionTimestamp !== undefined) return
      const selected = pods.store.inNamespace(service.metadata.namespace ?? '').filter((p) => hasLabels(p.metadata.labels, selector))
      const own = slices.store
        .byIndex('service', key)
        .filter((s) => s.metadata.labels?.[MANAGED_BY] === MANAGER && isControlledBy(s, service))
      for (const slice of own) {
        const version = written.get(keyOf(slice))
        if (version !== undefined && Number(version) > Number(slice.metadata.resourceVersion))
          throw new Error('EndpointSlice informer cache is out of date')
      }
      // A slice just made, but not seen yet, would be made again.
      if ((made.get(key)?.size ?? 0) > 0) throw new Error('EndpointSlice informer cache is out of date')
      const trigger = triggers.next(key, service, selected)
      const plan = planSlices(
        service,
        selected,
        own,
        (n) => node(n)?.metadata.labels?.[ZONE],
        trigger === undefined ? undefined : rfc3339(trigger),
      )
      try {
        const note = (slice: EndpointSlice): void => {
          written.set(keyOf(slice), slice.metadata.resourceVersion ?? '')
        }
        for (const slice of plan.create) {
          const fresh = yield* client.create(ENDPOINT_SLICES, slice.metadata.namespace, slice)
          note(fresh)
          if (slices.store.get(keyOf(fresh)) !== undefined) continue
          const waiting = made.get(key) ?? new Set<string>()
          made.set(key, waiting.add(keyOf(fresh)))
        }
        for (const slice of plan.update) note(yield* client.update(ENDPOINT_SLICES, slice))
        for (const slice of plan.remove) {
          try {
            yield* client.delete(ENDPOINT_SLICES, slice.metadata.namespace, slice.metadata.name)
          } catch (error) {
            if (!isNotFound(error)) throw error
          }
        }
      } catch (error) {
        const text = `Error updating Endpoint Slices for Service ${key}: ${errorText(error)}`
        recorder.event(referenceTo(SERVICES, service), 'Warning', 'FailedToUpdateEndpointSlices', text)
        throw error
      }
    }
    startWorkers(context, 'endpointslice', queue, WORKERS, sync)
  },
}
