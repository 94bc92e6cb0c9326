/** containerd-shim-runc-v2: parent of a pod's containers, reads their output, collects their exit codes. */
import { Errno } from '#linux/errno.ts'
import type { Kernel } from '#linux/kernel.ts'
import type { Process } from '#linux/process/process.ts'
import { SIGNALS } from '#linux/signal.ts'
import { CLONE, O, type Proc, type WaitStatus } from '#linux/syscalls.ts'
import { type Sim, WaitQueue } from '#sim/wait.ts'
import { containerInit, execProgram, InitError, type InitSpec } from './container-init.ts'
import { ignoreErrno, inProcess, writeControl } from './process.ts'
import { RpcError } from './types.ts'

const SHIM = '/usr/local/bin/containerd-shim-runc-v2'
/** Ends remembered for processes that may be claimed. */
const UNCLAIMED_KEPT = 64
const SHIM_MEMORY = 12 * 1024 * 1024

/** How a process ended: exit code, 128 + n for signal n. */
export interface ExitResult {
  readonly code: number
  readonly signal: number
}

/** A process the shim has started in a container. */
export interface Started {
  readonly pid: number
  readonly exited: Exit
}

/** The end of a process, for all who wait for it. */
export class Exit {
  result: ExitResult | undefined
  readonly #done = new WaitQueue()

  set(result: ExitResult): void {
    this.result = result
    this.#done.wakeAll()
  }

  *wait(): Sim<ExitResult> {
    while (this.result === undefined) yield* this.#done.wait()
    return this.result
  }

  get queue(): WaitQueue {
    return this.#done
  }
}

export class Shim {
  readonly #kernel: Kernel
  readonly process: Process
  readonly #exits = new Map<number, Exit>()
  /** Ends of adopted processes that nobody watches yet, a bounded number. */
  readonly #unclaimed = new Map<number, ExitResult>()
  readonly #changed = new WaitQueue()
  #stopping = false

  constructor(kernel: Kernel, id: string, parent: Process) {
    this.#kernel = kernel
    this.process = kernel.spawn({
      path: SHIM,
      argv: [SHIM, '-namespace', 'k8s.io', '-id', id, '-address', '/run/containerd/containerd.sock'],
      environ: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      cgroup: parent.cgroup === kernel.cgroups.top ? '/' : '/system.slice/containerd.service',
      main: (proc) => this.#main(proc),
    })
  }

  /** Runs `body` in a thread of the shim. */
  run<T>(name: string, body: Sim<T>): Sim<T> {
    if (this.process.exited) throw new RpcError('Unavailable', 'ttrpc: closed')
    return inProcess(this.process, name, body)
  }

  /** Ends the shim once its last child is gone. */
  stop(): void {
    this.#stopping = true
    this.#changed.wakeAll()
  }

  *#main(proc: Proc): Sim<number> {
    proc.setChildSubreaper(true)
    proc.setMemory(SHIM_MEMORY)
    for (;;) {
      let status: WaitStatus | undefined
      try {
        status = yield* proc.wait(-1)
      } catch (error) {
        if (!(error instanceof Errno) || error.code !== 'ECHILD') throw error
        if (this.#stopping) return 0
        yield* this.#changed.wait()
        continue
      }
      if (status === undefined) continue
      const signal = status.signal ?? 0
      const result = { code: signal > 0 ? 128 + signal : (status.exit ?? 0), signal }
      const exit = this.#exits.get(status.pid)
      if (exit === undefined) this.#keep(status.pid, result)
      else exit.set(result)
      this.#exits.delete(status.pid)
    }
  }

  #watch(pid: number): Exit {
    const exit = new Exit()
    this.#exits.set(pid, exit)
    this.#changed.wakeAll()
    return exit
  }

  /** Starts a container's first process in new namespaces `flags`. Throws InitError when its program can't be run. */
  *start(flags: number, spec: InitSpec): Sim<Started> {
    const ready = new WaitQueue()
    const outcome: { error?: unknown; settled: boolean } = { settled: false }
    const pid = this.process.fork((child) => settling(containerInit(child, spec), outcome, ready), flags | CLONE.NEWNS)
    const exited = this.#watch(pid)
    const child = this.#kernel.process(pid)
    if (child !== undefined) child.oomScoreAdj = spec.oomScoreAdj
    while (!outcome.settled) yield* ready.wait()
    if (outcome.error !== undefined) {
      yield* exited.wait()
      throw outcome.error
    }
    return { pid, exited }
  }

  /** As `start`, in the pid namespace of process `target`. */
  *startIn(target: number, spec: InitSpec): Sim<Started> {
    const ready = new WaitQueue()
    const outcome: { error?: unknown; settled: boolean } = { settled: false }
    const inner: { pid?: number } = {}
    const enter = function* (proc: Proc): Sim<number> {
      const fd = yield* proc.open(`/proc/${target}/ns/pid`, O.RDONLY | O.CLOEXEC)
      proc.setns(fd, CLONE.NEWPID)
      proc.close(fd)
      inner.pid = proc.fork((child) => settling(containerInit(child, spec), outcome, ready), CLONE.NEWNS)
      return 0
    }
    return yield* this.#adopt(enter, inner, outcome, ready)
  }

  /** Starts another process in the namespaces of the container whose first process is `target`. */
  *exec(target: number, spec: ExecSpec): Sim<Started> {
    const ready = new WaitQueue()
    const outcome: { error?: unknown; settled: boolean } = { settled: false }
    const inner: { pid?: number } = {}
    const enter = function* (proc: Proc): Sim<number> {
      yield* writeControl(proc, `/sys/fs/cgroup${spec.cgroup}/cgroup.procs`, '0')
      const fds: (readonly [number, number])[] = []
      for (const [name, flag] of ENTERED) fds.push([yield* proc.open(`/proc/${target}/ns/${name}`, O.RDONLY | O.CLOEXEC), flag])
      for (const [fd, flag] of fds) {
        proc.setns(fd, flag)
        proc.close(fd)
      }
      inner.pid = proc.fork((child) => settling(execInit(child, spec), outcome, ready))
      return 0
    }
    return yield* this.#adopt(enter, inner, outcome, ready)
  }

  /** Runs `enter`, whose child `inner` becomes the shim's own when it ends. */
  *#adopt(
    enter: (proc: Proc) => Sim<number>,
    inner: { readonly pid?: number },
    outcome: { readonly error?: unknown; readonly settled: boolean },
    ready: WaitQueue,
  ): Sim<Started> {
    yield* this.#watch(this.process.fork(enter)).wait()
    const { pid } = inner
    if (pid === undefined) throw new InitError('container not running')
    while (!outcome.settled) yield* ready.wait()
    const result = this.#unclaimed.get(pid)
    this.#unclaimed.delete(pid)
    const exited = result === undefined ? this.#watch(pid) : new Exit()
    if (result !== undefined) exited.set(result)
    if (outcome.error !== undefined) {
      yield* exited.wait()
      throw outcome.error
    }
    return { pid, exited }
  }

  #keep(pid: number, result: ExitResult): void {
    this.#unclaimed.set(pid, result)
    if (this.#unclaimed.size > UNCLAIMED_KEPT)
      for (const oldest of this.#unclaimed.keys()) {
        this.#unclaimed.delete(oldest)
        break
      }
  }

  /** Sends a signal to a process; one that is gone already is fine. */
  signal(pid: number, signal: number): void {
    ignoreErrno(() => this.process.kill(pid, signal))
  }
}

/** What `exec` runs. */
export interface ExecSpec {
  readonly cgroup: string
  readonly args: readonly string[]
  readonly env: readonly string[]
  readonly cwd: string
  readonly uid: number
  readonly gid: number
  readonly groups: readonly number[]
  readonly capabilities: bigint
  readonly stdio: readonly [number, number, number]
  readonly tty: boolean
}

const ENTERED = [
  ['cgroup', CLONE.NEWCGROUP],
  ['ipc', CLONE.NEWIPC],
  ['uts', CLONE.NEWUTS],
  ['net', CLONE.NEWNET],
  ['pid', CLONE.NEWPID],
  ['mnt', CLONE.NEWNS],
] as const

function* execInit(proc: Proc, spec: ExecSpec): Sim<never> {
  proc.setsid()
  if (spec.tty) proc.setControllingTty(spec.stdio[0])
  spec.stdio.forEach((from, to) => {
    proc.dup2(from, to + 100)
  })
  for (let fd = 0; fd < 3; fd++) proc.dup2(fd + 100, fd)
  for (const fd of proc.fds()) if (fd > 2) proc.close(fd)
  ignoreErrno(() => proc.chdir(spec.cwd))
  const mask = spec.capabilities
  proc.setgroups(spec.groups)
  proc.setresgid(spec.gid, spec.gid, spec.gid)
  if (spec.uid === 0) ignoreErrno(() => proc.capset({ bounding: mask, effective: mask, permitted: mask, inheritable: 0n, ambient: 0n }))
  else {
    ignoreErrno(() => proc.capset({ bounding: mask }))
    proc.setresuid(spec.uid, spec.uid, spec.uid)
  }
  return yield* execProgram(proc, spec.args, spec.env)
}

/**
 * Runs an init until its program takes over. The kernel drops this coroutine then, which is how success is noticed;
 * anything thrown is kept, and the process exits.
 */
function* settling(body: Sim<never>, outcome: { error?: unknown; settled: boolean }, ready: WaitQueue): Sim<number> {
  try {
    return yield* body
  } catch (error) {
    if (error instanceof Error && error.name === 'Unwind') throw error
    outcome.error = error instanceof Errno ? new InitError(error.message) : error
    return 1
  } finally {
    outcome.settled = true
    ready.wakeAll()
  }
}

/** SIGTERM, or what an image's configuration names. */
export function stopSignal(name: string | undefined): number {
  if (name === undefined || name === '') return SIGNALS.TERM
  const bare = name.replace(/^SIG/, '')
  const number = Object.entries(SIGNALS).find(([known]) => known === bare)?.[1]
  return number ?? (/^\d+$/.test(bare) ? Number(bare) : SIGNALS.TERM)
}
