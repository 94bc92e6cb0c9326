import { WaitQueue } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import { MS } from '../syscalls.ts'
import { isBelow } from './dentry.ts'
import { IdAllocator } from './ids.ts'
import type { Dentry, Mount, MountNamespace, Propagation, SuperBlock, UserNsView, VfsPath } from './types.ts'

/** Flags of a mount that are its own and not the super block's. */
export const MOUNT_FLAGS = MS.RDONLY | MS.NOSUID | MS.NODEV | MS.NOEXEC | MS.NOATIME | MS.NODIRATIME | MS.RELATIME

/** How a clone relates to its original: CL_PRIVATE, CL_SLAVE (perhaps with CL_MAKE_SHARED), or as the original. */
export type CloneKind = 'same' | 'private' | 'slave' | 'slave-shared'

class MountNode implements Mount {
  readonly id: number
  parent: Mount | undefined = undefined
  mountpoint: Dentry | undefined = undefined
  readonly children = new Map<Dentry, Mount>()
  readonly sb: SuperBlock
  readonly root: Dentry
  readonly source: string
  flags: number
  lockedFlags = 0
  locked = false
  shared = 0
  master = 0
  unbindable = false
  ns: MountNamespace | undefined = undefined
  refs = 0

  constructor(id: number, sb: SuperBlock, root: Dentry, source: string, flags: number) {
    this.id = id
    this.sb = sb
    this.root = root
    this.source = source
    this.flags = flags
  }
}

class Namespace implements MountNamespace {
  readonly kind = 'mnt'
  readonly ino: number
  readonly userns: UserNsView
  root: Mount
  readonly mounts = new Set<Mount>()
  readonly changed = new WaitQueue()

  constructor(ino: number, userns: UserNsView, root: Mount) {
    this.ino = ino
    this.userns = userns
    this.root = root
  }
}

/**
 * The mounts of a machine: trees, peer groups and their propagation. Source: mount_namespaces(7), the kernel's
 * sharedsubtree document.
 *
 * A peer group is a number: `mount.shared` for its members, `mount.master` for their slaves. An event in one member
 * (a mount attached or taken away below it) happens in every member and, further down, in every slave.
 */
export class MountTable {
  readonly #ids = new IdAllocator(1)
  readonly #groupIds = new IdAllocator(1)
  /** Members of each peer group in order of joining. */
  readonly #peers = new Map<number, Set<Mount>>()
  readonly #slaves = new Map<number, Set<Mount>>()
  #nextNs: () => number

  /** `nextNs` gives nsfs inode numbers. */
  constructor(nextNs: () => number) {
    this.#nextNs = nextNs
  }

  /** A mount of a super block that is nowhere yet. */
  create(sb: SuperBlock, flags: number, source: string, root: Dentry = sb.root): Mount {
    sb.mounts++
    return new MountNode(this.#ids.alloc(), sb, root, source, flags & MOUNT_FLAGS)
  }

  /** A namespace whose root is `root`, a mount with everything below it. */
  namespace(root: Mount, userns: UserNsView, ino = this.#nextNs()): MountNamespace {
    const ns = new Namespace(ino, userns, root)
    for (const m of subtree(root)) {
      m.ns = ns
      ns.mounts.add(m)
    }
    return ns
  }

  // Peer groups

  peers(group: number): ReadonlySet<Mount> {
    return this.#peers.get(group) ?? EMPTY
  }

  slaves(group: number): ReadonlySet<Mount> {
    return this.#slaves.get(group) ?? EMPTY
  }

  /** Makes `m` a member of a group, by default of a new one. */
  share(m: Mount, group = m.shared === 0 ? this.#groupIds.alloc() : m.shared): void {
    if (m.shared === group) return
    m.shared = group
    m.unbindable = false
    const set = this.#peers.get(group) ?? new Set<Mount>()
    this.#peers.set(group, set)
    set.add(m)
  }

  enslave(m: Mount, master: number): void {
    m.master = master
    const set = this.#slaves.get(master) ?? new Set<Mount>()
    this.#slaves.set(master, set)
    set.add(m)
  }

  #unshare(m: Mount): void {
    const group = m.shared
    if (group === 0) return
    m.shared = 0
    const set = this.#peers.get(group)
    set?.delete(m)
    if (set !== undefined && set.size === 0) this.#dissolve(group, m.master)
  }

  /** A group without members: its slaves go to the master of its last member, or become private. */
  #dissolve(group: number, master: number): void {
    for (const slave of this.slaves(group)) {
      slave.master = 0
      if (master !== 0) this.enslave(slave, master)
    }
    this.#slaves.delete(group)
    this.#peers.delete(group)
    this.#groupIds.free(group)
  }

  #free(m: Mount): void {
    const master = m.master
    if (master === 0) return
    m.master = 0
    const set = this.#slaves.get(master)
    set?.delete(m)
    if (set?.size === 0) this.#slaves.delete(master)
  }

  /** change_mnt_propagation(). A shared mount that becomes a slave follows the peers it leaves, if there are any. */
  setPropagation(m: Mount, type: Propagation): void {
    if (type === 'shared') {
      this.share(m)
      return
    }
    const group = m.shared
    if (type === 'slave') {
      if (group === 0) return
      const followers = this.peers(group).size > 1
      const master = followers ? group : m.master
      const slaves = followers ? [] : [...this.slaves(group)]
      this.#free(m)
      if (!followers) for (const s of slaves) this.#free(s)
      this.#unshare(m)
      if (master !== 0) {
        this.enslave(m, master)
        for (const s of slaves) this.enslave(s, master)
      }
      return
    }
    this.#unshare(m)
    this.#free(m)
    m.unbindable = type === 'unbindable'
  }

  // Trees

  /** clone_mnt(): shows `root` of the same super block. */
  clone(m: Mount, root: Dentry, kind: CloneKind): Mount {
    const copy = this.create(m.sb, m.flags, m.source, root)
    copy.lockedFlags = m.lockedFlags
    copy.unbindable = m.unbindable && kind === 'same'
    if (kind === 'private') return copy
    if (kind === 'same') {
      if (m.shared !== 0) this.share(copy, m.shared)
      if (m.master !== 0) this.enslave(copy, m.master)
      return copy
    }
    if (m.shared !== 0) this.enslave(copy, m.shared)
    else if (m.master !== 0) this.enslave(copy, m.master)
    if (kind === 'slave-shared') this.share(copy)
    return copy
  }

  /**
   * copy_tree(): `m` from `root` on with all mounts below. `onCopy` hears of every pair. Unbindable mounts are left out
   * unless `all`. `lock`: mounts below can't be taken away one by one (a copy for another user namespace).
   */
  copyTree(m: Mount, root: Dentry, kind: CloneKind, options: { all?: boolean; onCopy?: (from: Mount, to: Mount) => void } = {}): Mount {
    const copy = this.clone(m, root, kind)
    options.onCopy?.(m, copy)
    this.#copyChildren(m, copy, root, kind, options)
    return copy
  }

  #copyChildren(
    from: Mount,
    to: Mount,
    root: Dentry,
    kind: CloneKind,
    options: { all?: boolean; onCopy?: (from: Mount, to: Mount) => void },
  ): void {
    for (const child of from.children.values()) {
      const at = child.mountpoint as Dentry
      if (!isBelow(at, root)) continue
      if (child.unbindable && options.all !== true) {
        if (child.locked) throw new Errno('EPERM')
        continue
      }
      const copy = this.clone(child, child.root, kind)
      copy.locked = child.locked
      copy.unbindable = child.unbindable && options.all === true
      options.onCopy?.(child, copy)
      this.link(copy, to, at)
      this.#copyChildren(child, copy, child.root, kind, options)
    }
  }

  /** Puts `m` on `at` of `parent`, under what is mounted there already if anything is. No propagation. */
  link(m: Mount, parent: Mount, at: Dentry): void {
    const topper = parent.children.get(at)
    m.parent = parent
    m.mountpoint = at
    parent.children.set(at, m)
    at.mounted++
    if (topper !== undefined) {
      at.mounted--
      m.root.mounted++
      topper.parent = m
      topper.mountpoint = m.root
      m.children.set(m.root, topper)
    }
  }

  unlink(m: Mount): void {
    if (m.parent === undefined || m.mountpoint === undefined) return
    m.parent.children.delete(m.mountpoint)
    m.mountpoint.mounted--
    m.parent = undefined
    m.mountpoint = undefined
  }

  /**
   * attach_recursive_mnt(): puts a tree on a place (already followed to the top), in the place's namespace, and copies of it
   * wherever the place's mount propagates to.
   */
  attach(tree: Mount, to: VfsPath): void {
    const { mount: parent, dentry: at } = to
    const ns = parent.ns
    if (ns === undefined) throw new Errno('EINVAL')
    const others: { copy: Mount; parent: Mount }[] = []
    if (parent.shared !== 0) {
      for (const m of subtree(tree)) this.share(m)
      this.#propagate(tree, parent, at, others)
    }
    this.link(tree, parent, at)
    this.#enter(tree, ns)
    for (const { copy, parent: p } of others) {
      this.link(copy, p, at)
      if (p.ns !== undefined) this.#enter(copy, p.ns, ns)
    }
  }

  #enter(tree: Mount, ns: MountNamespace, from: MountNamespace = ns): void {
    const foreign = ns.userns !== from.userns
    for (const m of subtree(tree)) {
      m.ns = ns
      ns.mounts.add(m)
      if (foreign) {
        lockFlags(m)
        m.locked = m !== tree
      }
    }
    ns.changed.wakeAll()
  }

  /** Copies of `tree` for every mount that receives what happens at `at` of `parent`. */
  #propagate(tree: Mount, parent: Mount, at: Dentry, out: { copy: Mount; parent: Mount }[]): void {
    const visit = (group: number, source: Mount): void => {
      for (const peer of this.peers(group)) {
        if (peer === parent || !receives(peer, at)) continue
        out.push({
          copy: this.copyTree(source, source.root, 'same', { all: true }),
          parent: peer,
        })
      }
      const done = new Set<number>()
      for (const slave of this.slaves(group)) {
        if (slave.shared === 0) {
          if (receives(slave, at))
            out.push({
              copy: this.copyTree(source, source.root, 'slave', { all: true }),
              parent: slave,
            })
          continue
        }
        if (done.has(slave.shared)) continue
        done.add(slave.shared)
        const first = [...this.peers(slave.shared)].find((p) => receives(p, at))
        if (first === undefined) {
          visit(slave.shared, source)
          continue
        }
        const copy = this.copyTree(source, source.root, 'slave-shared', {
          all: true,
        })
        out.push({ copy, parent: first })
        visitGroup(slave.shared, copy, first)
      }
    }
    const visitGroup = (group: number, source: Mount, first: Mount): void => {
      for (const peer of this.peers(group)) {
        if (peer === first || !receives(peer, at)) continue
        out.push({
          copy: this.copyTree(source, source.root, 'same', { all: true }),
          parent: peer,
        })
      }
      this.#slavesOnly(group, (slave) => visitSlave(slave, source))
    }
    const visitSlave = (slave: Mount, source: Mount): void => {
      if (slave.shared === 0 && receives(slave, at)) {
        out.push({
          copy: this.copyTree(source, source.root, 'slave', { all: true }),
          parent: slave,
        })
      }
    }
    visit(parent.shared, tree)
  }

  #slavesOnly(group: number, fn: (slave: Mount) => void): void {
    for (const slave of [...this.slaves(group)]) fn(slave)
  }

  /** The mounts of other places that go away together with `m`: what sits at the same dentry of its parent's receivers. */
  #alsoUnmounted(m: Mount): Mount[] {
    const { parent, mountpoint: at } = m
    if (parent === undefined || at === undefined || parent.shared === 0) return []
    const out: Mount[] = []
    for (const other of this.receivers(parent, at)) {
      const child = other.children.get(at)
      if (child !== undefined && child !== m && child.root === m.root && child.sb === m.sb) out.push(child)
    }
    return out
  }

  /** Every mount (but `parent`) in which something done at `at` of `parent` happens too. */
  receivers(parent: Mount, at: Dentry): Mount[] {
    const out: Mount[] = []
    const seen = new Set<number>()
    const visit = (group: number): void => {
      if (group === 0 || seen.has(group)) return
      seen.add(group)
      for (const peer of this.peers(group)) if (peer !== parent && receives(peer, at)) out.push(peer)
      for (const slave of this.slaves(group)) {
        if (slave.shared !== 0) visit(slave.shared)
        else if (receives(slave, at)) out.push(slave)
      }
    }
    visit(parent.shared)
    return out
  }

  /** propagate_mount_busy(): whether unmounting `m` (without its children) fails because it is used, here or in a receiver. */
  busy(m: Mount): boolean {
    if (m.children.size > 0 || m.refs > 0) return true
    return this.#alsoUnmounted(m).some((other) => other.children.size === 0 && other.refs > 0)
  }

  /** umount_tree(): takes `m` and all below away, with their propagation. Lazy: what is used lives on, out of the tree. */
  detach(m: Mount, propagate = true): void {
    const gone = new Set<Mount>(subtree(m))
    if (propagate) {
      for (const one of [...gone].reverse()) {
        for (const other of this.#alsoUnmounted(one)) {
          if ([...other.children.values()].every((c) => gone.has(c))) gone.add(other)
        }
      }
    }
    const changed = new Set<MountNamespace>()
    for (const one of gone) {
      if (one.ns !== undefined) {
        one.ns.mounts.delete(one)
        changed.add(one.ns)
        one.ns = undefined
      }
      this.#unshare(one)
      this.#free(one)
      this.unlink(one)
      this.#ids.free(one.id)
      one.sb.mounts--
      if (one.sb.mounts === 0 && one.refs === 0) one.sb.kill?.()
    }
    for (const ns of changed) ns.changed.wakeAll()
  }
}

const EMPTY: ReadonlySet<Mount> = new Set()

/** Whether an event at `at` concerns a mount: it is attached somewhere and shows that dentry. */
function receives(m: Mount, at: Dentry): boolean {
  return m.ns !== undefined && m.sb === at.sb && isBelow(at, m.root)
}

/** `m` and everything mounted below it, parents first. */
export function subtree(m: Mount): Mount[] {
  const out: Mount[] = [m]
  for (let i = 0; i < out.length; i++) {
    const one = out[i] as Mount
    let k = i
    for (const child of one.children.values()) out.splice(++k, 0, child)
  }
  return out
}

/** A copy for a less privileged user namespace may not lose these restrictions: mount_namespaces(7). */
export function lockFlags(m: Mount): void {
  m.lockedFlags |= m.flags & (MS.RDONLY | MS.NOSUID | MS.NODEV | MS.NOEXEC | MS.NOATIME | MS.NODIRATIME | MS.RELATIME)
}
