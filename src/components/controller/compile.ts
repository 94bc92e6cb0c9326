/** Makes a module that a browser runs of the reader's TypeScript. Loaded at the first run. */
import { parse } from 'es-module-lexer/js'
import { transform } from 'sucrase'

/** The library that a program may import. */
export const CLIENT = '@kubernetes/client-node'

/** A program can't be run; `message` begins with `controller.ts:LINE:` where the line is known. */
export class CompileError extends Error {
  override name = 'CompileError'
}

/**
 * The program as JavaScript, line by line where it was, cut at the places where the address of the client library goes: inside the
 * quotes of its imports. Throws {@link CompileError} for bad syntax and for imports of anything else.
 */
export function compile(source: string): readonly string[] {
  const code = stripTypes(source)
  const pieces: string[] = []
  let from = 0
  for (const found of imports(code)) {
    const line = code.slice(0, found.ss).split('\n').length
    // `import.meta` and the like.
    if (found.d === -2) continue
    if (found.n !== CLIENT) {
      const what = found.n === undefined ? 'a name that is computed' : `'${found.n}'`
      throw new CompileError(`controller.ts:${line}: the embedded runner can import '${CLIENT}' and nothing else, not ${what}`)
    }
    // Of a dynamic import the lexer gives the whole expression, quotes included.
    const inner = found.d === -1 ? 0 : 1
    pieces.push(code.slice(from, found.s + inner))
    from = found.e - inner
  }
  return [...pieces, code.slice(from)]
}

/** JavaScript for Node or a browser: the same lines without their types. */
export function stripTypes(source: string): string {
  try {
    return transform(source, { transforms: ['typescript'], disableESTransforms: true, filePath: 'controller.ts' }).code
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    const where = /^(?:Error transforming [^:]*: )?(.*) \((\d+):\d+\)$/s.exec(text)
    throw new CompileError(where === null ? text : `controller.ts:${where[2]}: ${where[1]}`)
  }
}

function imports(code: string): ReturnType<typeof parse>[0] {
  try {
    return parse(code)[0]
  } catch (error) {
    const at = error instanceof Error && 'idx' in error ? Number(error.idx) : Number.NaN
    const line = Number.isNaN(at) ? '' : `${code.slice(0, at).split('\n').length}: `
    throw new CompileError(`controller.ts:${line}this is no valid program`)
  }
}
