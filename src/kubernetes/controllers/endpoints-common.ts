/** What the endpoint and the endpoint slice controllers share. Source: pkg/controller/util/endpoint, endpointslice/util. */

import { goDump } from '#kubernetes/api/go-dump.ts'
import { fnv1a128 } from '#kubernetes/api/hash.ts'
import { equal } from '#kubernetes/api/json.ts'
import { definition } from '#kubernetes/api/schema.ts'
import type { Informer } from '#kubernetes/client/informer.ts'
import { hasLabels, keyOf } from '#kubernetes/client/informer.ts'
import type { ObjectReference } from '#kubernetes/client/types/core.ts'
import type { Service, ServicePort } from '#kubernetes/client/types/network.ts'
import type { Container, Pod } from '#kubernetes/client/types/pod.ts'
import { parseRfc3339 } from '#sim/time.ts'
import type { Micros } from '#sim/wait.ts'
import { condition, isPodFinished, isPodReady } from './pods.ts'

/** Orders ports and subsets as upstream's sorts do: by a hash of how Go prints them. `type`: their full name. */
export function sortByHash<T extends object>(items: readonly T[], type: string): T[] {
  if (items.length < 2) return [...items]
  const def = definition(type)
  const hashed = items.map((item) => ({ item, hash: fnv1a128(goDump(item, def)) }))
  return hashed.sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0)).map((h) => h.item)
}

/** The pod's number for a service port; undefined when it has no port of that name. */
export function findPort(pod: Pod, port: ServicePort): number | undefined {
  const target = port.targetPort ?? port.port
  if (typeof target === 'number') return target
  const restartable = (c: Container): boolean => c.restartPolicy === 'Always'
  for (const container of [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter(restartable)]) {
    for (const p of container.ports ?? [])
      if (p.name === target && (p.protocol ?? 'TCP') === (port.protocol ?? 'TCP')) return p.containerPort
  }
  return undefined
}

export function podIp(pod: Pod): string {
  return pod.status?.podIP ?? ''
}

/** A pod counts from the moment it has an address until it is finished; terminating ones only where asked for. */
export function belongsInEndpoints(pod: Pod, includeTerminating: boolean): boolean {
  if (isPodFinished(pod) || podIp(pod) === '') return false
  return includeTerminating || pod.metadata.deletionTimestamp === undefined
}

export function podTarget(pod: Pod): ObjectReference {
  return { kind: 'Pod', namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid }
}

/** The pod's own host name, where it is one of the service's domain. */
export function hostnameFor(pod: Pod, service: Service): string | undefined {
  const { hostname, subdomain } = pod.spec
  return hostname !== undefined && hostname !== '' && subdomain === service.metadata.name ? hostname : undefined
}

/** Whether a change of a pod can change endpoints. Source: podEndpointsChanged. */
export function podChanged(old: Pod, pod: Pod): boolean {
  if ((old.metadata.deletionTimestamp === undefined) !== (pod.metadata.deletionTimestamp === undefined)) return true
  if (isPodReady(old) !== isPodReady(pod) || podIp(old) !== podIp(pod) || old.spec.nodeName !== pod.spec.nodeName) return true
  return isPodFinished(old) !== isPodFinished(pod)
}

/** Calls `enqueue` with the keys of services whose endpoints a change of pods touches. */
export function watchPods(pods: Informer<Pod>, services: Informer<Service>, enqueue: (key: string) => void): void {
  const touched = (pod: Pod): void => {
    for (const service of services.store.inNamespace(pod.metadata.namespace ?? '')) {
      const { selector } = service.spec
      if (selector !== undefined && Object.keys(selector).length > 0 && hasLabels(pod.metadata.labels, selector)) enqueue(keyOf(service))
    }
  }
  pods.addHandler({
    add: touched,
    update(old, pod) {
      const relabelled = !equal(old.metadata.labels, pod.metadata.labels) || old.spec.hostname !== pod.spec.hostname
      if (relabelled) touched(old)
      if (relabelled || podChanged(old, pod)) touched(pod)
    },
    delete: touched,
  })
}

/** Finds the time of the change that made endpoints change: for the annotation that measures delays. */
export class TriggerTimes {
  readonly #services = new Map<string, { readonly service: Micros; readonly pods: ReadonlyMap<string, Micros> }>()

  /** The earliest change since the last call for this service; undefined when nothing changed. */
  next(key: string, service: Service, pods: readonly Pod[]): Micros | undefined {
    const old = this.#services.get(key)
    let first: Micros | undefined
    const note = (time: Micros): void => {
      first = first === undefined ? time : Math.min(first, time)
    }
    const times = new Map<string, Micros>()
    for (const pod of pods) {
      const time = parseRfc3339(condition(pod.status?.conditions, 'Ready')?.lastTransitionTime ?? '')
      if (time === undefined) continue
      times.set(pod.metadata.name, time)
      if (time > (old?.pods.get(pod.metadata.name) ?? 0)) note(time)
    }
    const created = parseRfc3339(service.metadata.creationTimestamp ?? '') ?? 0
    if (created > (old?.service ?? 0)) note(created)
    this.#services.set(key, { service: created, pods: times })
    return first
  }

  forget(key: string): void {
    this.#services.delete(key)
  }
}

export const TRIGGER_ANNOTATION = 'endpoints.kubernetes.io/last-change-trigger-time'
