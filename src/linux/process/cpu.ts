import type { Timer } from '#sim/queue.ts'
import type { Simulation } from '#sim/simulation.ts'
import type { Micros } from '#sim/wait.ts'
import type { Cgroup } from '../cgroup/cgroup.ts'
import { LoadAverage } from './loadavg.ts'
import type { Process } from './process.ts'

/** sched_prio_to_weight for nice -20 to 19 (a cpu.weight of 100 is 1024). Each step is about 1.25. */
const NICE_WEIGHT = [
  88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904, 3906, 3121, 2501, 1991, 1586, 1277, 1024,
  820, 655, 526, 423, 335, 272, 215, 172, 137, 110, 87, 70, 56, 45, 36, 29, 23, 18, 15,
]

/** A stretch of CPU time that a thread wants to use up. */
export class CpuJob {
  readonly process: Process
  /** Part of it that is system time, 0 to 1. */
  readonly systemShare: number
  remaining: Micros
  /** CPUs given at present, 0 to 1. */
  rate = 0
  since: Micros
  active = true
  timer: Timer | undefined
  readonly done: () => void
  readonly #scheduler: CpuScheduler

  constructor(scheduler: CpuScheduler, process: Process, remaining: Micros, systemShare: number, done: () => void) {
    this.#scheduler = scheduler
    this.process = process
    this.remaining = remaining
    this.systemShare = systemShare
    this.done = done
    this.since = scheduler.sim.now
  }

  pause(): void {
    if (this.active) this.#scheduler.remove(this)
  }

  resume(): void {
    if (!this.active) this.#scheduler.add(this)
  }

  /** Gives up; returns what was not used. */
  cancel(): Micros {
    this.pause()
    return Math.max(0, Math.ceil(this.remaining))
  }
}

/** One cgroup with what runs in it, while rates are computed. */
interface Group {
  readonly cgroup: Cgroup
  readonly jobs: CpuJob[]
  readonly groups: Group[]
  /** Most CPUs that it could use. */
  max: number
}

/**
 * The machine's CPUs as a fluid: runnable threads share them by the weights of their cgroups (cpu.weight) and their nice
 * values, at most one CPU each; cpu.max gives a cgroup a quota per period and throttles it when that is used up.
 * Nothing happens while nobody wants CPU. Source: sched(7), cgroup v2 "CPU". Differs: no time slices, no per-CPU queues.
 */
export class CpuScheduler {
  readonly sim: Simulation
  readonly cpus: number
  readonly load: LoadAverage
  readonly #root: Cgroup
  readonly #jobs = new Set<CpuJob>()
  /** Every active job has a whole CPU, and nothing limits them. */
  #free = true
  /** Cgroups with a running quota period. */
  readonly #bandwidth = new Set<Cgroup>()

  constructor(sim: Simulation, cpus: number, root: Cgroup) {
    this.sim = sim
    this.cpus = cpus
    this.#root = root
    this.load = new LoadAverage(sim.now)
  }

  /** Wants `user + system` microseconds of CPU for `process`; calls `done` when they are used up. */
  start(process: Process, user: Micros, system: Micros, done: () => void): CpuJob {
    const total = user + system
    const job = new CpuJob(this, process, total, system / total, done)
    job.active = false
    this.add(job)
    return job
  }

  get running(): number {
    return this.#jobs.size
  }

  add(job: CpuJob): void {
    job.active = true
    job.since = this.sim.now
    this.#jobs.add(job)
    this.load.changed(this.sim.now, this.#jobs.size)
    if (this.#free && this.#jobs.size <= this.cpus && !limited(job.process.cgroup) && job.process.cpuLimit >= 1) this.#setRate(job, 1)
    else this.recompute()
  }

  remove(job: CpuJob): void {
    this.#integrate(job)
    job.active = false
    job.rate = 0
    this.sim.cancel(job.timer)
    this.#jobs.delete(job)
    this.load.changed(this.sim.now, this.#jobs.size)
    if (!this.#free) this.recompute()
  }

  /** Brings all usage counters up to the present. */
  sync(): void {
    for (const job of this.#jobs) this.#integrate(job)
  }

  #integrate(job: CpuJob): void {
    const { now } = this.sim
    const used = Math.min(job.remaining, (now - job.since) * job.rate)
    job.since = now
    if (used <= 0) return
    job.remaining -= used
    job.process.account(used * (1 - job.systemShare), used * job.systemShare)
  }

  #setRate(job: CpuJob, rate: number): void {
    this.#integrate(job)
    job.rate = rate
    this.sim.cancel(job.timer)
    job.timer = rate > 0 ? this.sim.after(Math.max(0, Math.ceil(job.remaining / rate)), () => this.#finish(job)) : undefined
  }

  #finish(job: CpuJob): void {
    this.remove(job)
    job.done()
  }

  /** Shares the CPUs anew: after any change of who runs, weights, quotas or cpusets. */
  recompute(): void {
    for (const job of this.#jobs) this.#integrate(job)
    const root = this.#tree()
    let limits = false
    const visit = (group: Group): void => {
      if (group.cgroup.cpu.quota !== undefined || group.cgroup.cpuset !== undefined) limits = true
      for (const child of group.groups) visit(child)
    }
    visit(root)
    for (const job of this.#jobs) if (job.process.cpuLimit < 1) limits = true
    const free = !limits && this.#jobs.size <= this.cpus
    this.#free = free
    if (free) for (const job of this.#jobs) this.#change(job, 1)
    else {
      const rates = new Map<CpuJob, number>()
      this.#share(root, this.cpus, rates)
      for (const job of this.#jobs) this.#change(job, rates.get(job) ?? 0)
    }
    if (limits) this.#watchQuotas(root)
  }

  #change(job: CpuJob, rate: number): void {
    if (job.rate !== rate || job.timer === undefined || job.timer.run === undefined) this.#setRate(job, rate)
  }

  /** The runnable jobs by cgroup; cgroups without the cpu controller count as part of the nearest one above that has it. */
  #tree(): Group {
    const groups = new Map<Cgroup, Group>()
    const groupOf = (cgroup: Cgroup): Group => {
      let at = cgroup
      while (at.parent !== undefined && !at.enabled('cpu') && at.cpuset === undefined) at = at.parent
      let group = groups.get(at)
      if (group === undefined) {
        group = { cgroup: at, jobs: [], groups: [], max: 0 }
        groups.set(at, group)
        if (at.parent !== undefined) groupOf(at.parent).groups.push(group)
      }
      return group
    }
    for (const job of this.#jobs) groupOf(job.process.cgroup).jobs.push(job)
    return groupOf(this.#root)
  }

  /** Water-filling: `capacity` is divided by weight, and what one can't use goes to the others. */
  #share(group: Group, capacity: number, rates: Map<CpuJob, number>): void {
    measure(group, this.cpus)
    interface Entity {
      readonly weight: number
      readonly max: number
      readonly give: (rate: number) => void
    }
    let open: Entity[] = []
    for (const job of group.jobs) {
      open.push({
        weight: NICE_WEIGHT[job.process.nice + 20] as number,
        max: Math.min(1, job.process.cpuLimit),
        give: (rate) => rates.set(job, rate),
      })
    }
    for (const child of group.groups) {
      open.push({
        weight: child.cgroup.cpu.weight * 10.24,
        max: child.max,
        give: (rate) => this.#share(child, rate, rates),
      })
    }
    let left = Math.min(capacity, group.max)
    for (;;) {
      const total = open.reduce((sum, e) => sum + e.weight, 0)
      const full = open.filter((e) => e.max <= (left * e.weight) / total)
      if (full.length === 0 || open.length === 0) {
        for (const e of open) e.give((left * e.weight) / total)
        return
      }
      for (const e of full) {
        e.give(e.max)
        left -= e.max
      }
      left = Math.max(0, left)
      open = open.filter((e) => !full.includes(e))
    }
  }

  /** Starts periods of quotas in use, and sets when each runs out. */
  #watchQuotas(group: Group): number {
    let rate = 0
    for (const job of group.jobs) rate += job.rate
    for (const child of group.groups) rate += this.#watchQuotas(child)
    const { cpu } = group.cgroup
    if (cpu.quota === undefined) return rate
    if (cpu.periodTimer === undefined) this.#startPeriod(group.cgroup)
    this.sim.cancel(cpu.throttleTimer)
    cpu.throttleTimer = undefined
    if (rate > 0 && !cpu.throttled) {
      cpu.throttleTimer = this.sim.after(Math.max(0, Math.ceil(cpu.runtimeLeft / rate)), () => this.#throttle(group.cgroup))
    }
    return rate
  }

  #startPeriod(cgroup: Cgroup): void {
    const { cpu } = cgroup
    cpu.runtimeLeft = Math.min(0, cpu.runtimeLeft) + (cpu.quota ?? 0)
    cpu.usedInPeriod = false
    this.#bandwidth.add(cgroup)
    cpu.periodTimer = this.sim.after(cpu.period, () => this.#endPeriod(cgroup))
  }

  #throttle(cgroup: Cgroup): void {
    const { cpu } = cgroup
    cpu.throttleTimer = undefined
    this.sync()
    if (cpu.throttled || cpu.quota === undefined || !this.#hasJobs(cgroup)) return
    cpu.throttled = true
    cpu.throttledSince = this.sim.now
    this.recompute()
  }

  #endPeriod(cgroup: Cgroup): void {
    const { cpu } = cgroup
    this.sync()
    cpu.periodTimer = undefined
    this.#bandwidth.delete(cgroup)
    cpu.periods++
    if (cpu.throttled) {
      cpu.throttled = false
      cpu.throttledPeriods++
      cpu.throttledMicros += this.sim.now - cpu.throttledSince
      this.recompute()
    } else if (cpu.quota !== undefined && this.#hasJobs(cgroup)) this.recompute()
    else {
      this.sim.cancel(cpu.throttleTimer)
      cpu.throttleTimer = undefined
    }
  }

  #hasJobs(cgroup: Cgroup): boolean {
    for (const job of this.#jobs)
      for (let at: Cgroup | undefined = job.process.cgroup; at !== undefined; at = at.parent) if (at === cgroup) return true
    return false
  }
}

/** Most CPUs a group can use: one for each job, within its cpuset, none while throttled. */
function measure(group: Group, cpus: number): void {
  let max = 0
  for (const job of group.jobs) max += Math.min(1, job.process.cpuLimit)
  for (const child of group.groups) {
    measure(child, cpus)
    max += child.max
  }
  group.max = group.cgroup.cpu.throttled ? 0 : Math.min(max, group.cgroup.cpuset?.length ?? cpus)
}

/** Whether a quota or a cpuset holds somewhere above. */
function limited(cgroup: Cgroup): boolean {
  for (let at: Cgroup | undefined = cgroup; at !== undefined; at = at.parent) {
    if (at.cpu.quota !== undefined || at.cpuset !== undefined) return true
  }
  return false
}
