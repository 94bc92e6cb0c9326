/** Resolves after some milliseconds. Source: node:timers/promises. */
export function setTimeout<T>(delay: number, value?: T): Promise<T | undefined> {
  return new Promise((resolve) => globalThis.setTimeout(() => resolve(value), delay))
}
