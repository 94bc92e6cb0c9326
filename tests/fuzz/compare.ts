import type { ModelBash } from './model-bash.ts'
import type { RealBash } from './real.ts'
import { type Result, same } from './result.ts'

/** How many times the real bash is asked again before a difference is believed. */
const REPEATS = 2

export interface Pair {
  readonly real: Result
  readonly model: Result
}

/** Commands run side by side write their complaints in any order. */
function concurrent(script: string): boolean {
  return /\||&(?!&)/.test(script)
}

function sortedLines(text: string): string {
  return text.split('\n').sort().join('\n')
}

/** A result as far as the script determines it. */
export function comparable(script: string, result: Result): Result {
  return concurrent(script) ? { ...result, stderr: sortedLines(result.stderr) } : result
}

/** Whether the two results say the same, as far as the script determines it. */
export function equal(script: string, real: Result, model: Result): boolean {
  return same(comparable(script, real), comparable(script, model))
}

/** Both shells, and the judgement. */
export class Comparer {
  readonly #real: RealBash
  readonly #model: ModelBash

  constructor(real: RealBash, model: ModelBash) {
    this.#real = real
    this.#model = model
  }

  /** Undefined when both say the same, or the real one does not say the same every time. */
  async difference(script: string): Promise<Pair | undefined> {
    const [real, model] = await Promise.all([this.#real.run(script), this.#model.run(script)])
    if (equal(script, real, model)) return undefined
    for (let i = 0; i < REPEATS; i++) {
      const again = await this.#real.run(script)
      if (!equal(script, again, real) || equal(script, again, model)) return undefined
    }
    return { real, model }
  }

  async close(): Promise<void> {
    this.#real.close()
    await this.#model.close()
  }
}
