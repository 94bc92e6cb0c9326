import type { Micros } from '#sim/wait.ts'

const TICK: Micros = 5_000_000
/** Decay per tick in 1/2048, for 1, 5 and 15 minutes (Source: include/linux/sched/loadavg.h). */
const DECAY = [1884, 2014, 2037]
/** After that many ticks without a change an average has reached its value. */
const SETTLED = 2500

/** The three load averages of /proc/loadavg, sampled every five seconds. Computed on demand. */
export class LoadAverage {
  readonly #values: [number, number, number] = [0, 0, 0]
  #next: Micros
  #running = 0

  constructor(now: Micros) {
    this.#next = now + TICK
  }

  /** The number of runnable threads changes at `now`. */
  changed(now: Micros, running: number): void {
    this.#advance(now)
    this.#running = running
  }

  /** Averages over 1, 5 and 15 minutes. */
  read(now: Micros): readonly [number, number, number] {
    this.#advance(now)
    return [...this.#values]
  }

  /** What a machine that has been up for a while shows. */
  preset(values: readonly [number, number, number]): void {
    this.#values.splice(0, 3, ...values)
  }

  #advance(now: Micros): void {
    if (now < this.#next) return
    const ticks = Math.floor((now - this.#next) / TICK) + 1
    this.#next += ticks * TICK
    for (let i = 0; i < Math.min(ticks, SETTLED); i++) {
      for (let k = 0; k < 3; k++) {
        const decay = DECAY[k] as number
        this.#values[k] = ((this.#values[k] as number) * decay + this.#running * (2048 - decay)) / 2048
      }
    }
  }
}
