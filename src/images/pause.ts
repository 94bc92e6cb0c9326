import { Errno } from '#linux/errno.ts'
import { SIGNALS } from '#linux/signal.ts'
import type { Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { binary, KIB, layer } from './layer.ts'
import type { Image } from './types.ts'

/** Holds a Pod's namespaces and reaps orphans when it is PID 1 of a shared one. */
const pauseProgram: Program = {
  name: 'kubernetes/pause',
  *main(proc): Sim<number> {
    let over = false
    const end = (): void => {
      over = true
    }
    proc.sigaction(SIGNALS.INT, end)
    proc.sigaction(SIGNALS.TERM, end)
    proc.sigaction(SIGNALS.CHLD, () => {
      while (reap(proc));
    })
    while (!over) {
      try {
        yield* proc.pause()
      } catch (error) {
        if (!(error instanceof Errno)) throw error
      }
    }
    return 0
  },
}

/** Takes one ended child without waiting; false when there is none. */
function reap(proc: import('#linux/syscalls.ts').Proc): boolean {
  try {
    const step = proc.wait(-1, 1).next()
    return step.done === true && step.value !== undefined
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}

export const pause: Image = {
  references: ['registry.k8s.io/pause:3.10.1', 'registry.k8s.io/pause:3.10', 'registry.k8s.io/pause:3.9'],
  config: { entrypoint: ['/pause'], user: '65535:65535', env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
  layers: [layer('COPY pause /pause', 318 * KIB, () => [binary('/pause', 'kubernetes/pause', 742_000)])],
  programs: [pauseProgram],
}
