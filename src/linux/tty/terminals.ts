import { concat } from '#sim/bytes.ts'
import { WaitQueue } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import { TaskFs } from '../process/fs-context.ts'
import { O, S, type WinSize } from '../syscalls.ts'
import { BaseInode, makedev } from '../vfs/inode.ts'
import type { Device, FileDescription, FsContext, VfsPath } from '../vfs/types.ts'
import { MasterFile, Pty } from './pty.ts'
import { Tty, TtyFile, type TtyOutput } from './tty.ts'

/** A terminal emulator's end, outside of the machine. */
export interface HostTerminal {
  readonly tty: Tty
  /** Keys. */
  write(bytes: Uint8Array): void
  /** Whatever appears on the screen from now on, and what nobody has seen yet. */
  onOutput(callback: (bytes: Uint8Array) => void): void
  resize(size: WinSize): void
  /** The window is closed: the session gets SIGHUP. */
  close(): void
  /** Three descriptors (0, 1, 2) for `Kernel.spawn`. Callers that keep none release them. */
  slave(): FileDescription
}

/** Keeps the last bytes of output until a host listens. */
class ConsoleOutput implements TtyOutput {
  readonly pending = 0
  readonly drained = new WaitQueue()
  readonly #kept: Uint8Array[] = []
  consumer: ((bytes: Uint8Array) => void) | undefined

  put(bytes: Uint8Array): void {
    if (this.consumer !== undefined) this.consumer(bytes)
    else {
      this.#kept.push(bytes.slice())
      if (this.#kept.length > CONSOLE_CHUNKS) this.#kept.shift()
    }
  }

  listen(callback: (bytes: Uint8Array) => void): void {
    this.consumer = callback
    const kept = concat(this.#kept)
    this.#kept.length = 0
    if (kept.length > 0) callback(kept)
  }
}

const CONSOLE_CHUNKS = 4096

/** The terminals of a machine: its console, /dev/tty, and ptys that hosts and programs ask for. */
export class Terminals {
  readonly #kernel: Kernel
  readonly #consoleOutput = new ConsoleOutput()
  readonly console: Tty
  #loose = 0

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.console = new Tty(kernel, 'ttyS0', makedev(4, 64), this.#consoleOutput)
    this.console.size = { rows: 24, cols: 80 }
    const consoleDevice: Device = {
      name: 'ttyS',
      open: (flags, place) => new TtyFile(this.console, place.dentry.inode, flags, place),
    }
    kernel.vfs.registerDevice('char', 4, 64, consoleDevice)
    kernel.vfs.registerDevice('char', 5, 1, {
      ...consoleDevice,
      name: '/dev/console',
    })
    kernel.vfs.registerDevice('char', 5, 0, {
      name: '/dev/tty',
      open: (flags, place, io) => openControlling(flags, place, io),
    })
  }

  /** The machine's console (serial line). */
  openConsole(): HostTerminal {
    const tty = this.console
    const place = this.#kernel.vfs.anonymous('tty:/dev/console', S.IFCHR | 0o600, { uid: 0, gid: 5 })
    return {
      tty,
      write: (bytes) => tty.input(bytes),
      onOutput: (callback) => this.#consoleOutput.listen(callback),
      resize: (size) => tty.resize(size),
      close: () => tty.hangup(),
      slave: () => new TtyFile(tty, place.dentry.inode, O.RDWR, place),
    }
  }

  /** A new terminal window on the machine, `ctx` saying whose /dev is meant. */
  open(size: WinSize, ctx: FsContext): HostTerminal {
    const { master, slave } = this.pair(ctx)
    const { pty } = master
    pty.tty.size = size
    slave.release()
    const ttyPlace = slave.path
    let closed = false
    return {
      tty: pty.tty,
      write: (bytes) => pty.tty.input(bytes),
      onOutput: (callback) => {
        const seen = pty.output.take(Number.POSITIVE_INFINITY)
        pty.output.consumer = callback
        if (seen.length > 0) callback(seen)
      },
      resize: (to) => pty.tty.resize(to),
      close: () => {
        if (closed) return
        closed = true
        if (--master.refs === 0) master.release()
      },
      slave: () => pty.openSlave(ttyPlace.dentry.inode, O.RDWR, ttyPlace),
    }
  }

  /** Both ends of a new pty: through `ctx`'s /dev/ptmx and /dev/pts, or without a name where these are missing. */
  pair(ctx: FsContext): {
    readonly master: MasterFile
    readonly slave: FileDescription
  } {
    const { vfs } = this.#kernel
    try {
      const master = vfs.openNow(ctx, '/dev/ptmx', O.RDWR | O.NOCTTY)
      if (master instanceof MasterFile) {
        return {
          master,
          slave: vfs.openNow(ctx, `/dev/pts/${master.pty.index}`, O.RDWR | O.NOCTTY),
        }
      }
      master.release()
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
    const pty = new Pty(this.#kernel, this.#loose++)
    const place = vfs.anonymous(
      `tty:/dev/pts/${pty.index}`,
      S.IFCHR | 0o620,
      { uid: 0, gid: 5 },
      (sb, ino) => new LooseInode(sb, ino, S.IFCHR | 0o620, vfs.now()),
    )
    place.dentry.name = `/dev/pts/${pty.index}`
    const master = pty.openMaster(place.dentry.inode, O.RDWR, place) as MasterFile
    return { master, slave: pty.openSlave(place.dentry.inode, O.RDWR, place) }
  }
}

class LooseInode extends BaseInode {}

/** /dev/tty: the caller's controlling terminal; ENXIO without one. */
function openControlling(flags: number, place: VfsPath, io: FsContext): FileDescription {
  const tty = io instanceof TaskFs ? io.owner.session?.tty : undefined
  if (tty === undefined) throw new Errno('ENXIO')
  return new TtyFile(tty, place.dentry.inode, flags, place)
}
