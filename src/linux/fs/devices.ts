import { S } from '../syscalls.ts'
import { addChild, lookupChild } from '../vfs/dentry.ts'
import { makedev } from '../vfs/inode.ts'
import type { Dentry } from '../vfs/types.ts'
import type { MemorySuper } from './memory/super.ts'

/** Device nodes as devtmpfs and udev make them on a Debian machine: name, type, major, minor, mode, group. */
type Row = readonly [name: string, type: 'c' | 'b', major: number, minor: number, mode: number, gid: number]

const TTY_GROUP = 5
const DISK_GROUP = 6

const NODES: readonly Row[] = [
  ['null', 'c', 1, 3, 0o666, 0],
  ['zero', 'c', 1, 5, 0o666, 0],
  ['full', 'c', 1, 7, 0o666, 0],
  ['random', 'c', 1, 8, 0o666, 0],
  ['urandom', 'c', 1, 9, 0o666, 0],
  ['kmsg', 'c', 1, 11, 0o644, 0],
  ['tty', 'c', 5, 0, 0o666, TTY_GROUP],
  ['console', 'c', 5, 1, 0o600, TTY_GROUP],
  ['ptmx', 'c', 5, 2, 0o666, TTY_GROUP],
  ['tty0', 'c', 4, 0, 0o620, TTY_GROUP],
  ['tty1', 'c', 4, 1, 0o620, TTY_GROUP],
  ['ttyS0', 'c', 4, 64, 0o600, TTY_GROUP],
  ['loop-control', 'c', 10, 237, 0o660, DISK_GROUP],
  ['fuse', 'c', 10, 229, 0o666, 0],
  ['vda', 'b', 254, 0, 0o660, DISK_GROUP],
]

const LINKS: readonly (readonly [string, string])[] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
  ['core', '/proc/kcore'],
]

/** Fills a devtmpfs (or any directory in memory) with the nodes, links and mount points of /dev. */
export function fillDev(sb: MemorySuper): void {
  for (const row of NODES) addDeviceNode(sb, row)
  const root = sb.root.inode
  const owner = { uid: 0, gid: 0, now: sb.now() }
  for (const [name, target] of LINKS) if (root.lookup(name) === undefined) root.symlink(name, target, owner)
  for (const name of ['pts', 'shm', 'mqueue', 'hugepages', 'block', 'char', 'disk', 'mapper', 'net']) {
    if (root.lookup(name) === undefined) root.mkdir(name, 0o755, owner)
  }
  sb.root.inode.lookup('shm')?.setattr({ mode: 0o1777, ctime: owner.now })
}

/** A node, e.g. of a loop device that is made. */
export function addDeviceNode(sb: MemorySuper, [name, type, major, minor, mode, gid]: Row): Dentry {
  const existing = lookupChild(sb.root, name)
  if (existing !== undefined) return existing
  const bits = (type === 'c' ? S.IFCHR : S.IFBLK) | mode
  return addChild(sb.root, name, sb.root.inode.mknod(name, bits, makedev(major, minor), { uid: 0, gid, now: sb.now() }))
}
