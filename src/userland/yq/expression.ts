/**
 * Expressions of yq as filters of jq: the languages are nearly the same. A path may have hyphens in its names (`.metadata.app-name`),
 * environment variables are `strenv(NAME)` and `env(NAME)`, and an empty expression is `.`.
 */
export function toJq(expression: string): string {
  let out = ''
  for (const [part = ''] of expression.matchAll(/"(?:[^"\\]|\\.)*"|[^"]+|"/g)) {
    out += part.startsWith('"')
      ? part
      : part
          .replace(/\.([A-Za-z_]\w*(?:-\w+)+)/g, '."$1"')
          .replace(/\bstrenv\((\w+)\)/g, 'env.$1')
          .replace(/\benv\((\w+)\)/g, '(env.$1|(tonumber? // .))')
          .replace(/\bdocumentIndex\b|\bdocument_index\b/g, '0')
          .replace(/\bto_json\b|@json\b/g, '@json')
  }
  return out.trim() === '' ? '.' : out
}
