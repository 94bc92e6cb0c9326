import type { Timer } from '#sim/queue.ts'
import { type Micros, WaitQueue } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import type { Process } from '../process/process.ts'
import type { CgroupRoot } from './root.ts'

/** Controllers in the order in which cgroup.controllers lists them. */
export const CONTROLLERS = ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids', 'rdma', 'misc'] as const
export type Controller = (typeof CONTROLLERS)[number]

export const UNLIMITED = Number.POSITIVE_INFINITY

/** State of the cpu controller. Times in microseconds. */
export interface CpuControl {
  weight: number
  idle: boolean
  /** cpu.max: undefined is `max`. */
  quota: Micros | undefined
  period: Micros
  burst: Micros
  userMicros: number
  systemMicros: number
  runtimeLeft: Micros
  usedInPeriod: boolean
  throttled: boolean
  throttledSince: Micros
  periodTimer: Timer | undefined
  throttleTimer: Timer | undefined
  periods: number
  throttledPeriods: number
  throttledMicros: Micros
}

/** State of the memory controller, bytes. `local` events are the group's own, the others its subtree's. */
export interface MemoryControl {
  anon: number
  file: number
  kernel: number
  peak: number
  min: number
  low: number
  high: number
  max: number
  swapMax: number
  swapHigh: number
  oomGroup: boolean
  readonly events: MemoryEvents
  readonly localEvents: MemoryEvents
}

export interface MemoryEvents {
  low: number
  high: number
  max: number
  oom: number
  oom_kill: number
  oom_group_kill: number
}

const noEvents = (): MemoryEvents => ({
  low: 0,
  high: 0,
  max: 0,
  oom: 0,
  oom_kill: 0,
  oom_group_kill: 0,
})

/** The path of `cgroup` as a cgroup namespace with that root shows it: `/`, `/a/b`, `/../init.scope`. */
export function cgroupPath(root: Cgroup, cgroup: Cgroup): string {
  const up: Cgroup[] = []
  for (let at: Cgroup | undefined = root; at !== undefined; at = at.parent) up.push(at)
  const names: string[] = []
  let at = cgroup
  while (!up.includes(at) && at.parent !== undefined) {
    names.unshift(at.name)
    at = at.parent
  }
  const climb = new Array<string>(up.indexOf(at)).fill('..')
  return `/${[...climb, ...names].join('/')}`
}

/** One cgroup of the unified hierarchy: cgroups(7), "CGROUPS VERSION 2". */
export class Cgroup {
  readonly root: CgroupRoot
  readonly name: string
  readonly parent: Cgroup | undefined
  readonly children = new Map<string, Cgroup>()
  readonly procs = new Set<Process>()
  /** Kernel ids of the owner of directory and files: delegation by chown. */
  readonly id: number
  /** Controllers enabled for the children: cgroup.subtree_control. */
  readonly subtreeControl = new Set<Controller>()
  readonly cpu: CpuControl = {
    weight: 100,
    idle: false,
    quota: undefined,
    period: 100_000,
    burst: 0,
    userMicros: 0,
    systemMicros: 0,
    runtimeLeft: 0,
    usedInPeriod: false,
    throttled: false,
    throttledSince: 0,
    periodTimer: undefined,
    throttleTimer: undefined,
    periods: 0,
    throttledPeriods: 0,
    throttledMicros: 0,
  }
  readonly memory: MemoryControl = {
    anon: 0,
    file: 0,
    kernel: 0,
    peak: 0,
    min: 0,
    low: 0,
    high: UNLIMITED,
    max: UNLIMITED,
    swapMax: UNLIMITED,
    swapHigh: UNLIMITED,
    oomGroup: false,
    events: noEvents(),
    localEvents: noEvents(),
  }
  /** Page cache charged here itself, bytes. */
  ownFile = 0
  /** cpuset.cpus as numbers; undefined: none of its own. */
  cpuset: readonly number[] | undefined
  pids = { current: 0, peak: 0, max: UNLIMITED, events: 0 }
  /** cgroup.freeze as written; it holds for the subtree. */
  freeze = false
  maxDepth = UNLIMITED
  maxDescendants = UNLIMITED
  removed = false
  /** Live processes in it and below. */
  populated = 0
  /** Fires when cgroup.events or memory.events change. */
  readonly changed = new WaitQueue()
  /** Values of the files that only keep what is written (io.max, cpuset.mems, …). */
  readonly kept = new Map<string, string>()

  constructor(root: CgroupRoot, name: string, parent: Cgroup | undefined, id: number) {
    this.root = root
    this.name = name
    this.parent = parent
    this.id = id
  }

  /** `/` or `/system.slice/ssh.service`. */
  get path(): string {
    if (this.parent === undefined) return '/'
    return this.parent.parent === undefined ? `/${this.name}` : `${this.parent.path}/${this.name}`
  }

  /** Whether a controller's files are here: it is enabled in the parent's subtree_control. The root has all. */
  enabled(controller: Controller): boolean {
    return this.parent === undefined || this.parent.subtreeControl.has(controller)
  }

  get controllers(): Controller[] {
    return CONTROLLERS.filter((c) => this.enabled(c))
  }

  get frozen(): boolean {
    for (let at: Cgroup | undefined = this; at !== undefined; at = at.parent) if (at.freeze) return true
    return false
  }

  get depth(): number {
    return this.parent === undefined ? 0 : this.parent.depth + 1
  }

  /** It and all below, parents first. */
  *subtree(): Generator<Cgroup> {
    yield this
    for (const child of this.children.values()) yield* child.subtree()
  }

  /** mkdir(2). EEXIST, EAGAIN beyond cgroup.max.depth or .descendants, ENODEV when it is gone. */
  create(name: string): Cgroup {
    if (this.removed) throw new Errno('ENODEV')
    if (this.children.has(name)) throw new Errno('EEXIST')
    let below = 1
    for (let at: Cgroup | undefined = this; at !== undefined; at = at.parent) {
      if (below > at.maxDepth || [...at.subtree()].length > at.maxDescendants) throw new Errno('EAGAIN')
      below++
    }
    const child = new Cgroup(this.root, name, this, this.root.nextId())
    this.children.set(name, child)
    return child
  }

  /** rmdir(2). EBUSY while it has processes or children. */
  remove(): void {
    if (this.parent === undefined || this.procs.size > 0 || this.children.size > 0) throw new Errno('EBUSY')
    this.removed = true
    this.parent.children.delete(this.name)
    // What is still charged (page cache) is the parent's now; the sums above stay as they are.
    this.parent.ownFile += this.ownFile
    this.changed.wakeAll()
  }
}
