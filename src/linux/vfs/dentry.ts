import type { Dentry, Inode, SuperBlock } from './types.ts'

class DentryNode implements Dentry {
  readonly sb: SuperBlock
  name: string
  parent: Dentry | undefined
  inode: Inode
  children: Map<string, Dentry> | undefined = undefined
  deleted = false
  mounted = 0

  constructor(sb: SuperBlock, name: string, parent: Dentry | undefined, inode: Inode) {
    this.sb = sb
    this.name = name
    this.parent = parent
    this.inode = inode
  }
}

/** A dentry without a parent: the root of a super block, or the name of an anonymous inode. */
export function rootDentry(sb: SuperBlock, inode: Inode, name = ''): Dentry {
  return new DentryNode(sb, name, undefined, inode)
}

/** The child `name` of a directory, from the cache or from the inode; undefined when there is none. */
export function lookupChild(dir: Dentry, name: string): Dentry | undefined {
  const cached = dir.children?.get(name)
  if (cached !== undefined) {
    const revalidate = dir.sb.revalidate
    if (revalidate === undefined || revalidate.call(dir.sb, cached)) return cached
    drop(cached)
  }
  const inode = dir.inode.lookup(name)
  return inode === undefined ? undefined : addChild(dir, name, inode)
}

export function addChild(dir: Dentry, name: string, inode: Inode): Dentry {
  const dentry = new DentryNode(dir.sb, name, dir, inode)
  if (dir.children === undefined) dir.children = new Map()
  dir.children.set(name, dentry)
  return dentry
}

/** Takes a dentry out of the tree: its file is unlinked, or it is stale. */
export function drop(dentry: Dentry): void {
  const siblings = dentry.parent?.children
  if (siblings?.get(dentry.name) === dentry) siblings.delete(dentry.name)
  dentry.deleted = true
}

/** d_move: `dentry` becomes `name` in `dir`. What was there must be dropped already. */
export function moveDentry(dentry: Dentry, dir: Dentry, name: string): void {
  dentry.parent?.children?.delete(dentry.name)
  dentry.parent = dir
  dentry.name = name
  if (dir.children === undefined) dir.children = new Map()
  dir.children.set(name, dentry)
}

/** Whether `dentry` is `ancestor` or below it. */
export function isBelow(dentry: Dentry, ancestor: Dentry): boolean {
  for (let d: Dentry | undefined = dentry; d !== undefined; d = d.parent) if (d === ancestor) return true
  return false
}

/** The path within the super block from its root: `/` or `/a/b`; ` (deleted)` isn't said here. */
export function dentryPath(dentry: Dentry, from?: Dentry): string {
  if (dentry.sb.anonymous) return dentry.name
  let out = ''
  for (let d = dentry; d !== from && d.parent !== undefined; d = d.parent) out = `/${d.name}${out}`
  return out === '' ? '/' : out
}
