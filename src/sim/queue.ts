/** A moment in the event queue; compare with {@link before}. */
export interface Timer {
  readonly time: number
  readonly seq: number
  /** Undefined once fired or cancelled. */
  run: (() => void) | undefined
  readonly cause: number
}

function before(a: Timer, b: Timer): boolean {
  return a.time < b.time || (a.time === b.time && a.seq < b.seq)
}

/** Binary heap of timers ordered by (time, seq). Cancelled timers stay until they surface. */
export class TimerQueue {
  readonly #heap: Timer[] = []

  get size(): number {
    return this.#heap.length
  }

  push(timer: Timer): void {
    const heap = this.#heap
    let i = heap.push(timer) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = heap[parent] as Timer
      if (!before(timer, above)) break
      heap[i] = above
      i = parent
    }
    heap[i] = timer
  }

  /** The earliest live timer, left in place. */
  peek(): Timer | undefined {
    while (this.#heap.length > 0) {
      const top = this.#heap[0] as Timer
      if (top.run !== undefined) return top
      this.pop()
    }
    return undefined
  }

  pop(): Timer | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      const right = child + 1
      if (right < heap.length && before(heap[right] as Timer, heap[child] as Timer)) child = right
      if (!before(heap[child] as Timer, last)) break
      heap[i] = heap[child] as Timer
      i = child
    }
    heap[i] = last
    return top
  }
}
