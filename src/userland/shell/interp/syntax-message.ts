import type { SyntaxProblem } from '../syntax/ast.ts'
import type { Shell } from './shell.ts'

/** An empty message: bash has none. */
function messages(problem: SyntaxProblem): readonly string[] {
  return [problem.message, problem.after ?? ''].filter((m) => m !== '')
}

/** Prints a syntax error as bash does: with the offending line when not interactive. */
export function syntaxMessage(sh: Shell, problem: SyntaxProblem, label = ''): void {
  const { line } = sh
  sh.line = problem.line
  if (sh.isDash) {
    const token = /unexpected token `([\s\S]*)'$/.exec(problem.message)?.[1]
    const quote = /looking for matching `(.)'/.exec(problem.message)?.[1]
    const text =
      token !== undefined
        ? token === 'newline'
          ? 'newline unexpected'
          : /^[a-z{}!]+$/.test(token) && token.length > 0
            ? `"${token}" unexpected`
            : `"${token}" unexpected`
        : quote === '"' || quote === "'"
          ? 'Unterminated quoted string'
          : quote === '}'
            ? "Missing '}'"
            : quote === '`'
              ? 'EOF in backquote substitution'
              : quote === ')'
                ? `end of file unexpected (expecting "${quote}")`
                : `end of file unexpected${problem.expecting === undefined ? '' : ` (expecting "${problem.expecting}")`}`
    if (sh.commandString && token === undefined && quote === undefined) sh.line = Math.max(1, problem.line - 1)
    sh.error(`Syntax error: ${text}`)
    sh.line = line
    return
  }
  if (label !== '' && !sh.interactive) {
    // `eval` stands before the line number.
    const prefix = sh.errorPrefix().replace(/line \d+: $/, `${label}line ${problem.line}: `)
    for (const message of messages(problem)) sh.err(`${prefix}${message}\n`)
    if (problem.sourceLine !== undefined) sh.err(`${prefix}\`${problem.sourceLine}'\n`)
    sh.line = line
    return
  }
  const prefix =
    sh.commandString && sh.sourceDepth === 0 && sh.functionDepth === 0 && label === ''
      ? `${sh.arg0}: -c: line ${problem.line}: `
      : sh.errorPrefix()
  for (const message of messages(problem)) sh.err(`${prefix}${label}${message}\n`)
  if (problem.sourceLine !== undefined && !sh.interactive) sh.err(`${prefix}${label}\`${problem.sourceLine}'\n`)
  sh.line = line
}
