import type { Host } from '#lab/driver.ts'

/** The host's clock and timers for the driver. */
export const hostTimers: Host = {
  now: () => performance.now(),
  later(fn: () => void, ms: number): () => void {
    if (ms > 0) {
      const timer = setTimeout(fn, ms)
      return () => clearTimeout(timer)
    }
    const immediate = setImmediate(fn)
    return () => clearImmediate(immediate)
  },
}
