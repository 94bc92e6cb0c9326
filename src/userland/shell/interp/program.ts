import { Errno, strerror } from '#linux/errno.ts'
import { S } from '#linux/syscalls.ts'
import { decode } from '#sim/bytes.ts'
import { ansiQuote, needsAnsi } from '../expand/quote.ts'
import { ExitFlow, type Run } from './flow.ts'
import { callFunction } from './function.ts'
import { environment } from './parameters.ts'
import { runScriptHere } from './script.ts'
import type { Shell } from './shell.ts'

/** The path of a command by PATH and the hash table; undefined when there is none. */
export function findProgram(sh: Shell, name: string, remember = true): string | undefined {
  if (name.includes('/')) return name
  const known = sh.hash.get(name)
  if (known !== undefined && remember) {
    known.hits++
    return known.path
  }
  const found = searchPath(sh, name, sh.get('PATH'))
  if (found !== undefined && remember && sh.options.hashall) sh.hash.set(name, { path: found, hits: 1 })
  return found
}

/** The first executable of that name; else the first file that is there but can't be executed. */
export function searchPath(sh: Shell, name: string, path: string | undefined): string | undefined {
  let second: string | undefined
  if (name === '') return undefined
  for (const dir of (path ?? '').split(':')) {
    const full = dir === '' ? `./${name}` : dir.endsWith('/') ? dir + name : `${dir}/${name}`
    try {
      const st = sh.proc.stat(full)
      if ((st.mode & S.IFMT) === S.IFDIR) continue
      if (sh.proc.access(full, 'x', true)) return full
      second ??= full
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
  return second
}

/** All executables of that name along PATH (`type -a`). */
export function searchAll(sh: Shell, name: string): string[] {
  const out: string[] = []
  for (const dir of (sh.get('PATH') ?? '').split(':')) {
    const found = searchPath(sh, name, dir === '' ? '.' : dir)
    if (found !== undefined && sh.proc.access(found, 'x', true)) out.push(found)
  }
  return out
}

/**
 * Replaces this process by a program; returns the exit status when that fails (the message is printed). A text file without
 * `#!` is run as a script by this shell. `label`: how messages begin: `NAME: …`, or `exec: NAME: …`.
 */
export function* executeProgram(
  sh: Shell,
  words: readonly string[],
  label: 'command' | 'exec',
  argv0?: string,
  environ?: readonly string[],
  path?: string,
): Run<number> {
  const name = words[0] as string
  const found = path ?? findProgram(sh, name)
  const prefix = label === 'exec' ? 'exec: ' : ''
  if (found === undefined) {
    const handler = sh.functions.get('command_not_found_handle')
    if (handler !== undefined && label === 'command') {
      return yield* callFunction(sh, 'command_not_found_handle', handler, words)
    }
    if (sh.get('PATH') === undefined || sh.get('PATH') === '') {
      sh.error(`${prefix}${name}: ${sh.isDash ? 'not found' : 'No such file or directory'}`)
    } else
      sh.error(
        `${prefix}${needsAnsi(name, sh.utf8) ? ansiQuote(name, sh.utf8) : name}: ${sh.isDash || label === 'exec' ? 'not found' : 'command not found'}`,
      )
    yield* sh.flush()
    return 127
  }
  yield* sh.flush()
  yield* sh.settleCpu()
  const argv = [argv0 ?? name, ...words.slice(1)]
  const env = environ ?? [...environment(sh).filter((e) => !e.startsWith('_=')), ...(sh.isDash ? [] : [`_=${found}`])]
  try {
    yield* sh.proc.exec(found, argv, env)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return yield* failed(sh, error, name, found, argv, prefix)
  }
  return 0
}

function* failed(sh: Shell, error: Errno, name: string, path: string, argv: readonly string[], prefix: string): Run<number> {
  const say = function* (message: string, status: number): Run<number> {
    sh.error(message)
    yield* sh.flush()
    return status
  }
  let directory = false
  let exists = true
  try {
    directory = (sh.proc.stat(path).mode & S.IFMT) === S.IFDIR
  } catch (e) {
    if (!(e instanceof Errno)) throw e
    exists = false
  }
  const shown = `${prefix}${prefix === '' ? (name.includes('/') ? name : path) : name}`
  if (error.code === 'ENOEXEC') {
    const head = yield* readHead(sh, path)
    if (head === '') return 0
    const firstLine = head.split('\n', 1)[0] as string
    if (firstLine.includes('\0') || head.startsWith('\x7fELF'))
      return yield* say(`${shown}: cannot execute binary file: Exec format error`, 126)
    throw new ExitFlow(yield* runScriptHere(sh, path, argv))
  }
  if (sh.isDash)
    return yield* say(`${name}: ${error.code === 'ENOENT' ? 'not found' : strerror(error)}`, error.code === 'ENOENT' ? 127 : 126)
  if (error.code === 'ENOENT') {
    if (exists) return yield* say(`${shown}: cannot execute: required file not found`, 127)
    return yield* say(`${shown}: ${prefix === '' ? strerror(error) : `cannot execute: ${strerror(error)}`}`, 127)
  }
  if (directory) return yield* say(`${shown}: ${prefix === '' ? 'Is a directory' : 'cannot execute: Is a directory'}`, 126)
  return yield* say(`${shown}: ${prefix === '' ? strerror(error) : `cannot execute: ${strerror(error)}`}`, 126)
}

function* readHead(sh: Shell, path: string): Run<string> {
  try {
    const fd = yield* sh.proc.open(path, 0)
    try {
      return decode(yield* sh.proc.read(fd, 128))
    } finally {
      sh.proc.close(fd)
    }
  } catch (error) {
    if (error instanceof Errno) return ''
    throw error
  }
}
