/** Paths of fields in messages, and the paths that rules give. Source: apimachinery field.Path, apiextensions schema/cel ValidFieldPath. */
import { isObj, type Obj, obj } from '#kubernetes/api/json.ts'

export const child = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)
export const key = (path: string, name: string): string => `${path}[${name}]`
export const shown = (path: string): string => (path === '' ? '<nil>' : path)

const ESCAPED: { readonly [c: string]: string } = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  "'": "'",
  '\\': '\\',
}

/** `.a['b'].c` as messages show it; undefined when the schema has no such field, or the text is no path. */
export function fieldPathOf(text: string, root: Obj): string | undefined {
  let schema: Obj = root
  let path = ''
  const tokens = text.match(/\.[^.[\]]+|\['(?:\\.|[^'\\])*'\]|[\s\S]/g) ?? []
  for (const token of tokens) {
    let name: string
    if (token.startsWith('.') && token.length > 1) name = token.slice(1)
    else if (token.startsWith("['")) name = token.slice(2, -2).replace(/\\(.)/g, (_, c: string) => ESCAPED[c] ?? c)
    else return undefined
    const properties = schema.properties
    const next = isObj(properties) ? properties[name] : obj(schema).additionalProperties
    if (!isObj(next)) return undefined
    path = isObj(properties) ? child(path, name) : key(path, name)
    schema = next
  }
  return path === '' ? undefined : path
}
