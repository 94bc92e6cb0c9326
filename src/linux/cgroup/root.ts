import type { Simulation } from '#sim/simulation.ts'
import { Errno } from '../errno.ts'
import type { Process } from '../process/process.ts'
import { Cgroup } from './cgroup.ts'

/** The unified hierarchy of one machine. */
export class CgroupRoot {
  readonly sim: Simulation
  readonly top: Cgroup
  readonly cpus: number
  /** Bring CPU usage up to the present; share the CPUs anew. Set by the kernel. */
  sync: () => void = () => {}
  recompute: () => void = () => {}
  #id = 1

  constructor(sim: Simulation, cpus: number) {
    this.sim = sim
    this.cpus = cpus
    this.top = new Cgroup(this, '', undefined, 1)
  }

  nextId(): number {
    return ++this.#id
  }

  /** The cgroup at a path of the hierarchy (`/system.slice`); undefined when there is none. */
  find(path: string): Cgroup | undefined {
    let at: Cgroup | undefined = this.top
    for (const name of path.split('/')) if (name !== '' && at !== undefined) at = at.children.get(name)
    return at
  }

  /** As `find`, making what is missing. */
  ensure(path: string): Cgroup {
    let at = this.top
    for (const name of path.split('/')) if (name !== '') at = at.children.get(name) ?? at.create(name)
    return at
  }
}

/** A process (or a zombie's number) is charged to pids.max; EAGAIN when that is reached anywhere above. */
export function chargePid(cgroup: Cgroup): void {
  for (let at: Cgroup | undefined = cgroup; at !== undefined; at = at.parent) {
    if (at.parent !== undefined && at.enabled('pids') && at.pids.current + 1 > at.pids.max) {
      cgroup.pids.events++
      cgroup.changed.wakeAll()
      throw new Errno('EAGAIN')
    }
  }
  for (let at: Cgroup | undefined = cgroup; at !== undefined; at = at.parent) {
    at.pids.current++
    if (at.pids.current > at.pids.peak) at.pids.peak = at.pids.current
  }
}

export function unchargePid(cgroup: Cgroup): void {
  for (let at: Cgroup | undefined = cgroup; at !== undefined; at = at.parent) at.pids.current--
}

/** A process takes its number along to another cgroup; limits don't hold for that. */
export function movePid(from: Cgroup, to: Cgroup): void {
  unchargePid(from)
  for (let at: Cgroup | undefined = to; at !== undefined; at = at.parent) {
    at.pids.current++
    if (at.pids.current > at.pids.peak) at.pids.peak = at.pids.current
  }
}

/** A live process joins; the charge for its number is made separately. */
export function join(cgroup: Cgroup, p: Process): void {
  cgroup.procs.add(p)
  for (let at: Cgroup | undefined = cgroup; at !== undefined; at = at.parent) if (at.populated++ === 0) at.changed.wakeAll()
}

export function leave(cgroup: Cgroup, p: Process): void {
  if (!cgroup.procs.delete(p)) return
  for (let at: Cgroup | undefined = cgroup; at !== undefined; at = at.parent) if (--at.populated === 0) at.changed.wakeAll()
}
