import { parseAllDocuments, stringify } from 'yaml'
import { Errno, strerror } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import { decode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { compileFilter } from '../jq/filter.ts'
import { JqSyntaxError } from '../jq/parse.ts'
import { COMPACT, dump, isArray, JqError, type Json } from '../jq/value.ts'
import { readAll, readFile, say, writeFile } from '../lib/io.ts'
import { type Context, defineProgram } from '../lib/program.ts'
import { toJq } from './expression.ts'

/** A document, or a stream, that is no YAML. */
class YamlError extends Error {
  override name = 'YamlError'
}

/** What the library gives, as values of jq: keys are text. */
function json(value: unknown): Json {
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [typeof k === 'string' ? k : String(k), json(v)]))
  if (Array.isArray(value)) return value.map(json)
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return Number(value)
  return value instanceof Date ? value.toISOString() : null
}

/** The documents of a stream. Throws YamlError. */
function documents(text: string): Json[] {
  const parsed = parseAllDocuments(text)
  if (!Array.isArray(parsed)) return []
  return parsed.map((doc) => {
    const [error] = doc.errors
    if (error !== undefined) throw new YamlError(`yaml: line ${error.linePos?.[0].line ?? 1}: ${error.message.split('\n')[0]}`)
    return json(doc.toJS({ mapAsMap: true }))
  })
}

const isScalar = (v: Json): boolean => !isArray(v) && !(v instanceof Map)

interface Output {
  readonly format: 'yaml' | 'json'
  readonly indent: number
  /** Strings without quotes. */
  readonly raw: boolean
}

function print(v: Json, { format, indent, raw }: Output): string {
  if (format === 'json') {
    if (raw && typeof v === 'string') return `${v}\n`
    return `${dump(v, { ...COMPACT, indent: ' '.repeat(indent) })}\n`
  }
  if (raw && isScalar(v)) return `${v === null ? 'null' : String(v)}\n`
  return stringify(v, { indent: Math.max(1, indent), lineWidth: 0, compat: 'yaml-1.1' })
}

/** Formats `-o` understands, by the names it takes. */
const FORMATS: Readonly<Record<string, Output['format'] | undefined>> = {
  y: 'yaml',
  yaml: 'yaml',
  j: 'json',
  json: 'json',
  a: 'yaml',
  auto: 'yaml',
}

function* fail(proc: Proc, message: string): Sim<number> {
  yield* say(proc, 2, `Error: ${message}\n`)
  return 1
}

/** All results of a file, `---` between those of different documents. */
function evaluate(
  filter: (v: Json) => Generator<Json>,
  docs: readonly Json[],
  output: Output,
  separators: boolean,
): { text: string; last?: Json } {
  let text = ''
  let last: Json | undefined
  for (const [i, doc] of docs.entries()) {
    if (i > 0 && separators && output.format === 'yaml') text += '---\n'
    for (const result of filter(doc)) {
      last = result
      text += print(result, output)
    }
  }
  return last === undefined ? { text } : { text, last }
}

function* run(ctx: Context): Sim<number> {
  const { proc } = ctx
  const words = [...ctx.operands]
  const verb = words[0]
  if (verb === 'ea' || verb === 'eval-all') return yield* ctx.notModelled(verb)
  if (verb === 'e' || verb === 'eval') words.shift()
  const format = FORMATS[ctx.value('o') ?? (ctx.has('j') ? 'json' : 'yaml')]
  if (format === undefined) return yield* ctx.notModelled(`-o ${ctx.value('o')}`)
  const fromFile = ctx.value('from-file')
  const known = fromFile ?? words[0]
  if (known === undefined && proc.isatty(0)) {
    yield* say(proc, 1, 'Usage:\n  yq [flags]\n  yq [command]\n\nUse "yq --help" for more information about a command.\n')
    return 0
  }
  // A single word that is a file is no expression.
  const first = words[0]
  const isFile = fromFile === undefined && words.length === 1 && first !== undefined && proc.access(first, '')
  const expression = fromFile !== undefined ? decode(yield* readFile(proc, fromFile)) : isFile ? '.' : (words.shift() ?? '.')
  const environment: Json = new Map(proc.environ.map((e) => [e.slice(0, e.indexOf('=')), e.slice(e.indexOf('=') + 1)] as const))
  const output = { format, indent: Number(ctx.value('I') ?? 2), raw: format === 'yaml' ? ctx.value('r') !== 'false' : ctx.has('r') }
  try {
    const filter = compileFilter(toJq(expression), environment)
    let last: Json | undefined
    const sources: (string | undefined)[] = ctx.has('n') ? [undefined] : words.length === 0 ? ['-'] : words
    for (const [i, name] of sources.entries()) {
      const text = name === undefined ? '' : decode(name === '-' ? yield* readAll(proc, 0) : yield* readFile(proc, name))
      const docs = name === undefined ? [null] : documents(text)
      const result = evaluate(filter, docs.length === 0 ? [null] : docs, output, !ctx.has('N'))
      last = result.last
      if (ctx.has('i') && name !== undefined && name !== '-') yield* writeFile(proc, name, result.text)
      else ctx.out.put(`${i > 0 && !ctx.has('N') && format === 'yaml' ? '---\n' : ''}${result.text}`)
    }
    yield* ctx.out.flush()
    if (ctx.has('e') && (last === undefined || last === null || last === false)) return yield* fail(proc, 'no matches found')
    return 0
  } catch (error) {
    yield* ctx.out.flush()
    if (error instanceof Errno)
      return yield* fail(proc, `open ${error.message.includes('/') ? error.message : (words[0] ?? '')}: ${strerror(error).toLowerCase()}`)
    if (error instanceof JqSyntaxError || error instanceof YamlError) return yield* fail(proc, error.message)
    if (error instanceof JqError) return yield* fail(proc, typeof error.value === 'string' ? error.value : dump(error.value))
    throw error
  }
}

/**
 * yq 4 (mikefarah). Differs: expressions are jq's, messages too; comments and styles of the input are lost; JSON and YAML only.
 */
export const yq = defineProgram({
  name: 'yq/yq',
  usage: '[flags] [expression] [file]...',
  version: '(https://github.com/mikefarah/yq/) version v4.44.3',
  short: 'eijnNo:I:PrCMp:',
  long: 'exit-status:e inplace:i tojson:j null-input:n no-doc:N output-format=:o indent=:I prettyPrint:P unwrapScalar=?:r colors:C no-colors:M input-format=:p from-file=',
  missing: 'C s split-exp front-matter header-preprocess string-interpolation xml-keep-namespace',
  tryHelp: false,
  // Flags as Go has them: -o=json.
  argv: (words) => words.map((w) => (/^-[A-Za-z]=/.test(w) ? w.slice(0, 2) + w.slice(3) : w)),
  run,
})
