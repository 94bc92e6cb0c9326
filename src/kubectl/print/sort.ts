/** `kubectl get --sort-by`: numbers and quantities by value, other text by its natural order. Source: k8s.io/kubectl, cmd/get/sorter.go. */
import { compareQuantities, parseQuantity } from '#kubernetes/api/quantity.ts'
import type { KubeObject } from '../rest.ts'
import { pathValues } from './jsonpath.ts'

/** The items in order, and whether the field was found on any of them. Items without it come first. */
export function sortByField<T>(
  items: readonly T[],
  path: string,
  object: (item: T) => KubeObject,
): { readonly sorted: T[]; readonly found: boolean } {
  const keyed = items.map((item) => ({ item, keys: pathValues(path, object(item)) }))
  return {
    sorted: keyed.sort((a, b) => compare(a.keys[0], b.keys[0])).map(({ item }) => item),
    found: keyed.some(({ keys }) => keys.length > 0),
  }
}

function compare(a: unknown, b: unknown): number {
  const [noA, noB] = [a === undefined || a === null, b === undefined || b === null]
  if (noA || noB) return Number(noB) - Number(noA)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [left, right] = [String(a), String(b)]
  if (parseQuantity(left) !== undefined && parseQuantity(right) !== undefined) return compareQuantities(left, right)
  return natural(left, right)
}

/** Runs of digits compare as numbers. */
function natural(a: string, b: string): number {
  const [left, right] = [a.match(/\d+|\D/g) ?? [], b.match(/\d+|\D/g) ?? []]
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x = '', y = ''] = [left[i], right[i]]
    if (x === y) continue
    if (/^\d/.test(x) && /^\d/.test(y)) {
      const [m, n] = [x.replace(/^0+/, ''), y.replace(/^0+/, '')]
      if (m !== n) return m.length !== n.length ? m.length - n.length : m < n ? -1 : 1
      if (x.length !== y.length) return x.length - y.length
      continue
    }
    return x < y ? -1 : 1
  }
  return left.length - right.length
}
