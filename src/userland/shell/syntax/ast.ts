/** The syntax tree of a script. Plain data, never changed after parsing; forked shells share it. */

/** A piece of a word. `lit` is unquoted text; `quo` is text that was quoted in any way. */
export type Part =
  | { readonly t: 'lit'; readonly s: string }
  | { readonly t: 'quo'; readonly s: string }
  | { readonly t: 'dq'; readonly parts: readonly Part[]; readonly raw: string }
  | ParamPart
  | CommandPart
  | { readonly t: 'arith'; readonly expr: Word; readonly raw: string }
  | { readonly t: 'proc'; readonly op: '<' | '>'; readonly body: List; readonly src: string }

/** `$(…)` or backquotes. `body` is absent for backquotes: they are parsed when they are run. */
export interface CommandPart {
  readonly t: 'cmd'
  readonly body?: List
  readonly src: string
  readonly line: number
}

/** `$x`, `${x}`, `${#x}`, `${!x}`, `${x[i]op word}`. `bad`: not a valid expansion; an error when it is expanded. */
export interface ParamPart {
  readonly t: 'param'
  readonly name: string
  readonly raw: string
  readonly index?: Word
  readonly length?: true
  readonly indirect?: true
  /** An operator as written (`:-`, `##`, `//`, `:`, `@Q`), or `keys` for `${!a[@]}`, `prefix@`/`prefix*` for `${!p@}`. */
  readonly op?: string
  readonly arg?: Word
  readonly arg2?: Word
  readonly bad?: true
}

export interface Word {
  readonly parts: readonly Part[]
  readonly raw: string
  readonly line: number
  /** The text of a word that is one unquoted literal: what reserved words and aliases are recognised by. */
  readonly bare?: string
  /** The only field this word can ever expand to, when that is known. */
  readonly fixed?: string
  /** Nothing in this word runs a command, so that expanding it never waits. */
  readonly sync: boolean
  /** Has an unquoted `{`, so that brace expansion must be tried. */
  readonly brace: boolean
  readonly assign?: Assign
}

export interface ArrayElement {
  readonly key?: Word
  readonly append: boolean
  readonly value: Word
}

export interface Assign {
  readonly name: string
  readonly index?: Word
  readonly append: boolean
  /** One of `value` and `array` is there. */
  readonly value?: Word
  readonly array?: readonly ArrayElement[]
  readonly raw: string
  readonly sync: boolean
}

export interface Redirect {
  readonly op: '<' | '>' | '>>' | '>|' | '<>' | '<&' | '>&' | '&>' | '&>>' | '<<' | '<<-' | '<<<'
  /** Absent: the operator's default. A string is the variable of `{name}>`. */
  readonly fd?: number | string
  /** The target; of a here-document its delimiter. */
  readonly target: Word
  readonly heredoc?: Heredoc
}

/** Filled in when the lexer reaches the body. */
export interface Heredoc {
  body: Word
  text: string
  readonly quoted: boolean
  readonly delimiter: string
}

interface Base {
  readonly line: number
  readonly redirects: readonly Redirect[]
}

export interface Simple extends Base {
  readonly type: 'simple'
  readonly assigns: readonly Assign[]
  readonly words: readonly Word[]
  /** All words expand without waiting. */
  readonly sync: boolean
}

export type CondExpr =
  | { readonly op: 'not'; readonly x: CondExpr }
  | { readonly op: 'group'; readonly x: CondExpr }
  | { readonly op: 'and' | 'or'; readonly l: CondExpr; readonly r: CondExpr }
  | { readonly op: 'unary'; readonly name: string; readonly w: Word }
  | { readonly op: 'binary'; readonly name: string; readonly l: Word; readonly r: Word }
  | { readonly op: 'word'; readonly w: Word }

export interface CaseItem {
  readonly patterns: readonly Word[]
  readonly body: List | undefined
  readonly end: ';;' | ';&' | ';;&'
}

export type Command =
  | Simple
  | (Base & {
      readonly type: 'pipeline'
      readonly commands: readonly Command[]
      readonly stderr: readonly boolean[]
      readonly negate: boolean
      readonly time?: 'bash' | 'posix'
    })
  | (Base & {
      readonly type: 'andor'
      readonly first: Command
      readonly rest: readonly { readonly op: '&&' | '||'; readonly command: Command }[]
    })
  | List
  | (Base & { readonly type: 'subshell' | 'group'; readonly body: List })
  | (Base & { readonly type: 'if'; readonly clauses: readonly { readonly test: List; readonly body: List }[]; readonly otherwise?: List })
  | (Base & { readonly type: 'while' | 'until'; readonly test: List; readonly body: List })
  | (Base & { readonly type: 'for' | 'select'; readonly name: string; readonly words?: readonly Word[]; readonly body: List })
  | (Base & { readonly type: 'arithfor'; readonly init: Word; readonly test: Word; readonly step: Word; readonly body: List })
  | (Base & { readonly type: 'case'; readonly subject: Word; readonly items: readonly CaseItem[] })
  | FunctionDefinition
  | (Base & { readonly type: 'arith'; readonly expr: Word; readonly raw: string })
  | (Base & { readonly type: 'cond'; readonly expr: CondExpr; readonly sync: boolean })
  | (Base & { readonly type: 'coproc'; readonly name: string; readonly command: Command })

export interface FunctionDefinition extends Base {
  readonly type: 'function'
  readonly name: string
  readonly body: Command
}

/** Commands in sequence; each may be in the background. */
export interface List extends Base {
  readonly type: 'list'
  readonly items: readonly { readonly command: Command; readonly background: boolean; readonly newline: boolean }[]
}

/** A syntax error; `incomplete` when more text could still make the script right. */
export class SyntaxProblem extends Error {
  readonly line: number
  readonly incomplete: boolean
  /** The source line to show under the message. */
  readonly sourceLine: string | undefined
  /** The status the script ends with; undefined: that of its last command. */
  status: number | undefined = 2
  /** A second message. */
  after: string | undefined
  /** At the end of the file: the reserved word that was missing. */
  expecting: string | undefined
  /** A quote or parenthesis is not closed: a script then keeps the status of what failed before. */
  get unmatched(): boolean {
    return this.message.startsWith('unexpected EOF while looking for matching')
  }

  /** The text ended within quotes, parentheses or a condition, which spoils what bash parses next. */
  get spoils(): boolean {
    return this.unmatched || /^unexpected (?:token|argument) `(?:EOF|newline)'/.test(this.message)
  }

  constructor(message: string, line: number, incomplete: boolean, sourceLine?: string) {
    super(message)
    this.line = line
    this.incomplete = incomplete
    this.sourceLine = sourceLine
  }
}
