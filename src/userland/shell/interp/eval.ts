import type { List } from '../syntax/ast.ts'
import { SyntaxProblem } from '../syntax/ast.ts'
import { Parser } from '../syntax/parser.ts'
import { run } from './exec.ts'
import { DiscardFlow, type Run } from './flow.ts'
import type { Shell } from './shell.ts'
import { syntaxMessage } from './syntax-message.ts'

export interface EvalOptions {
  readonly line: number
  /** What the messages of syntax errors are prefixed with, e.g. `eval: `. */
  readonly label?: string
  readonly tail?: boolean
  readonly trap?: boolean
  /** An error in the middle ends the whole, instead of the present line. */
  readonly discardEnds?: boolean
}

/** A parser in this shell's present state. `quiet`: more text may come, so no warnings yet. */
export function newParser(sh: Shell, text: string, line: number, quiet = false): Parser {
  // A missing newline at the end is supplied, as bash does for strings.
  // A backslash at the very end stands for itself.
  const lone = /(?:^|[^\\])(?:\\\\)*\\$/.test(text) ? '\\' : ''
  return new Parser(text.endsWith('\n') || text === '' ? text : `${text}${lone}\n`, {
    get extglob() {
      return sh.shopts.extglob === true
    },
    posix: sh.isDash,
    spoilt: () => {
      const spoilt = sh.parserSpoilt
      sh.parserSpoilt = false
      return spoilt
    },
    busybox: sh.flavour === 'busybox',
    line,
    get utf8() {
      return sh.utf8
    },
    alias: (name) => (sh.aliases.size > 0 && (sh.shopts.expand_aliases || sh.isDash) ? sh.aliases.get(name) : undefined),
    warn: (at, message) => {
      if (quiet) return
      const { line: outer } = sh
      sh.line = at
      sh.error(message)
      sh.line = outer
    },
  })
}

/**
 * Runs a text command by command. A syntax error gives 2 (its message is printed); an expansion error drops the rest of
 * its line and goes on, except in a subshell, which it ends.
 */
export function* commandsOf(sh: Shell, text: string, options: EvalOptions): Run<number> {
  const parser = newParser(sh, text, options.line)
  const keepLine = options.trap === true
  let status = keepLine ? 0 : 0
  for (;;) {
    let list: List | undefined
    try {
      list = parser.complete()
    } catch (error) {
      if (!(error instanceof SyntaxProblem)) throw error
      syntaxMessage(sh, error, options.label)
      sh.parserSpoilt = !sh.isDash && error.spoils
      yield* sh.flush()
      sh.lastStatus = error.status ?? 2
      return sh.lastStatus
    }
    if (list === undefined) return status
    if (sh.options.noexec && !sh.interactive) continue
    try {
      status = yield* run(sh, list, options.tail === true && parser.atEnd)
    } catch (error) {
      if (!(error instanceof DiscardFlow) || sh.subshell || options.discardEnds) throw error
      status = error.status
      sh.lastStatus = status
      sh.pipestatus = [status]
    }
  }
}
