import { Errno, strerror } from '#linux/errno.ts'
import type { Program } from '#linux/syscalls.ts'
import { decode } from '#sim/bytes.ts'
import { SECOND } from '#sim/time.ts'
import { readAll, readFile, say } from '#userland/lib/io.ts'
import { Options } from '#userland/lib/options.ts'
import { Context, finish } from '#userland/lib/program.ts'
import { format, NATIVES } from './builtins.ts'
import { type Env, Evaluator, type Host } from './evaluate.ts'
import { builtinScope, undefinedNames } from './filter.ts'
import { JsonError, JsonReader, parseJson } from './json.ts'
import { type Ast, JqSyntaxError, parseJq } from './parse.ts'
import { dump, isObject, JqError, type Json, type Style } from './value.ts'

const USAGE = `Usage:	jq [OPTIONS] FILTER [FILES...]
	jq [OPTIONS] --args FILTER [ARGUMENTS...]
	jq [OPTIONS] --jsonargs FILTER [JSON_VALUES...]
`

interface Flags {
  raw: boolean
  join: boolean
  nullInput: boolean
  rawInput: boolean
  slurp: boolean
  exitStatus: boolean
  seq: boolean
  style: Style
}

/** jq(1), version 1.6. */
export const jq: Program = {
  name: 'jq/jq',
  *main(proc) {
    const prog = proc.argv[0] ?? 'jq'
    const flags: Flags = {
      raw: false,
      join: false,
      nullInput: false,
      rawInput: false,
      slurp: false,
      exitStatus: false,
      seq: false,
      style: { indent: '  ', sortKeys: false, ascii: false, color: proc.isatty(1) && proc.getenv('TERM') !== 'dumb' },
    }
    let program: string | undefined
    let fromFile = false
    let rest: 'files' | 'args' | 'json' = 'files'
    const files: string[] = []
    const named = new Map<string, Json>()
    const positional: Json[] = []
    const args = proc.argv.slice(1)
    const complain = function* (message: string, status = 2) {
      yield* say(proc, 2, `${prog}: ${message}\n`)
      return status
    }
    const usageHint = `Use ${prog} --help for help with command-line options,\nor see the jq manpage, or online docs  at https://stedolan.github.io/jq\n`
    let optionsEnded = false
    for (let i = 0; i < args.length; i++) {
      const arg = args[i] ?? ''
      if (optionsEnded || !arg.startsWith('-') || arg === '-') {
        if (program === undefined && !fromFile) program = arg
        else if (program === undefined) program = decode(yield* readFile(proc, arg))
        else if (rest === 'files') files.push(arg)
        else if (rest === 'args') positional.push(arg)
        else {
          try {
            positional.push(parseJson(arg))
          } catch (error) {
            if (!(error instanceof JsonError)) throw error
            return yield* complain(`Invalid JSON text passed to --jsonargs\n${usageHint.trimEnd()}`)
          }
        }
        continue
      }
      if (arg === '--') {
        optionsEnded = program !== undefined || optionsEnded
        if (program === undefined) optionsEnded = true
        continue
      }
      const words = arg.startsWith('--') ? [arg.slice(2)] : [...arg.slice(1)]
      for (const word of words) {
        const style = (change: Partial<Style>): void => {
          flags.style = { ...flags.style, ...change }
        }
        switch (word) {
          case 's':
          case 'slurp':
            flags.slurp = true
            break
          case 'r':
          case 'raw-output':
            flags.raw = true
            break
          case 'j':
          case 'join-output':
            flags.raw = flags.join = true
            break
          case 'n':
          case 'null-input':
            flags.nullInput = true
            break
          case 'R':
          case 'raw-input':
            flags.rawInput = true
            break
          case 'e':
          case 'exit-status':
            flags.exitStatus = true
            break
          case 'c':
          case 'compact-output':
            style({ indent: '' })
            break
          case 'S':
          case 'sort-keys':
            style({ sortKeys: true })
            break
          case 'a':
          case 'ascii-output':
            style({ ascii: true })
            break
          case 'C':
          case 'color-output':
            style({ color: true })
            break
          case 'M':
          case 'monochrome-output':
            style({ color: false })
            break
          case 'tab':
            style({ indent: '\t' })
            break
          case 'seq':
            flags.seq = true
            break
          case 'unbuffered':
            break
          case 'f':
          case 'from-file':
            fromFile = true
            if (program !== undefined) {
              program = decode(yield* readFile(proc, program))
            }
            break
          case 'args':
            rest = 'args'
            break
          case 'jsonargs':
            rest = 'json'
            break
          case 'indent': {
            const n = Number(args[++i])
            if (!Number.isInteger(n) || n < -1) return yield* complain('Cannot indent less than -1')
            if (n > 7) return yield* complain('Cannot indent more than 7 characters')
            style({ indent: ' '.repeat(Math.max(0, n)) })
            break
          }
          case 'arg':
          case 'argjson':
          case 'slurpfile':
          case 'rawfile': {
            const name = args[++i]
            const value = args[++i]
            if (name === undefined || value === undefined)
              return yield* complain(
                `--${word} takes two parameters (e.g. --${word} ${word === 'arg' ? 'varname value' : word === 'argjson' ? 'varname text' : 'varname filename'})\n${usageHint.trimEnd()}`,
              )
            try {
              if (word === 'arg') named.set(name, value)
              else if (word === 'argjson') named.set(name, parseJson(value))
              else {
                const text = decode(yield* readFile(proc, value))
                if (word === 'rawfile') named.set(name, text)
                else {
                  const reader = new JsonReader(text)
                  const all: Json[] = []
                  for (let v = reader.next(); v !== undefined; v = reader.next()) all.push(v)
                  named.set(name, all)
                }
              }
            } catch (error) {
              if (error instanceof JsonError) return yield* complain(`Invalid JSON text passed to --${word}\n${usageHint.trimEnd()}`)
              if (error instanceof Errno)
                return yield* complain(`Bad JSON in --${word} ${name} ${value}: Could not open ${value}: ${strerror(error)}`)
              throw error
            }
            break
          }
          case 'h':
          case 'help':
            yield* say(
              proc,
              1,
              `${USAGE}\njq is a tool for processing JSON inputs. Options that are modelled: -c -n -e -s -r -R -j -a -S -C -M -f --tab --indent --arg --argjson --slurpfile --rawfile --args --jsonargs --seq.\n`,
            )
            return 0
          case 'V':
          case 'version':
            yield* say(proc, 1, 'jq-1.6\n')
            return 0
          case 'stream':
          case 'L':
          case 'stream-errors':
            yield* say(proc, 2, `podlab: jq --${word} is not modelled\n`)
            return 1
          default:
            yield* say(proc, 2, `${prog}: Unknown option ${arg}\n${usageHint}`)
            return 2
        }
      }
    }
    if (program === undefined) {
      if (!proc.isatty(0) || !proc.isatty(1)) program = '.'
      else {
        yield* say(proc, 2, USAGE)
        return 2
      }
    }
    let scope = builtinScope()
    for (const [name, value] of named) scope = { parent: scope, name: `$${name}`, value }
    const argsValue = new Map<string, Json>([
      ['positional', positional],
      ['named', new Map(named)],
    ])
    scope = { parent: { parent: scope, name: '$__prog_args', value: null }, name: '$ARGS', value: argsValue }
    let ast: Ast
    const source = program
    const show = (message: string, at: number): string => {
      const line = source.slice(0, at).split('\n').length
      const start = source.lastIndexOf('\n', at - 1) + 1
      const end = source.indexOf('\n', at)
      return `${prog}: error: ${message} at <top-level>, line ${line}:\n${source.slice(start, end < 0 ? undefined : end)}${' '.repeat(at - start)}\n`
    }
    try {
      ast = parseJq(source)
    } catch (error) {
      if (!(error instanceof JqSyntaxError)) throw error
      yield* say(proc, 2, `${show(error.message, error.at)}${prog}: 1 compile error\n`)
      return 3
    }
    const missing = undefinedNames(ast, scope)
    if (missing.length > 0) {
      yield* say(
        proc,
        2,
        `${missing.map((m) => show(`${m.name} is not defined`, m.at)).join('')}${prog}: ${missing.length} compile error${missing.length === 1 ? '' : 's'}\n`,
      )
      return 3
    }
    const ctx = new Context(
      proc,
      {
        name: 'jq/jq',
        usageStatus: 2,
        *run() {
          return 0
        },
      },
      new Options([], []),
    )
    return yield* finish(ctx, run(ctx, ast, scope, flags, files))
  },
}

function* run(ctx: Context, ast: Ast, scope: Env, flags: Flags, files: readonly string[]) {
  const { proc, prog, out } = ctx
  let text = ''
  let unreadable = false
  const sources: { name: string | null; end: number }[] = []
  if (!(flags.nullInput && files.length === 0 && !usesInput(ast))) {
    for (const name of files.length === 0 ? [undefined] : files) {
      try {
        text += decode(name === undefined ? yield* readAll(proc, 0) : yield* readFile(proc, name))
        sources.push({ name: name ?? null, end: text.length })
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* say(proc, 2, `${prog}: error: Could not open file ${name ?? 'stdin'}: ${strerror(error)}\n`)
        unreadable = true
      }
    }
  }
  const reader = new JsonReader(text)
  const rawLines = flags.rawInput ? text.split('\n') : []
  if (rawLines.at(-1) === '') rawLines.pop()
  let slurped = false
  let parseError: string | undefined
  let seen = 0
  const next = (): Json | undefined => {
    if (flags.slurp) {
      if (slurped) return undefined
      slurped = true
      if (flags.rawInput) return text
      const all: Json[] = []
      for (let v = one(); v !== undefined; v = one()) all.push(v)
      return parseError === undefined ? all : undefined
    }
    if (flags.rawInput) return rawLines[seen++]
    return one()
  }
  const one = (): Json | undefined => {
    if (parseError !== undefined) return undefined
    try {
      return reader.next()
    } catch (error) {
      if (!(error instanceof JsonError)) throw error
      parseError = error.message
      return undefined
    }
  }
  /** The file being read, and how many of its lines have been. */
  const place = (): { name: string | null; line: number } => {
    const at = Math.max(
      0,
      sources.findIndex((s) => reader.position <= s.end),
    )
    const lines = text.slice(sources[at - 1]?.end ?? 0, reader.position).split('\n').length - 1
    return { name: sources[at]?.name ?? null, line: lines }
  }
  let errors = ''
  const environment: Json = new Map(proc.environ.map((e) => [e.slice(0, e.indexOf('=')), e.slice(e.indexOf('=') + 1)] as const))
  const host: Host = {
    natives: NATIVES,
    environment,
    named: null,
    nextInput: next,
    now: () => proc.now() / SECOND,
    filename: () => place().name,
    line: () => place().line,
    stderr: (message) => {
      errors += message
    },
    format,
  }
  let status = 0
  let last: Json | undefined
  const inputs = flags.nullInput ? [null as Json] : undefined
  for (;;) {
    const value = inputs === undefined ? next() : inputs.shift()
    if (value === undefined) break
    try {
      for (const result of new Evaluator(host).run(ast, scope, value)) {
        last = result
        if (flags.seq) out.put('\x1e')
        out.put(flags.raw && typeof result === 'string' ? result : dump(result, flags.style))
        if (!flags.join) out.put('\n')
        if (errors !== '') {
          yield* say(proc, 2, errors)
          errors = ''
        }
        yield* out.drain()
      }
      status = 0
    } catch (error) {
      if (!(error instanceof JqError)) throw error
      yield* out.flush()
      const special = isObject(error.value) && error.value.has('__jq') ? error.value : undefined
      if (special !== undefined) {
        const message = special.get('value')
        if (message !== undefined) yield* say(proc, 2, typeof message === 'string' ? message : `${dump(message)}\n`)
        return Number(special.get('halt') ?? 5)
      }
      const { name, line } = place()
      const where = flags.nullInput && text === '' ? '(at <unknown>)' : `(at ${name ?? '<stdin>'}:${line})`
      yield* say(
        proc,
        2,
        typeof error.value === 'string'
          ? `${prog}: error ${where}: ${error.value}\n`
          : `${prog}: error ${where} (not a string): ${dump(error.value)}\n`,
      )
      status = 5
    }
    if (errors !== '') {
      yield* say(proc, 2, errors)
      errors = ''
    }
  }
  yield* out.flush()
  if (parseError !== undefined) {
    yield* say(proc, 2, `parse error: ${parseError}\n`)
    return 4
  }
  if (unreadable) return 2
  if (status !== 0) return status
  if (flags.exitStatus) return last === undefined ? 4 : last === null || last === false ? 1 : 0
  return 0
}

/** Whether a program reads more input by itself (then -n still reads). */
function usesInput(ast: Ast): boolean {
  return /"name":"inputs?"/.test(JSON.stringify(ast))
}
