import type { Sim } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import { BaseFile, seekTo } from '../vfs/file.ts'
import type { Device, FileDescription, IoContext, SuperBlock, VfsPath } from '../vfs/types.ts'
import { Content } from './memory/content.ts'

const UNLIMITED = { takePages: (): void => {} }

/**
 * A disk: its bytes (mostly holes) and who has it mounted. The files of a mounted file system live in the super block, not
 * in these bytes; only the file system's own super block is written here, so that blkid and mount find out what it is.
 */
export class BlockDevice implements Device {
  readonly name: string
  readonly rdev: number
  /** Name in /dev and /sys/block: `vda`. */
  readonly node: string
  readonly content: Content
  readonly: boolean
  /** Path of the file behind a loop device. */
  backing: string | undefined
  #size: number
  #holder: SuperBlock | undefined
  /** Open files of it, mounts not counted. */
  opens = 0

  constructor(name: string, node: string, rdev: number, sizeBytes: number, content: Content = new Content(UNLIMITED), readonly = false) {
    this.name = name
    this.node = node
    this.rdev = rdev
    this.#size = sizeBytes
    this.content = content
    this.readonly = readonly
    if (content.size < sizeBytes) content.truncate(sizeBytes)
  }

  /** The super block on it while it is mounted. */
  get holder(): SuperBlock | undefined {
    return this.#holder
  }

  mounted(sb: SuperBlock): void {
    this.#holder = sb
  }

  /** The last mount is gone. */
  unmounted(): void {
    this.#holder = undefined
  }

  get size(): number {
    return this.#size
  }

  open(flags: number, place: VfsPath): FileDescription {
    return new BlockFile(this, flags, place)
  }
}

class BlockFile extends BaseFile {
  readonly device: BlockDevice

  constructor(device: BlockDevice, flags: number, place: VfsPath) {
    super(place.dentry.inode, flags, place)
    this.device = device
    device.opens++
  }

  override *read(_io: IoContext, max: number): Sim<Uint8Array> {
    const out = this.device.content.read(this.offset, max)
    this.offset += out.length
    return out
  }

  override pread(_io: IoContext, max: number, offset: number): Uint8Array {
    return this.device.content.read(offset, max)
  }

  override *write(_io: IoContext, data: Uint8Array): Sim<number> {
    const room = this.device.size - this.offset
    if (room <= 0) throw new Errno('ENOSPC')
    const n = this.device.content.write(this.offset, data.subarray(0, Math.min(room, data.length)))
    this.offset += n
    return n
  }

  override seek(offset: number, whence: 'set' | 'cur' | 'end'): number {
    return seekTo(this, offset, whence, this.device.size)
  }

  override release(): void {
    this.device.opens--
    super.release()
  }
}
