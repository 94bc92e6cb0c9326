import type { PidNamespace } from '../namespaces/pid.ts'
import type { Tty } from '../tty/tty.ts'
import type { Process } from './process.ts'

/**
 * struct pid: one identity with a number in each pid namespace from the initial one (index 0) down to its own. It lives
 * as long as a process, a process group or a session bears it, so that the numbers aren't used again meanwhile.
 */
export class Pid {
  readonly ns: PidNamespace
  readonly numbers: readonly number[]
  process: Process | undefined
  group: ProcessGroup | undefined
  session: Session | undefined

  constructor(ns: PidNamespace, numbers: readonly number[]) {
    this.ns = ns
    this.numbers = numbers
  }

  /** The number as seen from `ns`; 0 where it can't be seen. */
  in(ns: PidNamespace): number {
    const number = this.numbers[ns.level]
    if (number === undefined) return 0
    return this.ns === ns || this.ns.isDescendantOf(ns) ? number : 0
  }

  /** Frees the numbers once nothing bears them. */
  drop(): void {
    if (this.process !== undefined || this.group !== undefined || this.session !== undefined) return
    for (let ns: PidNamespace | undefined = this.ns; ns !== undefined; ns = ns.parent) {
      const number = this.numbers[ns.level] as number
      if (ns.pids.get(number) === this) ns.pids.delete(number)
    }
  }
}

/** A process group, setpgid(2). */
export class ProcessGroup {
  readonly id: Pid
  readonly session: Session
  readonly members = new Set<Process>()

  constructor(id: Pid, session: Session) {
    this.id = id
    this.session = session
    id.group = this
    session.groups.add(this)
  }

  leave(process: Process): void {
    this.members.delete(process)
    if (this.members.size > 0) return
    this.id.group = undefined
    this.session.groups.delete(this)
    this.id.drop()
    if (this.session.groups.size === 0) {
      this.session.id.session = undefined
      this.session.id.drop()
    }
  }

  /**
   * Nobody in it has a parent in another group of the same session (will be so once `leaving` is gone), so nobody could
   * continue its stopped jobs. Source: is_orphaned_pgrp, setpgid(2).
   */
  isOrphaned(leaving?: Process): boolean {
    for (const p of this.members) {
      if (p === leaving || p.exited) continue
      const parent = p.parent
      if (parent === undefined || parent.group === undefined || (parent.pidns.init === parent && parent.pid0 === 1)) continue
      if (parent.group !== this && parent.group.session === this.session) return false
    }
    return true
  }

  hasStopped(): boolean {
    for (const p of this.members) if (p.stopped) return true
    return false
  }
}

/** A session, setsid(2), with its controlling terminal. */
export class Session {
  readonly id: Pid
  readonly groups = new Set<ProcessGroup>()
  leader: Process | undefined
  tty: Tty | undefined

  constructor(id: Pid, leader: Process | undefined) {
    this.id = id
    this.leader = leader
    id.session = this
  }
}
