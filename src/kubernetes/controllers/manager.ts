/** kube-controller-manager: leader election, then all controllers, each with its own service account and rate limit. */
import type { Transport } from '#http/transport.ts'
import { Client } from '#kubernetes/client/client.ts'
import { EventRecorder } from '#kubernetes/client/events.ts'
import { InformerFactory } from '#kubernetes/client/informer.ts'
import { LeaderElector } from '#kubernetes/client/leader-election.ts'
import { TokenBucket } from '#kubernetes/client/rate-limit.ts'
import { type Launcher, Scope } from '#kubernetes/client/scope.ts'
import { ensureServiceAccount, serviceAccountToken } from '#kubernetes/client/service-account-token.ts'
import type { Simulation } from '#sim/simulation.ts'
import type { Sim } from '#sim/wait.ts'
import type { Controller, ControllerContext } from './context.ts'
import { controllers, UNMODELLED } from './registry.ts'
import type { TypeCheck } from './validatingadmissionpolicy-status.ts'

export interface ControllerManagerOptions {
  readonly sim: Simulation
  /** The connection, with the credentials of user `system:kube-controller-manager`. */
  readonly transport: Transport
  /** A connection without credentials, for clients with tokens of their own; absent: all use `transport`. */
  readonly anonymousTransport?: Transport | undefined
  /** Where its coroutines run: as threads of its process, say. */
  readonly launch?: Launcher | undefined
  /** Holder of the lease: `kind-control-plane_<uuid>`. */
  readonly identity: string
  readonly leaderElect?: boolean | undefined
  /** The cluster's CA certificate (PEM), published in every namespace. */
  readonly rootCa: string
  readonly clusterCidr?: string | undefined
  /** Checks the expressions of admission policies; absent: nothing is said of them. */
  readonly typeCheck?: TypeCheck | undefined
  /** Requests a second of each controller's client, and burst. */
  readonly qps?: number | undefined
  readonly burst?: number | undefined
  /** Lines for the process's log. */
  readonly log?: ((line: string) => void) | undefined
}

const VERSION = 'v1.36.2'
const QPS = 20
const BURST = 30

/** Runs until leadership is lost; ends cleanly wherever it is cancelled. */
export function* runControllerManager(options: ControllerManagerOptions): Sim<void> {
  const { sim, transport, identity } = options
  const scope = new Scope(sim, options.launch)
  const agent = `kube-controller-manager/${VERSION}`
  const log = options.log ?? ((): void => {})
  const limit = (factor = 1): TokenBucket => new TokenBucket(sim, (options.qps ?? QPS) * factor, options.burst ?? BURST)
  try {
    const root = new Client(sim, transport, { userAgent: agent })
    if (options.leaderElect !== false) {
      const random = sim.random(`${identity}/leader-election`)
      const client = root.as({ userAgent: `${agent}/leader-election` })
      const recorder = new EventRecorder(client, scope, identity)
      const elector = new LeaderElector(client, { namespace: 'kube-system', name: 'kube-controller-manager', identity, random, recorder })
      yield* elector.acquire()
      log(`"Successfully acquired lease" lock="kube-system/kube-controller-manager"`)
      const lost = scope.spawn('kube-controller-manager lease', elector.renew())
      start(options, scope, root.as({ userAgent: `${agent}/shared-informers` }), limit, log)
      yield* lost.join()
      log('"leaderelection lost"')
    } else {
      start(options, scope, root.as({ userAgent: `${agent}/shared-informers` }), limit, log)
      yield* scope.forever()
    }
  } finally {
    scope.cancel()
  }
}

function start(
  options: ControllerManagerOptions,
  scope: Scope,
  shared: Client,
  limit: (factor?: number) => TokenBucket,
  log: (line: string) => void,
): void {
  const { sim } = options
  const informers = new InformerFactory(shared, scope, sim.random('kube-controller-manager/informers'))
  const launch = function* (controller: Controller): Sim<void> {
    const userAgent = `kube-controller-manager/${VERSION}/system:serviceaccount:kube-system:${controller.serviceAccount}`
    // Each collected object costs two requests. Source: startGarbageCollectorController.
    const rateLimit = limit(controller.name === 'garbage-collector-controller' ? 2 : 1)
    let client = shared.as({ userAgent, rateLimit })
    if (options.anonymousTransport !== undefined) {
      const token = yield* serviceAccountToken(shared, scope, 'kube-system', controller.serviceAccount)
      client = new Client(sim, options.anonymousTransport, { userAgent, rateLimit, token })
    }
    const context: ControllerContext = {
      sim,
      scope,
      informers,
      client,
      random: sim.random(`kube-controller-manager/${controller.name}`),
      log,
    }
    controller.start(context)
  }
  if (options.anonymousTransport !== undefined) {
    for (const account of UNMODELLED) scope.spawn(account, ensureServiceAccount(shared, 'kube-system', account))
  }
  const config = {
    rootCa: options.rootCa,
    clusterCidr: options.clusterCidr ?? '10.244.0.0/16',
    typeCheck: options.typeCheck ?? unchecked,
  }
  for (const controller of controllers(config)) {
    scope.spawn(controller.name, launch(controller))
  }
}

function* unchecked(): Sim<undefined> {
  return undefined
}
