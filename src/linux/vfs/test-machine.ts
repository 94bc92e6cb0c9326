import { decode, encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import { BlockDevice } from '../fs/block.ts'
import { Ext4 } from '../fs/ext4.ts'
import { buildTree, type ImageEntry } from '../fs/memory/image.ts'
import { overlayType } from '../fs/overlay.ts'
import { ramfsType, tmpfsType } from '../fs/tmpfs.ts'
import { O, S } from '../syscalls.ts'
import { makedev } from './inode.ts'
import type { FsContext, FsCred, UserNsView, VfsPath } from './types.ts'
import { Vfs } from './vfs.ts'

/** A machine that is nothing but a VFS, for unit tests: an ext4 root and a root user. */

const INIT_NS: UserNsView = {
  parent: undefined,
  fromKuid: (id) => id,
  fromKgid: (id) => id,
  toKuid: (id) => id,
  toKgid: (id) => id,
}

export function cred(uid: number, caps = uid === 0, userns: UserNsView = INIT_NS): FsCred {
  return {
    fsuid: uid,
    fsgid: uid,
    groups: [],
    userns,
    capable: (_cap, ns = userns) => caps && ns === userns,
  }
}

export class TestMachine {
  time = 1_000_000
  readonly vfs: Vfs
  readonly ext4: Ext4
  readonly ctx: FsContext

  constructor(entries: readonly ImageEntry[] = [], ramBytes = 1 << 30, diskBytes = 64 << 20) {
    let ns = 4026532200
    this.vfs = new Vfs(
      {
        now: () => this.time++,
        random: (n) => new Uint8Array(n),
        klog: () => {},
        initUserNs: INIT_NS,
      },
      () => ns++,
    )
    this.ext4 = new Ext4(this.vfs)
    for (const type of this.ext4.types) this.vfs.registerType(type)
    this.vfs.registerType(tmpfsType(this.vfs, ramBytes))
    this.vfs.registerType(ramfsType(this.vfs))
    this.vfs.registerType(overlayType(this.vfs))
    const disk = new BlockDevice('virtblk', 'vda', makedev(254, 0), diskBytes)
    this.vfs.registerDevice('block', 254, 0, disk)
    const sb = this.ext4.root(disk, '/dev/vda', buildTree(entries), '0b9ea0b4-5f4c-4d4c-9d5e-3f0f5c3b2a10')
    const mntns = this.vfs.initNamespace(sb, '/dev/vda', INIT_NS, 4026531841)
    this.vfs.table.share(mntns.root)
    const root: VfsPath = { mount: mntns.root, dentry: mntns.root.root }
    this.ctx = this.context(root, mntns, cred(0))
  }

  context(root: VfsPath, mntns: FsContext['mntns'], who: FsCred): FsContext {
    const ctx: FsContext = {
      root,
      cwd: root,
      mntns,
      umask: 0o022,
      cred: who,
      realCred: who,
      fsizeLimit: Number.POSITIVE_INFINITY,
    }
    this.vfs.holdFs(ctx)
    return ctx
  }

  /** The same place as root's, for another user. */
  as(uid: number): FsContext {
    return this.context(this.ctx.root, this.ctx.mntns, cred(uid))
  }

  /** Runs a coroutine that must not wait. */
  now<T>(sim: Sim<T>): T {
    const step = sim.next()
    if (step.done !== true) throw new Error('it waits')
    return step.value
  }

  write(path: string, text: string, flags: number = O.CREAT | O.TRUNC, ctx = this.ctx): void {
    const file = this.vfs.openNow(ctx, path, flags | O.WRONLY)
    try {
      this.now(file.write(ctx, encode(text)))
    } finally {
      file.release()
    }
  }

  read(path: string, ctx = this.ctx): string {
    const file = this.vfs.openNow(ctx, path, O.RDONLY)
    try {
      return decode(this.now(file.read(ctx, 1 << 20)))
    } finally {
      file.release()
    }
  }

  ls(path: string, ctx = this.ctx): string {
    return this.vfs
      .readdir(ctx, path)
      .map((e) => e.name)
      .sort()
      .join(' ')
  }

  /** `path` as `type/fstype source options`, the mounts below a prefix. */
  mounts(prefix: string, ctx = this.ctx): string[] {
    return this.vfs
      .visibleMounts(ctx)
      .filter((m) => m.path.startsWith(prefix))
      .map((m) => `${m.path} ${m.mount.sb.type.name}`)
  }
}

/** The errno name a call fails with, or what it returned. */
export function outcome(fn: () => unknown): unknown {
  try {
    return fn() ?? 'ok'
  } catch (error) {
    if (error instanceof Errno) return error.code
    throw error
  }
}

export const dir = (path: string, mode = 0o755, uid = 0): ImageEntry => ({
  path,
  mode: S.IFDIR | mode,
  uid,
  gid: uid,
})
export const text = (path: string, content: string, mode = 0o644, uid = 0): ImageEntry => ({
  path,
  mode: S.IFREG | mode,
  uid,
  gid: uid,
  content,
})
export const symlink = (path: string, target: string): ImageEntry => ({
  path,
  mode: S.IFLNK | 0o777,
  target,
})
