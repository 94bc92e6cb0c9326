import { type Sim, type Wait, WaitQueue } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import { TaskFs } from '../process/fs-context.ts'
import type { ProcessGroup, Session } from '../process/pid.ts'
import type { Process } from '../process/process.ts'
import { signalGroup } from '../process/signals.ts'
import { CHECKPOINT } from '../process/thread.ts'
import { SIGNALS } from '../signal.ts'
import { O, type Termios, type WinSize } from '../syscalls.ts'
import { BaseFile } from '../vfs/file.ts'
import type { Inode, IoContext, PollState, VfsPath } from '../vfs/types.ts'
import { LineDiscipline } from './line.ts'
import { SANE } from './termios.ts'

/** Output that waits for the other side to read it, bytes; then writers wait. */
const OUTPUT_MAX = 16_384
const NL = 10
const CR = 13

/** Where a terminal's output goes: the master of a pty, or a console's host. Returns false when that side is gone. */
export interface TtyOutput {
  put(bytes: Uint8Array): void
  /** Bytes that were not taken yet. */
  readonly pending: number
  /** Fires when `pending` shrinks. */
  readonly drained: WaitQueue
}

/**
 * A terminal: line discipline, window size, session and foreground group. tty(4), tty_ioctl(4). The other side (a pty's
 * master, a console) calls `input`, and gets output through `output`.
 */
export class Tty {
  readonly kernel: Kernel
  /** As ps shows it: `pts/0`, `ttyS0`, `console`. */
  readonly name: string
  readonly rdev: number
  readonly line: LineDiscipline
  size: WinSize = { rows: 0, cols: 0 }
  session: Session | undefined
  foreground: ProcessGroup | undefined
  /** The other side is gone: reads end, writes fail with EIO. */
  hungUp = false
  readonly output: TtyOutput
  /** Fires when there is input, when output was resumed or the terminal hung up. */
  readonly changed = new WaitQueue()
  #stopped = false

  constructor(kernel: Kernel, name: string, rdev: number, output: TtyOutput) {
    this.kernel = kernel
    this.name = name
    this.rdev = rdev
    this.output = output
    this.line = new LineDiscipline(
      {
        echo: (bytes) => this.#emit(Uint8Array.from(bytes)),
        signal: (which) => {
          signalGroup(this.foreground, which === 'intr' ? SIGNALS.INT : which === 'quit' ? SIGNALS.QUIT : SIGNALS.TSTP)
        },
        flow: (stopped) => {
          this.#stopped = stopped
          if (!stopped) this.changed.wakeAll()
        },
        ready: () => this.changed.wakeAll(),
      },
      SANE,
    )
  }

  get termios(): Termios {
    return this.line.termios
  }

  configure(termios: Termios): void {
    this.line.configure(termios)
    this.changed.wakeAll()
  }

  /** Bytes from the keyboard. */
  input(data: Uint8Array): void {
    if (!this.hungUp) this.line.receive(data)
  }

  resize(size: WinSize): void {
    if (size.rows === this.size.rows && size.cols === this.size.cols) return
    this.size = { rows: size.rows, cols: size.cols }
    signalGroup(this.foreground, SIGNALS.WINCH)
  }

  /** The line is dropped: SIGHUP and SIGCONT to the session leader, and to the foreground group. */
  hangup(): void {
    if (this.hungUp) return
    this.hungUp = true
    const { session, foreground } = this
    this.session = undefined
    this.foreground = undefined
    this.changed.wakeAll()
    this.output.drained.wakeAll()
    if (session === undefined) return
    session.tty = undefined
    const { leader } = session
    if (leader !== undefined) {
      leader.kernel.signal(leader, SIGNALS.HUP)
      leader.kernel.signal(leader, SIGNALS.CONT)
    }
    if (foreground !== leader?.group) {
      signalGroup(foreground, SIGNALS.HUP)
      signalGroup(foreground, SIGNALS.CONT)
    }
  }

  /** Output processing: NL becomes CR NL. */
  #emit(data: Uint8Array): void {
    if (this.hungUp) return
    if (!this.termios.opost || !data.includes(NL)) {
      this.output.put(data)
      return
    }
    const out: number[] = []
    for (const byte of data) {
      if (byte === NL) out.push(CR)
      out.push(byte)
    }
    this.output.put(Uint8Array.from(out))
  }

  /** A background process touches its controlling terminal: it is stopped by `signal`, or refused with EIO. */
  *#background(p: Process, signal: number): Sim<void> {
    while (this.session !== undefined && p.session === this.session && this.foreground !== undefined && p.group !== this.foreground) {
      const ignored = p.signals.action(signal) === 'ignore' || p.signals.blocked.has(signal)
      if (ignored && signal === SIGNALS.TTOU) return
      if (ignored || p.group === undefined || p.group.isOrphaned()) throw new Errno('EIO')
      signalGroup(p.group, signal, p)
      yield CHECKPOINT
    }
  }

  *read(io: IoContext, max: number, nonblock: boolean): Sim<Uint8Array> {
    const p = io instanceof TaskFs ? io.owner : undefined
    let deadline: number | undefined
    const handled = p?.signals.handled
    for (;;) {
      if (p !== undefined) yield* this.#background(p, SIGNALS.TTIN)
      if (this.hungUp) return new Uint8Array(0)
      const { icanon, vmin, vtime } = this.termios
      const have = this.line.available
      if (icanon ? have > 0 : have >= Math.max(1, Math.min(vmin, max))) return this.line.take(max) ?? new Uint8Array(0)
      if (nonblock) throw new Errno('EAGAIN')
      // Input woke the reader, then ^C took it away again.
      if (p?.signals.handled !== handled) throw new Errno('EINTR')
      if (!icanon && vmin === 0) {
        if (vtime === 0) return new Uint8Array(0)
        deadline ??= this.kernel.sim.now + vtime * 100_000
        if (this.kernel.sim.now >= deadline) return new Uint8Array(0)
        yield this.#orTimer(deadline - this.kernel.sim.now)
      } else if (!icanon && vtime > 0 && have > 0) {
        const before = have
        yield this.#orTimer(vtime * 100_000)
        if (this.line.available === before) return this.line.take(max) ?? new Uint8Array(0)
      } else yield this.changed
    }
  }

  #orTimer(micros: number): Wait {
    const timer = this.kernel.sim.timer(micros)
    return {
      kind: 'event',
      arm: (wake) => {
        const a = this.changed.arm(wake)
        const b = timer.arm(wake)
        return () => {
          a()
          b()
        }
      },
    }
  }

  *write(io: IoContext, data: Uint8Array, nonblock: boolean): Sim<number> {
    const p = io instanceof TaskFs ? io.owner : undefined
    if (p !== undefined && this.termios.tostop) yield* this.#background(p, SIGNALS.TTOU)
    let done = 0
    while (done < data.length) {
      if (this.hungUp) throw new Errno('EIO')
      const room = OUTPUT_MAX - this.output.pending
      if (this.#stopped || room <= 0) {
        if (nonblock) {
          if (done > 0) return done
          throw new Errno('EAGAIN')
        }
        try {
          yield this.#stopped ? this.changed : this.output.drained
        } catch (error) {
          if (done > 0 && error instanceof Errno && error.code === 'EINTR') return done
          throw error
        }
        continue
      }
      const part = data.subarray(done, done + room)
      this.#emit(part)
      done += part.length
    }
    return done
  }

  poll(): PollState {
    const { icanon, vmin } = this.termios
    return {
      readable: this.hungUp || this.line.available >= (icanon ? 1 : Math.max(1, vmin)),
      writable: !this.#stopped && this.output.pending < OUTPUT_MAX,
      hangup: this.hungUp,
    }
  }
}

/** An open terminal: the slave side of a pty, or a console. */
export class TtyFile extends BaseFile {
  readonly tty: Tty
  readonly #closed: () => void

  constructor(tty: Tty, inode: Inode, flags: number, path: VfsPath, closed: () => void = () => {}) {
    super(inode, flags, path)
    this.tty = tty
    this.#closed = closed
  }

  override *read(io: IoContext, max: number): Sim<Uint8Array> {
    return yield* this.tty.read(io, max, (this.flags & O.NONBLOCK) !== 0)
  }

  override *write(io: IoContext, data: Uint8Array): Sim<number> {
    return yield* this.tty.write(io, data, (this.flags & O.NONBLOCK) !== 0)
  }

  override poll(): PollState {
    return this.tty.poll()
  }

  override pollQueue(): Wait {
    const { tty } = this
    return {
      kind: 'event',
      arm: (wake) => {
        const a = tty.changed.arm(wake)
        const b = tty.output.drained.arm(wake)
        return () => {
          a()
          b()
        }
      },
    }
  }

  override release(): void {
    super.release()
    this.#closed()
  }
}
