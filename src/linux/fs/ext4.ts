import { Errno } from '../errno.ts'
import { S } from '../syscalls.ts'
import type { FileSystemType, FsContext, SuperBlock } from '../vfs/types.ts'
import type { Vfs } from '../vfs/vfs.ts'
import { resolve } from '../vfs/walk.ts'
import { BlockDevice } from './block.ts'
import { PAGE } from './memory/content.ts'
import type { ImageTree } from './memory/image.ts'
import type { MemoryInode } from './memory/inode.ts'
import { MemorySuper } from './memory/super.ts'
import { parseOptions } from './options.ts'

/** Where ext4's super block starts on a disk, and what is in it (struct ext4_super_block, the fields used). */
const SUPER_OFFSET = 1024
const MAGIC = 0xef53

/** What mkfs.ext4 wrote. */
export interface Ext4Super {
  readonly blocks: number
  readonly blockSize: number
  readonly inodes: number
  readonly uuid: string
  readonly label: string
  /** Blocks that inode tables, bitmaps and the journal take: statfs doesn't count them. */
  readonly overhead: number
}

/** The bytes of a super block at offset 1024. */
export function encodeSuper(sb: Ext4Super): Uint8Array {
  const bytes = new Uint8Array(1024)
  const view = new DataView(bytes.buffer)
  view.setUint32(0x00, sb.inodes, true)
  view.setUint32(0x04, sb.blocks, true)
  view.setUint32(0x08, Math.floor(sb.blocks / 20), true)
  view.setUint32(0x18, sb.blockSize === 1024 ? 0 : 2, true)
  view.setUint16(0x38, MAGIC, true)
  view.setUint32(0x4c, 1, true)
  view.setUint32(0x54, 11, true)
  for (let i = 0; i < 16; i++) bytes[0x68 + i] = Number.parseInt(sb.uuid.replaceAll('-', '').slice(2 * i, 2 * i + 2), 16)
  for (let i = 0; i < Math.min(16, sb.label.length); i++) bytes[0x78 + i] = sb.label.charCodeAt(i)
  view.setUint32(0x248, sb.overhead, true)
  return bytes
}

/** Reads a super block from the 1024 bytes at offset 1024; undefined when it is none. */
export function decodeSuper(bytes: Uint8Array): Ext4Super | undefined {
  if (bytes.length < 1024) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.getUint16(0x38, true) !== MAGIC) return undefined
  const hex = [...bytes.subarray(0x68, 0x78)].map((b) => b.toString(16).padStart(2, '0')).join('')
  let label = ''
  for (const b of bytes.subarray(0x78, 0x88)) if (b !== 0) label += String.fromCharCode(b)
  return {
    inodes: view.getUint32(0, true),
    blocks: view.getUint32(4, true),
    blockSize: 1024 << view.getUint32(0x18, true),
    uuid: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`,
    label,
    overhead: view.getUint32(0x248, true),
  }
}

/** The super block of a disk, if it holds ext4. */
export function probe(device: BlockDevice): Ext4Super | undefined {
  return decodeSuper(device.content.read(SUPER_OFFSET, 1024))
}

/** Ordinary options that ext4 knows and shows in this order when given. */
const KNOWN = [
  'errors',
  'discard',
  'nodiscard',
  'user_xattr',
  'acl',
  'noacl',
  'barrier',
  'nobarrier',
  'data',
  'commit',
  'lazytime',
  'noload',
  'usrquota',
  'grpquota',
  'prjquota',
  'quota',
  'nodelalloc',
  'delalloc',
  'auto_da_alloc',
  'noauto_da_alloc',
  'stripe',
  'journal_checksum',
]
const DEFAULTS = new Set(['user_xattr', 'acl', 'barrier', 'delalloc', 'auto_da_alloc', 'nodiscard'])

function shown(data: string): string[] {
  const options = parseOptions(data)
  for (const name of options.keys()) if (!KNOWN.includes(name)) throw new Errno('EINVAL')
  const given = KNOWN.filter((k) => options.has(k) && !DEFAULTS.has(k))
  return given.map((k) => (options.get(k) === '' ? k : `${k}=${options.get(k)}`)).filter((o) => o !== 'errors=continue')
}

const dirSize = (_n: number): number => PAGE

/** ext4's instances: what was ever on a disk is found again by the disk's UUID, also after unmounting. */
export class Ext4 {
  readonly #vfs: Vfs
  readonly #volumes = new Map<string, MemorySuper>()
  readonly #shown = new WeakMap<SuperBlock, string[]>()
  /** The disk that each is on now: loop devices come and go. */
  readonly #devices = new WeakMap<SuperBlock, BlockDevice>()
  readonly types: readonly FileSystemType[]

  constructor(vfs: Vfs) {
    this.#vfs = vfs
    this.types = ['ext3', 'ext2', 'ext4'].map((name) => {
      const type: FileSystemType = {
        name,
        nodev: false,
        mount: (source, data, readonly, ctx) => this.#mount(type, source, data, readonly, ctx),
      }
      return type
    })
  }

  get type(): FileSystemType {
    return this.types[2] as FileSystemType
  }

  #mount(type: FileSystemType, source: string, data: string, readonly: boolean, ctx: FsContext): SuperBlock {
    const device = blockDevice(this.#vfs, ctx, source)
    const { holder } = device
    if (holder !== undefined) {
      if (holder.type !== type || holder.readonly !== readonly) throw new Errno('EBUSY')
      return holder
    }
    const found = probe(device)
    if (found === undefined || type.name !== 'ext4') throw new Errno('EINVAL')
    const options = shown(data)
    let sb = this.#volumes.get(found.uuid)
    if (sb === undefined) {
      sb = this.format(device, source, found)
      ;(sb.root.inode as MemoryInode).mkdir('lost+found', 0o700, {
        uid: 0,
        gid: 0,
        now: this.#vfs.now(),
      })
    }
    sb.readonly = readonly
    this.#shown.set(sb, options)
    device.mounted(sb)
    this.#devices.set(sb, device)
    return sb
  }

  /** A new, empty file system on a disk whose super block says `found`. */
  format(device: BlockDevice, source: string, found: Ext4Super): MemorySuper {
    const pages = Math.floor(((found.blocks - found.overhead) * found.blockSize) / PAGE)
    const sb: MemorySuper = new MemorySuper(this.#vfs, {
      type: this.type,
      dev: device.rdev,
      source,
      userns: this.#vfs.host.initUserNs,
      mode: 0o755,
      maxPages: pages,
      maxInodes: found.inodes,
      reservedPages: Math.floor((Math.floor(found.blocks / 20) * found.blockSize) / PAGE),
      firstIno: 2,
      dirSize,
      cacheKind: 'file',
      showOptions: () => this.#shown.get(sb) ?? [],
      onRemount: (data) => {
        this.#shown.set(sb, [...new Set([...(this.#shown.get(sb) ?? []), ...shown(data)])])
      },
      onKill: () => {
        this.#devices.get(sb)?.unmounted()
      },
    })
    this.#volumes.set(found.uuid, sb)
    return sb
  }

  /** The machine's root file system: a disk formatted and filled with an image. `data` are its mount options. */
  root(device: BlockDevice, source: string, image: ImageTree, uuid: string, data = 'errors=remount-ro'): MemorySuper {
    const blocks = Math.floor(device.size / PAGE)
    const found: Ext4Super = {
      blocks,
      blockSize: PAGE,
      inodes: Math.floor(device.size / 16_384),
      uuid,
      label: '',
      overhead: Math.floor(blocks / 40) + 4096,
    }
    device.content.write(SUPER_OFFSET, encodeSuper(found))
    const sb = this.format(device, source, found)
    sb.graft(sb.root.inode as MemoryInode, image)
    const root = sb.root.inode as MemoryInode
    if (root.lookup('lost+found') === undefined)
      root.mkdir('lost+found', S.IFDIR | 0o700, {
        uid: 0,
        gid: 0,
        now: this.#vfs.now(),
      })
    this.#shown.set(sb, shown(data))
    device.mounted(sb)
    this.#devices.set(sb, device)
    return sb
  }
}

/** The disk that a path names: ENOTBLK for other files, EACCES on a nodev mount, ENXIO without a driver. */
export function blockDevice(vfs: Vfs, ctx: FsContext, path: string): BlockDevice {
  const { dentry, mount } = resolve(ctx, path)
  const inode = dentry.inode
  if ((inode.mode & S.IFMT) !== S.IFBLK) throw new Errno('ENOTBLK')
  if ((mount.flags & 4) !== 0) throw new Errno('EACCES')
  const device = vfs.device('block', inode.rdev)
  if (!(device instanceof BlockDevice)) throw new Errno('ENXIO')
  return device
}
