import type { Sim } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import { S } from '../syscalls.ts'
import { BaseFile } from '../vfs/file.ts'
import { makedev } from '../vfs/inode.ts'
import type { Device, FileDescription, IoContext, VfsPath } from '../vfs/types.ts'
import type { Vfs } from '../vfs/vfs.ts'
import { BlockDevice } from './block.ts'
import { addDeviceNode } from './devices.ts'
import { Content } from './memory/content.ts'
import { MemoryInode } from './memory/inode.ts'
import type { MemorySuper } from './memory/super.ts'

const LOOP_MAJOR = 7
const DISK_GROUP = 6

/** What LOOP_GET_STATUS tells. */
export interface LoopStatus {
  readonly number: number
  readonly file: string
  readonly readonly: boolean
  readonly autoclear: boolean
}

/**
 * Loop devices, loop(4): disks whose bytes are a file's. Set up by ioctl: `LOOP_CTL_GET_FREE` on /dev/loop-control;
 * `LOOP_SET_FD` ({file, path, readonly, autoclear}), `LOOP_CLR_FD`, `LOOP_GET_STATUS` on /dev/loopN.
 */
export class LoopDevices {
  readonly #vfs: Vfs
  readonly #dev: () => MemorySuper
  readonly #loops = new Map<number, Loop>()

  constructor(vfs: Vfs, dev: () => MemorySuper) {
    this.#vfs = vfs
    this.#dev = dev
    const control: Device = { name: 'misc', open: (flags, place) => new ControlFile(this, flags, place) }
    vfs.registerDevice('char', 10, 237, control)
    for (let n = 0; n < 8; n++) this.#add(n)
  }

  #add(n: number): Loop {
    const loop = new Loop(n)
    this.#loops.set(n, loop)
    this.#publish(loop)
    addDeviceNode(this.#dev(), [`loop${n}`, 'b', LOOP_MAJOR, n, 0o660, DISK_GROUP])
    return loop
  }

  #publish(loop: Loop): void {
    this.#vfs.registerDevice('block', LOOP_MAJOR, loop.number, new LoopDisk(loop, this))
  }

  /** LOOP_CTL_GET_FREE */
  free(): number {
    for (const [n, loop] of this.#loops) if (loop.file === undefined) return n
    return this.#add(this.#loops.size).number
  }

  set(loop: Loop, arg: LoopSetup): void {
    if (loop.file !== undefined) throw new Errno('EBUSY')
    const { inode } = arg.file
    if (!(inode instanceof MemoryInode) || (inode.mode & S.IFMT) !== S.IFREG) throw new Errno('EINVAL')
    arg.file.refs++
    loop.file = arg.file
    loop.path = arg.path
    loop.readonly = arg.readonly
    loop.autoclear = arg.autoclear
    loop.content = inode.content
    this.#publish(loop)
  }

  clear(loop: Loop, device: BlockDevice): void {
    if (loop.file === undefined) throw new Errno('ENXIO')
    if (device.holder !== undefined) {
      loop.autoclear = true
      return
    }
    loop.drop()
    this.#publish(loop)
  }
}

interface LoopSetup {
  readonly file: FileDescription
  readonly path: string
  readonly readonly: boolean
  readonly autoclear: boolean
}

class Loop {
  readonly number: number
  file: FileDescription | undefined
  path = ''
  readonly = false
  autoclear = false
  content: Content | undefined

  constructor(number: number) {
    this.number = number
  }

  drop(): void {
    const { file } = this
    this.file = undefined
    this.content = undefined
    if (file !== undefined && --file.refs === 0) file.release()
  }

  status(): LoopStatus {
    return { number: this.number, file: this.path, readonly: this.readonly, autoclear: this.autoclear }
  }
}

const NO_DISK = new Content({ takePages: () => {} })

class LoopDisk extends BlockDevice {
  readonly #loop: Loop
  readonly #all: LoopDevices

  constructor(loop: Loop, all: LoopDevices) {
    const content = loop.content ?? NO_DISK
    super('loop', `loop${loop.number}`, makedev(LOOP_MAJOR, loop.number), content.size, content, loop.readonly)
    this.#loop = loop
    this.#all = all
    this.backing = loop.file === undefined ? undefined : loop.path
  }

  /** A loop device that was set up for the mount only goes with it. */
  override unmounted(): void {
    super.unmounted()
    if (this.#loop.autoclear) this.#all.clear(this.#loop, this)
  }

  override open(flags: number, place: VfsPath): FileDescription {
    const file = super.open(flags, place)
    file.ioctl = (io, request, arg) => this.#ioctl(io, request, arg)
    return file
  }

  #ioctl(_io: IoContext, request: string, arg: unknown): unknown {
    const loop = this.#loop
    if (request === 'LOOP_SET_FD') this.#all.set(loop, arg as LoopSetup)
    else if (request === 'LOOP_CLR_FD') this.#all.clear(loop, this)
    else if (request === 'LOOP_GET_STATUS') {
      if (loop.file === undefined) throw new Errno('ENXIO')
      return loop.status()
    } else throw new Errno('ENOTTY')
    return 0
  }
}

class ControlFile extends BaseFile {
  readonly #loops: LoopDevices

  constructor(loops: LoopDevices, flags: number, place: VfsPath) {
    super(place.dentry.inode, flags, place)
    this.#loops = loops
  }

  override *read(): Sim<Uint8Array> {
    throw new Errno('EINVAL')
  }

  ioctl(_io: IoContext, request: string): unknown {
    if (request !== 'LOOP_CTL_GET_FREE') throw new Errno('ENOTTY')
    return this.#loops.free()
  }
}
