import { Errno } from '../errno.ts'
import type { FileSystemType, FsContext, SuperBlock } from '../vfs/types.ts'
import type { Vfs } from '../vfs/vfs.ts'
import { PAGE } from './memory/content.ts'
import { MemorySuper } from './memory/super.ts'
import { numberOption, parseOptions, sizeOption } from './options.ts'

interface Settings {
  /** Undefined: the default, which isn't shown. */
  pages?: number
  inodes?: number
  mode?: number
  uid?: number
  gid?: number
}

/** Options of tmpfs(5). Ids are as the mounter sees them. */
function parse(data: string, totalRam: number, ctx: FsContext | undefined): Settings {
  const out: Settings = {}
  for (const [name, value] of parseOptions(data)) {
    if (name === 'size') out.pages = Math.ceil(sizeOption(value, totalRam) / PAGE)
    else if (name === 'nr_blocks') out.pages = sizeOption(value)
    else if (name === 'nr_inodes') out.inodes = sizeOption(value)
    else if (name === 'mode') out.mode = numberOption(value, 8) & 0o1777
    else if (name === 'uid') out.uid = kernelId(ctx?.cred.userns.toKuid(numberOption(value)))
    else if (name === 'gid') out.gid = kernelId(ctx?.cred.userns.toKgid(numberOption(value)))
    else if (!['inode64', 'inode32', 'huge', 'mpol', 'noswap'].includes(name)) throw new Errno('EINVAL')
  }
  return out
}

function kernelId(id: number | undefined): number {
  if (id === undefined) throw new Errno('EINVAL')
  return id
}

/** shmem_show_options() */
function show(s: Settings): string[] {
  const out: string[] = []
  if (s.pages !== undefined) out.push(`size=${s.pages * (PAGE / 1024)}k`)
  if (s.inodes !== undefined) out.push(`nr_inodes=${s.inodes}`)
  if (s.mode !== undefined && s.mode !== 0o1777) out.push(`mode=${s.mode.toString(8).padStart(3, '0')}`)
  if (s.uid !== undefined && s.uid !== 0) out.push(`uid=${s.uid}`)
  if (s.gid !== undefined && s.gid !== 0) out.push(`gid=${s.gid}`)
  out.push('inode64')
  return out
}

/** BOGO_DIRENT_SIZE: what an entry of a tmpfs directory counts for. */
const dirSize = (n: number): number => (n < 0 ? 0 : 20 * (n + 2))

function make(
  vfs: Vfs,
  type: FileSystemType,
  source: string,
  settings: Settings,
  totalRam: number,
  readonly: boolean,
  ctx?: FsContext,
): MemorySuper {
  const half = Math.floor(totalRam / PAGE / 2)
  settings.uid ??= ctx?.cred.fsuid ?? 0
  settings.gid ??= ctx?.cred.fsgid ?? 0
  const sb = new MemorySuper(vfs, {
    type,
    dev: vfs.anonymousDev(),
    source,
    userns: ctx?.mntns.userns ?? vfs.host.initUserNs,
    readonly,
    mode: settings.mode ?? 0o1777,
    uid: settings.uid,
    gid: settings.gid,
    maxPages: settings.pages ?? half,
    maxInodes: settings.inodes ?? half,
    dirSize,
    cacheKind: 'shmem',
    showOptions: () => show(settings),
    onRemount: (data) => {
      const changed = parse(data, totalRam, ctx)
      if (changed.pages !== undefined && changed.pages < sb.usedPages) throw new Errno('EINVAL')
      if (changed.inodes !== undefined && changed.inodes < sb.usedInodes) throw new Errno('EINVAL')
      Object.assign(settings, { ...changed, mode: settings.mode })
      sb.maxPages = settings.pages ?? half
      sb.maxInodes = settings.inodes ?? half
    },
  })
  return sb
}

/** tmpfs(5). Source: mm/shmem.c for the options shown. */
export function tmpfsType(vfs: Vfs, totalRam: number): FileSystemType {
  const type: FileSystemType = {
    name: 'tmpfs',
    nodev: true,
    userns: true,
    mount: (source, data, readonly, ctx) => make(vfs, type, source, parse(data, totalRam, ctx), totalRam, readonly, ctx),
  }
  return type
}

/** ramfs: no limits, only `mode`. */
export function ramfsType(vfs: Vfs): FileSystemType {
  const type: FileSystemType = {
    name: 'ramfs',
    nodev: true,
    userns: true,
    mount: (source, data, readonly, ctx) => {
      const mode = parseOptions(data).get('mode')
      const bits = mode === undefined ? 0o755 : numberOption(mode, 8) & 0o7777
      return new MemorySuper(vfs, {
        type,
        dev: vfs.anonymousDev(),
        source,
        userns: ctx.mntns.userns,
        readonly,
        mode: bits,
        uid: ctx.cred.fsuid,
        gid: ctx.cred.fsgid,
        dirSize: () => 0,
        cacheKind: 'shmem',
        showOptions: () => (bits === 0o755 ? [] : [`mode=${bits.toString(8)}`]),
      })
    },
  }
  return type
}

/** devtmpfs: the one instance of the machine; every mount shows it. Its nodes are made by `addDeviceNodes`. */
export function devtmpfsType(vfs: Vfs, totalRam: number): FileSystemType & { readonly instance: MemorySuper } {
  const settings: Settings = {
    pages: Math.floor(totalRam / PAGE / 2),
    inodes: Math.floor(totalRam / PAGE / 2),
    mode: 0o755,
  }
  const holder: { sb: MemorySuper | undefined } = { sb: undefined }
  const type: FileSystemType & { readonly instance: MemorySuper } = {
    name: 'devtmpfs',
    nodev: true,
    get instance(): MemorySuper {
      holder.sb ??= make(vfs, type, 'udev', settings, totalRam, false)
      return holder.sb
    },
    mount(_source, data, _readonly, ctx): SuperBlock {
      Object.assign(settings, parse(data, totalRam, ctx))
      return type.instance
    },
  }
  return type
}
