import { Errno } from '../errno.ts'
import type { UserNsView } from '../vfs/types.ts'
import type { Namespace } from './namespace.ts'

/** One line of uid_map: `count` ids from `inside` on are `outside` on in the parent namespace. */
export interface IdExtent {
  readonly inside: number
  readonly outside: number
  readonly count: number
}

/** What an id without a mapping is shown as (/proc/sys/kernel/overflowuid). */
export const OVERFLOW_ID = 65534

const MAX_EXTENTS = 340
/** UID of an invalid id, (uid_t) -1. */
const INVALID_ID = 4294967295

/**
 * user_namespaces(7). Ids inside the kernel model are always those of the initial namespace ("kuid"); `toKernel` and
 * `fromKernel` translate at the system call boundary.
 */
export class UserNamespace implements Namespace, UserNsView {
  readonly kind = 'user'
  readonly ino: number
  readonly parent: UserNamespace | undefined
  /** Kernel uid and gid of the creator. */
  readonly ownerUid: number
  readonly ownerGid: number
  readonly level: number
  uidMap: readonly IdExtent[] = []
  gidMap: readonly IdExtent[] = []
  setgroups: 'allow' | 'deny' = 'allow'

  constructor(ino: number, parent: UserNamespace | undefined, ownerUid: number, ownerGid: number) {
    this.ino = ino
    this.parent = parent
    this.ownerUid = ownerUid
    this.ownerGid = ownerGid
    this.level = parent === undefined ? 0 : parent.level + 1
    if (parent === undefined) {
      this.uidMap = [{ inside: 0, outside: 0, count: INVALID_ID }]
      this.gidMap = this.uidMap
    } else this.setgroups = parent.setgroups
  }

  get owner(): UserNamespace | undefined {
    return this.parent
  }

  /** The kernel id for `id` as seen inside; undefined when it is not mapped. */
  toKernel(what: 'uid' | 'gid', id: number): number | undefined {
    if (this.parent === undefined) return id
    const extent = (what === 'uid' ? this.uidMap : this.gidMap).find((e) => id >= e.inside && id < e.inside + e.count)
    return extent === undefined ? undefined : this.parent.toKernel(what, extent.outside + id - extent.inside)
  }

  /** How a kernel id looks inside; undefined when it is not mapped. */
  fromKernel(what: 'uid' | 'gid', id: number): number | undefined {
    if (this.parent === undefined) return id
    const outer = this.parent.fromKernel(what, id)
    if (outer === undefined) return undefined
    const extent = (what === 'uid' ? this.uidMap : this.gidMap).find((e) => outer >= e.outside && outer < e.outside + e.count)
    return extent === undefined ? undefined : extent.inside + outer - extent.outside
  }

  /** As `fromKernel`, with unmapped ids shown as 65534. */
  show(what: 'uid' | 'gid', id: number): number {
    return this.parent === undefined ? id : (this.fromKernel(what, id) ?? OVERFLOW_ID)
  }

  fromKuid(kuid: number): number | undefined {
    return this.fromKernel('uid', kuid)
  }

  fromKgid(kgid: number): number | undefined {
    return this.fromKernel('gid', kgid)
  }

  toKuid(uid: number): number | undefined {
    return this.toKernel('uid', uid)
  }

  toKgid(gid: number): number | undefined {
    return this.toKernel('gid', gid)
  }

  isDescendantOf(other: UserNamespace): boolean {
    for (let ns: UserNamespace | undefined = this; ns !== undefined; ns = ns.parent) if (ns === other) return true
    return false
  }
}

/** Parses what is written to uid_map or gid_map. */
export function parseIdMap(text: string): IdExtent[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length === 0 || lines.length > MAX_EXTENTS) throw new Errno('EINVAL')
  const extents: IdExtent[] = []
  for (const line of lines) {
    const m = /^\s*(\d+)\s+(\d+)\s+(\d+)\s*$/.exec(line)
    if (m === null) throw new Errno('EINVAL')
    const [inside, outside, count] = [Number(m[1]), Number(m[2]), Number(m[3])]
    if (count === 0 || inside + count > INVALID_ID || outside + count > INVALID_ID) throw new Errno('EINVAL')
    if (extents.some((e) => overlaps(e.inside, e.count, inside, count) || overlaps(e.outside, e.count, outside, count)))
      throw new Errno('EINVAL')
    extents.push({ inside, outside, count })
  }
  return extents
}

function overlaps(a: number, aCount: number, b: number, bCount: number): boolean {
  return a < b + bCount && b < a + aCount
}

/** What reading uid_map shows: ids outside are those of the reader's namespace. */
export function formatIdMap(ns: UserNamespace, what: 'uid' | 'gid', reader: UserNamespace): string {
  const map = what === 'uid' ? ns.uidMap : ns.gidMap
  const base = reader === ns ? reader.parent : reader
  return map
    .map((e) => {
      const kernel = ns.parent === undefined ? e.outside : (ns.parent.toKernel(what, e.outside) ?? OVERFLOW_ID)
      const outside = base === undefined ? kernel : (base.fromKernel(what, kernel) ?? INVALID_ID)
      return `${String(e.inside).padStart(10)} ${String(outside).padStart(10)} ${String(e.count).padStart(10)}\n`
    })
    .join('')
}
