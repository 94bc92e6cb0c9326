import { Errno } from '../errno.ts'
import { NsfsInode, type NsObject } from '../fs/nsfs.ts'
import type { Process } from '../process/process.ts'
import type { FileDescription, MountNamespace } from '../vfs/types.ts'
import type { Namespace } from './namespace.ts'

/** Anything /proc/PID/ns can lead to; mount namespaces belong to the VFS. */
export type AnyNamespace = Namespace | MountNamespace

/** Names in /proc/PID/ns. */
export const NS_LINKS = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'pid_for_children', 'time', 'time_for_children', 'user', 'uts'] as const
export type NsLink = (typeof NS_LINKS)[number]

/** The namespace behind /proc/PID/ns/`link`; undefined for a process that has ended, or a pid namespace without init. */
export function namespaceOf(p: Process, link: NsLink): AnyNamespace | undefined {
  if (p.exited && link !== 'user' && link !== 'pid') return undefined
  switch (link) {
    case 'cgroup':
    case 'ipc':
    case 'net':
    case 'time':
    case 'uts':
      return p.ns[link]
    case 'mnt':
      return p.fs.mntns
    case 'pid':
      return p.pidns
    case 'pid_for_children':
      return p.ns.pidForChildren.init === undefined ? undefined : p.ns.pidForChildren
    case 'time_for_children':
      return p.ns.timeForChildren
    case 'user':
      return p.cred.userns
  }
}

/** The namespace an open file refers to; EINVAL for other files. */
export function namespaceOfFile(file: FileDescription): AnyNamespace {
  if (!(file.inode instanceof NsfsInode)) throw new Errno('EINVAL')
  return file.inode.namespace as NsObject & AnyNamespace
}

/** Held by an open file, or by a bind mount in one of `namespaces`. */
export function isHeld(inode: NsfsInode, namespaces: Iterable<MountNamespace>): boolean {
  if (inode.opens > 0) return true
  for (const mntns of namespaces) {
    if (mntns === (inode.namespace as NsObject)) continue
    for (const mount of mntns.mounts) if (mount.root.inode === inode) return true
  }
  return false
}
