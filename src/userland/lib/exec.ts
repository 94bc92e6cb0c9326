import { Errno, type ErrnoCode } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'

export const DEFAULT_PATH = '/bin:/usr/bin'

/** Value of `name` in an environment of `NAME=value` strings. */
export function getenv(environ: readonly string[], name: string): string | undefined {
  const entry = environ.find((e) => e.startsWith(`${name}=`))
  return entry?.slice(name.length + 1)
}

/** The environment with `name` set (replaced in place) or, without a value, removed. */
export function withEnv(environ: readonly string[], name: string, value: string | undefined): string[] {
  const out = environ.filter((e) => !e.startsWith(`${name}=`) || value !== undefined)
  if (value === undefined) return out
  const at = out.findIndex((e) => e.startsWith(`${name}=`))
  if (at < 0) out.push(`${name}=${value}`)
  else out[at] = `${name}=${value}`
  return out
}

/** Replaces the program, searching PATH; execvpe(3). A script without `#!` runs in /bin/sh. Throws Errno. */
export function* execvp(proc: Proc, argv: readonly string[], environ: readonly string[] = proc.environ): Sim<never> {
  const file = argv[0] ?? ''
  if (file === '') throw new Errno('ENOENT')
  if (file.includes('/')) return yield* execOrScript(proc, file, argv, environ)
  let failure: ErrnoCode = 'ENOENT'
  for (const dir of (getenv(environ, 'PATH') ?? DEFAULT_PATH).split(':')) {
    try {
      return yield* execOrScript(proc, dir === '' ? file : `${dir}/${file}`, argv, environ)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      if (error.code === 'EACCES') failure = 'EACCES'
      else if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
    }
  }
  throw new Errno(failure, file)
}

function* execOrScript(proc: Proc, path: string, argv: readonly string[], environ: readonly string[]): Sim<never> {
  try {
    return yield* proc.exec(path, argv, environ)
  } catch (error) {
    if (!(error instanceof Errno) || error.code !== 'ENOEXEC') throw error
    return yield* proc.exec('/bin/sh', ['/bin/sh', path, ...argv.slice(1)], environ)
  }
}

/** Where PATH finds an executable file of that name. */
export function findInPath(proc: Proc, name: string, path = proc.getenv('PATH') ?? DEFAULT_PATH): string[] {
  const candidates = name.includes('/') ? [name] : path.split(':').map((dir) => `${dir === '' ? '.' : dir}/${name}`)
  return candidates.filter((file) => {
    try {
      return (proc.stat(file).mode & 0o170000) === 0o100000 && proc.access(file, 'x')
    } catch (error) {
      if (error instanceof Errno) return false
      throw error
    }
  })
}

/** What a program that runs another exits with when it cannot be run: 127 not found, 126 otherwise. */
export function execStatus(error: Errno): number {
  return error.code === 'ENOENT' ? 127 : 126
}
