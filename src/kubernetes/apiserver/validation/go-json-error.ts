/** What Go's decoder says of a text that should be a JSON object. Source: encoding/json. */

/** `invalid character 'x' looking for beginning of value`; undefined when the text is an object. */
export function jsonObjectError(text: string): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const start = text.trimStart()
    if (start === '') return 'unexpected end of JSON input'
    const first = start.charAt(0)
    if (!/[[{"\d\-tfn]/.test(first)) return `invalid character ${quoted(first)} looking for beginning of value`
    if (first === '{') {
      const second = start.slice(1).trimStart().charAt(0)
      if (second !== '"' && second !== '}' && second !== '')
        return `invalid character ${quoted(second)} looking for beginning of object key string`
    }
    return 'unexpected end of JSON input'
  }
  if (value === null || (typeof value === 'object' && !Array.isArray(value))) return undefined
  const type = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  return `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`
}

const quoted = (c: string): string => (c === "'" ? `'\\''` : c === '"' ? `'"'` : `'${c}'`)
