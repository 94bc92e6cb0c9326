import { Errno } from '../errno.ts'
import { CAP } from '../process/capability.ts'
import { type Cred, ROOT_CAPS } from '../process/cred.ts'
import type { Process } from '../process/process.ts'
import { CLONE } from '../syscalls.ts'
import type { MountNamespace } from '../vfs/types.ts'
import { topOf } from '../vfs/walk.ts'
import { CLONE_ALL, CLONE_FLAG, type Namespace } from './namespace.ts'
import { namespaceOfFile } from './nsfs.ts'
import { MAX_PID_LEVEL, PidNamespace } from './pid.ts'
import { CgroupNamespace, IpcNamespace, TimeNamespace, UtsNamespace } from './plain.ts'
import type { Namespaces } from './set.ts'
import { UserNamespace } from './user.ts'

const MAX_USER_LEVEL = 32

/** The process's root is not the root of its mount namespace. */
function isChrooted(p: Process): boolean {
  const top = topOf({ mount: p.fs.mntns.root, dentry: p.fs.mntns.root.root })
  return p.fs.root.mount !== top.mount || p.fs.root.dentry !== top.dentry
}

/** Credentials in a new user namespace: every capability there. EPERM in a chroot or with ids that are not mapped. */
function newUserCred(p: Process): Cred {
  const { cred } = p
  const parent = cred.userns
  if (parent.level >= MAX_USER_LEVEL) throw new Errno('EUSERS')
  if (isChrooted(p)) throw new Errno('EPERM')
  const { euid, egid } = cred.state
  if (parent.fromKernel('uid', euid) === undefined || parent.fromKernel('gid', egid) === undefined) throw new Errno('EPERM')
  const userns = new UserNamespace(p.kernel.inodes.alloc(), parent, euid, egid)
  return cred.with({ userns, caps: ROOT_CAPS, securebits: 0 })
}

/** New namespaces of the kinds in `flags` (all but user and mnt), owned by `cred`'s user namespace. */
function makeNamespaces(p: Process, flags: number, cred: Cred): Namespaces {
  const { kernel } = p
  const owner = cred.userns
  const ns: Namespaces = { ...p.ns }
  if ((flags & CLONE.NEWUTS) !== 0) ns.uts = new UtsNamespace(kernel.inodes.alloc(), owner, p.ns.uts.hostname, p.ns.uts.domainname)
  if ((flags & CLONE.NEWIPC) !== 0) ns.ipc = new IpcNamespace(kernel.inodes.alloc(), owner)
  if ((flags & CLONE.NEWPID) !== 0) {
    if (p.ns.pidForChildren !== p.pidns) throw new Errno('EINVAL')
    if (p.pidns.level >= MAX_PID_LEVEL) throw new Errno('ENOSPC')
    ns.pidForChildren = new PidNamespace(kernel.inodes.alloc(), owner, p.pidns)
  }
  if ((flags & CLONE.NEWCGROUP) !== 0) ns.cgroup = new CgroupNamespace(kernel.inodes.alloc(), owner, p.cgroup)
  if ((flags & CLONE.NEWNET) !== 0) ns.net = kernel.network.createNamespace(kernel.inodes.alloc(), owner)
  if ((flags & CLONE.NEWTIME) !== 0) {
    ns.timeForChildren = new TimeNamespace(kernel.inodes.alloc(), owner)
    ns.timeForChildren.monotonicOffset = p.ns.time.monotonicOffset
    ns.timeForChildren.boottimeOffset = p.ns.time.boottimeOffset
  }
  return ns
}

function checkAdmin(flags: number, cred: Cred): void {
  if ((flags & CLONE_ALL & ~CLONE.NEWUSER) !== 0 && !cred.capable(CAP.sys_admin)) throw new Errno('EPERM')
}

/** unshare(2). EPERM without CAP_SYS_ADMIN in the (new) user namespace. */
export function unshare(p: Process, flags: number): void {
  if ((flags & ~CLONE_ALL) !== 0) throw new Errno('EINVAL')
  const cred = (flags & CLONE.NEWUSER) !== 0 ? newUserCred(p) : p.cred
  checkAdmin(flags, cred)
  if ((flags & CLONE.NEWPID) !== 0 && p.ns.pidForChildren !== p.pidns) throw new Errno('EINVAL')
  const before = p.cred
  p.cred = cred
  try {
    if ((flags & CLONE.NEWNS) !== 0) switchMount(p, () => p.kernel.vfs.copyMountNamespace(p.fs, cred.userns))
    setNamespaces(p, makeNamespaces(p, flags, cred))
  } catch (error) {
    p.cred = before
    throw error
  }
}

function switchMount(p: Process, change: () => void): void {
  const old = p.fs.mntns
  change()
  p.kernel.holdNamespace(p.fs.mntns)
  p.kernel.putNamespace(old)
}

function setNamespaces(p: Process, ns: Namespaces): void {
  const old = p.ns
  p.ns = ns
  if (old.net === ns.net) return
  p.kernel.holdNamespace(ns.net)
  p.kernel.putNamespace(old.net)
}

/** What clone(2) gives a child: namespaces, credentials, and what is left to do once its file system context exists. */
export function forkNamespaces(
  p: Process,
  flags: number,
): {
  readonly ns: Namespaces
  readonly cred: Cred
  enter(child: Process): void
} {
  const { kernel } = p
  if ((flags & ~CLONE_ALL) !== 0) throw new Errno('EINVAL')
  const cred = (flags & CLONE.NEWUSER) !== 0 ? newUserCred(p) : p.cred
  checkAdmin(flags, cred)
  const ns = flags === 0 ? { ...p.ns } : makeNamespaces(p, flags, cred)
  return {
    ns,
    cred,
    enter(child) {
      kernel.holdNamespace(ns.net)
      if ((flags & CLONE.NEWNS) !== 0) kernel.vfs.copyMountNamespace(child.fs, cred.userns)
      kernel.holdNamespace(child.fs.mntns)
    },
  }
}

/** exit: one user less of what lives only as long as it is used. */
export function releaseNamespaces(p: Process): void {
  p.kernel.putNamespace(p.fs.mntns)
  p.kernel.putNamespace(p.ns.net)
}

/** setns(2) with an nsfs file. EINVAL: other file or kind; EPERM: capabilities missing. */
export function setns(p: Process, fd: number, flags: number): void {
  const namespace = namespaceOfFile(p.files.get(fd))
  if (flags !== 0 && flags !== CLONE_FLAG[namespace.kind]) throw new Errno('EINVAL')
  const admin = (owner: UserNamespace): void => {
    if (!p.cred.capable(CAP.sys_admin, owner) || !p.cred.capable(CAP.sys_admin)) throw new Errno('EPERM')
  }
  if (namespace instanceof UserNamespace) {
    const userns = namespace
    if (userns === p.cred.userns) throw new Errno('EINVAL')
    if (p.threads.size > 1) throw new Errno('EINVAL')
    if (!p.cred.capable(CAP.sys_admin, userns)) throw new Errno('EPERM')
    p.cred = p.cred.with({ userns, caps: ROOT_CAPS, securebits: 0 })
    return
  }
  if (namespace.kind === 'mnt') {
    const mntns = namespace as MountNamespace
    if (!p.cred.capable(CAP.sys_admin, mntns.userns) || !p.cred.capable(CAP.sys_chroot) || !p.cred.capable(CAP.sys_admin))
      throw new Errno('EPERM')
    switchMount(p, () => p.kernel.vfs.enterMountNamespace(p.fs, mntns))
    return
  }
  if (namespace instanceof PidNamespace) {
    const pidns = namespace
    admin(pidns.owner)
    if (!pidns.isDescendantOf(p.pidns)) throw new Errno('EINVAL')
    p.ns = { ...p.ns, pidForChildren: pidns }
    return
  }
  if (namespace instanceof TimeNamespace) {
    const time = namespace
    if (p.threads.size > 1) throw new Errno('EUSERS')
    admin(time.owner)
    time.frozen = true
    p.ns = { ...p.ns, time, timeForChildren: time }
    return
  }
  const { kind, owner } = namespace as Namespace
  if (owner !== undefined) admin(owner)
  setNamespaces(p, { ...p.ns, [kind]: namespace })
}
