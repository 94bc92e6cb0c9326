import type { Cgroup } from '../cgroup/cgroup.ts'
import type { IpcKind } from '../syscalls.ts'
import type { Namespace } from './namespace.ts'
import type { UserNamespace } from './user.ts'

/** uts_namespaces(7). */
export class UtsNamespace implements Namespace {
  readonly kind = 'uts'
  readonly ino: number
  readonly owner: UserNamespace
  hostname: string
  domainname: string

  constructor(ino: number, owner: UserNamespace, hostname: string, domainname: string) {
    this.ino = ino
    this.owner = owner
    this.hostname = hostname
    this.domainname = domainname
  }
}

/** A System V message queue, shared memory segment or set of semaphores, as ipcs(1) lists it. */
export interface IpcObject {
  /** Bytes of a segment, number of semaphores. */
  readonly size: number
  readonly id: number
  readonly key: number
  readonly uid: number
  readonly gid: number
  readonly mode: number
}

/** ipc_namespaces(7). Differs: of System V IPC only the existence of objects is modelled. */
export class IpcNamespace implements Namespace {
  readonly kind = 'ipc'
  readonly ino: number
  readonly owner: UserNamespace
  readonly objects: Readonly<Record<IpcKind, Map<number, IpcObject>>> = { msg: new Map(), shm: new Map(), sem: new Map() }
  readonly nextId: Record<IpcKind, number> = { msg: 0, shm: 0, sem: 0 }

  constructor(ino: number, owner: UserNamespace) {
    this.ino = ino
    this.owner = owner
  }
}

/** cgroup_namespaces(7): paths are shown relative to `root`. */
export class CgroupNamespace implements Namespace {
  readonly kind = 'cgroup'
  readonly ino: number
  readonly owner: UserNamespace
  readonly root: Cgroup

  constructor(ino: number, owner: UserNamespace, root: Cgroup) {
    this.ino = ino
    this.owner = owner
    this.root = root
  }
}

/** time_namespaces(7): offsets in microseconds, writable until a process is in. */
export class TimeNamespace implements Namespace {
  readonly kind = 'time'
  readonly ino: number
  readonly owner: UserNamespace
  monotonicOffset = 0
  boottimeOffset = 0
  frozen = false

  constructor(ino: number, owner: UserNamespace) {
    this.ino = ino
    this.owner = owner
  }
}
