import { Errno } from '#linux/errno.ts'
import { S, type Stat } from '#linux/syscalls.ts'
import { special } from '../interp/parameters.ts'
import type { Shell } from '../interp/shell.ts'
import { isSetOption } from './set.ts'

function statOf(sh: Shell, path: string, link = false): Stat | undefined {
  if (path === '') return undefined
  try {
    const fd = /^\/dev\/fd\/(\d+)$/.exec(path)
    if (fd !== null) return sh.proc.fstat(Number(fd[1]))
    return link ? sh.proc.lstat(path) : sh.proc.stat(path)
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

const TYPES: Record<string, number> = { '-f': S.IFREG, '-d': S.IFDIR, '-b': S.IFBLK, '-c': S.IFCHR, '-p': S.IFIFO, '-S': S.IFSOCK }

/** A unary primary of `test` and `[[`. Source: bash, Conditional Expressions. */
export function fileTest(sh: Shell, op: string, arg: string): boolean {
  const type = TYPES[op]
  if (type !== undefined) {
    const st = statOf(sh, arg)
    return st !== undefined && (st.mode & S.IFMT) === type
  }
  switch (op) {
    case '-n':
      return arg !== ''
    case '-z':
      return arg === ''
    case '-e':
    case '-a':
      return statOf(sh, arg) !== undefined
    case '-h':
    case '-L': {
      const st = statOf(sh, arg, true)
      return st !== undefined && (st.mode & S.IFMT) === S.IFLNK
    }
    case '-s':
      return (statOf(sh, arg)?.size ?? 0) > 0
    case '-r':
    case '-w':
    case '-x':
      return arg !== '' && sh.proc.access(arg, op[1] as string, true)
    case '-u':
      return ((statOf(sh, arg)?.mode ?? 0) & S.ISUID) !== 0
    case '-g':
      return ((statOf(sh, arg)?.mode ?? 0) & S.ISGID) !== 0
    case '-k':
      return ((statOf(sh, arg)?.mode ?? 0) & S.ISVTX) !== 0
    case '-O':
      return statOf(sh, arg)?.uid === sh.proc.credentials().euid
    case '-G':
      return statOf(sh, arg)?.gid === sh.proc.credentials().egid
    case '-N': {
      const st = statOf(sh, arg)
      return st !== undefined && st.mtime > st.atime
    }
    case '-t':
      return /^\d+$/.test(arg) && isTerminal(sh, Number(arg))
    case '-v': {
      const m = /^([A-Za-z_]\w*)(?:\[([\s\S]*)\])?$/.exec(arg)
      if (m === null) return /^\d+$/.test(arg) && special(sh, arg) !== undefined
      const v = sh.lookup(m[1] as string)
      if (m[2] === undefined) return v !== undefined && v.scalar() !== undefined
      if (m[2] === '@' || m[2] === '*') return (v?.elements().length ?? 0) > 0
      return v !== undefined && sh.element(m[1] as string, sh.subscriptWord(m[2])) !== undefined
    }
    case '-R': {
      const v = sh.scope.raw(arg)
      return v?.nameref === true && v.value !== undefined
    }
    case '-o':
      return isSetOption(arg) && sh.options[arg]
    default:
      return false
  }
}

function isTerminal(sh: Shell, fd: number): boolean {
  try {
    return sh.proc.isatty(fd)
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}
