import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import { S } from '#linux/syscalls.ts'
import { compilePattern, hasGlob, type PatternOptions, unescapePattern } from './pattern.ts'

export interface GlobOptions extends PatternOptions {
  readonly dotglob: boolean
  readonly globstar: boolean
  /** `.*` matches `.` and `..` (shopt globskipdots is off). */
  readonly dots: boolean
  /** Names that match one of these are left out (GLOBIGNORE). */
  readonly ignore?: readonly string[]
}

const MAX_MATCHES = 200_000

/** File names that match a pattern, sorted; empty when there is none. Source: bash, Filename Expansion. */
export function glob(proc: Proc, pattern: string, options: GlobOptions): string[] {
  const out: string[] = []
  const absolute = pattern.startsWith('/')
  const segments = splitPath(pattern)
  const lead = absolute ? (/^\/+/.exec(pattern) as RegExpExecArray)[0] : ''
  walk(proc, lead, segments, 0, options, out)
  const kept =
    options.ignore === undefined
      ? out
      : out.filter((f) => !options.ignore?.some((p) => compilePattern(p, options).matches(f)) && !/(?:^|\/)\.\.?$/.test(f))
  return compareSort(kept)
}

export function compareSort(names: string[]): string[] {
  return names.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

/** Segments between slashes, quoting kept; an empty last one says that a directory is wanted. */
function splitPath(pattern: string): string[] {
  const out: string[] = []
  let seg = ''
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i] as string
    if (c === '\\') seg += c + (pattern[++i] ?? '')
    else if (c === '/') {
      if (seg !== '' || out.length > 0) out.push(seg)
      seg = ''
      while (pattern[i + 1] === '/') i++
      if (i + 1 >= pattern.length) out.push('')
    } else seg += c
  }
  if (seg !== '') out.push(seg)
  return out
}

function walk(proc: Proc, base: string, segments: readonly string[], n: number, options: GlobOptions, out: string[]): void {
  if (out.length >= MAX_MATCHES) return
  const seg = segments[n]
  if (seg === undefined) return
  const last = n === segments.length - 1
  if (seg === '') {
    if (isDir(proc, base === '' ? '.' : base)) out.push(base)
    return
  }
  if (!hasGlob(seg, options.extglob)) {
    const path = base + unescapePattern(seg)
    if (last) {
      if (exists(proc, path)) out.push(path)
    } else walk(proc, `${path}/`, segments, n + 1, options, out)
    return
  }
  if (seg === '**' && options.globstar) {
    walkAll(proc, base, segments, n, options, out, 0)
    return
  }
  const pattern = compilePattern(seg, options)
  for (const entry of list(proc, base, seg.startsWith('.') || seg.startsWith('\\.'), options)) {
    if (!pattern.matches(entry.name)) continue
    if (last) out.push(base + entry.name)
    else if (entry.type === S.IFDIR || (entry.type === S.IFLNK && isDir(proc, base + entry.name)))
      walk(proc, `${base}${entry.name}/`, segments, n + 1, options, out)
  }
}

/** `**`: all files and directories below. */
function walkAll(
  proc: Proc,
  base: string,
  segments: readonly string[],
  n: number,
  options: GlobOptions,
  out: string[],
  depth: number,
): void {
  if (depth > 64) return
  const last = n === segments.length - 1
  if (!last) walk(proc, base, segments, n + 1, options, out)
  else if (depth > 0 || base !== '') out.push(depth === 0 ? base : base.slice(0, -1))
  for (const entry of list(proc, base, false, options)) {
    if (entry.type === S.IFDIR) walkAll(proc, `${base}${entry.name}/`, segments, n, options, out, depth + 1)
    else if (last) out.push(base + entry.name)
  }
}

function list(proc: Proc, base: string, dots: boolean, options: GlobOptions): { name: string; type: number }[] {
  try {
    const entries: { name: string; type: number }[] = proc
      .readdir(base === '' ? '.' : base)
      .filter((e) => dots || options.dotglob || !e.name.startsWith('.'))
    if (dots && options.dots) entries.push({ name: '.', type: S.IFDIR }, { name: '..', type: S.IFDIR })
    return entries
  } catch (error) {
    if (error instanceof Errno) return []
    throw error
  }
}

function isDir(proc: Proc, path: string): boolean {
  try {
    return (proc.stat(path).mode & S.IFMT) === S.IFDIR
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}

function exists(proc: Proc, path: string): boolean {
  try {
    proc.lstat(path)
    return true
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}
