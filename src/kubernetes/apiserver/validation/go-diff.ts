/**
 * The difference of two values as messages of forbidden updates show it: Go syntax, unchanged parts counted.
 * Source: apimachinery pkg/util/diff over go-cmp. Differs: only what is unchanged at the same depth is summed up.
 */
import { equal, isObj, type Obj, quote } from '#kubernetes/api/json.ts'
import { type Def, definition, type Type } from '#kubernetes/api/schema.ts'

/** `type`: how the diff names the type at its top. */
export function goDiff(before: Obj, after: Obj, name: string, type: string): string {
  const lines: string[] = [`  ${type}{`]
  struct(before, after, definition(name), 1, lines)
  lines.push('  }')
  return `${lines.join('\n')}\n`
}

const tabs = (n: number): string => '\t'.repeat(n)

function struct(before: Obj, after: Obj, def: Def, depth: number, lines: string[]): void {
  let same = 0
  const flush = (): void => {
    if (same > 0) lines.push(`  ${tabs(depth)}... // ${same} identical field${same === 1 ? '' : 's'}`)
    same = 0
  }
  for (const field of def.fields) {
    const a = field.json === '' ? before : before[field.json]
    const b = field.json === '' ? after : after[field.json]
    if (equal(a ?? null, b ?? null)) {
      same++
      continue
    }
    flush()
    if (field.type.kind === 'struct' && isObj(a) && isObj(b)) {
      lines.push(`  ${tabs(depth)}${field.go}: ${field.pointer ? '&' : ''}${core(field.type.go)}{`)
      struct(a, b, field.type.def, depth + 1, lines)
      lines.push(`  ${tabs(depth)}},`)
    } else if (
      field.type.kind === 'slice' &&
      Array.isArray(a) &&
      Array.isArray(b) &&
      field.type.elem.kind === 'struct' &&
      a.length === b.length
    ) {
      slice(a as readonly Obj[], b as readonly Obj[], field.type, field.type.elem.def, field.go, depth, lines)
    } else {
      lines.push(`- ${tabs(depth)}${field.go}: ${literal(a, field.type, field.pointer)},`)
      lines.push(`+ ${tabs(depth)}${field.go}: ${literal(b, field.type, field.pointer)},`)
    }
  }
  flush()
}

function slice(a: readonly Obj[], b: readonly Obj[], type: Type, elem: Def, go: string, depth: number, lines: string[]): void {
  lines.push(`  ${tabs(depth)}${go}: ${core(type.go)}{`)
  let same = 0
  for (const [i, item] of a.entries()) {
    const other = b[i] ?? {}
    if (equal(item, other)) {
      same++
      continue
    }
    if (same > 0) lines.push(`  ${tabs(depth + 1)}... // ${same} identical element${same === 1 ? '' : 's'}`)
    same = 0
    lines.push(`  ${tabs(depth + 1)}{`)
    struct(item, other, elem, depth + 2, lines)
    lines.push(`  ${tabs(depth + 1)}},`)
  }
  if (same > 0) lines.push(`  ${tabs(depth + 1)}... // ${same} identical element${same === 1 ? '' : 's'}`)
  lines.push(`  ${tabs(depth)}},`)
}

/** Internal types live in package core. */
const core = (go: string): string => go.replace(/\bv1\./, 'core.')

function literal(value: unknown, type: Type, pointer: boolean): string {
  if (value === undefined || value === null)
    return pointer || type.kind !== 'scalar' ? 'nil' : type.scalar === 'string' ? '""' : type.scalar === 'bool' ? 'false' : '0'
  if (typeof value === 'string') return pointer ? `&${quote(value)}` : quote(value)
  if (typeof value === 'number' || typeof value === 'boolean') return pointer ? `&${value}` : String(value)
  if (Array.isArray(value))
    return `${core(type.go)}{${value.map((v) => (type.kind === 'slice' ? literal(v, type.elem, false) : String(v))).join(', ')}}`
  if (type.kind === 'map')
    return `${core(type.go)}{${Object.keys(value as Obj)
      .sort()
      .map((k) => `${quote(k)}: ${literal((value as Obj)[k], type.elem, false)}`)
      .join(', ')}}`
  return `${pointer ? '&' : ''}${core(type.go)}{${Object.keys(value as Obj)
    .map((k) => `${k.charAt(0).toUpperCase()}${k.slice(1)}: ${JSON.stringify((value as Obj)[k])}`)
    .join(', ')}}`
}
