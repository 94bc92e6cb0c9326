import { CLONE, O, type Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'

/** Runs `work` inside the network namespace mounted at `path`; the process is back in its own afterwards. */
export function* inNetns<T>(proc: Proc, path: string, work: (hostFd: number) => T): Sim<T> {
  const target = yield* proc.open(path, O.RDONLY | O.CLOEXEC)
  const own = yield* proc.open('/proc/self/ns/net', O.RDONLY | O.CLOEXEC)
  try {
    proc.setns(target, CLONE.NEWNET)
    try {
      // Nothing waits in between, so no other thread of the process sees the switch.
      return work(own)
    } finally {
      proc.setns(own, CLONE.NEWNET)
    }
  } finally {
    proc.close(target)
    proc.close(own)
  }
}
