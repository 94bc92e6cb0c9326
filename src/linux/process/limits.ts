import type { Rlimit } from '../syscalls.ts'

/** Resource limits, getrlimit(2). */
export interface Limit {
  readonly soft: number
  readonly hard: number
}

export type Limits = Readonly<Record<Rlimit, Limit>>

export const UNLIMITED = Number.POSITIVE_INFINITY

const both = (n: number): Limit => ({ soft: n, hard: n })

/** What PID 1 starts with; `threads` is the machine's share (max_threads / 2), `memoryBytes` its RAM. */
export function initialLimits(memoryBytes: number): Limits {
  const threads = Math.floor(memoryBytes / 4096 / 64)
  const memlock = Math.floor(memoryBytes / 8 / 4096) * 4096
  return {
    as: both(UNLIMITED),
    core: { soft: 0, hard: UNLIMITED },
    cpu: both(UNLIMITED),
    data: both(UNLIMITED),
    fsize: both(UNLIMITED),
    locks: both(UNLIMITED),
    memlock: both(memlock),
    msgqueue: both(819200),
    nice: both(0),
    nofile: { soft: 1024, hard: 1048576 },
    nproc: both(threads),
    rss: both(UNLIMITED),
    rtprio: both(0),
    rttime: both(UNLIMITED),
    sigpending: both(threads),
    stack: { soft: 8388608, hard: UNLIMITED },
  }
}
