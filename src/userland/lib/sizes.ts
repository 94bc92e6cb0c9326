/** Sizes in the notations of GNU programs. */

const UNITS = ['', 'K', 'M', 'G', 'T', 'P', 'E']

/** `ls -h`, `du -h`: powers of 1024 (or 1000 for `si`), one decimal below ten, always rounded up: `1.5K`, `10K`, `2.0M`. */
export function humanSize(bytes: number, si = false): string {
  const base = si ? 1000 : 1024
  if (bytes < base) return String(bytes)
  let unit = 0
  let divisor = 1
  while (bytes / divisor >= base && unit < UNITS.length - 1) {
    divisor *= base
    unit++
  }
  let tenths = Math.ceil((bytes / divisor) * 10)
  if (tenths >= 100) {
    const whole = Math.ceil(bytes / divisor)
    if (whole >= base && unit < UNITS.length - 1) {
      unit++
      tenths = 10
    } else return `${whole}${suffix(unit, si)}`
  }
  return `${Math.floor(tenths / 10)}.${tenths % 10}${suffix(unit, si)}`
}

function suffix(unit: number, si: boolean): string {
  return si && unit === 1 ? 'k' : (UNITS[unit] ?? '')
}

const FACTORS: Record<string, number> = { c: 1, w: 2, b: 512 }

/** A count with GNU's multiplier suffixes: `10`, `2K`, `1kB`, `3MiB`, `1b`; undefined when it is none. */
export function parseSize(text: string): number | undefined {
  const m = /^(\d+)(?:([kKMGTPE])(iB|B)?|([bcw]))?$/.exec(text)
  if (m === null) {
    const bare = /^([kKMGTPE])(iB|B)?$/.exec(text)
    return bare === null ? undefined : unitFactor(bare[1] ?? '', bare[2])
  }
  const n = Number(m[1])
  if (m[4] !== undefined) return n * (FACTORS[m[4]] ?? 1)
  return m[2] === undefined ? n : n * unitFactor(m[2], m[3])
}

function unitFactor(letter: string, tail: string | undefined): number {
  const power = UNITS.indexOf(letter.toUpperCase())
  const base = tail === 'B' ? 1000 : 1024
  let out = 1
  for (let i = 0; i < power; i++) out *= base
  return out
}

/** Blocks of `unit` bytes that hold `bytes`, rounded up. */
export function blocksOf(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit)
}
