/** Streams of processes in containers: exec, attach, port-forward. */
import { Errno } from '#linux/errno.ts'
import type { Kernel } from '#linux/kernel.ts'
import type { Process } from '#linux/process/process.ts'
import { CLONE, O, type Proc } from '#linux/syscalls.ts'
import { concat } from '#sim/bytes.ts'
import { type Sim, WaitQueue } from '#sim/wait.ts'
import { ignoreErrno } from './process.ts'
import type { Exit, ExitResult, Shim, Started } from './shim.ts'
import { type ByteStream, type ExecSession, RpcError } from './types.ts'

export type Output = { readonly stream: 'stdout' | 'stderr'; readonly data: Uint8Array }

/** A queue of output for one reader. */
class Outbox {
  readonly #parts: Output[] = []
  readonly #arrived = new WaitQueue()
  #closed = false

  push(part: Output): void {
    this.#parts.push(part)
    this.#arrived.wakeAll()
  }

  close(): void {
    this.#closed = true
    this.#arrived.wakeAll()
  }

  *next(): Sim<Output | undefined> {
    for (;;) {
      const part = this.#parts.shift()
      if (part !== undefined) return part
      if (this.#closed) return undefined
      yield* this.#arrived.wait()
    }
  }
}

/** Writes to a descriptor of a process, in the order it is told to. */
class Inbox {
  readonly #parts: (Uint8Array | undefined)[] = []
  readonly #arrived = new WaitQueue()

  push(data: Uint8Array | undefined): void {
    this.#parts.push(data)
    this.#arrived.wakeAll()
  }

  /** For a thread of `proc`. Ends when the input is closed or nobody reads it any more. */
  *drain(proc: Proc, fd: number, closes: boolean): Sim<void> {
    for (;;) {
      if (this.#parts.length === 0) {
        yield* this.#arrived.wait()
        continue
      }
      const data = this.#parts.shift()
      if (data === undefined) {
        if (closes) ignoreErrno(() => proc.close(fd))
        return
      }
      try {
        yield* proc.write(fd, data)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        return
      }
    }
  }
}

/** A process started by exec. */
export class Session implements ExecSession {
  readonly #shim: Shim
  readonly #exited: Exit
  readonly #pid: number
  readonly #out = new Outbox()
  readonly #in = new Inbox()
  readonly #terminal: number | undefined

  constructor(
    shim: Shim,
    outputs: readonly (readonly [number, 'stdout' | 'stderr'])[],
    input: number | undefined,
    terminal: number | undefined,
    started: Started,
  ) {
    this.#shim = shim
    this.#exited = started.exited
    this.#pid = started.pid
    this.#terminal = terminal
    const proc = shim.process
    const open = { left: outputs.length }
    for (const [fd, stream] of outputs) proc.thread('exec output', this.#copy(proc, fd, stream, open))
    if (input !== undefined) proc.thread('exec input', this.#in.drain(proc, input, terminal === undefined))
  }

  *#copy(proc: Proc, fd: number, stream: 'stdout' | 'stderr', open: { left: number }): Sim<void> {
    for (;;) {
      let data: Uint8Array
      try {
        data = yield* proc.read(fd, 64 * 1024)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        break
      }
      if (data.length === 0) break
      this.#out.push({ stream, data })
    }
    if (fd !== this.#terminal) ignoreErrno(() => proc.close(fd))
    if (--open.left === 0) this.#out.close()
  }

  write(data: Uint8Array | undefined): void {
    this.#in.push(data)
  }

  read(): Sim<Output | undefined> {
    return this.#out.next()
  }

  resize(rows: number, cols: number): void {
    const { process } = this.#shim
    const fd = this.#terminal
    if (fd !== undefined) ignoreErrno(() => process.setWinSize(fd, { rows, cols }))
  }

  *wait(): Sim<number> {
    return (yield* this.#exited.wait()).code
  }

  close(): void {
    if (this.#exited.result === undefined) this.#shim.signal(this.#pid, this.#terminal === undefined ? 9 : 1)
  }
}

/** What an attachment needs of a container. */
export interface Attachable {
  readonly listeners: Set<(stream: 'stdout' | 'stderr', data: Uint8Array) => void>
  readonly stdin: number | undefined
  readonly terminal: number | undefined
  readonly ended: Exit
  readonly config: { readonly stdinOnce: boolean }
}

/** The streams of a container's first process. */
export class Attachment implements ExecSession {
  readonly #container: Attachable
  readonly #shim: Shim
  readonly #out = new Outbox()
  readonly #in = new Inbox()
  readonly #listener: (stream: 'stdout' | 'stderr', data: Uint8Array) => void

  constructor(container: Attachable, shim: Shim) {
    this.#container = container
    this.#shim = shim
    this.#listener = (stream, data) => this.#out.push({ stream, data })
    container.listeners.add(this.#listener)
    const input = container.terminal ?? container.stdin
    if (input !== undefined)
      shim.process.thread(
        'attach input',
        this.#in.drain(shim.process, input, container.terminal === undefined && container.config.stdinOnce),
      )
    shim.process.thread('attach end', this.#watch())
  }

  *#watch(): Sim<void> {
    yield* this.#container.ended.wait()
    this.#out.close()
  }

  write(data: Uint8Array | undefined): void {
    if (data !== undefined || this.#container.config.stdinOnce) this.#in.push(data)
  }

  read(): Sim<Output | undefined> {
    return this.#out.next()
  }

  resize(rows: number, cols: number): void {
    const fd = this.#container.terminal
    if (fd !== undefined) ignoreErrno(() => this.#shim.process.setWinSize(fd, { rows, cols }))
  }

  *wait(): Sim<number> {
    const result: ExitResult = yield* this.#container.ended.wait()
    return result.code
  }

  close(): void {
    this.#container.listeners.delete(this.#listener)
    this.#out.close()
  }
}

/**
 * Connects to `port` of localhost in the network namespace of `pid` (undefined: the host's). A helper process does it,
 * because a process has one network namespace.
 */
export function* forward(kernel: Kernel, parent: Process, pid: number | undefined, port: number): Sim<ByteStream> {
  const out = new Outbox()
  const input = new Inbox()
  const ready = new WaitQueue()
  const outcome: { settled: boolean; error?: string } = { settled: false }
  const main = function* (proc: Proc): Sim<number> {
    try {
      if (pid !== undefined) {
        const ns = yield* proc.open(`/proc/${pid}/ns/net`, O.RDONLY | O.CLOEXEC)
        proc.setns(ns, CLONE.NEWNET)
        proc.close(ns)
      }
      const fd = proc.socket('inet', 'stream')
      yield* proc.connect(fd, { family: 'inet', address: '127.0.0.1', port })
      outcome.settled = true
      ready.wakeAll()
      proc.thread('port-forward input', drainAndShut(proc, fd, input))
      for (;;) {
        const data = yield* proc.read(fd, 64 * 1024)
        if (data.length === 0) break
        out.push({ stream: 'stdout', data })
      }
      return 0
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      outcome.error ??= error.code
      return 1
    } finally {
      outcome.settled = true
      ready.wakeAll()
      out.close()
    }
  }
  const helper = parent.fork(main)
  while (!outcome.settled) yield* ready.wait()
  parent.thread('port-forward', reap(parent, helper))
  if (outcome.error !== undefined) {
    throw new RpcError(
      'Unknown',
      `failed to connect to localhost:${port} inside namespace: dial tcp4 127.0.0.1:${port}: connect: ${outcome.error === 'ECONNREFUSED' ? 'connection refused' : outcome.error}`,
    )
  }
  return {
    *read() {
      return (yield* out.next())?.data
    },
    write: (data) => input.push(data),
    close: () => {
      input.push(undefined)
      const process = kernel.process(helper)
      if (process !== undefined && !process.exited) ignoreErrno(() => parent.kill(helper, 9))
    },
  }
}

function* drainAndShut(proc: Proc, fd: number, input: Inbox): Sim<void> {
  yield* input.drain(proc, fd, false)
  ignoreErrno(() => proc.shutdown(fd, 'write'))
}

function* reap(parent: Process, pid: number): Sim<void> {
  try {
    yield* parent.wait(pid)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? (parts[0] as Uint8Array) : concat(parts)
}
