/** The program `containerd`: offers the runtime while it runs. */
import type { Kernel } from '#linux/kernel.ts'
import type { Process } from '#linux/process/process.ts'
import type { Program } from '#linux/syscalls.ts'
import type { CniPlugin } from '../cni/types.ts'
import type { ImageStore } from './images.ts'
import { Runtime } from './runtime.ts'
import type { CriEndpoint } from './types.ts'

const MEMORY = 60 * 1024 * 1024

export interface ContainerdOptions {
  readonly kernel: Kernel
  readonly images: ImageStore
  readonly cni: (type: string) => CniPlugin | undefined
  readonly endpoint: CriEndpoint
  readonly sandboxImage: string
}

/**
 * `containerd` of one machine. Containers outlive it: their shims are processes of their own. Differs: a runtime that was
 * killed and started again knows its containers by what it kept in memory, not by its state directory.
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
