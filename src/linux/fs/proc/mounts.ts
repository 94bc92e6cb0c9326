import { MS } from '../../syscalls.ts'
import { dentryPath } from '../../vfs/dentry.ts'
import { majorOf, minorOf } from '../../vfs/inode.ts'
import type { FsContext, Mount } from '../../vfs/types.ts'
import type { Vfs } from '../../vfs/vfs.ts'

/** /proc/PID/mounts, mountinfo, mountstats. Source: proc_pid_mountinfo(5), fs/proc_namespace.c. */

/** White space and backslashes in octal, as mangle(). */
export function mangle(text: string): string {
  return text.replace(/[ \t\n\\#]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`)
}

/** show_mnt_opts(): options of the mount itself after `rw` or `ro`. */
function mountOptions(m: Mount): string {
  let out = ''
  if ((m.flags & MS.NOSUID) !== 0) out += ',nosuid'
  if ((m.flags & MS.NODEV) !== 0) out += ',nodev'
  if ((m.flags & MS.NOEXEC) !== 0) out += ',noexec'
  if ((m.flags & MS.NOATIME) !== 0) out += ',noatime'
  if ((m.flags & MS.NODIRATIME) !== 0) out += ',nodiratime'
  if ((m.flags & MS.RELATIME) !== 0) out += ',relatime'
  return out
}

const superOptions = (m: Mount): string =>
  m.sb
    .options()
    .map((o) => `,${mangle(o)}`)
    .join('')

export function mounts(vfs: Vfs, ctx: Pick<FsContext, 'root' | 'mntns'>): string {
  let out = ''
  for (const { mount: m, path } of vfs.visibleMounts(ctx)) {
    const ro = (m.flags & MS.RDONLY) !== 0 || m.sb.readonly
    out += `${mangle(m.source)} ${mangle(path)} ${m.sb.type.name} ${ro ? 'ro' : 'rw'}${mountOptions(m)}${superOptions(m)} 0 0\n`
  }
  return out
}

export function mountinfo(vfs: Vfs, ctx: Pick<FsContext, 'root' | 'mntns'>): string {
  let out = ''
  for (const { mount: m, path } of vfs.visibleMounts(ctx)) {
    const tags = `${m.shared !== 0 ? ` shared:${m.shared}` : ''}${m.master !== 0 ? ` master:${m.master}` : ''}${m.unbindable ? ' unbindable' : ''}`
    out += `${m.id} ${m.parent?.id ?? 1} ${majorOf(m.sb.dev)}:${minorOf(m.sb.dev)} ${mangle(dentryPath(m.root))}${m.root.deleted ? '//deleted' : ''} ${mangle(path)} `
    out += `${(m.flags & MS.RDONLY) !== 0 ? 'ro' : 'rw'}${mountOptions(m)}${tags} - ${m.sb.type.name} ${mangle(m.source)} ${m.sb.readonly ? 'ro' : 'rw'}${superOptions(m)}\n`
  }
  return out
}

export function mountstats(vfs: Vfs, ctx: Pick<FsContext, 'root' | 'mntns'>): string {
  let out = ''
  for (const { mount: m, path } of vfs.visibleMounts(ctx))
    out += `device ${mangle(m.source)} mounted on ${mangle(path)} with fstype ${m.sb.type.name}\n`
  return out
}
