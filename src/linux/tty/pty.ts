import { concat } from '#sim/bytes.ts'
import { type Sim, type Wait, WaitQueue } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import { O } from '../syscalls.ts'
import { BaseFile } from '../vfs/file.ts'
import { makedev } from '../vfs/inode.ts'
import type { FileDescription, Inode, IoContext, PollState, VfsPath } from '../vfs/types.ts'
import { Tty, TtyFile, type TtyOutput } from './tty.ts'

/** Major number of /dev/pts/N. */
export const PTS_MAJOR = 136

/** Output of a terminal until its master reads it. */
class OutputBuffer implements TtyOutput {
  readonly #chunks: Uint8Array[] = []
  pending = 0
  readonly drained = new WaitQueue()
  readonly arrived = new WaitQueue()
  /** A host that takes everything at once. */
  consumer: ((bytes: Uint8Array) => void) | undefined

  put(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    if (this.consumer !== undefined) {
      this.consumer(bytes)
      return
    }
    this.#chunks.push(bytes.slice())
    this.pending += bytes.length
    this.arrived.wakeAll()
  }

  take(max: number): Uint8Array {
    const all = concat(this.#chunks)
    this.#chunks.length = 0
    const out = all.slice(0, max)
    if (out.length < all.length) this.#chunks.push(all.subarray(out.length))
    this.pending = all.length - out.length
    this.drained.wakeAll()
    return out
  }
}

/**
 * A pseudo terminal, pty(7): the slave is a {@link Tty}, the master what a terminal emulator or sshd holds. devpts makes
 * one when /dev/ptmx is opened, and takes its node away when `onGone` is called.
 */
export class Pty {
  readonly index: number
  readonly tty: Tty
  readonly #output = new OutputBuffer()
  /** TIOCSPTLCK. */
  locked = false
  #slaves = 0
  #everOpened = false
  /** The master was closed. */
  onGone: (() => void) | undefined

  constructor(kernel: Kernel, index: number) {
    this.index = index
    this.tty = new Tty(kernel, `pts/${index}`, makedev(PTS_MAJOR, index), this.#output)
  }

  /** What opening /dev/ptmx returns. */
  openMaster(inode: Inode, flags: number, place: VfsPath): FileDescription {
    return new MasterFile(this, inode, flags, place)
  }

  /** What opening /dev/pts/N returns. EIO once the master is closed. */
  openSlave(inode: Inode, flags: number, place: VfsPath): FileDescription {
    if (this.tty.hungUp) throw new Errno('EIO')
    this.#slaves++
    this.#everOpened = true
    return new TtyFile(this.tty, inode, flags, place, () => {
      if (--this.#slaves === 0) this.#output.arrived.wakeAll()
    })
  }

  /** No slave is open any more, after one was: the master reads EIO. */
  get abandoned(): boolean {
    return this.#everOpened && this.#slaves === 0
  }

  get output(): OutputBuffer {
    return this.#output
  }

  closeMaster(): void {
    this.tty.hangup()
    this.onGone?.()
  }
}

/** The master's side. */
export class MasterFile extends BaseFile {
  readonly pty: Pty

  constructor(pty: Pty, inode: Inode, flags: number, path: VfsPath) {
    super(inode, flags, path)
    this.pty = pty
  }

  override *read(_io: IoContext, max: number): Sim<Uint8Array> {
    const { output } = this.pty
    while (output.pending === 0) {
      if (this.pty.abandoned) throw new Errno('EIO')
      if ((this.flags & O.NONBLOCK) !== 0) throw new Errno('EAGAIN')
      yield output.arrived
    }
    return output.take(max)
  }

  override *write(_io: IoContext, data: Uint8Array): Sim<number> {
    this.pty.tty.input(data)
    return data.length
  }

  override poll(): PollState {
    return {
      readable: this.pty.output.pending > 0,
      writable: true,
      hangup: this.pty.abandoned,
    }
  }

  override pollQueue(): Wait {
    return this.pty.output.arrived
  }

  override release(): void {
    super.release()
    this.pty.closeMaster()
  }
}
