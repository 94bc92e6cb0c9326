import fs from 'node:fs'
import type { Kernel } from '#linux/kernel.ts'
import { O, S } from '#linux/syscalls.ts'
import { BaseFile } from '#linux/vfs/file.ts'
import type { FileDescription, IoContext, PollState } from '#linux/vfs/types.ts'
import type { Sim } from '#sim/wait.ts'

const CHUNK = 65_536

/** The host's standard input as a pipe of the machine: read when a process reads. */
class HostInput extends BaseFile {
  readonly #kernel: Kernel
  #left = new Uint8Array(0)
  #ended = false

  constructor(kernel: Kernel) {
    const place = kernel.vfs.anonymous('pipe', S.IFIFO | 0o600)
    super(place.dentry.inode, O.RDONLY, place)
    this.#kernel = kernel
  }

  override *read(_io: IoContext, max: number): Sim<Uint8Array> {
    while (this.#left.length === 0 && !this.#ended) {
      const data = yield* this.#kernel.sim.external<Uint8Array>('stdin', undefined)
      if (data.length === 0) this.#ended = true
      else this.#left = Uint8Array.from(data)
    }
    const part = this.#left.subarray(0, max)
    this.#left = this.#left.subarray(part.length)
    return part
  }

  override poll(): PollState {
    return { readable: true, writable: false }
  }
}

/** Reads what the host's standard input has; empty at its end. Waits for it. */
export function readHostInput(): Uint8Array {
  const buffer = Buffer.alloc(CHUNK)
  for (;;) {
    try {
      return buffer.subarray(0, fs.readSync(0, buffer, 0, CHUNK, null))
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'EOF') return new Uint8Array(0)
      if (code !== 'EAGAIN') throw error
    }
  }
}

function writeHost(fd: number, data: Uint8Array): void {
  for (let at = 0; at < data.length; ) {
    try {
      at += fs.writeSync(fd, data, at)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'EPIPE') return
      if (code !== 'EAGAIN') throw error
    }
  }
}

/** Descriptors 0, 1, 2 of a process whose streams are the host's. */
export function hostFiles(kernel: Kernel, ctx: { readonly fs: Parameters<Kernel['vfs']['openNow']>[0] }): FileDescription[] {
  const { sim, vfs } = kernel
  const input = isNull(0) ? vfs.openNow(ctx.fs, '/dev/null', O.RDWR) : new HostInput(kernel)
  const output = (fd: number): FileDescription => {
    const [read, write] = vfs.pipe(ctx.fs)
    const pump = function* (): Sim<void> {
      for (;;) {
        const data = yield* read.read(ctx.fs, CHUNK)
        if (data.length === 0) return
        writeHost(fd, data)
      }
    }
    sim.spawn(`host fd ${fd}`, pump())
    return write
  }
  return [input, output(1), output(2)]
}

function isNull(fd: number): boolean {
  try {
    const stat = fs.fstatSync(fd)
    return stat.isCharacterDevice() && stat.rdev === fs.statSync('/dev/null').rdev
  } catch {
    return true
  }
}
