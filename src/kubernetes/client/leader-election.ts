/** Leader election by a Lease. Source: client-go tools/leaderelection. */
import type { Random } from '#sim/random.ts'
import { parseRfc3339, rfc3339Micro, SECOND } from '#sim/time.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import type { Client } from './client.ts'
import type { EventRecorder } from './events.ts'
import { apiVersionOf, LEASES } from './resources.ts'
import type { Lease } from './types/node.ts'

export interface LeaderElectionOptions {
  readonly namespace: string
  readonly name: string
  readonly identity: string
  readonly random: Random
  readonly recorder?: EventRecorder | undefined
}

const LEASE_SECONDS = 15
const LEASE: Micros = LEASE_SECONDS * SECOND
const RENEW_DEADLINE: Micros = 10 * SECOND
const RETRY: Micros = 2 * SECOND

/** The fields of a lease spec that somebody holding it writes. */
type LeaseSpec = NonNullable<Lease['spec']>

/** What this candidate should write, or undefined while another holds the lease. `observed`: when the lease last changed, as seen here. */
export function planLease(lease: Lease | undefined, identity: string, now: Micros, observed: Micros): LeaseSpec | undefined {
  const old = lease?.spec
  const holder = old?.holderIdentity ?? ''
  const renewTime = rfc3339Micro(now)
  if (holder === identity) return { ...old, leaseDurationSeconds: LEASE_SECONDS, renewTime }
  if (holder !== '' && observed + LEASE > now) return undefined
  const leaseTransitions = old === undefined ? 0 : (old.leaseTransitions ?? 0) + 1
  return {
    holderIdentity: identity,
    leaseDurationSeconds: LEASE_SECONDS,
    acquireTime: renewTime,
    renewTime,
    leaseTransitions,
  }
}

export class LeaderElector {
  readonly #client: Client
  readonly #options: LeaderElectionOptions
  #lease: Lease | undefined
  #observed: Micros = 0

  constructor(client: Client, options: LeaderElectionOptions) {
    this.#client = client
    this.#options = options
  }

  /** Waits until this candidate is the leader. */
  *acquire(): Sim<void> {
    const { sim } = this.#client
    while (!(yield* this.#tryOnce())) yield* sim.sleep(Math.round(RETRY * (1 + this.#options.random.unit() * 1.2)))
    const { recorder, namespace, name, identity } = this.#options
    const uid = this.#lease?.metadata.uid
    recorder?.event(
      {
        kind: LEASES.kind,
        namespace,
        name,
        uid,
        apiVersion: apiVersionOf(LEASES),
      },
      'Normal',
      'LeaderElection',
      `${identity} became leader`,
    )
  }

  /** Renews until that has failed for the renew deadline: then leadership is lost and this returns. */
  *renew(): Sim<void> {
    const { sim } = this.#client
    let renewed = sim.now
    for (;;) {
      yield* sim.sleep(RETRY)
      if (yield* this.#tryOnce()) renewed = sim.now
      else if (sim.now - renewed >= RENEW_DEADLINE) return
    }
  }

  *#tryOnce(): Sim<boolean> {
    const { sim } = this.#client
    const { namespace, name, identity } = this.#options
    try {
      if (this.#lease?.spec?.holderIdentity === identity) {
        // The fast path: nobody else has written it since.
        try {
          const spec = planLease(this.#lease, identity, sim.now, this.#observed)
          this.#note(yield* this.#client.update(LEASES, { ...this.#lease, spec }))
          return true
        } catch {
          // Read it again below.
        }
      }
      const lease = yield* this.#client.find(LEASES, namespace, name)
      if (lease !== undefined && lease.metadata.resourceVersion !== this.#lease?.metadata.resourceVersion) this.#note(lease)
      const spec = planLease(lease, identity, sim.now, this.#observed)
      if (spec === undefined) return false
      if (lease === undefined)
        this.#note(
          yield* this.#client.create(LEASES, namespace, {
            metadata: { name, namespace },
            spec,
          }),
        )
      else this.#note(yield* this.#client.update(LEASES, { ...lease, spec }))
      return true
    } catch {
      return false
    }
  }

  #note(lease: Lease): void {
    this.#lease = lease
    this.#observed = this.#client.sim.now
  }
}

/** True while the holder of `lease` has renewed it in time. */
export function isLeaseValid(lease: Lease, now: Micros): boolean {
  const renewed = parseRfc3339(lease.spec?.renewTime ?? '')
  return renewed !== undefined && renewed + (lease.spec?.leaseDurationSeconds ?? LEASE_SECONDS) * SECOND > now
}
