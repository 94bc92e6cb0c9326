import type { Wait } from '#sim/wait.ts'
import type { Cgroup } from '../cgroup/cgroup.ts'
import { type Asker, CGROUP_FILES, type CgroupFile, isPresent } from '../cgroup/files.ts'
import { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import { TaskFs } from '../process/fs-context.ts'
import { S } from '../syscalls.ts'
import type { DirEntry, FileSystemType, FsContext, Inode, Owner, SuperBlock } from '../vfs/types.ts'
import { kernfsHash } from './kernfs.ts'
import { PseudoFile, PseudoInode, PseudoSuper } from './pseudo.ts'

/** A cgroup as a directory: its files and its children. */
class CgroupDir extends PseudoInode {
  readonly #kernel: Kernel
  readonly cgroup: Cgroup
  readonly #files = new Map<string, Inode>()
  readonly #dirs: WeakMap<Cgroup, CgroupDir>

  constructor(sb: PseudoSuper, kernel: Kernel, cgroup: Cgroup, dirs: WeakMap<Cgroup, CgroupDir>) {
    super(sb, S.IFDIR | 0o755)
    this.#kernel = kernel
    this.cgroup = cgroup
    this.#dirs = dirs
    this.nlink = 2
  }

  override alive(): boolean {
    return !this.cgroup.removed
  }

  override lookup(name: string): Inode | undefined {
    const child = this.cgroup.children.get(name)
    if (child !== undefined) return this.#dir(child)
    const file = Object.hasOwn(CGROUP_FILES, name) ? CGROUP_FILES[name] : undefined
    if (file === undefined || !isPresent(file, this.cgroup)) return undefined
    let inode = this.#files.get(name)
    if (inode === undefined) {
      inode = this.#file(file)
      this.#files.set(name, inode)
    }
    return inode
  }

  #dir(cgroup: Cgroup): CgroupDir {
    let dir = this.#dirs.get(cgroup)
    if (dir === undefined) {
      dir = new CgroupDir(this.sb, this.#kernel, cgroup, this.#dirs)
      this.#dirs.set(cgroup, dir)
    }
    return dir
  }

  #file(file: CgroupFile): Inode {
    const { cgroup } = this
    const { read, write, changed } = file
    const mode = (read === undefined ? 0 : 0o444) | (write === undefined ? 0 : 0o200)
    const inode = new CgroupFileInode(this.sb, mode, file, cgroup, {
      ...(read === undefined ? {} : { read: (ctx: FsContext) => read(cgroup, this.#asker(ctx)) }),
      ...(write === undefined
        ? {}
        : {
            write: (text: string, ctx: FsContext) => write(cgroup, text, this.#asker(ctx)),
          }),
      ...(changed === undefined ? {} : { changed: (): Wait => changed(cgroup) }),
    })
    inode.uid = this.uid
    inode.gid = this.gid
    return inode
  }

  #asker(ctx: FsContext): Asker {
    const process = ctx instanceof TaskFs ? ctx.owner : undefined
    return { process, pidns: process?.pidns ?? this.#kernel.pidns }
  }

  override *readdir(): Iterable<DirEntry> {
    const entries: DirEntry[] = []
    let ino = this.ino * 1000
    for (const [name, file] of Object.entries(CGROUP_FILES))
      if (isPresent(file, this.cgroup)) entries.push({ name, ino: ++ino, type: S.IFREG })
    for (const [name, child] of this.cgroup.children) entries.push({ name, ino: this.#dir(child).ino, type: S.IFDIR })
    yield* entries.sort((a, b) => kernfsHash(a.name) - kernfsHash(b.name))
  }

  override mkdir(name: string, _mode: number, owner: Owner): Inode {
    if (name.includes('\n')) throw new Errno('EINVAL')
    const dir = this.#dir(this.cgroup.create(name))
    dir.uid = owner.uid
    dir.gid = owner.gid
    this.nlink++
    return dir
  }

  override rmdir(name: string): void {
    const child = this.cgroup.children.get(name)
    if (child === undefined) throw new Errno('ENOENT')
    child.remove()
    this.nlink--
  }
}

/** A file of a cgroup; gone once its controller or its cgroup is. */
class CgroupFileInode extends PseudoFile {
  readonly #file: CgroupFile
  readonly #cgroup: Cgroup

  constructor(sb: PseudoSuper, mode: number, file: CgroupFile, cgroup: Cgroup, body: ConstructorParameters<typeof PseudoFile>[2]) {
    super(sb, mode, body)
    this.#file = file
    this.#cgroup = cgroup
  }

  override alive(): boolean {
    return !this.#cgroup.removed && isPresent(this.#file, this.#cgroup)
  }
}

/** cgroup2: the unified hierarchy; a mount shows the part below the mounting process's cgroup namespace. */
export function cgroup2Type(kernel: Kernel): FileSystemType {
  const supers = new Map<Cgroup, PseudoSuper>()
  const dirs = new WeakMap<Cgroup, CgroupDir>()
  const type: FileSystemType = {
    name: 'cgroup2',
    nodev: true,
    userns: true,
    mount(source: string, _data: string, _readonly: boolean, ctx: FsContext): SuperBlock {
      const top = ctx instanceof TaskFs ? ctx.owner.ns.cgroup.root : kernel.cgroups.top
      let sb = supers.get(top)
      if (sb === undefined) {
        sb = new PseudoSuper(kernel.vfs, type, source, kernel.userns)
        sb.shown = ['nsdelegate', 'memory_recursiveprot']
        let dir = dirs.get(top)
        if (dir === undefined) {
          dir = new CgroupDir(sb, kernel, top, dirs)
          dirs.set(top, dir)
        }
        sb.setRoot(dir)
        supers.set(top, sb)
      }
      return sb
    },
  }
  return type
}
