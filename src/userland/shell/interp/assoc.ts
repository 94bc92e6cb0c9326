import { encode } from '#sim/bytes.ts'

const BUCKETS = 1024
/** Entries per bucket at which bash's table grows. */
const LOAD = 2
const GROWTH = 4

/** FNV-1 with signed characters. Source: bash, hashlib.c `hash_string`. */
function hash(key: string): number {
  let h = 2166136261
  for (const c of bytesOf(key)) h = Math.imul(h, 16777619) ^ ((c << 24) >> 24)
  return h >>> 0
}

function bytesOf(key: string): Uint8Array | number[] {
  for (let i = 0; i < key.length; i++) if (key.charCodeAt(i) > 127) return encode(key)
  return Array.from(key, (c) => c.charCodeAt(0))
}

/**
 * The elements of an associative array, in the order in which bash goes through its hash table: by bucket, in a bucket the
 * newest first. Differs: past 2048 elements, the order within a bucket.
 */
export class AssocMap extends Map<string, string> {
  #sorted: (readonly [string, string])[] | undefined

  override set(key: string, value: string): this {
    this.#sorted = undefined
    return super.set(key, value)
  }

  override delete(key: string): boolean {
    this.#sorted = undefined
    return super.delete(key)
  }

  override clear(): void {
    this.#sorted = undefined
    super.clear()
  }

  copy(): AssocMap {
    const out = new AssocMap()
    for (const [key, value] of super.entries()) out.set(key, value)
    return out
  }

  #order(): (readonly [string, string])[] {
    if (this.#sorted !== undefined) return this.#sorted
    let buckets = BUCKETS
    while (this.size > buckets * LOAD) buckets *= GROWTH
    const rows = [...super.entries()].map((entry, age) => ({ entry, age, bucket: hash(entry[0]) & (buckets - 1) }))
    rows.sort((a, b) => a.bucket - b.bucket || b.age - a.age)
    this.#sorted = rows.map((r) => r.entry)
    return this.#sorted
  }

  override [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries()
  }

  override *entries(): MapIterator<[string, string]> {
    for (const [key, value] of this.#order()) yield [key, value]
  }

  override *keys(): MapIterator<string> {
    for (const [key] of this.#order()) yield key
  }

  override *values(): MapIterator<string> {
    for (const [, value] of this.#order()) yield value
  }
}
