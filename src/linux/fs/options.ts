import { Errno } from '../errno.ts'

/** `a,b=c` taken apart: name → value (`''` for a bare name), in order. Values may be quoted in `"` to hold commas. */
export function parseOptions(data: string): Map<string, string> {
  const out = new Map<string, string>()
  for (const part of data.match(/(?:[^,"]|"[^"]*")+/g) ?? []) {
    const eq = part.indexOf('=')
    if (eq < 0) out.set(part, '')
    else out.set(part.slice(0, eq), part.slice(eq + 1).replaceAll('"', ''))
  }
  return out
}

/** An octal or decimal number as an option value; EINVAL otherwise. */
export function numberOption(value: string, radix = 10): number {
  if (!(radix === 8 ? /^[0-7]+$/ : /^\d+$/).test(value)) throw new Errno('EINVAL')
  return Number.parseInt(value, radix)
}

/** memparse(): `10`, `4k`, `1M`, `2g`, with `%` of `whole` if that is given. */
export function sizeOption(value: string, whole?: number): number {
  const m = /^(\d+)([kKmMgGtT%]?)$/.exec(value)
  if (m === null) throw new Errno('EINVAL')
  const n = Number(m[1])
  const unit = (m[2] ?? '').toLowerCase()
  if (unit === '%') {
    if (whole === undefined) throw new Errno('EINVAL')
    return Math.floor((whole * n) / 100)
  }
  return n * ({ k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 }[unit] ?? 1)
}
