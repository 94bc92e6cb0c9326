import type { UndoList } from './buffer.ts'

export interface HistoryEntry {
  line: string
  time: number
  /** It was changed while it was shown; the steps back. */
  undo?: UndoList
}

/** The list of commands typed; see `history`. */
export class History {
  readonly entries: HistoryEntry[] = []
  /** Number of the first entry. */
  base = 1
  /** How many entries are in the file already. */
  written = 0
  #limit = 500

  /** Number the next entry will get. */
  get next(): number {
    return this.base + this.entries.length
  }

  /** HISTSIZE changed; undefined or not a number: no limit. */
  resize(size: string | undefined): void {
    this.#limit = size !== undefined && /^\d+$/.test(size) ? Number(size) : Number.POSITIVE_INFINITY
    this.#trim()
  }

  #trim(): void {
    while (this.entries.length > this.#limit) {
      this.entries.shift()
      this.base++
    }
  }

  push(line: string, time: number): void {
    this.entries.push({ line, time })
    this.#trim()
  }

  entry(number: number): HistoryEntry | undefined {
    return this.entries[number - this.base]
  }

  get(number: number): string | undefined {
    return this.entry(number)?.line
  }

  clear(): void {
    this.entries.length = 0
    this.base = 1
    this.written = 0
  }
}
