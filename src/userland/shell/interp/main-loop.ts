import { Errno } from '#linux/errno.ts'
import { decode } from '#sim/bytes.ts'
import type { List } from '../syntax/ast.ts'
import { SyntaxProblem } from '../syntax/ast.ts'
import { newParser } from './eval.ts'
import { run } from './exec.ts'
import { DiscardFlow, type Run } from './flow.ts'
import type { Shell } from './shell.ts'
import { syntaxMessage } from './syntax-message.ts'
import { runPending } from './traps.ts'

/** Runs a whole script's text, command by command. */
export function* runText(sh: Shell, text: string, tailCalls = false): Run<number> {
  const parser = newParser(sh, text, 1)
  let status = sh.lastStatus
  let shown = 0
  let started = false
  for (;;) {
    let list: List | undefined
    const from = parser.pos
    try {
      list = parser.complete()
    } catch (error) {
      if (!(error instanceof SyntaxProblem)) throw error
      if (sh.options.verbose) sh.err(text.slice(Math.max(shown, from)))
      syntaxMessage(sh, error)
      yield* sh.flush()
      sh.lastStatus = error.unmatched && sh.lastStatus !== 0 ? sh.lastStatus : (error.status ?? sh.lastStatus)
      return sh.lastStatus
    }
    if (sh.options.verbose && parser.src === text) {
      // Lines are shown as they are read: all up to the end of the one the parser is on.
      const nl = parser.pos > 0 && text[parser.pos - 1] === '\n' ? parser.pos : text.indexOf('\n', parser.pos) + 1 || text.length
      if (nl > Math.max(shown, from)) sh.err(text.slice(Math.max(shown, from), nl))
      shown = nl
      yield* sh.flush()
    }
    if (list === undefined) return status
    if (sh.options.noexec) continue
    if (started && !sh.commandString) sh.commandNumber++
    started = true
    sh.line = parser.lastLine
    try {
      status = yield* run(sh, list, tailCalls && /^\s*$/.test(parser.src.slice(parser.pos)) && parser.atEnd)
    } catch (error) {
      if (!(error instanceof DiscardFlow)) throw error
      status = error.status
      sh.lastStatus = status
      sh.pipestatus = [status]
      yield* sh.flush()
    }
    // bash goes on counting lines from where it was: from a command that failed, for one.
    parser.line = sh.line + parser.line - parser.lastLine
    if (sh.options.onecmd) return status
  }
}

/**
 * Runs commands from standard input, reading no more of it than needed, so that the commands can read what follows.
 */
export function* runStdin(sh: Shell): Run<number> {
  let text = ''
  let line = 1
  let status = 0
  let eof = false
  while (!eof || text !== '') {
    if (!eof) {
      const more = yield* inputLine(sh)
      if (more === undefined) eof = true
      else {
        text += more
        if (sh.options.verbose) {
          sh.err(more)
          yield* sh.flush()
        }
      }
    }
    if (sh.pendingSignals.length > 0) yield* runPending(sh)
    if (text.trim() === '' && eof) break
    const parser = newParser(sh, text, line, !eof)
    let list: List | undefined
    try {
      if (/(^|[^\\])(\\\\)*\\\n$/.test(text) && !eof) continue
      list = parser.complete()
      if (parser.heredocOpen && !eof) continue
    } catch (error) {
      if (!(error instanceof SyntaxProblem)) throw error
      if (error.incomplete && !eof) continue
      syntaxMessage(sh, error)
      yield* sh.flush()
      sh.lastStatus = 2
      if (!sh.interactive) return error.status ?? sh.lastStatus
      text = ''
      continue
    }
    if (list !== undefined && !sh.options.noexec) {
      try {
        status = yield* run(sh, list)
      } catch (error) {
        if (!(error instanceof DiscardFlow)) throw error
        status = error.status
        sh.lastStatus = status
        yield* sh.flush()
      }
    }
    line = parser.line
    text = parser.atEnd ? '' : text.slice(parser.pos)
    if (text === '' && eof) break
  }
  return status
}

/** The next line with its end; undefined at the end of the file. */
export function* inputLine(sh: Shell): Run<string | undefined> {
  const bytes: number[] = []
  let seekable = true
  try {
    sh.proc.lseek(0, 0, 'cur')
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    seekable = false
  }
  for (;;) {
    let data: Uint8Array
    try {
      data = yield* sh.proc.read(0, seekable ? 512 : 1)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      if (error.code === 'EINTR') {
        yield* runPending(sh)
        continue
      }
      return undefined
    }
    if (data.length === 0) return bytes.length === 0 ? undefined : decode(Uint8Array.from(bytes))
    const nl = data.indexOf(10)
    const take = nl < 0 ? data.length : nl + 1
    for (let i = 0; i < take; i++) bytes.push(data[i] as number)
    if (nl >= 0) {
      if (take < data.length) sh.proc.lseek(0, take - data.length, 'cur')
      return decode(Uint8Array.from(bytes))
    }
  }
}
