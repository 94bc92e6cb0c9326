/**
 * The way of an established flow, remembered. The first data segments of a connection walk every device, chain and table;
 * a {@link FlowTrace} notes whom they met. As long as none of these changed its `generation`, later segments take one
 * event from socket to socket, and only the counters along the way are moved (Linux: flow offload).
 */
import type { Micros } from '#sim/wait.ts'

/** Something whose change makes remembered ways stale: a namespace, a wire. */
export interface Versioned {
  generation: number
}

/** A counter of packets and bytes that a segment moves. */
export interface PacketCounter {
  packets: number
  bytes: number
}

/** Something that must hear of traffic: conntrack entries refresh their timeouts. */
export interface Touched {
  touch(): void
}

export class FlowTrace {
  /** False as soon as the way depends on chance, on a rate, or on who looks. */
  cacheable = true
  /** Set by the socket that took the segment. */
  end: unknown
  latency: Micros = 0
  readonly #deps: Versioned[] = []
  readonly #generations: number[] = []
  readonly counters: PacketCounter[] = []
  readonly touched: Touched[] = []

  depends(on: Versioned): void {
    if (this.#deps.includes(on)) return
    this.#deps.push(on)
    this.#generations.push(on.generation)
  }

  /** Whether nothing on the way has changed since. */
  valid(): boolean {
    if (!this.cacheable) return false
    for (let i = 0; i < this.#deps.length; i++) if ((this.#deps[i] as Versioned).generation !== this.#generations[i]) return false
    return true
  }

  /** Counts a segment of `bytes` bytes (of the IP packet) as if it had gone the way. */
  account(bytes: number): void {
    for (const counter of this.counters) {
      counter.packets++
      counter.bytes += bytes
    }
    for (const entry of this.touched) entry.touch()
  }
}
