import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'

/** `.`, `..` and doubled slashes taken out of a path by its text alone. */
export function normalize(path: string): string {
  const out: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..') out.pop()
    else out.push(part)
  }
  return `/${out.join('/')}`
}

/** How many missing parts a path may have: all must exist, all but the last, or any. */
export type Missing = 'none' | 'last' | 'any'

/** realpath(1)'s and readlink(1)'s canonical names. Throws Errno. */
export function canonicalize(proc: Proc, path: string, missing: Missing): string {
  if (path === '') throw new Errno('ENOENT')
  const absolute = path.startsWith('/') ? path : `${proc.getcwd()}/${path}`
  let done = ''
  let left = absolute.split('/').filter((p) => p !== '')
  for (let hops = 0; left.length > 0; ) {
    const part = left.shift() ?? ''
    if (part === '.') continue
    if (part === '..') {
      done = done.slice(0, Math.max(0, done.lastIndexOf('/')))
      continue
    }
    const next = `${done}/${part}`
    try {
      const target = proc.readlink(next)
      if (++hops > 40) throw new Errno('ELOOP')
      if (target.startsWith('/')) done = ''
      left = [...target.split('/').filter((p) => p !== ''), ...left]
      continue
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      if (error.code === 'ENOENT') {
        if (missing === 'none' || (missing === 'last' && left.some((p) => p !== '.'))) throw error
      } else if (error.code === 'ENOTDIR') {
        if (missing !== 'any') throw error
      } else if (error.code !== 'EINVAL') throw error
      else if (left.length > 0 && (proc.lstat(next).mode & 0o170000) !== 0o040000 && missing !== 'any') throw new Errno('ENOTDIR')
    }
    done = next
  }
  if (missing === 'none' && path.endsWith('/') && (proc.stat(done || '/').mode & 0o170000) !== 0o040000) throw new Errno('ENOTDIR')
  return done || '/'
}

/** `to` as seen from the directory `base`; both absolute. */
export function relative(base: string, to: string): string {
  const from = base.split('/').filter((p) => p !== '')
  const parts = to.split('/').filter((p) => p !== '')
  let common = 0
  while (common < from.length && common < parts.length && from[common] === parts[common]) common++
  return [...from.slice(common).map(() => '..'), ...parts.slice(common)].join('/') || '.'
}

/** The text of a relative link `name` to `target` (ln -r). */
export function relativeTo(proc: Proc, target: string, name: string): string {
  const dir = name.includes('/') ? name.slice(0, name.lastIndexOf('/')) || '/' : '.'
  try {
    return relative(canonicalize(proc, dir, 'any'), canonicalize(proc, target, 'any'))
  } catch (error) {
    if (error instanceof Errno) return target
    throw error
  }
}
