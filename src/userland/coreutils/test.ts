import { Errno } from '#linux/errno.ts'
import { type Proc, type Program, S, type Stat } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { say } from '#userland/lib/io.ts'
import { quote } from '#userland/lib/quote.ts'

class TestError extends Error {}

function statOf(proc: Proc, path: string, follow = true): Stat | undefined {
  try {
    return follow ? proc.stat(path) : proc.lstat(path)
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

function unary(proc: Proc, op: string, arg: string): boolean {
  const type = (format: number): boolean => ((statOf(proc, arg)?.mode ?? 0) & S.IFMT) === format
  const bit = (mask: number): boolean => ((statOf(proc, arg)?.mode ?? 0) & mask) !== 0
  switch (op) {
    case '-n':
      return arg !== ''
    case '-z':
      return arg === ''
    case '-e':
      return statOf(proc, arg) !== undefined
    case '-f':
      return type(S.IFREG)
    case '-d':
      return type(S.IFDIR)
    case '-b':
      return type(S.IFBLK)
    case '-c':
      return type(S.IFCHR)
    case '-p':
      return type(S.IFIFO)
    case '-S':
      return type(S.IFSOCK)
    case '-h':
    case '-L':
      return ((statOf(proc, arg, false)?.mode ?? 0) & S.IFMT) === S.IFLNK
    case '-s':
      return (statOf(proc, arg)?.size ?? 0) > 0
    case '-g':
      return bit(S.ISGID)
    case '-k':
      return bit(S.ISVTX)
    case '-u':
      return bit(S.ISUID)
    case '-r':
      return proc.access(arg, 'r', true)
    case '-w':
      return proc.access(arg, 'w', true)
    case '-x':
      return proc.access(arg, 'x', true)
    case '-O':
      return statOf(proc, arg)?.uid === proc.credentials().euid
    case '-G':
      return statOf(proc, arg)?.gid === proc.credentials().egid
    case '-N': {
      const st = statOf(proc, arg)
      return st !== undefined && st.mtime > st.atime
    }
    case '-t':
      return proc.isatty(integer(arg))
    default:
      throw new TestError(`${quote(op)}: unary operator expected`)
  }
}

function integer(text: string): number {
  if (!/^\s*[+-]?\d+\s*$/.test(text)) throw new TestError(`invalid integer ${quote(text)}`)
  return Number(text)
}

const BINARY = new Set(['=', '==', '!=', '<', '>', '-eq', '-ne', '-lt', '-le', '-gt', '-ge', '-nt', '-ot', '-ef'])
const UNARY = /^-[bcdefghkLnNOGprsStuwxz]$/

function binary(proc: Proc, a: string, op: string, b: string): boolean {
  switch (op) {
    case '=':
    case '==':
      return a === b
    case '!=':
      return a !== b
    case '<':
      return a < b
    case '>':
      return a > b
    case '-eq':
      return integer(a) === integer(b)
    case '-ne':
      return integer(a) !== integer(b)
    case '-lt':
      return integer(a) < integer(b)
    case '-le':
      return integer(a) <= integer(b)
    case '-gt':
      return integer(a) > integer(b)
    case '-ge':
      return integer(a) >= integer(b)
    default: {
      const x = statOf(proc, a)
      const y = statOf(proc, b)
      if (op === '-nt') return x !== undefined && (y === undefined || x.mtime > y.mtime)
      if (op === '-ot') return y !== undefined && (x === undefined || x.mtime < y.mtime)
      return x !== undefined && y !== undefined && x.dev === y.dev && x.ino === y.ino
    }
  }
}

/** Evaluates the expression of test(1): by the number of arguments up to four (POSIX), else by precedence. */
function evaluate(proc: Proc, args: readonly string[]): boolean {
  let at = 0
  const peek = (n = 0): string | undefined => args[at + n]
  const primary = (): boolean => {
    const token = args[at++]
    if (token === undefined) throw new TestError(`missing argument after ${quote(args.at(-1) ?? '')}`)
    if (token === '!') return !primary()
    if (token === '(' && !(BINARY.has(peek() ?? '') && peek(1) !== undefined && args.length === 3)) {
      const value = or()
      if (args[at] !== ')') throw new TestError("')' expected")
      at++
      return value
    }
    const op = peek()
    if (op !== undefined && BINARY.has(op) && peek(1) !== undefined) {
      at += 2
      return binary(proc, token, op, args[at - 1] ?? '')
    }
    if (UNARY.test(token) && peek() !== undefined) return unary(proc, token, args[at++] ?? '')
    return token !== ''
  }
  const and = (): boolean => {
    let value = primary()
    while (peek() === '-a') {
      at++
      value = primary() && value
    }
    return value
  }
  const or = (): boolean => {
    let value = and()
    while (peek() === '-o') {
      at++
      value = and() || value
    }
    return value
  }
  if (args.length === 0) return false
  if (args.length === 1) return args[0] !== ''
  if (args.length === 2) {
    const [op = '', arg = ''] = args
    if (op === '!') return arg === ''
    if (UNARY.test(op)) return unary(proc, op, arg)
    throw new TestError(/^-/.test(op) ? `${quote(op)}: unary operator expected` : `missing argument after ${quote(arg)}`)
  }
  if (args.length === 3 && BINARY.has(args[1] ?? '')) return binary(proc, args[0] ?? '', args[1] ?? '', args[2] ?? '')
  const value = or()
  if (at < args.length)
    throw new TestError(
      args.length === 3 && at === 1 ? `${quote(args[1] ?? '')}: binary operator expected` : `extra argument ${quote(args[at] ?? '')}`,
    )
  return value
}

function testing(name: string, bracket: boolean): Program {
  return {
    name: `coreutils/${name}`,
    *main(proc): Sim<number> {
      const prog = proc.argv[0] ?? name
      const args = proc.argv.slice(1)
      if (bracket && args.pop() !== ']') {
        yield* say(proc, 2, `${prog}: missing ${quote(']')}\n`)
        return 2
      }
      try {
        return evaluate(proc, args) ? 0 : 1
      } catch (error) {
        if (!(error instanceof TestError)) throw error
        yield* say(proc, 2, `${prog}: ${error.message}\n`)
        return 2
      }
    },
  }
}

/** test(1) and `[` */
export const testProgram: Program = testing('test', false)
export const bracket: Program = testing('[', true)
