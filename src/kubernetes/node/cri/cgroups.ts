/** Control groups of containers. Source: runc, cgroup v2 manager. */
import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { ensureCgroup, ignoreErrno, tryReadText, writeControl } from './process.ts'
import type { LinuxResources } from './types.ts'

/** Where the group of a sandbox or container is, below the root of the hierarchy. */
export const cgroupPath = (parent: string, id: string): string => `${parent}/cri-containerd-${id}.scope`

export function* makeCgroup(proc: Proc, path: string, resources: LinuxResources): Sim<void> {
  yield* ensureCgroup(proc, path)
  yield* writeResources(proc, path, resources)
}

/** Sets the limits of a group; a controller that is not there is passed over. */
export function* writeResources(proc: Proc, path: string, { cpuShares, cpuQuota, cpuPeriod, memoryLimit }: LinuxResources): Sim<void> {
  const dir = `/sys/fs/cgroup${path}`
  yield* tryControl(proc, `${dir}/cpu.weight`, String(cpuWeight(cpuShares)))
  if (cpuQuota !== undefined && cpuQuota > 0) yield* tryControl(proc, `${dir}/cpu.max`, `${cpuQuota} ${cpuPeriod ?? 100_000}`)
  if (memoryLimit !== undefined && memoryLimit > 0) yield* tryControl(proc, `${dir}/memory.max`, String(memoryLimit))
}

export function removeCgroup(proc: Proc, path: string): void {
  ignoreErrno(() => proc.rmdir(`/sys/fs/cgroup${path}`))
}

/** Whether the kernel has killed a process of the group for its memory. */
export function* oomKilled(proc: Proc, path: string): Sim<boolean> {
  const events = yield* tryReadText(proc, `/sys/fs/cgroup${path}/memory.events`)
  return /^oom_kill [1-9]/m.test(events ?? '')
}

function* tryControl(proc: Proc, path: string, value: string): Sim<void> {
  try {
    yield* writeControl(proc, path, value)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

/** cgroup v1 shares as a v2 weight. Source: runc ConvertCPUSharesToCgroupV2Value. */
export function cpuWeight(shares: number): number {
  return shares <= 0 ? 100 : Math.max(1, Math.floor(1 + ((shares - 2) * 9999) / 262_142))
}
