/** The texts of `kubectl explain`: wrapping, and the older form of output. */
import { isObj, type Obj, obj, str, strs } from '#kubernetes/api/json.ts'
import type { Mapping } from '../mapping.ts'
import { groupVersion } from '../mapping.ts'

/** Breaks lines at blanks before `limit`; newlines and blanks at the start of lines stay. */
export function wrap(text: string, limit: number): string {
  let out = ''
  let current = 0
  let word = ''
  let space = ''
  const flush = (): void => {
    current += space.length + word.length
    out += space + word
    space = ''
    word = ''
  }
  for (const c of text) {
    if (c === '\n') {
      if (word === '') {
        if (current + space.length <= limit) out += space
        space = ''
      } else flush()
      out += c
      current = 0
    } else if (/\s/.test(c) && c !== '\u00a0') {
      if (space === '' || word !== '') flush()
      space += c
    } else {
      word += c
      if (current + word.length + space.length > limit && word.length < limit) {
        out += '\n'
        current = 0
        space = ''
      }
    }
  }
  if (word === '') out += current + space.length <= limit ? space : ''
  else out += space + word
  return out
}

/** Words of a paragraph laid out in lines of `limit`, after `prefix`. */
function reflow(text: string, limit: number, prefix: string): string {
  const lines: string[] = []
  let line = ''
  const flush = (): void => {
    if (line !== '') lines.push(line)
    line = ''
  }
  for (const source of text.split('\n')) {
    if (source.startsWith('    ')) {
      flush()
      lines.push(source)
      continue
    }
    if (source.trim() === '' && lines.length > 0) {
      flush()
      lines.push('')
      continue
    }
    if (line.endsWith(':') || /^(\d+\.?|-|\*)\s/.test(source.trim())) flush()
    for (const word of source.split(/\s+/).filter((w) => w !== '')) {
      if (line !== '' && line.length + 1 + word.length > limit) flush()
      line = line === '' ? word : `${line} ${word}`
    }
  }
  flush()
  return lines.map((l) => `${prefix}${l}\n`).join('')
}

/** `-o plaintext-openapiv2`. */
export function oldFields(mapping: Mapping, schema: Obj, resolve: (schema: unknown) => Obj): string {
  const type = (s: unknown): string => {
    const own = isObj(s) ? s : {}
    const resolved = Array.isArray(own.allOf) ? resolve(own.allOf[0]) : resolve(own)
    if (own.items !== undefined) return `[]${type(own.items)}`
    if (isObj(own.additionalProperties)) return `map[string]${type(own.additionalProperties)}`
    const name = str(own, 'type') || str(resolved, 'type')
    return name === '' ? 'string' : name === 'object' ? 'Object' : name
  }
  const properties = obj(schema, 'properties')
  const required = strs(schema, 'required')
  const fields = Object.keys(properties)
    .sort()
    .map(
      (name) =>
        `   ${name}\t<${type(properties[name])}>${required.includes(name) ? ' -required-' : ''}\n${reflow(str(properties[name], 'description'), 75, '     ')}\n`,
    )
  return `KIND:     ${mapping.kind}\nVERSION:  ${groupVersion(mapping)}\n\nDESCRIPTION:\n${reflow(str(schema, 'description'), 75, '     ')}\nFIELDS:\n${fields.join('')}`
}
