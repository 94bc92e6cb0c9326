import { isObj, type Obj } from '#kubernetes/api/json.ts'
import type { Describer } from './context.ts'
import { head, labelsAndAnnotations } from './context.ts'
import type { Description } from './writer.ts'

const SKIP = new Set(['.metadata.managedFields', '.metadata.name', '.metadata.namespace', '.metadata.labels', '.metadata.annotations'])

/** Any object, field by field: for kinds without a description of their own. */
export const generic: Describer = function* (_, d, object) {
  head(d, object)
  labelsAndAnnotations(d, object)
  content(d, 0, object, '')
}

function content(d: Description, level: number, map: Obj, prefix: string): void {
  for (const field of Object.keys(map).sort()) {
    const path = `${prefix}.${field}`
    if (SKIP.has(path)) continue
    const value = map[field]
    if (isObj(value)) {
      d.line(level, `${labelFor(field)}:`)
      content(d, level + 1, value, path)
    } else if (Array.isArray(value)) {
      d.line(level, `${labelFor(field)}:`)
      for (const child of value as readonly unknown[]) {
        if (isObj(child)) content(d, level + 1, child, path)
        else d.line(level + 1, goValue(child))
      }
    } else d.line(level, `${labelFor(field)}:\t${goValue(value)}`)
  }
}

const goValue = (value: unknown): string =>
  value === null || value === undefined ? '<nil>' : Array.isArray(value) ? `[${value.map(goValue).join(' ')}]` : String(value)

const ACRONYMS = new Set(['API', 'URL', 'UID', 'GUID'])

/** `creationTimestamp` becomes `Creation Timestamp`, `uid` `UID`; names with digits or dots stay. */
function labelFor(field: string): string {
  if (/[^\p{L}-]/u.test(field)) return field
  const parts = field.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|-+/gu) ?? [field]
  return parts
    .map((part) => {
      if (ACRONYMS.has(part.toUpperCase())) return part.toUpperCase()
      return part.toLowerCase() === part ? part.charAt(0).toUpperCase() + part.slice(1) : part
    })
    .join(' ')
}
