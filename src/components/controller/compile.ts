/** Makes a module that a browser runs of the reader's TypeScript. Loaded at the first run. */
import { type Node, type Program, parse } from 'acorn'
import { transform } from 'sucrase'

/** The library that a program may import. */
export const CLIENT = '@kubernetes/client-node'

/** A program can't be run; `message` begins with `controller.ts:LINE:` where the line is known. */
export class CompileError extends Error {
  override name = 'CompileError'
}

/**
 * The program as JavaScript, line by line where it was, cut at the places where the address of the client library goes: the whole
 * string of each import. Throws {@link CompileError} for bad syntax and for imports of anything else.
 */
export function compile(source: string): readonly string[] {
  const code = stripTypes(source)
  const pieces: string[] = []
  let from = 0
  for (const { start, end, name } of importsOf(syntax(code))) {
    if (name !== CLIENT) {
      const line = code.slice(0, start).split('\n').length
      const what = name === undefined ? 'a name that is computed' : `'${name}'`
      throw new CompileError(`controller.ts:${line}: the embedded runner can import '${CLIENT}' and nothing else, not ${what}`)
    }
    pieces.push(code.slice(from, start))
    from = end
  }
  return [...pieces, code.slice(from)]
}

/** JavaScript for Node or a browser: the same lines without their types. */
export function stripTypes(source: string): string {
  return located(() => transform(source, { transforms: ['typescript'], disableESTransforms: true, filePath: 'controller.ts' }).code)
}

function syntax(code: string): Program {
  return located(() => parse(code, { ecmaVersion: 'latest', sourceType: 'module' }))
}

/** Both parsers put `(LINE:COLUMN)` at the end of what they say. */
function located<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    const where = /^(?:Error transforming [^:]*: )?(.*) \((\d+):\d+\)$/s.exec(text)
    throw new CompileError(where === null ? text : `controller.ts:${where[2]}: ${where[1]}`)
  }
}

interface Import {
  readonly start: number
  readonly end: number
  /** Undefined when it is no plain string. */
  readonly name: string | undefined
}

/** Where modules are named, static and dynamic imports and re-exports alike, in the order of the text. */
function importsOf(program: Program): readonly Import[] {
  const found: Import[] = []
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item)
    else if (isNode(value)) {
      if (/^(Import(Declaration|Expression)|Export(Named|All)Declaration)$/.test(value.type) && 'source' in value) {
        const { source } = value
        if (isNode(source)) found.push({ start: source.start, end: source.end, name: textOf(source) })
      }
      for (const inner of Object.values(value)) visit(inner)
    }
  }
  visit(program)
  return found.sort((a, b) => a.start - b.start)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}

function textOf(node: Node): string | undefined {
  return 'value' in node && typeof node.value === 'string' ? node.value : undefined
}
