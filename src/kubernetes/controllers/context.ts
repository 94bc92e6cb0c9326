import type { Client } from '#kubernetes/client/client.ts'
import { EventRecorder } from '#kubernetes/client/events.ts'
import type { Informers } from '#kubernetes/client/informer.ts'
import type { Scope, ScopeTask } from '#kubernetes/client/scope.ts'
import { runWorker, type WorkQueue } from '#kubernetes/client/work-queue.ts'
import type { Random } from '#sim/random.ts'
import type { Simulation } from '#sim/simulation.ts'
import { rfc3339 } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'

/** What a controller gets to work with. */
export interface ControllerContext {
  readonly sim: Simulation
  readonly scope: Scope
  readonly informers: Informers
  /** The controller's own client: its service account, its rate limit. */
  readonly client: Client
  readonly random: Random
  /** Told of errors of workers, for the log of the process. */
  readonly log: (line: string) => void
}

/** A controller: `start` asks for informers, registers handlers and starts workers; it doesn't wait. */
export interface Controller {
  /** Upstream's name, as in `--controllers`. */
  readonly name: string
  /** Its service account in kube-system. */
  readonly serviceAccount: string
  start(context: ControllerContext): void
}

/** Starts `workers` workers on `queue` once all informers have their first list. */
export function startWorkers(
  context: ControllerContext,
  name: string,
  queue: WorkQueue,
  workers: number,
  sync: (key: string) => Sim<void>,
): void {
  context.scope.onCancel(() => queue.shutDown())
  const onError = (key: string, error: unknown): void => {
    if (error instanceof Error && error.name === 'AssertionError') throw error
    context.log(`"Unhandled Error" err="${name}: syncing ${key}: ${error instanceof Error ? error.message : String(error)}"`)
  }
  const worker = function* (): Sim<void> {
    yield* context.informers.waitForSync()
    yield* runWorker(queue, sync, onError)
  }
  for (let i = 0; i < workers; i++) context.scope.spawn(`${name} ${i}`, worker())
}

export function recorderFor(context: ControllerContext, component: string): EventRecorder {
  return new EventRecorder(context.client, context.scope, component)
}

/** Now, in seconds, as in metadata. */
export function now(context: { readonly sim: Simulation }): string {
  return rfc3339(context.sim.now)
}

/** Runs all at once and waits for all; returns what each threw (undefined: nothing), in order. */
export function* parallel(scope: Scope, name: string, bodies: readonly Sim<void>[]): Sim<unknown[]> {
  const only = bodies[0]
  if (bodies.length === 1 && only !== undefined) return [yield* caught(only)]
  const tasks: ScopeTask<unknown>[] = bodies.map((body) => scope.spawn(name, caught(body)))
  const errors: unknown[] = []
  for (const task of tasks) errors.push(yield* task.join())
  return errors
}

function* caught(body: Sim<void>): Sim<unknown> {
  try {
    yield* body
    return undefined
  } catch (error) {
    if (error instanceof Error && error.name === 'AssertionError') throw error
    return error
  }
}

/** 0 as Go's encoder leaves it out (`omitempty`). */
export function nonZero(n: number): number | undefined {
  return n === 0 ? undefined : n
}
