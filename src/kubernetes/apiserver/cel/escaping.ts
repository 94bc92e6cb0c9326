/** Property names as expressions write them. Source: apiserver pkg/cel/escaping.go. */

const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(' '),
)

const ESCAPES: { readonly [text: string]: string } = { __: '__underscores__', '.': '__dot__', '-': '__dash__', '/': '__slash__' }

/** `a-b` is `a__dash__b`, `namespace` is `__namespace__`; undefined: expressions can't name it. */
export function escapeName(name: string): string | undefined {
  if (name === '' || /^[0-9]/.test(name) || /[^A-Za-z0-9_./-]/.test(name)) return undefined
  if (RESERVED.has(name)) return `__${name}__`
  return name.replace(/__|[-./]/g, (text) => ESCAPES[text] ?? text)
}

/** What may stand under a field's name: the name, and for a reserved word also its escaped form. */
export const fieldNames = (name: string): readonly string[] => (RESERVED.has(name) ? [name, `__${name}__`] : [name])

/** Whether a variable of a policy may be called so. */
export const isIdentifier = (name: string): boolean => /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) && !RESERVED.has(name)
