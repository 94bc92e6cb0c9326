/** The list of commands typed; see `history`. */
export class History {
  readonly entries: { line: string; time: number }[] = []
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

  get(number: number): string | undefined {
    return this.entries[number - this.base]?.line
  }

  clear(): void {
    this.entries.length = 0
    this.base = 1
    this.written = 0
  }
}
