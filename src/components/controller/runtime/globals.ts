/**
 * Globals that a program for Node expects. Imported before the client library. Timers count as work that keeps the program alive,
 * unless they are unref'd.
 */
import { Buffer } from 'buffer'
import { HOME } from './environment.ts'
import { clusterFetch } from './fetch.ts'

/** Told of everything that keeps the program running. */
export interface Life {
  busy(by: 1 | -1): void
  exit(code: number): void
}

let life: Life = { busy: () => undefined, exit: () => undefined }

export function attachLife(to: Life): void {
  life = to
}

const native = {
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
  setInterval: globalThis.setInterval.bind(globalThis),
}

/** A timer that doesn't count as work of the program. */
export const later = native.setTimeout

/** As Node's Timeout: counts as work until it is over, cleared or unref'd. */
class Timeout {
  readonly id: number
  #counts = true

  constructor(id: number) {
    this.id = id
    life.busy(1)
  }

  hasRef(): boolean {
    return this.#counts
  }

  ref(): this {
    if (!this.#counts) life.busy(1)
    this.#counts = true
    return this
  }

  unref(): this {
    if (this.#counts) life.busy(-1)
    this.#counts = false
    return this
  }

  [Symbol.toPrimitive](): number {
    return this.id
  }
}

const timers = new Map<number, Timeout>()

function over(id: number): void {
  timers.get(id)?.unref()
  timers.delete(id)
}

function keep(id: number): Timeout {
  const timer = new Timeout(id)
  timers.set(id, timer)
  return timer
}

type Callback = (...args: readonly unknown[]) => void

const setTimeout = (run: Callback, delay = 0, ...args: readonly unknown[]): Timeout => {
  const id = Number(
    native.setTimeout(() => {
      over(id)
      run(...args)
    }, delay),
  )
  return keep(id)
}

const setInterval = (run: Callback, delay = 0, ...args: readonly unknown[]): Timeout =>
  keep(Number(native.setInterval(() => run(...args), delay)))

const clear = (timer: Timeout | number | undefined): void => {
  if (timer === undefined) return
  const id = Number(timer)
  native.clearTimeout(id)
  over(id)
}

const podlabEnvironment = { HOME, USER: 'learner', PATH: '/usr/local/bin:/usr/bin:/bin' }

const process = {
  env: podlabEnvironment,
  platform: 'linux',
  argv: ['node', `${HOME}/controller.ts`],
  version: 'podlab',
  versions: {},
  exit: (code = 0): never => {
    life.exit(code)
    throw new Exited()
  },
  on: () => process,
  once: () => process,
}

/** Ends the code that called `process.exit`. */
export class Exited extends Error {}

Object.assign(globalThis, {
  Buffer,
  podlabEnvironment,
  process,
  global: globalThis,
  fetch: clusterFetch,
  setTimeout,
  setInterval,
  setImmediate: (run: Callback, ...args: readonly unknown[]) => setTimeout(run, 0, ...args),
  clearTimeout: clear,
  clearInterval: clear,
  clearImmediate: clear,
})
