/**
 * A component's own stream of chance (xoshiro128**), seeded by (seed of the run, name of the stream), so that
 * a new consumer never shifts another's numbers.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(seed: number, name: string) {
    let h = (seed ^ 0x9e3779b9) >>> 0
    for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193) >>> 0
    const mix = (): number => {
      h = (h + 0x9e3779b9) >>> 0
      let z = h
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
      return (z ^ (z >>> 16)) >>> 0
    }
    this.#a = mix()
    this.#b = mix()
    this.#c = mix()
    this.#d = mix() | 1
  }

  /** An integer in [0, 2^32). */
  uint32(): number {
    const r = Math.imul(this.#b, 5)
    const result = Math.imul((r << 7) | (r >>> 25), 9) >>> 0
    const t = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= t
    this.#d = (this.#d << 11) | (this.#d >>> 21)
    return result
  }

  /** An integer in [0, n); n at most 2^32. */
  below(n: number): number {
    return Math.floor((this.uint32() / 0x1_0000_0000) * n)
  }

  /** A number in [0, 1). */
  unit(): number {
    return this.uint32() / 0x1_0000_0000
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }

  bytes(n: number): Uint8Array {
    const out = new Uint8Array(n)
    for (let i = 0; i < n; i++) out[i] = this.uint32() & 0xff
    return out
  }

  /** `n` letters of an alphabet. */
  string(n: number, alphabet: string): string {
    let out = ''
    for (let i = 0; i < n; i++) out += alphabet[this.below(alphabet.length)]
    return out
  }

  /** A version 4 UUID. */
  uuid(): string {
    const hex = '0123456789abcdef'
    const s = this.string(30, hex)
    return `${s.slice(0, 8)}-${s.slice(8, 12)}-4${s.slice(12, 15)}-${'89ab'[this.below(4)]}${s.slice(15, 18)}-${s.slice(18, 30)}`
  }
}
