import type { Level } from './messages.ts'

/** Lines that are shown; older ones go. */
const MAX_LINES = 400

export interface OutputLine {
  readonly key: number
  readonly level: Level
  readonly text: string
}

/** The last lines of what a program has printed. */
export class Output {
  lines: readonly OutputLine[] = []
  #keys = 0

  add(level: Level, text: string): void {
    const more = text.split('\n').map((line) => ({ key: ++this.#keys, level, text: line }))
    this.lines = [...this.lines, ...more].slice(-MAX_LINES)
  }

  clear(): void {
    this.lines = []
  }
}

/** The line of `controller.ts` that a message names; under Node it is `controller.mjs`, with the same lines. */
export function lineNamed(text: string): number | undefined {
  const found = /controller\.(?:ts|mjs):(\d+)/.exec(text)?.[1]
  return found === undefined ? undefined : Number(found)
}
