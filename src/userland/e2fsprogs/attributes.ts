import { Errno, strerror } from '#linux/errno.ts'
import { type Proc, type Program, S } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { say } from '../lib/io.ts'
import { type Context, defineProgram } from '../lib/program.ts'

/** lsattr(1), chattr(1). Differs: only `a` and `i` have an effect. */

/** Letters in the order that lsattr prints, and their bits. */
const FLAGS: readonly (readonly [string, number])[] = [
  ['s', 0x1],
  ['u', 0x2],
  ['S', 0x8],
  ['D', 0x10000],
  ['i', 0x10],
  ['a', 0x20],
  ['d', 0x40],
  ['A', 0x80],
  ['c', 0x4],
  ['E', 0x800],
  ['j', 0x4000],
  ['I', 0x1000],
  ['t', 0x8000],
  ['T', 0x20000],
  ['e', 0x80000],
  ['C', 0x800000],
  ['x', 0x2000000],
  ['F', 0x40000000],
  ['N', 0x10000000],
  ['P', 0x20000000],
  ['V', 0x100000],
  ['m', 0x400],
]

const letters = (flags: number): string => FLAGS.map(([letter, bit]) => ((flags & bit) !== 0 ? letter : '-')).join('')

const isDirectory = (proc: Proc, path: string): boolean => (proc.lstat(path).mode & S.IFMT) === S.IFDIR

function* complain(ctx: Context, error: unknown, doing: string): Sim<void> {
  if (!(error instanceof Errno)) throw error
  yield* ctx.warn(`${strerror(error)} ${doing}`)
}

function* show(ctx: Context, path: string): Sim<void> {
  try {
    ctx.out.put(`${letters(ctx.proc.getFileFlags(path))} ${path}\n`)
  } catch (error) {
    yield* complain(ctx, error, `While reading flags on ${path}`)
  }
}

function* listDirectory(ctx: Context, dir: string): Sim<void> {
  const names = ctx.proc.readdir(dir).map((e) => e.name)
  const all = ctx.has('a') ? ['.', '..', ...names] : names.filter((n) => !n.startsWith('.'))
  for (const name of all) {
    const path = `${dir}/${name}`
    const type = ctx.proc.lstat(path).mode & S.IFMT
    if (type !== S.IFREG && type !== S.IFDIR) continue
    yield* show(ctx, path)
    if (!ctx.has('R') || type !== S.IFDIR || name === '.' || name === '..') continue
    ctx.out.put(`\n${path}:\n`)
    yield* listDirectory(ctx, path)
    ctx.out.put('\n')
  }
}

export const lsattr: Program = defineProgram({
  name: 'e2fsprogs/lsattr',
  usage: '[-RVadlpv] [files...]',
  short: 'RVadlpv',
  missing: 'l p v',
  *run(ctx) {
    for (const path of ctx.operands.length === 0 ? ['.'] : ctx.operands) {
      try {
        if (isDirectory(ctx.proc, path) && !ctx.has('d')) yield* listDirectory(ctx, path.replace(/(.)\/+$/, '$1'))
        else yield* show(ctx, path)
      } catch (error) {
        yield* complain(ctx, error, `while trying to stat ${path}`)
      }
    }
    return ctx.status
  },
})

const USAGE = 'Usage: chattr [-pRVf] [-+=aAcCdDeijPsStTuFx] [-v version] files...\n'

interface Change {
  add: number
  remove: number
  set: number | undefined
  recursive: boolean
}

/** The modes at the front of the command line; undefined when one is wrong. */
function modes(words: readonly string[]): { readonly change: Change; readonly files: readonly string[] } | undefined {
  const change: Change = { add: 0, remove: 0, set: undefined, recursive: false }
  let i = 0
  for (; i < words.length && /^[-+=]./.test(words[i] ?? ''); i++) {
    const word = words[i] ?? ''
    for (const letter of word.slice(1)) {
      const bit = FLAGS.find(([l]) => l === letter)?.[1]
      if (word.startsWith('-') && 'RVf'.includes(letter)) change.recursive ||= letter === 'R'
      else if (bit === undefined) return undefined
      else if (word.startsWith('+')) change.add |= bit
      else if (word.startsWith('-')) change.remove |= bit
      else change.set = (change.set ?? 0) | bit
    }
  }
  return { change, files: words.slice(i) }
}

function* alter(ctx: Context, path: string, change: Change): Sim<void> {
  const { proc } = ctx
  try {
    proc.lstat(path)
  } catch (error) {
    return yield* complain(ctx, error, `while trying to stat ${path}`)
  }
  let flags: number
  try {
    flags = change.set ?? (proc.getFileFlags(path) | change.add) & ~change.remove
  } catch (error) {
    return yield* complain(ctx, error, `while reading flags on ${path}`)
  }
  try {
    proc.setFileFlags(path, flags)
  } catch (error) {
    yield* complain(ctx, error, `while setting flags on ${path}`)
  }
  if (!change.recursive || !isDirectory(proc, path)) return
  for (const { name, type } of proc.readdir(path)) if (type === S.IFREG || type === S.IFDIR) yield* alter(ctx, `${path}/${name}`, change)
}

export const chattr: Program = defineProgram({
  name: 'e2fsprogs/chattr',
  usage: '[-pRVf] [-+=aAcCdDeijPsStTuFx] [-v version] files...',
  posix: true,
  argv: (words) => (words[0]?.startsWith('--') === true ? words : ['--', ...words]),
  *run(ctx) {
    const parsed = modes(ctx.operands)
    if (parsed === undefined || parsed.files.length === 0) {
      yield* say(ctx.proc, 2, USAGE)
      return 1
    }
    const { change, files } = parsed
    if (change.add === 0 && change.remove === 0 && change.set === undefined) {
      yield* say(ctx.proc, 2, "Must use '-v', =, - or +\n")
      return 1
    }
    if (change.set !== undefined && (change.add !== 0 || change.remove !== 0)) return yield* ctx.die('= is incompatible with - and +')
    if ((change.add & change.remove) !== 0) return yield* ctx.die("Can't both set and unset same flag.")
    for (const file of files) yield* alter(ctx, file, change)
    return ctx.status
  },
})
