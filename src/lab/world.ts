import type { CheckWorld, MachineSubject } from '#book/checks.ts'
import type { JsonObject } from '#book/path.ts'
import type { Cluster } from '#cluster/cluster.ts'
import type { Process } from '#linux/process/process.ts'
import type { HostTerminal } from '#linux/tty/terminals.ts'
import { encode } from '#sim/bytes.ts'
import { Simulation } from '#sim/simulation.ts'
import type { Micros } from '#sim/wait.ts'
import { clusterView } from './cluster-view.ts'
import { machineState, readFile } from './machine-state.ts'
import { OutsideRequests } from './outside-requests.ts'
import { loadedProgram } from './programs.ts'
import type { ClusterView, HttpPart, InputLog, InputRecord, LabInput } from './protocol.ts'
import { type Join, SCENARIOS, type Scenario } from './scenarios.ts'

/** When every lab begins: a Monday morning. Virtual time has nothing to do with the reader's. */
export const START: Micros = Date.UTC(2026, 10, 23, 9, 0, 0) * 1000

/** The request that every world begins with: its own rest. Answered by `{ type: 'answer', request: REST }`. */
export const REST = 0

/** A cluster that has not come to rest by then is handed over as it is. */
const SETTLE_LIMIT: Micros = 300_000_000

/** A state hash is logged with every so many inputs. */
const HASH_EVERY = 16

export interface WorldEvents {
  output(terminal: string, data: Uint8Array): void
  closed(terminal: string, exit: number): void
  request(request: number, kind: string, payload: unknown): void
  requestCancelled(request: number): void
  /** A part of the answer to an `http` input. */
  http(request: number, part: HttpPart): void
  /** A program is executed whose code is not here; answer with `{ program: name }` once it is. */
  needsProgram(request: number, name: string): void
}

interface OpenTerminal {
  readonly handle: HostTerminal
  readonly shell: Process
}

/** A lab's world: a scenario, its terminals, and the log of everything that came from outside. */
export class World implements CheckWorld {
  readonly sim: Simulation
  readonly cluster: Cluster
  readonly scenario: Scenario
  /** Programs asked for and not there yet, by request. */
  readonly awaited = new Map<number, string>()
  /** What else was asked of the host and not answered yet, by request. */
  readonly asked = new Map<number, { readonly kind: string; readonly payload: unknown }>()
  /** Puts the rest of the world in place; known once its code is loaded. */
  rest: Join | undefined
  #joined = false
  #ready = false
  readonly #events: WorldEvents
  readonly #outside: OutsideRequests
  readonly #terminals = new Map<string, OpenTerminal>()
  readonly #inputs: InputRecord[] = []

  constructor(scenario: string, seed: number, events: WorldEvents) {
    const found = SCENARIOS[scenario]
    if (found === undefined) throw new Error(`no scenario ${scenario}; there are ${Object.keys(SCENARIOS).join(', ')}`)
    this.scenario = found
    this.sim = new Simulation({ seed, start: START })
    this.sim.onExternal = ({ id, kind, payload }) => {
      if (kind === 'program') {
        this.awaited.set(id, String(payload))
        events.needsProgram(id, String(payload))
        return
      }
      this.asked.set(id, { kind, payload })
      events.request(id, kind, payload)
    }
    this.sim.onExternalCancelled = (id) => {
      this.awaited.delete(id)
      if (this.asked.delete(id)) events.requestCancelled(id)
    }
    this.cluster = found.build(this.sim)
    this.#events = events
    this.#outside = new OutsideRequests(this.sim, this.cluster, (request, part) => events.http(request, part))
  }

  /**
   * All of the world is there, and was at rest once, where the scenario begins. Before that only the laptop can be used; what
   * the reader breaks later changes nothing.
   */
  get ready(): boolean {
    const joined = this.#joined || this.scenario.rest === undefined
    this.#ready ||= joined && (this.cluster.settled || this.sim.now > START + SETTLE_LIMIT)
    return this.#ready
  }

  /** The rest of the world has been put in place, whether it is up or not. */
  get joined(): boolean {
    return this.#joined
  }

  /** `http` inputs whose answers have not ended. */
  get openRequests(): readonly number[] {
    return this.#outside.open
  }

  /** Whether an input is for a machine or an API server that is not up yet (or follows such a one in `waiting`). */
  awaits(input: LabInput, waiting: readonly LabInput[]): boolean {
    if (input.type === 'http') return true
    if (input.type === 'httpCancel') return waiting.some((w) => w.type === 'http' && w.request === input.request)
    if (!('terminal' in input)) return false
    if (input.type === 'open') return input.machine !== this.cluster.laptop.name
    return waiting.some((w) => 'terminal' in w && w.terminal === input.terminal)
  }

  get log(): InputLog {
    return { version: 1, scenario: this.scenario.name, seed: this.sim.seed, start: START, inputs: this.#inputs }
  }

  /** Something from outside happens now; it is logged. */
  input(input: LabInput): void {
    const record: InputRecord = { event: this.sim.events, time: this.sim.now, input }
    this.#inputs.push(this.#inputs.length % HASH_EVERY === 0 ? { ...record, hash: this.sim.traceHash() } : record)
    this.#apply(input)
  }

  /** Runs up to a logged input and applies it; false when the run differs from the one that was logged. */
  replay(record: InputRecord): boolean {
    const { sim } = this
    if (sim.now > record.time) return false
    // Never an event too many: several inputs may come between the same two events.
    if (sim.events < record.event) sim.run({ until: record.time, stop: () => sim.events >= record.event })
    if (sim.events !== record.event) return false
    sim.now = Math.max(sim.now, record.time)
    // Seen now, or never: what this input does may keep the cluster from coming to rest.
    void this.ready
    if (record.hash !== undefined && record.hash !== sim.traceHash()) return false
    this.input(record.input)
    return true
  }

  #apply(input: LabInput): void {
    switch (input.type) {
      case 'open':
        this.#open(input.terminal, input.machine, input.rows, input.cols)
        return
      case 'data':
        this.#terminals.get(input.terminal)?.handle.write(encode(input.data))
        return
      case 'resize':
        this.#terminals.get(input.terminal)?.handle.resize({ rows: input.rows, cols: input.cols })
        return
      case 'close':
        this.#terminals.get(input.terminal)?.handle.close()
        return
      case 'answer':
        this.#answer(input.request, input.value)
        return
      case 'http':
        this.#outside.start(input)
        return
      case 'httpCancel':
        this.#outside.cancel(input.request)
    }
  }

  #answer(request: number, value: unknown): void {
    if (request === REST) {
      if (this.rest === undefined || this.#joined) return
      this.#joined = true
      this.rest(this.cluster)
      return
    }
    this.awaited.delete(request)
    this.asked.delete(request)
    this.sim.resolve(request, isProgram(value) ? loadedProgram(value.program) : value)
  }

  #open(terminal: string, name: string, rows: number, cols: number): void {
    const machine = this.cluster.machine(name)
    if (machine === undefined || this.#terminals.has(terminal)) return
    const handle = machine.kernel.openTerminal({ rows, cols })
    handle.onOutput((data) => this.#events.output(terminal, data))
    const shell = machine.login(handle, () => {
      this.#terminals.delete(terminal)
      const { exit, signal } = shell.exitStatus
      this.#events.closed(terminal, signal === undefined ? (exit ?? 0) : 128 + signal)
    })
    this.#terminals.set(terminal, { handle, shell })
  }

  // What checks see

  list(apiVersion: string, kind: string, namespace: string | undefined): readonly JsonObject[] {
    return this.cluster.objects(apiVersion, kind, namespace) as readonly JsonObject[]
  }

  readFile(name: string, path: string): string | undefined {
    const machine = this.cluster.machine(name)
    return machine === undefined ? undefined : readFile(machine, path)
  }

  machine(name: string, subject: MachineSubject): readonly JsonObject[] {
    const machine = this.cluster.machine(name)
    return machine === undefined ? [] : machineState(machine, subject)
  }

  view(): ClusterView {
    return clusterView(this.cluster)
  }
}

/** The answer that stands for a program's code. */
export function isProgram(value: unknown): value is { readonly program: string } {
  return typeof value === 'object' && value !== null && 'program' in value && typeof value.program === 'string'
}
