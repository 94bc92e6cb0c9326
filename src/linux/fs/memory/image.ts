import { encode } from '#sim/bytes.ts'
import type { Micros } from '#sim/wait.ts'
import { S } from '../../syscalls.ts'

/** One file of an image: what a row of a package's or a layer's table says. Parents that no row names are made 0755. */
export interface ImageEntry {
  /** Absolute or relative, without `.` and `..`: `/usr/bin/ls`. */
  readonly path: string
  /** With type bits (`S.IFREG | 0o755`); without them a regular file, a link (`target`) or a directory (a path ending in `/`). */
  readonly mode: number
  readonly uid?: number
  readonly gid?: number
  readonly mtime?: Micros
  /** Text or bytes; shorter than `size` it is padded with zeros that take no memory. */
  readonly content?: string | Uint8Array
  readonly size?: number
  /** Of a symbolic link. */
  readonly target?: string
  /** Of a device (`makedev`). */
  readonly rdev?: number
  /** A further name of a file that comes earlier in the table. */
  readonly link?: string
  readonly xattrs?: Readonly<Record<string, Uint8Array>>
}

/** A file of an {@link ImageTree}. Never changed once built; many file systems share it. */
export interface ImageNode {
  /** Position in the tree: inode number less the number the tree starts at. */
  readonly index: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly mtime: Micros
  readonly size: number
  readonly nlink: number
  readonly target: string
  readonly rdev: number
  readonly children: ReadonlyMap<string, ImageNode> | undefined
  readonly xattrs: Readonly<Record<string, Uint8Array>> | undefined
  /** The first bytes; the rest up to `size` is zeros. */
  bytes(): Uint8Array
}

const NOTHING = new Uint8Array(0)

class Node implements ImageNode {
  readonly index: number
  mode: number
  uid: number
  gid: number
  mtime: Micros
  size = 0
  nlink = 1
  readonly target: string
  readonly rdev: number
  readonly children: Map<string, Node> | undefined
  readonly xattrs: Readonly<Record<string, Uint8Array>> | undefined
  #content: string | Uint8Array

  constructor(index: number, entry: Omit<ImageEntry, 'path'>, mtime: Micros) {
    this.index = index
    this.mode = entry.mode
    this.uid = entry.uid ?? 0
    this.gid = entry.gid ?? 0
    this.mtime = entry.mtime ?? mtime
    this.target = entry.target ?? ''
    this.rdev = entry.rdev ?? 0
    this.xattrs = entry.xattrs
    this.#content = entry.content ?? NOTHING
    const type = entry.mode & S.IFMT
    this.children = type === S.IFDIR ? new Map() : undefined
    if (type === S.IFDIR) this.nlink = 2
    if (type === S.IFLNK) this.size = encode(this.target).length
    if (type === S.IFREG) this.size = entry.size ?? this.bytes().length
  }

  bytes(): Uint8Array {
    if (typeof this.#content === 'string') this.#content = encode(this.#content)
    return this.#content
  }
}

/** An immutable tree of files, the shared base of file systems: a machine's root, an image's layer. */
export class ImageTree {
  readonly root: ImageNode
  /** How many files, the root included. */
  readonly count: number
  /** Bytes on disk, in blocks of 4096. */
  readonly diskBytes: number

  constructor(root: ImageNode, count: number, diskBytes: number) {
    this.root = root
    this.count = count
    this.diskBytes = diskBytes
  }
}

function typed(entry: ImageEntry): number {
  if ((entry.mode & S.IFMT) !== 0) return entry.mode
  if (entry.target !== undefined) return entry.mode | S.IFLNK
  return entry.mode | (entry.path.endsWith('/') ? S.IFDIR : S.IFREG)
}

/**
 * Builds a tree from a table. Later rows for the same path replace earlier ones (a directory keeps its children). `mtime`
 * is for rows without one. Throws when a row's parent is no directory or a hard link's file is missing.
 */
export function buildTree(entries: Iterable<ImageEntry>, mtime: Micros = 0): ImageTree {
  let count = 0
  let disk = 0
  const root = new Node(count++, { mode: S.IFDIR | 0o755 }, mtime)
  const directory = (parts: readonly string[], n: number): Node => {
    let dir = root
    for (let i = 0; i < n; i++) {
      const name = parts[i] as string
      let next = dir.children?.get(name)
      if (next === undefined) {
        next = new Node(count++, { mode: S.IFDIR | 0o755 }, mtime)
        dir.children?.set(name, next)
        dir.nlink++
      }
      if (next.children === undefined) throw new Error(`image: ${parts.slice(0, i + 1).join('/')} is no directory`)
      dir = next
    }
    return dir
  }
  for (const entry of entries) {
    const parts = entry.path.split('/').filter((p) => p !== '' && p !== '.')
    const mode = typed(entry)
    const name = parts.at(-1)
    const dir = directory(parts, parts.length - 1)
    const old = name === undefined ? root : dir.children?.get(name)
    if (old?.children !== undefined && (mode & S.IFMT) === S.IFDIR) {
      old.mode = mode
      old.uid = entry.uid ?? 0
      old.gid = entry.gid ?? 0
      old.mtime = entry.mtime ?? mtime
      continue
    }
    if (name === undefined) continue
    if (entry.link !== undefined) {
      const from = entry.link.split('/').filter((p) => p !== '' && p !== '.')
      const node = directory(from, from.length - 1).children?.get(from.at(-1) ?? '')
      if (node === undefined) throw new Error(`image: hard link to missing ${entry.link}`)
      node.nlink++
      dir.children?.set(name, node)
      continue
    }
    const node = new Node(count++, { ...entry, mode }, mtime)
    dir.children?.set(name, node)
    if (node.children !== undefined) dir.nlink++
    disk += node.children !== undefined ? 4096 : Math.ceil(node.size / 4096) * 4096
  }
  return new ImageTree(root, count, disk)
}
