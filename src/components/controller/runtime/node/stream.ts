import { Buffer } from 'buffer'

type Listener = (value?: unknown) => void

interface Sink {
  write(data: Uint8Array): unknown
  end(): unknown
}

/**
 * A readable stream over one of the web: flows once somebody listens for data, tells `data`, `end`, `close`, or `error` and `close`.
 * Source: node:stream. Differs: no back-pressure, no pausing.
 */
export class Readable {
  readonly #listeners = new Map<string, Listener[]>()
  readonly #source: ReadableStream<Uint8Array>
  #flowing = false

  constructor(source: ReadableStream<Uint8Array>) {
    this.#source = source
  }

  static fromWeb(source: ReadableStream<Uint8Array>): Readable {
    return new Readable(source)
  }

  on(event: string, listener: Listener): this {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener])
    if (event === 'data' && !this.#flowing) {
      this.#flowing = true
      void this.#flow()
    }
    return this
  }

  pipe<T extends Sink>(sink: T): T {
    this.on('data', (data) => {
      if (data instanceof Uint8Array) sink.write(data)
    })
    this.on('end', () => sink.end())
    return sink
  }

  async #flow(): Promise<void> {
    try {
      const reader = this.#source.getReader()
      for (let part = await reader.read(); !part.done; part = await reader.read()) this.#tell('data', Buffer.from(part.value))
      this.#tell('end')
    } catch (error) {
      this.#tell('error', error)
    }
    this.#tell('close')
  }

  #tell(event: string, value?: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(value)
  }
}
