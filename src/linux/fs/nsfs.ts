import { S } from '../syscalls.ts'
import { BaseFile } from '../vfs/file.ts'
import { BaseInode } from '../vfs/inode.ts'
import type { FileDescription, SuperBlock, VfsPath } from '../vfs/types.ts'
import type { Vfs } from '../vfs/vfs.ts'

/** What nsfs knows of a namespace: its kind as in /proc/PID/ns (`mnt`, `net` …) and its number. */
export interface NsObject {
  readonly kind: string
  readonly ino: number
}

/** The file of a namespace. setns(2) takes `namespace` from the inode of its descriptor. */
export class NsfsInode extends BaseInode {
  readonly namespace: NsObject

  constructor(sb: SuperBlock, namespace: NsObject, now: number) {
    super(sb, namespace.ino, S.IFREG | 0o444, now)
    this.namespace = namespace
  }

  override open(flags: number, place: VfsPath): FileDescription {
    return new BaseFile(this, flags, place)
  }
}

/** The file system of namespaces; one a machine. Each namespace has one inode as long as it exists. */
export class Nsfs {
  readonly #vfs: Vfs
  readonly #places = new WeakMap<NsObject, VfsPath>()

  constructor(vfs: Vfs) {
    this.#vfs = vfs
  }

  /** The place of a namespace's file: what /proc/PID/ns/X leads to. */
  place(namespace: NsObject): VfsPath {
    let place = this.#places.get(namespace)
    if (place === undefined) {
      const fs = this.#vfs.anonymousFs('nsfs')
      place = fs.place(new NsfsInode(fs, namespace, this.#vfs.now()), `${namespace.kind}:[${namespace.ino}]`)
      this.#places.set(namespace, place)
    }
    return place
  }
}
