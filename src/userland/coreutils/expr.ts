import type { Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { say } from '#userland/lib/io.ts'
import { quote } from '#userland/lib/quote.ts'
import { compileBre } from '#userland/lib/regex.ts'

class ExprError extends Error {}

/** expr(1) */
export const expr: Program = {
  name: 'coreutils/expr',
  *main(proc): Sim<number> {
    const prog = proc.argv[0] ?? 'expr'
    const args = proc.argv.slice(1)
    if (args[0] === '--') args.shift()
    if (args.length === 0) {
      yield* say(proc, 2, `${prog}: missing operand\nTry '${prog} --help' for more information.\n`)
      return 2
    }
    try {
      const parser = new Expr(args)
      const value = parser.all()
      yield* say(proc, 1, `${value}\n`)
      return value === '' || /^-?0+$/.test(value) ? 1 : 0
    } catch (error) {
      if (!(error instanceof ExprError)) throw error
      yield* say(proc, 2, `${prog}: ${error.message}\n`)
      return 2
    }
  },
}

class Expr {
  readonly #args: readonly string[]
  #at = 0

  constructor(args: readonly string[]) {
    this.#args = args
  }

  all(): string {
    const value = this.#or()
    if (this.#at < this.#args.length) throw new ExprError(`syntax error: unexpected argument ${quote(this.#args[this.#at] ?? '')}`)
    return value
  }

  #take(...ops: string[]): string | undefined {
    const token = this.#args[this.#at]
    if (token === undefined || !ops.includes(token)) return undefined
    this.#at++
    return token
  }

  #or(): string {
    let left = this.#and()
    while (this.#take('|') !== undefined) {
      const right = this.#and()
      if (isNull(left)) left = isNull(right) ? '0' : right
    }
    return left
  }

  #and(): string {
    let left = this.#compare()
    while (this.#take('&') !== undefined) {
      const right = this.#compare()
      if (isNull(left) || isNull(right)) left = '0'
    }
    return left
  }

  #compare(): string {
    let left = this.#sum()
    for (;;) {
      const op = this.#take('<', '<=', '=', '==', '!=', '>=', '>')
      if (op === undefined) return left
      const right = this.#sum()
      const numeric = isInteger(left) && isInteger(right)
      const d = numeric
        ? BigInt(left) < BigInt(right)
          ? -1
          : BigInt(left) > BigInt(right)
            ? 1
            : 0
        : left < right
          ? -1
          : left > right
            ? 1
            : 0
      const yes = op === '<' ? d < 0 : op === '<=' ? d <= 0 : op === '>' ? d > 0 : op === '>=' ? d >= 0 : op === '!=' ? d !== 0 : d === 0
      left = yes ? '1' : '0'
    }
  }

  #number(text: string): bigint {
    if (!isInteger(text)) throw new ExprError('non-integer argument')
    return BigInt(text)
  }

  #sum(): string {
    let left = this.#product()
    for (;;) {
      const op = this.#take('+', '-')
      if (op === undefined) return left
      const right = this.#product()
      left = String(op === '+' ? this.#number(left) + this.#number(right) : this.#number(left) - this.#number(right))
    }
  }

  #product(): string {
    let left = this.#match()
    for (;;) {
      const op = this.#take('*', '/', '%')
      if (op === undefined) return left
      const right = this.#match()
      const [a, b] = [this.#number(left), this.#number(right)]
      if (op !== '*' && b === 0n) throw new ExprError('division by zero')
      left = String(op === '*' ? a * b : op === '/' ? a / b : a % b)
    }
  }

  #match(): string {
    let left = this.#primary()
    while (this.#take(':') !== undefined) left = matchText(left, this.#primary())
    return left
  }

  #primary(): string {
    const token = this.#args[this.#at++]
    if (token === undefined) throw new ExprError(`syntax error: missing argument after ${quote(this.#args.at(-1) ?? '')}`)
    if (token === '+') return this.#args[this.#at++] ?? ''
    if (token === '(') {
      const value = this.#or()
      if (this.#take(')') === undefined) {
        throw new ExprError(
          this.#args[this.#at] === undefined
            ? `syntax error: expecting ')' after ${quote(this.#args.at(-1) ?? '')}`
            : `syntax error: expecting ')' instead of ${quote(this.#args[this.#at] ?? '')}`,
        )
      }
      return value
    }
    if (token === ')') throw new ExprError("syntax error: unexpected ')'")
    if (this.#at < this.#args.length || /^(match|length|index|substr)$/.test(token)) {
      if (token === 'length' && this.#at < this.#args.length) return String(this.#primary().length)
      if (token === 'match') return matchText(this.#primary(), this.#primary())
      if (token === 'index') {
        const text = this.#primary()
        const set = this.#primary()
        return String([...text].findIndex((c) => set.includes(c)) + 1)
      }
      if (token === 'substr') {
        const text = this.#primary()
        const from = this.#primary()
        const length = this.#primary()
        if (!isInteger(from) || !isInteger(length) || Number(from) < 1 || Number(length) < 1) return ''
        return text.slice(Number(from) - 1, Number(from) - 1 + Number(length))
      }
    }
    return token
  }
}

function isInteger(text: string): boolean {
  return /^-?\d+$/.test(text)
}

function isNull(text: string): boolean {
  return text === '' || /^-?0+$/.test(text)
}

function matchText(text: string, pattern: string): string {
  const compiled = compileBre(pattern)
  if (typeof compiled === 'string') throw new ExprError(compiled)
  const m = new RegExp(`^(?:${compiled.source})`, 's').exec(text)
  if (/\\\(/.test(pattern)) return m?.[1] ?? ''
  return String(m?.[0].length ?? 0)
}
