/** Config maps and secrets that pods of this node use: each is watched as long as one does. Source: kubelet util/manager (watch based). */
import type { Client } from '#kubernetes/client/client.ts'
import { Informer, keyOf } from '#kubernetes/client/informer.ts'
import type { Resource } from '#kubernetes/client/resources.ts'
import { type Launcher, Scope } from '#kubernetes/client/scope.ts'
import type { KubeObject } from '#kubernetes/client/types/meta.ts'
import type { Random } from '#sim/random.ts'
import type { Simulation } from '#sim/simulation.ts'
import { SECOND } from '#sim/time.ts'
import { anyOf, type Sim } from '#sim/wait.ts'

interface Watched {
  /** The informer of the resource's objects; its type is fixed by the resource in the key. */
  readonly informer: unknown
  readonly scope: Scope
  readonly users: Map<string, () => void>
}

/** How long a first list may take before the object counts as unknown. */
const LIST_TIMEOUT = 30 * SECOND

export class ObjectWatcher {
  readonly #sim: Simulation
  readonly #client: Client
  readonly #random: Random
  readonly #launch: Launcher
  readonly #watched = new Map<string, Watched>()

  constructor(sim: Simulation, client: Client, random: Random, launch: Launcher) {
    this.#sim = sim
    this.#client = client
    this.#random = random
    this.#launch = launch
  }

  /** The object, kept for pod `uid`; `changed` is called when it becomes another. */
  *get<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string, uid: string, changed: () => void): Sim<T | undefined> {
    const id = `${resource.resource}/${namespace}/${name}`
    let watched = this.#watched.get(id)
    if (watched === undefined) {
      const scope = new Scope(this.#sim, this.#launch)
      const informer = new Informer<T>(this.#client, resource, this.#random, { namespace, fieldSelector: `metadata.name=${name}` })
      const users = new Map<string, () => void>()
      const tell = (): void => {
        for (const user of users.values()) user()
      }
      watched = { informer, scope, users }
      this.#watched.set(id, watched)
      informer.addHandler({
        add: () => {
          if (informer.synced) tell()
        },
        update: tell,
        delete: tell,
      })
      scope.spawn(`watch ${id}`, informer.run())
    }
    watched.users.set(uid, changed)
    const informer = watched.informer as Informer<T>
    if (!informer.synced) {
      const deadline = this.#sim.now + LIST_TIMEOUT
      while (!informer.synced && this.#sim.now < deadline) yield* anyOf([informer.syncedQueue, this.#sim.timer(deadline - this.#sim.now)])
    }
    return informer.store.get(keyOf({ metadata: { namespace, name } }))
  }

  /** Pod `uid` uses nothing any more. */
  release(uid: string): void {
    for (const [id, { users, scope }] of this.#watched) {
      if (!users.delete(uid) || users.size > 0) continue
      this.#watched.delete(id)
      scope.cancel()
    }
  }
}
