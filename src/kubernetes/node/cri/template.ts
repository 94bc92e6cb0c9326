/**
 * Templates of `crictl inspect -o go-template`: text with paths in it, `{{.info.pid}}`. Undefined for anything else.
 * Source: text/template. Differs: no actions besides paths, no functions.
 */
export function fillTemplate(template: string, value: unknown): string | undefined {
  let known = true
  const filled = template.replace(/\{\{-?\s*(.*?)\s*-?\}\}/gs, (_, expression: string) => {
    if (!/^(\.[A-Za-z_]\w*)+$/.test(expression)) {
      known = false
      return ''
    }
    const found = expression
      .slice(1)
      .split('.')
      .reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), value)
    if (found === undefined || found === null) return '<no value>'
    if (typeof found === 'object') known = false
    return String(found)
  })
  return known ? filled : undefined
}
