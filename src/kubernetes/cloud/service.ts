/** Service controller: a load balancer of the cloud for each Service that wants one. Source: k8s.io/cloud-provider controllers/service. */
import { equal } from '#kubernetes/api/json.ts'
import type { Client } from '#kubernetes/client/client.ts'
import { errorText, isNotFound } from '#kubernetes/client/errors.ts'
import { EventRecorder, referenceTo } from '#kubernetes/client/events.ts'
import { type Informer, type Informers, keyOf } from '#kubernetes/client/informer.ts'
import { NODES, SERVICES } from '#kubernetes/client/resources.ts'
import type { Scope } from '#kubernetes/client/scope.ts'
import type { Service } from '#kubernetes/client/types/network.ts'
import type { Node } from '#kubernetes/client/types/node.ts'
import { runWorker, WorkQueue } from '#kubernetes/client/work-queue.ts'
import type { Simulation } from '#sim/simulation.ts'
import { SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import type { LoadBalancer, LoadBalancerStatus } from './load-balancer.ts'

/** While a Service has it, its load balancer has still to be taken away. */
export const CLEANUP_FINALIZER = 'service.kubernetes.io/load-balancer-cleanup'
const EXCLUDE_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers'
const TO_BE_DELETED_TAINT = 'ToBeDeletedByClusterAutoscaler'
const WORKERS = 5
/** --concurrent-service-syncs aside, a Service that failed comes again after 5 s, doubling to 5 min. */
const RETRY = { baseDelay: 5 * SECOND, maxDelay: 300 * SECOND }
const NODES_KEY = 'nodes'

export interface ServiceControllerOptions {
  readonly sim: Simulation
  readonly scope: Scope
  readonly client: Client
  readonly informers: Informers
  readonly balancer: LoadBalancer
  readonly log: (line: string) => void
}

/** Of type LoadBalancer, and not left to another implementation. */
export function wantsLoadBalancer(service: Service): boolean {
  return service.spec.type === 'LoadBalancer' && service.spec.loadBalancerClass === undefined
}

function hasFinalizer(service: Service): boolean {
  return service.metadata.finalizers?.includes(CLEANUP_FINALIZER) === true
}

function needsCleanup(service: Service): boolean {
  return hasFinalizer(service) && (service.metadata.deletionTimestamp !== undefined || !wantsLoadBalancer(service))
}

/** What of a Service its load balancer depends on; the rest may change without its being touched. */
function wanted(service: Service): unknown {
  const { spec, metadata } = service
  return [
    wantsLoadBalancer(service),
    metadata.uid,
    metadata.annotations ?? {},
    spec.ports ?? [],
    spec.sessionAffinity,
    spec.sessionAffinityConfig ?? {},
    spec.loadBalancerSourceRanges ?? [],
    spec.externalIPs ?? [],
    spec.externalTrafficPolicy,
    spec.healthCheckNodePort ?? 0,
    spec.ipFamilies ?? [],
  ]
}

/** Whether a change of a Service asks for work. */
export function needsUpdate(old: Service, now: Service): boolean {
  if (!wantsLoadBalancer(old) && !wantsLoadBalancer(now)) return false
  return !equal(wanted(old), wanted(now))
}

/** The nodes a load balancer forwards to: Ready (whatever the nodes with endpoints say for themselves), not excluded, not about to go. */
export function planNodes(service: Service, nodes: readonly Node[]): Node[] {
  const local = service.spec.externalTrafficPolicy === 'Local'
  return nodes
    .filter((node) => {
      if (node.metadata.labels?.[EXCLUDE_LABEL] !== undefined || node.metadata.deletionTimestamp !== undefined) return false
      if (node.spec.taints?.some((t) => t.key === TO_BE_DELETED_TAINT) === true) return local
      return local || node.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') === true
    })
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
}

/** Starts the controller; it works until the scope ends. */
export function startServiceController(options: ServiceControllerOptions): void {
  const { sim, scope, client, informers, balancer } = options
  const queue = new WorkQueue(sim, RETRY)
  const nodeQueue = new WorkQueue(sim, RETRY)
  scope.onCancel(() => {
    queue.shutDown()
    nodeQueue.shutDown()
  })
  const services = informers.of(SERVICES)
  const recorder = new EventRecorder(client, scope, 'service-controller')
  /** Nodes each load balancer was last told of, by the Service's key. */
  const known = new Map<string, string>()
  let nodes: Informer<Node> | undefined

  /** Nodes are watched from the first load balancer on. */
  const nodeInformer = function* (): Sim<Informer<Node>> {
    if (nodes === undefined) {
      nodes = informers.of(NODES)
      nodes.addHandler({
        add: () => nodeQueue.add(NODES_KEY),
        update: () => nodeQueue.add(NODES_KEY),
        delete: () => nodeQueue.add(NODES_KEY),
      })
    }
    yield* nodes.waitForSync()
    return nodes
  }
  const names = (list: readonly Node[]): string => list.map((node) => node.metadata.name).join(' ')
  const tell = (service: Service, type: 'Normal' | 'Warning', reason: string, message: string): void =>
    recorder.event(referenceTo(SERVICES, service), type, reason, message)

  const patch = function* (service: Service, change: object): Sim<void> {
    const { namespace, name } = service.metadata
    yield* client.patch(SERVICES, namespace, name, 'merge', change, 'status')
  }
  const setFinalizer = function* (service: Service, present: boolean): Sim<void> {
    if (hasFinalizer(service) === present) return
    const others = (service.metadata.finalizers ?? []).filter((f) => f !== CLEANUP_FINALIZER)
    const finalizers = present ? [...others, CLEANUP_FINALIZER] : others
    yield* patch(service, { metadata: { finalizers: finalizers.length === 0 ? null : finalizers } })
  }
  const patchStatus = function* (service: Service, status: LoadBalancerStatus): Sim<void> {
    if (equal(service.status?.loadBalancer ?? {}, status)) return
    try {
      yield* patch(service, { status: { loadBalancer: status.ingress === undefined ? { ingress: null } : status } })
    } catch (error) {
      // The Service went with its finalizer.
      if (!isNotFound(error)) throw error
    }
  }

  const remove = function* (service: Service): Sim<void> {
    if ((yield* balancer.get(service)) !== undefined) {
      tell(service, 'Normal', 'DeletingLoadBalancer', 'Deleting load balancer')
      yield* balancer.ensureDeleted(service)
    }
    known.delete(keyOf(service))
    yield* setFinalizer(service, false)
    tell(service, 'Normal', 'DeletedLoadBalancer', 'Deleted load balancer')
    yield* patchStatus(service, {})
  }
  const ensure = function* (service: Service): Sim<void> {
    tell(service, 'Normal', 'EnsuringLoadBalancer', 'Ensuring load balancer')
    yield* setFinalizer(service, true)
    const planned = planNodes(service, (yield* nodeInformer()).store.list())
    if (planned.length === 0) tell(service, 'Warning', 'UnAvailableLoadBalancer', 'There are no available nodes for LoadBalancer')
    const status = yield* balancer.ensure(service, planned)
    known.set(keyOf(service), names(planned))
    tell(service, 'Normal', 'EnsuredLoadBalancer', 'Ensured load balancer')
    yield* patchStatus(service, status)
  }
  const sync = function* (key: string): Sim<void> {
    const service = services.store.get(key)
    if (service === undefined) return
    try {
      if (wantsLoadBalancer(service) && !needsCleanup(service)) yield* ensure(service)
      else if (needsCleanup(service)) yield* remove(service)
    } catch (error) {
      if (error instanceof Error && error.name === 'AssertionError') throw error
      tell(service, 'Warning', 'SyncLoadBalancerFailed', `Error syncing load balancer: ${errorText(error)}`)
      throw error
    }
  }
  const syncNodes = function* (): Sim<void> {
    const list = (yield* nodeInformer()).store.list()
    for (const [key, last] of [...known]) {
      const service = services.store.get(key)
      if (service === undefined || !wantsLoadBalancer(service)) continue
      const planned = planNodes(service, list)
      if (names(planned) === last) continue
      yield* balancer.update(service, planned)
      known.set(key, names(planned))
      if (planned.length === 0) tell(service, 'Warning', 'UnAvailableLoadBalancer', 'There are no available nodes for LoadBalancer')
      else tell(service, 'Normal', 'UpdatedLoadBalancer', 'Updated load balancer with new hosts')
    }
  }

  services.addHandler({
    add(service) {
      if (wantsLoadBalancer(service) || needsCleanup(service)) queue.add(keyOf(service))
    },
    update(old, service) {
      if (old.spec.type !== service.spec.type && (wantsLoadBalancer(old) || wantsLoadBalancer(service)))
        tell(service, 'Normal', 'Type', `${old.spec.type ?? ''} -> ${service.spec.type ?? ''}`)
      if (needsUpdate(old, service) || needsCleanup(service)) queue.add(keyOf(service))
    },
  })
  const onError = (key: string, error: unknown): void => {
    if (error instanceof Error && error.name === 'AssertionError') throw error
    options.log(`"Unhandled Error" err="error processing service ${key} (retrying with exponential backoff): ${errorText(error)}"`)
  }
  const worker = function* (): Sim<void> {
    yield* services.waitForSync()
    yield* runWorker(queue, sync, onError)
  }
  for (let i = 0; i < WORKERS; i++) scope.spawn(`service ${i}`, worker())
  scope.spawn('service nodes', runWorker(nodeQueue, syncNodes, onError))
}
