/** Values that are a number or a percentage. Source: apimachinery pkg/util/intstr. */

/** The number meant, a percentage of `total` rounded up or down; undefined when it is neither. */
export function scaledValue(value: unknown, total: number, roundUp: boolean): number | undefined {
  if (typeof value === 'number') return value
  const percent = percentOf(value)
  if (percent === undefined) return undefined
  const exact = percent * total
  return roundUp ? Math.ceil(exact / 100) : Math.floor(exact / 100)
}

/** 25 for `25%`; undefined for everything else. */
export function percentOf(value: unknown): number | undefined {
  const m = typeof value === 'string' ? /^(\d+)%$/.exec(value) : null
  return m === null ? undefined : Number(m[1])
}
