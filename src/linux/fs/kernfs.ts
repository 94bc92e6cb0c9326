const MASK = (1n << 64n) - 1n
const GOLDEN_RATIO_64 = 0x61c8864680b583ebn
const known = new Map<string, number>()

/**
 * kernfs_name_hash(): sysfs and cgroup2 keep the entries of a directory in the order of this number, so that is how
 * readdir lists them (and `rm -r` meets them).
 */
export function kernfsHash(name: string): number {
  const old = known.get(name)
  if (old !== undefined) return old
  let x = 0n
  for (let i = 0; i < name.length; i++) {
    const c = BigInt(name.charCodeAt(i) & 0xff)
    x = ((x + (c << 4n) + (c >> 4n)) * 11n) & MASK
  }
  const hash = Math.max(2, Number((((x * GOLDEN_RATIO_64) & MASK) >> 32n) & 0x7fffffffn))
  known.set(name, hash)
  return hash
}
