import type { MessageChannel } from '#http/message.ts'
import { type Sim, WaitQueue } from '#sim/wait.ts'

/** The model's end of a message channel whose other end is on the host. */
export abstract class HostChannel implements MessageChannel {
  readonly #inbox: (Uint8Array | string)[] = []
  readonly #arrived = new WaitQueue()
  readonly #wake: () => void
  #ended = false

  /** `wake`: something was put into the simulation, time has to be driven. */
  constructor(wake: () => void) {
    this.#wake = wake
  }

  abstract send(message: Uint8Array | string): void

  abstract close(code?: number, reason?: string): void

  get ended(): boolean {
    return this.#ended
  }

  /** A message came from the host. */
  arrive(message: Uint8Array | string): void {
    this.#inbox.push(message)
    this.#arrived.wakeAll()
    this.#wake()
  }

  /** The host's end is gone. */
  end(): void {
    this.#ended = true
    this.#arrived.wakeAll()
    this.#wake()
  }

  *receive(): Sim<Uint8Array | string | undefined> {
    for (;;) {
      const message = this.#inbox.shift()
      if (message !== undefined) return message
      if (this.#ended) return undefined
      yield* this.#arrived.wait()
    }
  }
}
