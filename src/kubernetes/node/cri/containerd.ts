/** The program `containerd`: offers the runtime while it runs. */
import { Errno } from '#linux/errno.ts'
import type { Kernel } from '#linux/kernel.ts'
import type { Process } from '#linux/process/process.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import type { CniPlugin } from '../cni/types.ts'
import type { ImageStore } from './images.ts'
import { mkdirs } from './process.ts'
import { Runtime } from './runtime.ts'
import { CRI_SOCKET, type CriEndpoint } from './types.ts'

const MEMORY = 60 * 1024 * 1024

export interface ContainerdOptions {
  readonly kernel: Kernel
  readonly images: ImageStore
  readonly cni: (type: string) => CniPlugin | undefined
  readonly endpoint: CriEndpoint
  readonly sandboxImage: string
}

/** Makes the CRI's socket: root's and nobody else's. */
function listen(proc: Proc): number {
  mkdirs(proc, CRI_SOCKET.slice(0, CRI_SOCKET.lastIndexOf('/')))
  try {
    proc.unlink(CRI_SOCKET)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  const fd = proc.socket('unix', 'stream')
  proc.bind(fd, { family: 'unix', path: CRI_SOCKET })
  proc.chmod(CRI_SOCKET, 0o660)
  proc.listen(fd, 4096)
  proc.setCloexec(fd, true)
  return fd
}

/** Takes connections and closes them again. */
function* accept(proc: Proc, listener: number): Sim<never> {
  for (;;) proc.close((yield* proc.accept(listener)).fd)
}

/**
 * `containerd` of one machine. Containers outlive it: their shims are processes of their own. Differs: a runtime that was
 * killed and started again knows its containers by what it kept in memory, not by its state directory; whoever connects to its
 * socket is let in, but the calls themselves (gRPC) don't go through it as bytes.
 */
export function containerd(options: ContainerdOptions): Program {
  let runtime: Runtime | undefined
  return {
    name: 'containerd/containerd',
    *main(proc) {
      const { kernel, images, cni, endpoint, sandboxImage } = options
      proc.setMemory(MEMORY)
      const process = kernel.process(proc.pid) as Process
      runtime ??= new Runtime({ kernel, images, cni, sandboxImage })
      runtime.serve(process)
      proc.thread('cri', accept(proc, listen(proc)))
      try {
        endpoint.runtime = runtime
        endpoint.images = images
        endpoint.changed.wakeAll()
        return yield* runtime.watchNetwork(() => endpoint.changed.wakeAll())
      } finally {
        endpoint.runtime = undefined
        endpoint.images = undefined
        endpoint.changed.wakeAll()
      }
    },
  }
}
