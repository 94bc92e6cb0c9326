import { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import { S } from '../syscalls.ts'
import { PTS_MAJOR, Pty } from '../tty/pty.ts'
import { lookupChild } from '../vfs/dentry.ts'
import { IdAllocator } from '../vfs/ids.ts'
import { BaseInode, makedev } from '../vfs/inode.ts'
import type { FileDescription, FileSystemType, FsContext, SuperBlock, UserNsView, VfsPath } from '../vfs/types.ts'
import { topOf } from '../vfs/walk.ts'
import { numberOption, parseOptions } from './options.ts'
import { PseudoDir, PseudoSuper } from './pseudo.ts'

/** Mount options of devpts, shown as the kernel shows them. */
interface Settings {
  readonly uid: number | undefined
  readonly gid: number | undefined
  readonly mode: number
  readonly ptmxmode: number
}

function parse(data: string, ctx: FsContext): Settings {
  let settings: Settings = { uid: undefined, gid: undefined, mode: 0o600, ptmxmode: 0 }
  for (const [name, value] of parseOptions(data)) {
    if (name === 'uid') settings = { ...settings, uid: ctx.cred.userns.toKuid(numberOption(value)) }
    else if (name === 'gid') settings = { ...settings, gid: ctx.cred.userns.toKgid(numberOption(value)) }
    else if (name === 'mode') settings = { ...settings, mode: numberOption(value, 8) & 0o7777 }
    else if (name === 'ptmxmode') settings = { ...settings, ptmxmode: numberOption(value, 8) & 0o7777 }
    else if (name !== 'newinstance' && name !== 'max') throw new Errno('EINVAL')
  }
  return settings
}

const octal = (n: number): string => n.toString(8).padStart(3, '0')

/** One instance of devpts: its own numbers of ptys. devpts(5) */
class DevptsSuper extends PseudoSuper {
  readonly kernel: Kernel
  readonly settings: Settings
  readonly #indexes = new IdAllocator(0)
  readonly #slaves = new Map<number, SlaveInode>()

  constructor(kernel: Kernel, type: FileSystemType, source: string, userns: UserNsView, settings: Settings, readonly: boolean) {
    super(kernel.vfs, type, source, userns, readonly)
    this.kernel = kernel
    this.settings = settings
    const { uid, gid, mode, ptmxmode } = settings
    this.shown = [
      ...(uid === undefined ? [] : [`uid=${uid}`]),
      ...(gid === undefined ? [] : [`gid=${gid}`]),
      `mode=${octal(mode)}`,
      `ptmxmode=${octal(ptmxmode)}`,
    ]
    const ptmx = new PtmxInode(this, 2, S.IFCHR | ptmxmode, kernel.vfs.now())
    ptmx.rdev = makedev(5, 2)
    this.setRoot(
      new PseudoDir(this, 0o755, {
        list: () => [
          ['ptmx', S.IFCHR] as const,
          ...[...this.#slaves.keys()].sort((a, b) => b - a).map((n) => [String(n), S.IFCHR] as const),
        ],
        get: (name) => (name === 'ptmx' ? ptmx : /^\d+$/.test(name) ? this.#slaves.get(Number(name)) : undefined),
      }),
    )
  }

  /** Opening ptmx: a new pty, its node, and the master's file. */
  openMaster(flags: number, place: VfsPath, ctx: FsContext): FileDescription {
    const index = this.#indexes.alloc()
    const pty = new Pty(this.kernel, index)
    const inode = new SlaveInode(this, pty)
    inode.uid = this.settings.uid ?? ctx.cred.fsuid
    inode.gid = this.settings.gid ?? ctx.cred.fsgid
    this.#slaves.set(index, inode)
    pty.onGone = () => {
      inode.nlink = 0
      this.#slaves.delete(index)
      this.#indexes.free(index)
    }
    return pty.openMaster(place.dentry.inode, flags, place)
  }

  override revalidate(dentry: { readonly inode: object }): boolean {
    return !(dentry.inode instanceof SlaveInode) || dentry.inode.nlink > 0
  }
}

class PtmxInode extends BaseInode {
  declare readonly sb: DevptsSuper

  override open(flags: number, place: VfsPath, ctx: FsContext): FileDescription {
    return this.sb.openMaster(flags, place, ctx)
  }
}

/** /dev/pts/N */
class SlaveInode extends BaseInode {
  readonly pty: Pty

  constructor(sb: DevptsSuper, pty: Pty) {
    super(sb, pty.index + 3, S.IFCHR | sb.settings.mode, sb.vfs.now())
    this.pty = pty
    this.rdev = makedev(PTS_MAJOR, pty.index)
  }

  override open(flags: number, place: VfsPath): FileDescription {
    return this.pty.openSlave(this, flags, place)
  }
}

/** devpts, and /dev/ptmx outside of it: that one belongs to the devpts mounted at `pts` beside it. */
export function devptsType(kernel: Kernel): FileSystemType {
  const type: FileSystemType = {
    name: 'devpts',
    nodev: true,
    userns: true,
    mount: (source, data, readonly, ctx): SuperBlock => new DevptsSuper(kernel, type, source, ctx.mntns.userns, parse(data, ctx), readonly),
  }
  kernel.vfs.registerDevice('char', 5, 2, {
    name: '/dev/ptmx',
    open(flags, place, ctx) {
      const { parent } = place.dentry
      const beside = parent === undefined ? undefined : lookupChild(parent, 'pts')
      const sb = beside === undefined ? undefined : topOf({ mount: place.mount, dentry: beside }).dentry.sb
      if (!(sb instanceof DevptsSuper)) throw new Errno('ENODEV')
      return sb.openMaster(flags, place, ctx)
    },
  })
  return type
}
