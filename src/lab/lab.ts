import { evaluate } from '#book/checks.ts'
import type { Checked } from '#book/types.ts'
import { concat } from '#sim/bytes.ts'
import { Driver, type Host } from './driver.ts'
import { isLoaded, loadPrograms } from './programs.ts'
import type { FromLab, InputLog, LabInput, TaskState, ToLab } from './protocol.ts'
import { type Join, SCENARIOS } from './scenarios.ts'
import { checkedById } from './tasks.ts'
import { isProgram, REST, World } from './world.ts'

/** Output a terminal may have on its way to the page before the model is made to wait. */
const MAX_UNDRAWN = 512 * 1024
/** How often at most the tasks are looked at and the page hears of the clock, milliseconds. */
const LOOK_MS = 100
/** Virtual time in which a laptop comes up. */
const LAPTOP_BOOT = 1_000_000
/** The rest of a world is fetched after the first prompt, or after this long. */
const REST_AFTER_MS = 1_500
/** The first prompt is painted, and what the reader came for is on the page, before more is fetched. */
const AFTER_PROMPT_MS = 150
/** Programs that make no sense before the cluster is there. */
const NEEDS_CLUSTER: ReadonlySet<string> = new Set(['kubernetes/kubectl', 'docker/docker', 'kind/kind'])

/** The programs that a log's answers stand for. */
const programsOf = (log: InputLog): string[] =>
  log.inputs.flatMap(({ input }) => (input.type === 'answer' && isProgram(input.value) ? [input.value.program] : []))

/**
 * One lab: world, clock driver, checks. Speaks `protocol.ts`; knows nothing of workers, so tests drive it directly.
 */
export class Lab {
  readonly #host: Host
  readonly #send: (message: FromLab) => void
  #world: World | undefined
  #driver: Driver | undefined
  #tasks: readonly Checked[] = []
  readonly #states = new Map<string, string>()
  #pending = new Map<string, Uint8Array[]>()
  /** Inputs for machines that are not on yet. */
  readonly #early: LabInput[] = []
  readonly #undrawn = new Map<string, number>()
  #looked = Number.NEGATIVE_INFINITY
  #idle = false
  #cancelLook: (() => void) | undefined
  #outputs = 0
  #checked = ''
  #crashed = false
  #replaying = false
  #cancelRest: (() => void) | undefined

  constructor(host: Host, send: (message: FromLab) => void) {
    this.#host = host
    this.#send = send
  }

  hear(message: ToLab): void {
    this.#guard(() => this.#hear(message))
  }

  /** Runs something of the lab; an error of the model is told, not lost. */
  #guard(run: () => void): void {
    if (this.#crashed) return
    try {
      run()
    } catch (error) {
      this.#crash(error)
    }
  }

  #hear(message: ToLab): void {
    switch (message.type) {
      case 'start':
        void this.#start(message.scenario, message.seed, message.tasks, message.log)
        return
      case 'input':
        this.#input(message.input)
        return
      case 'rate':
        if (this.#driver !== undefined) this.#driver.rate = message.rate
        return
      case 'ack':
        this.#undrawn.set(message.terminal, Math.max(0, (this.#undrawn.get(message.terminal) ?? 0) - message.bytes))
        this.#firstDrawn()
        this.#driver?.wake()
        return
      case 'getLog':
        if (this.#world !== undefined) this.#send({ type: 'log', id: message.id, log: this.#world.log })
        return
      case 'getTrace':
        this.#send({ type: 'trace', id: message.id, causes: (this.#world?.sim.causes.list() ?? []).filter((c) => c.id > message.since) })
        return
      case 'getCluster':
        if (this.#world !== undefined) this.#send({ type: 'cluster', id: message.id, view: this.#world.view() })
    }
  }

  async #start(scenario: string, seed: number, tasks: readonly string[], log: InputLog | undefined): Promise<void> {
    this.#send({ type: 'booting', note: 'Starting the machines…' })
    // A log runs programs and switches on nodes at given moments: their code has to be here.
    const rest = log === undefined ? undefined : await this.#loadAll(scenario, log)
    this.#guard(() => this.#begin(this.#build(scenario, seed, log, rest), tasks))
  }

  async #loadAll(scenario: string, log: InputLog): Promise<Join | undefined> {
    const [rest] = await Promise.all([SCENARIOS[scenario]?.rest?.(), loadPrograms(programsOf(log))])
    return rest
  }

  #build(scenario: string, seed: number, log: InputLog | undefined, rest: Join | undefined): World {
    const world = this.#laptop(scenario, seed, rest)
    if (log === undefined) return world
    this.#replaying = true
    const bad = log.inputs.find((record) => !world.replay(record))
    this.#replaying = false
    if (bad === undefined) {
      // Whoever asked was part of the page that is gone.
      for (const request of world.openRequests) world.input({ type: 'httpCancel', request })
      return world
    }
    this.#pending.clear()
    this.#undrawn.clear()
    this.#send({ type: 'diverged', event: bad.event })
    return this.#laptop(scenario, seed, rest)
  }

  /** A fresh world, run until its first machine is up. */
  #laptop(scenario: string, seed: number, rest: Join | undefined): World {
    const world: World = new World(scenario, seed, {
      output: (terminal, data) => {
        this.#undrawn.set(terminal, (this.#undrawn.get(terminal) ?? 0) + data.length)
        this.#outputs++
        const list = this.#pending.get(terminal)
        if (list === undefined) this.#pending.set(terminal, [data])
        else list.push(data)
      },
      closed: (terminal, exit) => {
        this.#flush()
        this.#send({ type: 'closed', terminal, exit })
      },
      // A replay's log has the answers; what it leaves open is asked when the lab begins.
      request: (request, kind, payload) => {
        if (!this.#replaying) this.#send({ type: 'request', request, kind, payload })
      },
      requestCancelled: (request) => {
        if (!this.#replaying) this.#send({ type: 'requestCancelled', request })
      },
      http: (request, part) => {
        if (!this.#replaying) this.#send({ type: 'http', request, part })
      },
      needsProgram: () => {
        if (!this.#replaying) this.#answerPrograms()
      },
    })
    world.rest = rest
    world.sim.run({ until: world.sim.now + LAPTOP_BOOT })
    return world
  }

  #begin(world: World, tasks: readonly string[]): void {
    this.#world = world
    this.#tasks = tasks.map((id) => checkedById(id)).filter((t) => t !== undefined)
    const driver = new Driver(
      world.sim,
      this.#guarded(),
      (idle) => this.#after(idle),
      () => this.#congested(),
    )
    this.#driver = driver
    this.#send({ type: 'ready', machines: world.scenario.machines, time: world.sim.now })
    this.#flush()
    for (const [request, { kind, payload }] of world.asked) this.#send({ type: 'request', request, kind, payload })
    driver.wake()
    if (world.ready) this.#complete()
    else this.#cancelRest = this.#guarded().later(() => this.#firstDrawn(), REST_AFTER_MS)
  }

  /** The first prompt is on the screen (or nobody looks at the laptop): now the rest may be fetched. */
  #firstDrawn(): void {
    if (this.#cancelRest === undefined || this.#world === undefined || this.#driver === undefined) return
    this.#cancelRest()
    this.#cancelRest = undefined
    const world = this.#world
    const driver = this.#driver
    this.#guarded().later(() => void this.#loadRest(world, driver), AFTER_PROMPT_MS)
  }

  /** Fetches and switches on what the first prompt did not need, as fast as the machine can. */
  async #loadRest(world: World, driver: Driver): Promise<void> {
    world.rest ??= await world.scenario.rest?.()
    this.#guard(() => {
      if (!world.joined) this.#input({ type: 'answer', request: REST, value: null })
      driver.hurry(
        () => world.ready,
        () => this.#complete(),
      )
    })
  }

  /** Everything is there: terminals on other machines open, programs that had to wait run. */
  #complete(): void {
    const waiting = this.#early.splice(0)
    for (const input of waiting) this.#input(input)
    this.#answerPrograms()
    void loadPrograms()
  }

  #input(input: LabInput): void {
    const world = this.#world
    if (world === undefined) return
    if (!world.ready && world.awaits(input, this.#early)) {
      this.#early.push(input)
      return
    }
    this.#driver?.sync()
    world.input(input)
    this.#driver?.wake()
  }

  /** Answers what kernels asked for. kubectl has to wait until there is a cluster to speak to. */
  #answerPrograms(): void {
    void loadPrograms(this.#world?.awaited.values()).then(() =>
      this.#guard(() => {
        const world = this.#world
        for (const [request, name] of [...(world?.awaited ?? [])]) {
          if (isLoaded(name) && (world?.ready === true || !NEEDS_CLUSTER.has(name)))
            this.#input({ type: 'answer', request, value: { program: name } })
        }
      }),
    )
  }

  /** The host, with what it calls later guarded. */
  #guarded(): Host {
    return {
      now: () => this.#host.now(),
      later: (fn, ms) => this.#host.later(() => this.#guard(fn), ms),
    }
  }

  /** After a slice: output goes out at once; the clock and the tasks follow a moment later, many slices together. */
  #after(idle: boolean): void {
    this.#flush()
    this.#idle = idle
    if (this.#cancelLook !== undefined) return
    const wait = LOOK_MS - (this.#host.now() - this.#looked)
    if (wait <= 0) this.#look()
    else this.#cancelLook = this.#guarded().later(() => this.#look(), wait)
  }

  #look(): void {
    this.#cancelLook = undefined
    this.#looked = this.#host.now()
    const world = this.#world
    if (world === undefined) return
    this.#check(world)
    this.#send({ type: 'clock', time: world.sim.now, rate: this.#driver?.rate ?? 1, idle: this.#idle })
  }

  #flush(): void {
    for (const [terminal, parts] of this.#pending) {
      this.#send({ type: 'output', terminal, data: Uint8Array.from(concat(parts)) })
    }
    this.#pending = new Map()
  }

  /** Output on its way to the page is at its limit: time stands still meanwhile. */
  #congested(): boolean {
    return [...this.#undrawn.values()].some((bytes) => bytes > MAX_UNDRAWN)
  }

  /** Looks at the tasks again when the world has changed: the store, processes, or what a terminal shows. */
  #check(world: World): void {
    const seen = `${world.cluster.changes} ${this.#outputs}`
    if (this.#checked === seen) return
    this.#checked = seen
    for (const task of this.#tasks) {
      const state = judge(task, world)
      const text = JSON.stringify(state)
      if (this.#states.get(task.id) === text) continue
      this.#states.set(task.id, text)
      this.#send({ type: 'task', state })
    }
  }

  #crash(error: unknown): void {
    this.#crashed = true
    this.#driver?.stop()
    const message = error instanceof Error ? error.message : String(error)
    const stack = error instanceof Error ? (error.stack ?? '') : ''
    const causes = this.#world?.sim.causes.list().slice(-20) ?? []
    this.#send({
      type: 'crashed',
      message,
      trace: `${stack}\n\n${causes.map((c) => `${c.id} <- ${c.parent} ${c.actor}: ${c.what}`).join('\n')}`,
    })
  }
}

function judge(task: Checked, world: World): TaskState {
  try {
    const { done, message } = evaluate(task.done, world)
    return { task: task.id, done, ...(message === undefined ? {} : { message }) }
  } catch (error) {
    return { task: task.id, done: false, error: error instanceof Error ? error.message : String(error) }
  }
}
