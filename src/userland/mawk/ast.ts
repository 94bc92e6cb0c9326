export type Expr =
  | { readonly t: 'num'; readonly value: number }
  | { readonly t: 'str'; readonly value: string }
  | { readonly t: 'regex'; readonly regex: RegExp }
  | { readonly t: 'var'; readonly name: string }
  | { readonly t: 'index'; readonly name: string; readonly keys: readonly Expr[] }
  | { readonly t: 'field'; readonly of: Expr }
  | { readonly t: 'assign'; readonly op: string; readonly to: Expr; readonly value: Expr }
  | { readonly t: 'cond'; readonly test: Expr; readonly yes: Expr; readonly no: Expr }
  | { readonly t: 'or' | 'and' | 'concat'; readonly a: Expr; readonly b: Expr }
  | { readonly t: 'binary' | 'compare'; readonly op: string; readonly a: Expr; readonly b: Expr }
  | { readonly t: 'match'; readonly negate: boolean; readonly a: Expr; readonly b: Expr }
  | { readonly t: 'in'; readonly keys: readonly Expr[]; readonly name: string }
  | { readonly t: 'unary'; readonly op: string; readonly a: Expr }
  | { readonly t: 'increment'; readonly by: number; readonly prefix: boolean; readonly of: Expr }
  | { readonly t: 'group'; readonly list: readonly Expr[] }
  | { readonly t: 'call'; readonly name: string; readonly args: readonly Expr[] }
  | { readonly t: 'builtin'; readonly name: string; readonly args: readonly Expr[] }
  | { readonly t: 'getline'; readonly to: Expr | undefined; readonly file: Expr | undefined; readonly command: Expr | undefined }

export type Stmt =
  | { readonly t: 'expr'; readonly e: Expr }
  | { readonly t: 'print' | 'printf'; readonly args: readonly Expr[]; readonly mode: '' | '>' | '>>' | '|'; readonly to: Expr | undefined }
  | { readonly t: 'if'; readonly test: Expr; readonly yes: Stmt; readonly no: Stmt | undefined }
  | { readonly t: 'while'; readonly test: Expr; readonly body: Stmt }
  | { readonly t: 'do'; readonly test: Expr; readonly body: Stmt }
  | {
      readonly t: 'for'
      readonly init: Stmt | undefined
      readonly test: Expr | undefined
      readonly step: Stmt | undefined
      readonly body: Stmt
    }
  | { readonly t: 'forin'; readonly name: string; readonly array: string; readonly body: Stmt }
  | { readonly t: 'block'; readonly body: readonly Stmt[] }
  | { readonly t: 'next' | 'nextfile' | 'break' | 'continue' }
  | { readonly t: 'exit' | 'return'; readonly e: Expr | undefined }
  | { readonly t: 'delete'; readonly name: string; readonly keys: readonly Expr[] | undefined }

export interface Rule {
  readonly kind: 'BEGIN' | 'END' | 'main'
  readonly pattern: Expr | undefined
  readonly end: Expr | undefined
  readonly body: Stmt | undefined
}

export interface Func {
  readonly name: string
  readonly params: readonly string[]
  readonly body: Stmt
}

export interface AwkProgram {
  readonly rules: readonly Rule[]
  readonly functions: ReadonlyMap<string, Func>
}
