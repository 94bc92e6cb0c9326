import type { StatFs } from '../syscalls.ts'
import { rootDentry } from './dentry.ts'
import { BaseInode } from './inode.ts'
import type { MountTable } from './mounts.ts'
import type { FileSystemType, Inode, SuperBlock, UserNsView, VfsPath } from './types.ts'

/**
 * A file system nobody can mount, for inodes without a name in the tree: `pipefs`, `sockfs`, `anon_inodefs`, `nsfs`. Each
 * inode gets a dentry that carries the whole name (`pipe:[123]`) and the one internal mount.
 */
export class AnonymousFs implements SuperBlock {
  readonly type: FileSystemType
  readonly dev: number
  readonly source: string
  readonly userns: UserNsView
  readonly = false
  readonly anonymous = true
  mounts = 0
  readonly root
  readonly #mount

  constructor(name: string, dev: number, userns: UserNsView, table: MountTable) {
    this.type = { name, nodev: true, mount: () => this }
    this.dev = dev
    this.source = name
    this.userns = userns
    this.root = rootDentry(this, new BaseInode(this, 1, 0o040755))
    this.#mount = table.create(this, 0, name)
  }

  options(): readonly string[] {
    return []
  }

  statfs(): StatFs {
    return {
      type: this.type.name,
      blockSize: 4096,
      totalBytes: 0,
      freeBytes: 0,
      availableBytes: 0,
      files: 0,
      freeFiles: 0,
    }
  }

  remount(): void {}

  /** A place for an inode of this file system, named e.g. `socket:[42]`. */
  place(inode: Inode, name: string): VfsPath {
    return { mount: this.#mount, dentry: rootDentry(this, inode, name) }
  }
}
