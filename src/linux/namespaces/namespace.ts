import { CLONE } from '../syscalls.ts'
import type { UserNamespace } from './user.ts'

/** namespaces(7): the eight kinds, named as in /proc/PID/ns. */
export type NamespaceKind = 'cgroup' | 'ipc' | 'mnt' | 'net' | 'pid' | 'time' | 'user' | 'uts'

/**
 * What every namespace has. `ino` is the inode of its nsfs file; `owner` the user namespace whose capabilities govern it
 * (absent only in the initial user namespace).
 */
export interface Namespace {
  readonly kind: NamespaceKind
  readonly ino: number
  readonly owner: UserNamespace | undefined
}

/** Order in which /proc/PID/ns lists the kinds. */
export const NAMESPACE_KINDS: readonly NamespaceKind[] = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts']

/** Inodes of the initial namespaces (Source: /proc/1/ns of the recorded machine). */
export const INITIAL_INO: Readonly<Record<NamespaceKind, number>> = {
  time: 4026531834,
  cgroup: 4026531835,
  pid: 4026531836,
  user: 4026531837,
  uts: 4026531838,
  ipc: 4026531839,
  net: 4026531840,
  mnt: 4026531841,
}

/** First inode given to a namespace that is made later; proc's dynamic inodes start a little earlier on a booted machine. */
export const FIRST_DYNAMIC_INO = 4026532200

export const CLONE_FLAG: Readonly<Record<NamespaceKind, number>> = {
  cgroup: CLONE.NEWCGROUP,
  ipc: CLONE.NEWIPC,
  mnt: CLONE.NEWNS,
  net: CLONE.NEWNET,
  pid: CLONE.NEWPID,
  time: CLONE.NEWTIME,
  user: CLONE.NEWUSER,
  uts: CLONE.NEWUTS,
}

/** All namespace flags together. */
export const CLONE_ALL = Object.values(CLONE_FLAG).reduce((all, flag) => all | flag, 0)

/** Hands out inode numbers, lowest free one first, as proc_alloc_inum does. */
export class InodeAllocator {
  readonly #free: number[] = []
  #next = FIRST_DYNAMIC_INO

  alloc(): number {
    if (this.#free.length === 0) return this.#next++
    this.#free.sort((a, b) => a - b)
    return this.#free.shift() as number
  }

  free(ino: number): void {
    if (ino >= FIRST_DYNAMIC_INO) this.#free.push(ino)
  }
}
