import type { Pid } from '../process/pid.ts'
import type { Process } from '../process/process.ts'
import type { Namespace } from './namespace.ts'
import type { UserNamespace } from './user.ts'

/** /proc/sys/kernel/pid_max of a 64-bit machine. */
export const PID_MAX = 4194304
/** After a wrap, numbers start here (RESERVED_PIDS). */
const RESERVED_PIDS = 300
/** MAX_PID_NS_LEVEL. */
export const MAX_PID_LEVEL = 32

/**
 * pid_namespaces(7). A process is known by one number in its own namespace and in each one above.
 * `pidMax` may be lowered by sysctl in the initial namespace.
 */
export class PidNamespace implements Namespace {
  readonly kind = 'pid'
  readonly ino: number
  readonly owner: UserNamespace
  readonly parent: PidNamespace | undefined
  readonly level: number
  /** Processes by number, zombies too. */
  readonly processes = new Map<number, Process>()
  /** Numbers in use by a process, a group or a session. */
  readonly pids = new Map<number, Pid>()
  /** PID 1; reaps orphans, and takes the namespace with it when it ends. */
  init: Process | undefined
  /** The init has ended: no process can be made here any more (ENOMEM). */
  dead = false
  lastPid = 0
  pidMax = PID_MAX

  constructor(ino: number, owner: UserNamespace, parent: PidNamespace | undefined) {
    this.ino = ino
    this.owner = owner
    this.parent = parent
    this.level = parent === undefined ? 0 : parent.level + 1
  }

  /** The next free number, cyclically upwards; undefined when all are taken. */
  allocate(): number | undefined {
    for (let tries = 0; tries < this.pidMax; tries++) {
      this.lastPid = this.lastPid + 1 >= this.pidMax ? RESERVED_PIDS : this.lastPid + 1
      if (!this.pids.has(this.lastPid)) return this.lastPid
    }
    return undefined
  }

  isDescendantOf(other: PidNamespace): boolean {
    for (let ns: PidNamespace | undefined = this; ns !== undefined; ns = ns.parent) if (ns === other) return true
    return false
  }
}
