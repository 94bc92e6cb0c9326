import { type Sim, type Wait, WaitQueue } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import { O, S } from '../syscalls.ts'
import { BaseFile } from './file.ts'
import { BaseInode } from './inode.ts'
import type { FileDescription, Inode, IoContext, PollState, SuperBlock, VfsPath } from './types.ts'

/** Bytes a pipe holds (16 pages), and what a write up to that size is: all or nothing. pipe(7) */
export const PIPE_SIZE = 65_536
export const PIPE_BUF = 4096

/** A pipe: bytes between ends, however they were opened. Anonymous pipes and FIFOs share it. */
export class Pipe {
  readonly #chunks: Uint8Array[] = []
  #head = 0
  bytes = 0
  readers = 0
  writers = 0
  /** Counts opens, so that a FIFO's open sees a partner that came and went. */
  readerOpens = 0
  writerOpens = 0
  readonly changed = new WaitQueue()

  take(max: number): Uint8Array {
    const n = Math.min(max, this.bytes)
    const first = this.#chunks[0]
    if (first !== undefined && this.#head === 0 && first.length === n) {
      this.#chunks.shift()
      this.bytes -= n
      return first
    }
    const out = new Uint8Array(n)
    let done = 0
    while (done < n) {
      const chunk = this.#chunks[0] as Uint8Array
      const part = Math.min(n - done, chunk.length - this.#head)
      out.set(chunk.subarray(this.#head, this.#head + part), done)
      done += part
      this.#head += part
      if (this.#head === chunk.length) {
        this.#chunks.shift()
        this.#head = 0
      }
    }
    this.bytes -= n
    return out
  }

  put(data: Uint8Array): void {
    this.#chunks.push(data.slice())
    this.bytes += data.length
  }
}

/** One end of a pipe, or both (a FIFO opened read-write). Writing without readers throws EPIPE; the caller adds SIGPIPE. */
export class PipeFile extends BaseFile {
  readonly pipe: Pipe

  constructor(pipe: Pipe, inode: Inode, flags: number, path: VfsPath) {
    super(inode, flags, path)
    this.pipe = pipe
    if (this.canRead) {
      pipe.readers++
      pipe.readerOpens++
    }
    if (this.canWrite) {
      pipe.writers++
      pipe.writerOpens++
    }
    pipe.changed.wakeAll()
  }

  override *read(_io: IoContext, max: number): Sim<Uint8Array> {
    if (!this.canRead) throw new Errno('EBADF')
    const { pipe } = this
    if (max === 0) return new Uint8Array(0)
    while (pipe.bytes === 0) {
      if (pipe.writers === 0) return new Uint8Array(0)
      if ((this.flags & O.NONBLOCK) !== 0) throw new Errno('EAGAIN')
      yield* pipe.changed.wait()
    }
    const out = pipe.take(max)
    pipe.changed.wakeAll()
    return out
  }

  override *write(_io: IoContext, data: Uint8Array): Sim<number> {
    if (!this.canWrite) throw new Errno('EBADF')
    const { pipe } = this
    let done = 0
    while (done < data.length) {
      if (pipe.readers === 0) {
        if (done > 0) return done
        throw new Errno('EPIPE')
      }
      const room = PIPE_SIZE - pipe.bytes
      const left = data.length - done
      if (room === 0 || (data.length <= PIPE_BUF && room < left)) {
        if ((this.flags & O.NONBLOCK) !== 0) {
          if (done > 0) return done
          throw new Errno('EAGAIN')
        }
        try {
          yield* pipe.changed.wait()
        } catch (error) {
          // A signal handler ran: what went through already counts.
          if (done > 0 && error instanceof Errno && error.code === 'EINTR') return done
          throw error
        }
        continue
      }
      const n = Math.min(room, left)
      pipe.put(data.subarray(done, done + n))
      done += n
      pipe.changed.wakeAll()
    }
    return done
  }

  override poll(): PollState {
    const { pipe } = this
    return {
      readable: this.canRead && pipe.bytes > 0,
      writable: this.canWrite && pipe.bytes <= PIPE_SIZE - PIPE_BUF,
      hangup: (this.canRead && pipe.writers === 0 && pipe.writerOpens > 0) || (this.canWrite && pipe.readers === 0),
    }
  }

  override pollQueue(): Wait {
    return this.pipe.changed
  }

  override release(): void {
    if (this.canRead) this.pipe.readers--
    if (this.canWrite) this.pipe.writers--
    this.pipe.changed.wakeAll()
    super.release()
  }
}

/** Inode of an anonymous pipe: /proc/PID/fd/N opens another end of it. */
export class PipeInode extends BaseInode {
  readonly #pipe: Pipe

  constructor(sb: SuperBlock, ino: number, pipe: Pipe, now: number) {
    super(sb, ino, S.IFIFO | 0o600, now)
    this.#pipe = pipe
  }

  override open(flags: number, place: VfsPath): FileDescription {
    return new PipeFile(this.#pipe, this, flags, place)
  }
}

/** The pipe behind a FIFO's inode: opening waits for the other side. fifo(7) */
export class Fifo {
  readonly #pipe: Pipe

  constructor() {
    this.#pipe = new Pipe()
  }

  *open(inode: Inode, flags: number, path: VfsPath): Sim<PipeFile> {
    const pipe = this.#pipe
    const mode = flags & O.ACCMODE
    const nonblock = (flags & O.NONBLOCK) !== 0
    if (mode === O.WRONLY && nonblock && pipe.readers === 0) throw new Errno('ENXIO')
    const file = new PipeFile(pipe, inode, flags, path)
    if (mode === O.RDWR || nonblock) return file
    const others = (): number => (mode === O.RDONLY ? pipe.writerOpens : pipe.readerOpens)
    const present = (): number => (mode === O.RDONLY ? pipe.writers : pipe.readers)
    const before = others()
    let opened = false
    try {
      while (present() === 0 && others() === before) yield* pipe.changed.wait()
      opened = true
      return file
    } finally {
      if (!opened) file.release()
    }
  }
}
