/** Numbers handed out lowest free first, as the kernel's ida does. */
export class IdAllocator {
  readonly #used = new Set<number>()
  #hint: number
  readonly #first: number

  constructor(first: number) {
    this.#first = first
    this.#hint = first
  }

  alloc(): number {
    let id = this.#hint
    while (this.#used.has(id)) id++
    this.#used.add(id)
    this.#hint = id + 1
    return id
  }

  free(id: number): void {
    if (this.#used.delete(id) && id >= this.#first && id < this.#hint) this.#hint = id
  }
}
