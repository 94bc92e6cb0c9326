/** When an indexed Job has succeeded. Source: k8s.io/kubernetes pkg/apis/batch/validation (validateSuccessPolicy). */
import { type FieldError, invalid, required, tooLong, tooMany } from '#kubernetes/api/field.ts'
import { internalJson } from '#kubernetes/api/internal-json.ts'
import { num, type Obj, objs } from '#kubernetes/api/json.ts'
import { nonNegative } from './check.ts'

const MAX_RULES = 20
const MAX_INDEXES_LENGTH = 64 * 1024

export function validateSuccessPolicy(spec: Obj, path: string): FieldError[] {
  if (spec.completionMode !== 'Indexed')
    return [invalid(path, internalJson(spec.successPolicy, 'io.k8s.api.batch.v1.SuccessPolicy'), 'requires indexed completion mode')]
  const rules = objs(spec, 'successPolicy', 'rules')
  const at = `${path}.rules`
  const out: FieldError[] = []
  if (rules.length === 0) out.push(required(at, 'at least one rules must be specified when the successPolicy is specified'))
  if (rules.length > MAX_RULES) out.push(tooMany(at, rules.length, MAX_RULES))
  return [...out, ...rules.flatMap((rule, i) => ruleErrors(rule, `${at}[${i}]`, num(spec, 'completions') ?? 0))]
}

function ruleErrors(rule: Obj, path: string, completions: number): FieldError[] {
  const out: FieldError[] = []
  const { succeededIndexes: indexes, succeededCount: count } = rule
  if (indexes === undefined && count === undefined)
    out.push(required(path, 'at least one of succeededCount or succeededIndexes must be specified'))
  let total = 0
  if (typeof indexes === 'string') {
    if (indexes.length > MAX_INDEXES_LENGTH) out.push(tooLong(`${path}.succeededIndexes`, MAX_INDEXES_LENGTH))
    const parsed = countIndexes(indexes, completions)
    if (typeof parsed === 'number') total = parsed
    else out.push(invalid(`${path}.succeededIndexes`, indexes, `error parsing succeededIndexes: ${parsed}`))
  }
  if (typeof count !== 'number') return out
  const at = `${path}.succeededCount`
  out.push(...nonNegative(count, at))
  if (count > completions)
    out.push(invalid(at, count, `must be less than or equal to ${completions} (the number of specified completions)`))
  if (indexes !== undefined && count > total)
    out.push(invalid(at, count, `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`))
  return out
}

/** How many indexes `1,3-5` names, or what is wrong with it. */
function countIndexes(text: string, completions: number): number | string {
  if (text === '') return 0
  let [total, last] = [0, -1]
  for (const interval of text.split(',')) {
    const ends = interval.split('-')
    if (ends.length > 2)
      return `the fragment "${interval}" violates the requirement that an index interval can have at most two parts separated by '-'`
    for (const end of ends) {
      if (!/^[+-]?\d+$/.test(end)) return `cannot convert string to integer for index: "${end}"`
      if (Number(end) >= completions) return `too large index: "${end}"`
    }
    const [x, y] = [Number(ends[0]), Number(ends[1] ?? ends[0])]
    if (ends.length > 1 && x >= y) return `non-increasing order, previous: ${x}, current: ${y}`
    if (last >= x) return `non-increasing order, previous: ${last}, current: ${x}`
    total += y - x + 1
    last = y
  }
  return total
}
