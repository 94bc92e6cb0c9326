import { Errno, strerror } from '#linux/errno.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import { encode, fromBase64, toBase64 } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { say } from '../lib/io.ts'
import { type Context, defineProgram } from '../lib/program.ts'

/** getfattr(1), setfattr(1): extended attributes, xattr(7). */

const VERSION = '2.5.1'

/** Bytes as `"text"` with octal escapes, or `0x…`, or `0s` and base64. */
function shown(value: Uint8Array, encoding: string | undefined): string {
  const text = value.every((b) => b >= 32 && b < 127)
  const how = encoding ?? (text ? 'text' : 'base64')
  if (how === 'hex') return `0x${[...value].map((b) => b.toString(16).padStart(2, '0')).join('')}`
  if (how === 'base64') return `0s${toBase64(value)}`
  const escaped = [...value].map((b) =>
    b === 34 || b === 92
      ? `\\${String.fromCharCode(b)}`
      : b < 32 || b > 126
        ? `\\${b.toString(8).padStart(3, '0')}`
        : String.fromCharCode(b),
  )
  return `"${escaped.join('')}"`
}

/** A value as setfattr takes it: `0x…`, `0s…`, else text, in quotation marks or not; undefined when it is none. */
function parsed(text: string): Uint8Array | undefined {
  if (/^0x/i.test(text)) {
    const digits = text.slice(2)
    if (!/^([0-9a-f]{2})*$/i.test(digits)) return undefined
    return new Uint8Array((digits.match(/../g) ?? []).map((d) => Number.parseInt(d, 16)))
  }
  if (/^0s/i.test(text)) {
    return fromBase64(text.slice(2))
  }
  const bare = /^"(.*)"$/s.exec(text)?.[1] ?? text
  return encode(bare.replace(/\\([0-7]{3}|.)/g, (_, e: string) => (e.length === 3 ? String.fromCharCode(Number.parseInt(e, 8)) : e)))
}

/** The names that -m (a regular expression, `-` for all) lets through. */
function wanted(ctx: Context, names: readonly string[]): readonly string[] {
  const pattern = ctx.value('m') ?? '^user\\.'
  return names.filter((n) => pattern === '-' || new RegExp(pattern).test(n)).sort()
}

function lines(ctx: Context, proc: Proc, path: string): { readonly out: string[]; readonly missing: boolean } {
  const one = ctx.value('n')
  const out: string[] = []
  for (const name of one === undefined ? wanted(ctx, proc.listxattr(path)) : [one]) {
    const value = proc.getxattr(path, name)
    if (value === undefined) return { out, missing: true }
    if (ctx.has('only-values')) out.push(String.fromCharCode(...value))
    else if (one === undefined && !ctx.has('d')) out.push(`${name}\n`)
    else out.push(value.length === 0 ? `${name}\n` : `${name}=${shown(value, ctx.value('e'))}\n`)
  }
  return { out, missing: false }
}

/** Without the program's name, as getfattr has it. */
function* absent(ctx: Context, path: string): Sim<void> {
  yield* ctx.out.flush()
  yield* say(ctx.proc, 2, `${path}: ${ctx.value('n') ?? ''}: No such attribute\n`)
  ctx.status = 1
}

const getfattr = defineProgram({
  name: 'attr/getfattr',
  version: VERSION,
  usage: '[-hRLP] [-n name|-d] [-e en] [-m pattern] path...',
  short: 'n:de:m:hRLP',
  long: 'name=:n dump:d encoding=:e match=:m only-values no-dereference:h absolute-names recursive:R logical:L physical:P',
  missing: 'R L P h',
  tryHelp: true,
  *run(ctx) {
    const { proc } = ctx
    if (ctx.operands.length === 0) return yield* ctx.usage()
    let stripped = false
    for (const path of ctx.operands) {
      const name = ctx.has('absolute-names') ? path : path.replace(/^\/+/, '')
      if (name !== path && !stripped) yield* ctx.warn("Removing leading '/' from absolute path names", 0)
      stripped ||= name !== path
      try {
        const { out, missing } = lines(ctx, proc, path)
        if (missing) yield* absent(ctx, path)
        else if (out.length > 0) ctx.out.put(ctx.has('only-values') ? out.join('') : `# file: ${name}\n${out.join('')}\n`)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* ctx.warn(`${path}: ${error.code === 'ENOENT' ? '' : `${ctx.value('n') ?? ''}: `}${strerror(error)}`)
      }
    }
    return ctx.status
  },
})

const setfattr = defineProgram({
  name: 'attr/setfattr',
  version: VERSION,
  usage: '{-n name} [-v value] [-h] file...',
  short: 'n:x:v:hB:',
  long: 'name=:n remove=:x value=:v no-dereference:h restore=:B raw',
  missing: 'B raw h',
  *run(ctx) {
    const { proc } = ctx
    const name = ctx.value('n') ?? ctx.value('x')
    if (name === undefined || ctx.operands.length === 0 || (ctx.has('n') && ctx.has('x'))) return yield* ctx.usage()
    const value = ctx.has('x') ? undefined : parsed(ctx.value('v') ?? '')
    if (!ctx.has('x') && value === undefined) return yield* ctx.die('bad input encoding')
    for (const path of ctx.operands) {
      try {
        if (ctx.has('x') && proc.getxattr(path, name) === undefined) yield* ctx.warn(`${path}: No such attribute`)
        else proc.setxattr(path, name, value)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* ctx.warn(`${path}: ${strerror(error)}`)
      }
    }
    return ctx.status
  },
})

export const programs: readonly Program[] = [getfattr, setfattr]
