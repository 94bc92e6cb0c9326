/** cloud-controller-manager: the loops that join the cluster to its cloud. */
import type { Transport } from '#http/transport.ts'
import { Client } from '#kubernetes/client/client.ts'
import { InformerFactory } from '#kubernetes/client/informer.ts'
import { TokenBucket } from '#kubernetes/client/rate-limit.ts'
import { type Launcher, Scope } from '#kubernetes/client/scope.ts'
import type { Simulation } from '#sim/simulation.ts'
import type { Sim } from '#sim/wait.ts'
import type { LoadBalancer } from './load-balancer.ts'
import { startServiceController } from './service.ts'

export interface CloudControllerManagerOptions {
  readonly sim: Simulation
  /** The connection, with the credentials of the service controller. */
  readonly transport: Transport
  /** Where its coroutines run: as threads of its process, say. */
  readonly launch?: Launcher | undefined
  readonly balancer: LoadBalancer
  /** Lines for the process's log. */
  readonly log?: ((line: string) => void) | undefined
}

const QPS = 20
const BURST = 30

/** Runs until it is cancelled, wherever that happens. */
export function* runCloudControllerManager(options: CloudControllerManagerOptions): Sim<void> {
  const { sim, transport, balancer } = options
  const scope = new Scope(sim, options.launch)
  try {
    const client = new Client(sim, transport, { userAgent: 'cloud-provider-kind', rateLimit: new TokenBucket(sim, QPS, BURST) })
    const informers = new InformerFactory(client, scope, sim.random('cloud-controller-manager/informers'))
    startServiceController({ sim, scope, client, informers, balancer, log: options.log ?? ((): void => {}) })
    yield* scope.forever()
  } finally {
    scope.cancel()
  }
}
