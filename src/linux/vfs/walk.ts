import { encode } from '#sim/bytes.ts'
import { Errno } from '../errno.ts'
import { S } from '../syscalls.ts'
import { lookupChild } from './dentry.ts'
import { checkPermission, MAY } from './permission.ts'
import type { Dentry, FsContext, Inode, Mount, VfsPath } from './types.ts'

/** Symbolic links followed in one walk before ELOOP (MAXSYMLINKS). */
const MAX_LINKS = 40
const NAME_MAX = 255
const PATH_MAX = 4096

/** Where the last part of a path would be: `name` in the directory `dir`. Source: path_resolution(7). */
export interface LastPart {
  readonly dir: VfsPath
  readonly name: string
  /** `norm`, or a part that can't be made or removed: `.`, `..`, or the root. */
  readonly kind: 'norm' | 'dot' | 'dotdot' | 'root'
  /** The path ends in slashes: the file must be a directory. */
  readonly slash: boolean
}

const SLASH = 47

/**
 * One walk: a place, the text still to go, and how many links were followed. `toParent` stops before the last part, so
 * that open(O_CREAT) can go on after looking at it.
 */
export class Walk {
  readonly #ctx: FsContext
  mount: Mount
  dentry: Dentry
  #links = 0

  constructor(ctx: FsContext, from: VfsPath) {
    this.#ctx = ctx
    this.mount = from.mount
    this.dentry = from.dentry
  }

  get place(): VfsPath {
    return { mount: this.mount, dentry: this.dentry }
  }

  /** Walks all but the last part of `path`; that one is returned. */
  toParent(path: string): LastPart {
    const ctx = this.#ctx
    let text = path
    let i = 0
    if (text.charCodeAt(0) === SLASH) this.#jump(ctx.root)
    for (;;) {
      const length = text.length
      while (i < length && text.charCodeAt(i) === SLASH) i++
      if (i === length) return { dir: this.place, name: '/', kind: 'root', slash: false }
      const inode = this.dentry.inode
      if ((inode.mode & S.IFMT) !== S.IFDIR) throw new Errno('ENOTDIR')
      if ((inode.mode & 0o111) !== 0o111 || inode.permission !== undefined) checkPermission(ctx, inode, MAY.EXEC)
      let end = text.indexOf('/', i)
      if (end < 0) end = length
      const name = text.slice(i, end)
      if (name.length > 85 && encode(name).length > NAME_MAX) throw new Errno('ENAMETOOLONG')
      let next = end
      while (next < length && text.charCodeAt(next) === SLASH) next++
      if (next === length) {
        const kind = name === '.' ? 'dot' : name === '..' ? 'dotdot' : 'norm'
        return { dir: this.place, name, kind, slash: end < length }
      }
      i = next
      if (name === '.') continue
      if (name === '..') {
        this.#up()
        continue
      }
      const child = lookupChild(this.dentry, name)
      if (child === undefined) throw new Errno('ENOENT')
      if ((child.inode.mode & S.IFMT) === S.IFLNK) {
        const target = this.#link(child.inode)
        if (target === undefined) continue
        text = `${target}/${text.slice(next)}`
        i = 0
        if (target.charCodeAt(0) === SLASH) this.#jump(ctx.root)
        continue
      }
      this.dentry = child
      if (child.mounted > 0) this.#down()
    }
  }

  /** Goes to the last part; `follow` says whether a symbolic link there is followed. ENOENT when there is none. */
  toLast(part: LastPart, follow: boolean): void {
    let last = part
    for (;;) {
      if (last.kind === 'dotdot') this.#up()
      if (last.kind !== 'norm') return
      const child = lookupChild(this.dentry, last.name)
      if (child === undefined) throw new Errno('ENOENT')
      const type = child.inode.mode & S.IFMT
      if (type === S.IFLNK && (follow || last.slash)) {
        const rest = this.follow(child.inode, last.slash)
        if (rest === undefined) return
        last = rest
        continue
      }
      this.dentry = child
      if (child.mounted > 0) this.#down()
      if (last.slash && (this.dentry.inode.mode & S.IFMT) !== S.IFDIR) throw new Errno('ENOTDIR')
      return
    }
  }

  /** Follows a link found in the current directory: the last part of its target, or undefined when it jumped there. */
  follow(link: Inode, slash: boolean): LastPart | undefined {
    const target = this.#link(link)
    if (target === undefined) {
      if (slash && (this.dentry.inode.mode & S.IFMT) !== S.IFDIR) throw new Errno('ENOTDIR')
      return undefined
    }
    return this.toParent(slash ? `${target}/` : target)
  }

  /** Text of a link; undefined when a magic link has jumped already. */
  #link(link: Inode): string | undefined {
    if (++this.#links > MAX_LINKS) throw new Errno('ELOOP')
    this.#mayFollow(link)
    if (link.followLink !== undefined) {
      const to = link.followLink(this.#ctx)
      this.mount = to.mount
      this.dentry = to.dentry
      return undefined
    }
    const target = link.readlink(this.#ctx)
    if (target === '') throw new Errno('ENOENT')
    return target
  }

  /** fs.protected_symlinks: in a sticky directory that everybody writes only the owner's links are followed. */
  #mayFollow(link: Inode): void {
    const dir = this.dentry.inode
    if ((dir.mode & (S.ISVTX | 0o002)) !== (S.ISVTX | 0o002)) return
    if (this.#ctx.cred.fsuid === link.uid || dir.uid === link.uid) return
    throw new Errno('EACCES')
  }

  #jump(to: VfsPath): void {
    this.mount = to.mount
    this.dentry = to.dentry
  }

  #up(): void {
    const { root } = this.#ctx
    for (;;) {
      if (this.dentry === root.dentry && this.mount === root.mount) break
      if (this.dentry !== this.mount.root) {
        if (this.dentry.parent !== undefined) this.dentry = this.dentry.parent
        break
      }
      const { parent, mountpoint } = this.mount
      if (parent === undefined || mountpoint === undefined) break
      this.mount = parent
      this.dentry = mountpoint
    }
    if (this.dentry.mounted > 0) this.#down()
  }

  #down(): void {
    for (let m = this.mount.children.get(this.dentry); m !== undefined; m = m.children.get(m.root)) {
      this.mount = m
      this.dentry = m.root
    }
  }
}

/** Starts a walk of `path` at the root or the working directory and stops before its last part. */
export function startWalk(ctx: FsContext, path: string): { readonly walk: Walk; readonly last: LastPart } {
  if (path === '') throw new Errno('ENOENT')
  if (path.length >= PATH_MAX) throw new Errno('ENAMETOOLONG')
  const walk = new Walk(ctx, ctx.cwd)
  return { walk, last: walk.toParent(path) }
}

/** The place of a path. */
export function resolve(ctx: FsContext, path: string, followLast = true): VfsPath {
  const { walk, last } = startWalk(ctx, path)
  walk.toLast(last, followLast)
  return walk.place
}

/** What is mounted on top of a place. */
export function topOf(place: VfsPath): VfsPath {
  let { mount, dentry } = place
  for (let m = dentry.mounted > 0 ? mount.children.get(dentry) : undefined; m !== undefined; m = m.children.get(m.root)) {
    mount = m
    dentry = m.root
  }
  return { mount, dentry }
}
