import { Errno, strerror } from '#linux/errno.ts'
import { O, S } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import type { Redirect } from '../syntax/ast.ts'
import { ExpansionError, type Run } from './flow.ts'
import { openNetwork } from './network.ts'
import type { Shell } from './shell.ts'

/** What to put back after a redirected builtin or compound command. */
export interface Saved {
  readonly fd: number
  /** Where the old descriptor was moved; undefined when it was closed. */
  readonly copy: number | undefined
}

/** A redirection failed; the message is still to be printed. */
export class RedirectError extends Error {}

/** First descriptor for those the shell keeps for itself. */
const HIGH = 10

/**
 * Performs redirections from left to right. With `saved`, remembers there how to undo them. Throws {@link RedirectError};
 * what was done before stays done (and is in `saved`).
 */
export function* redirect(sh: Shell, list: readonly Redirect[], saved?: Saved[]): Run<void> {
  for (const r of list) {
    try {
      yield* one(sh, r, saved)
    } catch (error) {
      if (error instanceof Errno) throw new RedirectError(`${culprit(r, error)}: ${strerror(error)}`)
      throw error
    }
  }
}

/** What a message about a failed redirection begins with. Which of two descriptors was wrong is guessed. Source: bash, redir.c. */
function culprit(r: Redirect, error: Errno): string {
  const raw = r.target.raw
  const fd = typeof r.fd === 'number' ? r.fd : r.op.startsWith('<') ? 0 : 1
  if (typeof r.fd === 'string' || error.code !== 'EBADF') return raw
  if (r.op !== '<&' && r.op !== '>&') return String(fd)
  const from = /^(\d+)-?$/.exec(raw)?.[1]
  if (from !== undefined) return from
  const usual = r.op === '<&' ? 0 : 1
  return fd === usual && !raw.endsWith('-') ? raw : String(fd)
}

export function undo(sh: Shell, saved: Saved[]): void {
  for (let s = saved.pop(); s !== undefined; s = saved.pop()) {
    if (s.copy === undefined) quietClose(sh, s.fd)
    else {
      sh.proc.dup2(s.copy, s.fd)
      sh.proc.close(s.copy)
    }
  }
}

function quietClose(sh: Shell, fd: number): void {
  try {
    sh.proc.close(fd)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

function save(sh: Shell, fd: number, saved: Saved[] | undefined): void {
  if (saved === undefined || saved.some((s) => s.fd === fd)) return
  try {
    sh.proc.getFlags(fd)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    saved.push({ fd, copy: undefined })
    return
  }
  saved.push({ fd, copy: duplicate(sh, fd) })
}

/** A copy of an open descriptor for the shell to keep: out of the way, if the limit of descriptors lets it. */
function duplicate(sh: Shell, fd: number): number {
  try {
    return sh.proc.dup(fd, HIGH, true)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  try {
    return sh.proc.dup(fd, 0, true)
  } catch (error) {
    if (error instanceof Errno) sh.systemError('redirection error: cannot duplicate fd', error)
    throw error
  }
}

/** `{name}>…`: a copy for the script to keep. */
function duplicateNamed(sh: Shell, fd: number): number {
  try {
    return sh.proc.dup(fd, HIGH)
  } catch (error) {
    if (error instanceof Errno && !sh.isDash) sh.systemError('redirection error: cannot duplicate fd', error)
    throw error
  }
}

function* target(sh: Shell, r: Redirect): Run<string> {
  const words =
    sh.posix && !sh.interactive ? [yield* sh.expander.settle(() => sh.expander.string(r.target))] : yield* sh.expander.fieldsOf([r.target])
  if (words.length !== 1) throw new RedirectError(`${r.target.raw}: ambiguous redirect`)
  return words[0] as string
}

function* one(sh: Shell, r: Redirect, saved: Saved[] | undefined): Run<void> {
  const input = r.op.startsWith('<')
  const named = typeof r.fd === 'string' ? r.fd : undefined
  const fd = typeof r.fd === 'number' ? r.fd : input ? 0 : 1
  if (r.op === '<<' || r.op === '<<-' || r.op === '<<<') {
    const text = r.op === '<<<' ? `${yield* sh.expander.settle(() => sh.expander.string(r.target))}\n` : yield* hereDocument(sh, r)
    install(sh, yield* textFile(sh, text), fd, named, saved)
    return
  }
  if (named !== undefined && (r.op === '>&' || r.op === '<&') && r.target.raw === '-') {
    closeNamed(sh, named)
    return
  }
  const word = yield* target(sh, r)
  if (r.op === '<&' || r.op === '>&') {
    const m = /^(\d*)(-?)$/.exec(word)
    if (m === null || word === '') {
      if (word === '' && !sh.isDash) throw new Errno('EBADF')
      if (r.op === '>&' && r.fd === undefined) {
        yield* both(sh, word, false, saved)
        return
      }
      throw new RedirectError(`${word}: ambiguous redirect`)
    }
    if (m[1] === '') {
      save(sh, fd, saved)
      quietClose(sh, fd)
      return
    }
    const from = Number(m[1])
    if (named !== undefined) {
      try {
        setNamed(sh, named, duplicateNamed(sh, from))
      } catch (error) {
        if (error instanceof Errno) throw new RedirectError(`${from}: ${strerror(error)}`)
        throw error
      }
      if (m[2] === '-') quietClose(sh, from)
      return
    }
    if (sh.isDash) openOrComplain(sh, from, word)
    else sh.proc.getFlags(from)
    // A descriptor of the shell's own (saved by an outer redirection) is not there for scripts.
    if (from !== fd) {
      save(sh, fd, saved)
      sh.proc.dup2(from, fd)
    }
    if (m[2] === '-' && from !== fd) {
      save(sh, from, saved)
      quietClose(sh, from)
    }
    return
  }
  if (r.op === '&>' || r.op === '&>>') {
    yield* both(sh, word, r.op === '&>>', saved)
    return
  }
  const got = yield* openFile(sh, r, word)
  install(sh, got, fd, named, saved)
}

function openOrComplain(sh: Shell, fd: number, word: string): void {
  try {
    sh.proc.getFlags(fd)
  } catch (error) {
    if (error instanceof Errno) throw new RedirectError(`${word}: ${strerror(error)}`)
    throw error
  }
}

function* openFile(sh: Shell, r: Redirect, path: string): Run<number> {
  const network = /^\/dev\/(tcp|udp)\/([^/]+)\/([^/]+)$/.exec(path)
  if (network !== null && !sh.isDash) return yield* openNetwork(sh, network[1] as 'tcp' | 'udp', network[2] as string, network[3] as string)
  const fail = (error: unknown): never => {
    if (!(error instanceof Errno)) throw error
    if (sh.isDash)
      throw new RedirectError(
        `cannot ${r.op === '<' ? 'open' : 'create'} ${path}: ${error.code === 'ENOENT' ? (r.op === '<' ? 'No such file' : 'Directory nonexistent') : strerror(error)}`,
      )
    throw new RedirectError(`${path}: ${strerror(error)}`)
  }
  try {
    switch (r.op) {
      case '<':
        return yield* retry(sh, path, O.RDONLY)
      case '>>':
        return yield* retry(sh, path, O.WRONLY | O.CREAT | O.APPEND)
      case '<>':
        return yield* retry(sh, path, O.RDWR | O.CREAT)
      default:
        if (r.op === '>' && sh.options.noclobber) return yield* openNew(sh, path)
        return yield* retry(sh, path, O.WRONLY | O.CREAT | O.TRUNC)
    }
  } catch (error) {
    return fail(error)
  }
}

function* retry(sh: Shell, path: string, flags: number): Run<number> {
  for (;;) {
    try {
      return yield* sh.proc.open(path, flags, 0o666)
    } catch (error) {
      if (!(error instanceof Errno) || error.code !== 'EINTR' || sh.pendingSignals.length > 0) throw error
    }
  }
}

/** `>` under noclobber: an existing regular file is not overwritten. */
function* openNew(sh: Shell, path: string): Run<number> {
  let mode: number | undefined
  try {
    mode = sh.proc.stat(path).mode & S.IFMT
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  if (mode === undefined) return yield* sh.proc.open(path, O.WRONLY | O.CREAT | O.EXCL, 0o666)
  if (mode === S.IFREG)
    throw new RedirectError(sh.isDash ? `cannot create ${path}: File exists` : `${path}: cannot overwrite existing file`)
  return yield* sh.proc.open(path, O.WRONLY | O.TRUNC, 0o666)
}

function* both(sh: Shell, path: string, append: boolean, saved: Saved[] | undefined): Run<void> {
  const fd = yield* openFile(sh, { op: append ? '>>' : '>', target: { parts: [], raw: path, line: 0, sync: true, brace: false } }, path)
  save(sh, 1, saved)
  save(sh, 2, saved)
  if (fd !== 1) {
    sh.proc.dup2(fd, 1)
    if (fd !== 2) sh.proc.close(fd)
  }
  sh.proc.dup2(1, 2)
}

/** Moves a new descriptor to where it belongs. */
function install(sh: Shell, from: number, fd: number, named: string | undefined, saved: Saved[] | undefined): void {
  if (named !== undefined) {
    try {
      setNamed(sh, named, duplicateNamed(sh, from))
    } finally {
      sh.proc.close(from)
    }
    return
  }
  if (from === fd) {
    if (saved !== undefined && !saved.some((s) => s.fd === fd)) saved.push({ fd, copy: undefined })
    return
  }
  try {
    save(sh, fd, saved)
    sh.proc.dup2(from, fd)
  } finally {
    sh.proc.close(from)
  }
}

function setNamed(sh: Shell, named: string, fd: number): void {
  const m = /^(\w+)\[(.*)\]$/.exec(named)
  if (m !== null) sh.assignText(m[1] as string, sh.subscriptWord(m[2] as string), String(fd))
  else sh.set(named, String(fd))
}

function closeNamed(sh: Shell, named: string): void {
  const m = /^(\w+)\[(.*)\]$/.exec(named)
  const value = m === null ? sh.get(named) : sh.element(m[1] as string, sh.subscriptWord(m[2] as string))
  if (value === undefined || value === '') throw new RedirectError(`${named}: ambiguous redirect`)
  // bash takes what is no number for 0.
  quietClose(sh, /^\d+$/.test(value) ? Number(value) : 0)
}

function* hereDocument(sh: Shell, r: Redirect): Run<string> {
  const doc = r.heredoc
  if (doc === undefined) return ''
  if (doc.quoted) return doc.text
  if (doc.body.sync) return sh.expander.quotedText(doc.body)
  return yield* sh.expander.settle(() => sh.expander.quotedText(doc.body))
}

/** A descriptor from which `text` can be read: a pipe when it fits into one, else a file without a name. */
function* textFile(sh: Shell, text: string): Run<number> {
  const data = encode(text)
  if (data.length <= 4096 || !sh.proc.access('/tmp', 'w')) {
    const { read, write } = sh.proc.pipe()
    if (data.length > 0 && data.length <= 65_536) yield* sh.proc.write(write, data)
    else if (data.length > 0) throw new ExpansionError('cannot create temp file for here-document: No such file or directory')
    sh.proc.close(write)
    return read
  }
  const name = `/tmp/sh-thd.${[...sh.proc.getrandom(6)].map((b) => 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'.charAt(b % 62)).join('')}`
  const fd = yield* sh.proc.open(name, O.RDWR | O.CREAT | O.EXCL, 0o600)
  try {
    yield* sh.proc.write(fd, data)
  } finally {
    sh.proc.unlink(name)
  }
  sh.proc.lseek(fd, 0, 'set')
  return fd
}
