import type { Sim } from '#sim/wait.ts'
import { CommandError, ServerError } from '../errors.ts'
import { printError } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import type { KubeObject } from '../rest.ts'

export interface ContainerSpec {
  readonly name: string
  readonly image?: string
}

export interface PodSpec {
  readonly containers?: readonly ContainerSpec[]
  readonly initContainers?: readonly ContainerSpec[]
  readonly ephemeralContainers?: readonly ContainerSpec[]
  readonly nodeName?: string
}

export function podSpec(pod: KubeObject): PodSpec {
  return (pod.spec ?? {}) as PodSpec
}

/** The labels a workload's Pods have, as a selector; undefined for kinds without one. */
export function selectorOf(object: KubeObject): string | undefined {
  const spec = (object.spec ?? {}) as { selector?: { matchLabels?: Record<string, string> } | Record<string, string> }
  const { selector } = spec
  if (selector === undefined) return undefined
  const labels = 'matchLabels' in selector ? (selector.matchLabels as Record<string, string>) : (selector as Record<string, string>)
  return Object.entries(labels)
    .map(([k, v]) => `${k}=${v}`)
    .sort()
    .join(',')
}

/** The Pod itself, or the first (best) Pod of a workload. */
export function* podOf(k: Kubectl, namespace: string, object: KubeObject): Sim<KubeObject> {
  const [best] = yield* podsOf(k, namespace, object)
  if (best === undefined) throw new CommandError('timed out waiting for the condition')
  return best
}

/** Checks a container's name; the words are those of polymorphichelpers. */
export function checkContainer(pod: KubeObject, name: string): void {
  const all = containerNames(podSpec(pod))
  if (!all.some((c) => c.name === name))
    throw new CommandError(
      `container ${name} is not valid for pod ${pod.metadata?.name ?? ''} out of: ${all.map((c) => c.shown).join(', ')}`,
    )
}

function containerNames(spec: PodSpec): { name: string; shown: string }[] {
  const marked = (list: readonly ContainerSpec[] | undefined, mark: string): { name: string; shown: string }[] =>
    (list ?? []).map((c) => ({ name: c.name, shown: `${c.name}${mark}` }))
  return [...marked(spec.containers, ''), ...marked(spec.initContainers, ' (init)'), ...marked(spec.ephemeralContainers, ' (ephem)')]
}

/** The Pod itself, or a workload's Pods, the best first. */
export function* podsOf(k: Kubectl, namespace: string, object: KubeObject): Sim<KubeObject[]> {
  if (object.kind === 'Pod') return [object]
  const selector = selectorOf(object)
  if (selector === undefined)
    throw new CommandError(`cannot attach to ${object.apiVersion}, Kind=${object.kind}: selector for ${object.kind} not implemented`)
  const rest = yield* k.rest()
  const list = yield* rest.json('GET', `/api/v1/namespaces/${namespace}/pods`, undefined, { query: { labelSelector: selector } })
  const pods = [...((list.items as KubeObject[] | undefined) ?? [])]
  const rank = (pod: KubeObject): number => ((pod.status as { phase?: string } | undefined)?.phase === 'Running' ? 0 : 1)
  return pods.sort((a, b) => rank(a) - rank(b)).map((pod) => ({ apiVersion: 'v1', kind: 'Pod', ...pod }))
}

/** The container a command means when none is named; says so when there are several. */
export function* defaultContainer(k: Kubectl, pod: KubeObject, quiet: boolean): Sim<string> {
  const annotated = pod.metadata?.annotations?.['kubectl.kubernetes.io/default-container']
  if (annotated !== undefined) return annotated
  const spec = podSpec(pod)
  const all = containerNames(spec)
  const first = spec.containers?.[0]?.name ?? ''
  if (all.length > 1 && !quiet)
    yield* printError(k.proc, `Defaulted container ${JSON.stringify(first)} out of: ${all.map((c) => c.shown).join(', ')}\n`)
  return first
}

/** Fetches a Pod for `logs`, whose refusal reads differently from other commands'. */
export function* podForLogs(k: Kubectl, namespace: string, path: string): Sim<KubeObject> {
  try {
    return yield* (yield* k.rest()).json('GET', path)
  } catch (error) {
    if (error instanceof ServerError && error.notFound)
      throw new CommandError(`error from server (NotFound): ${error.message} in namespace ${JSON.stringify(namespace)}`)
    throw error
  }
}
