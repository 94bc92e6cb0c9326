import { Worker } from 'node:worker_threads'
import type { Result } from './result.ts'

/** A script that keeps the model's thread busy for longer than this has hung it. */
const BLOCKED_MS = 20_000

/** The model's bash in a thread of its own, so that a hang can be noticed. One script at a time. */
export class ModelBash {
  #worker: Worker | undefined
  #done: ((result: Result) => void) | undefined

  run(script: string): Promise<Result> {
    const worker = this.#start()
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#lost('hang'), BLOCKED_MS)
      this.#done = (result) => {
        clearTimeout(timer)
        this.#done = undefined
        resolve(result)
      }
      worker.postMessage(script)
    })
  }

  #start(): Worker {
    if (this.#worker === undefined) {
      this.#worker = new Worker(new URL('./model-thread.ts', import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: 2048 } })
      this.#worker.on('message', (result: Result) => this.#done?.(result))
      this.#worker.on('error', (error: Error) => this.#lost(`crash: ${error.message}`))
    }
    return this.#worker
  }

  /** The thread is of no use any more: the next script gets another. */
  #lost(exit: Result['exit']): void {
    this.#worker?.removeAllListeners()
    void this.#worker?.terminate()
    this.#worker = undefined
    this.#done?.({ stdout: '', stderr: '', exit })
  }

  async close(): Promise<void> {
    await this.#worker?.terminate()
  }
}
