/** Columns by which the line after `line` is indented in YAML, as vim's own settings do it. */
export function indentAfter(line: string): number {
  const [, blanks = '', dashes = '', rest = ''] = /^( *)((?:- +)*)(.*)$/.exec(line) ?? []
  const level = blanks.length + dashes.length
  if (rest.startsWith('#')) return blanks.length
  // A key without a value, or with a block of lines to come.
  if (/:\s*(#.*)?$|:\s+[|>][-+]?$/.test(rest)) return level + 2
  // The keys of a list's item stand below each other; its plain values begin with a dash each.
  return /^[^"'[{]*:\s/.test(rest) ? level : blanks.length
}
