import type { Assign, Command, CondExpr, List, Redirect } from './ast.ts'

/**
 * Commands as bash prints them: in `declare -f`, `type`, job listings and BASH_COMMAND.
 * Source: bash, print_cmd.c as seen in its output.
 */
export function commandText(c: Command): string {
  return new Printer().text(c)
}

/** The inside of a `$(…)` as bash keeps it: commands that stood on lines of their own still do, outside of functions. */
export function bodyText(c: Command): string {
  return new Printer(true).text(c)
}

/** A command as BASH_COMMAND has it: of loops and `case` only the head. */
export function commandHead(c: Command): string {
  if (c.type === 'for' || c.type === 'select') return `${c.type} ${c.name} in ${c.words?.map((w) => w.raw).join(' ') ?? '"$@"'}`
  if (c.type === 'case') return `case ${c.subject.raw} in `
  return commandText(c)
}

/** `f () \n{ \n    body\n}` */
export function functionText(name: string, body: Command, keyword = false): string {
  return new Printer().functionDefinition(name, body, keyword)
}

const STEP = 4

class Printer {
  #indent = 0
  /** Here-documents whose bodies are still to be printed, at the end of the line. */
  #docs: Redirect[] = []
  /** Line ends between commands are kept. */
  readonly #keeps: boolean
  #functions = 0

  constructor(keeps = false) {
    this.#keeps = keeps
  }

  text(c: Command): string {
    return this.#command(c) + this.#bodies()
  }

  functionDefinition(name: string, body: Command, keyword: boolean): string {
    this.#functions++
    const text = this.#definition(name, body, keyword)
    this.#functions--
    return text
  }

  #definition(name: string, body: Command, keyword: boolean): string {
    const head = `${keyword ? 'function ' : ''}${name} () \n`
    const inner = body.type === 'group' ? body.body : undefined
    if (inner === undefined)
      return `${head}${this.#pad()}{ \n${this.#block({ type: 'list', items: [{ command: body, background: false, newline: false }], line: body.line, redirects: [] })}${this.#pad()}}`
    return `${head}${this.#pad()}{ \n${this.#block(inner)}${this.#pad()}}${redirects(body.redirects, this.#docs)}`
  }

  #pad(): string {
    return ' '.repeat(this.#indent)
  }

  #bodies(): string {
    const docs = this.#docs
    this.#docs = []
    return docs.map((d) => `\n${d.heredoc?.text ?? ''}${d.heredoc?.delimiter ?? ''}`).join('')
  }

  /** A list on lines of its own, indented one step further. */
  #block(list: List): string {
    this.#indent += STEP
    const s = `${this.#pad()}${this.#list(list, ';\n')}`
    this.#indent -= STEP
    return `${s}\n`
  }

  /** Commands with `;` (and a newline and the indentation, if `sep` has one) between them. */
  #list(list: List, sep: string): string {
    let out = ''
    list.items.forEach((item, i) => {
      out += this.#command(item.command)
      const last = i === list.items.length - 1
      const bodies = this.#bodies()
      if (item.background) {
        out += ' &'
        if (!last) out += ' '
      } else if (!last && bodies === '' && this.#keeps && this.#functions === 0) out += item.newline ? '\n' : '; '
      else if (!last && bodies === '') out += sep === ';\n' ? `;\n${this.#pad()}` : '; '
      out += bodies
      if (bodies !== '') out += last ? '\n' : `\n\n${this.#pad()}`
    })
    return out
  }

  #command(c: Command): string {
    switch (c.type) {
      case 'list':
        return this.#list(c, '; ')
      case 'simple':
        return (
          [...c.assigns.map(assignText), ...c.words.map((w) => w.raw)].join(' ') +
          (c.words.length + c.assigns.length > 0 ? redirects(c.redirects, this.#docs) : redirects(c.redirects, this.#docs).trimStart())
        )
      case 'pipeline': {
        const time = c.time === undefined ? '' : c.time === 'posix' ? 'time -p ' : 'time '
        let s = `${time}${c.negate ? '! ' : ''}`
        c.commands.forEach((x, i) => {
          s += (i === 0 ? '' : c.stderr[i - 1] ? ' |& ' : ' | ') + this.#command(x)
        })
        return s
      }
      case 'andor':
        return this.#command(c.first) + c.rest.map((r) => ` ${r.op} ${this.#command(r.command)}`).join('')
      case 'subshell':
        return `( ${this.#list(c.body, '; ')} )${redirects(c.redirects, this.#docs)}`
      case 'group':
        return `{ ${this.#group(c.body)}${redirects(c.redirects, this.#docs)}`
      case 'if': {
        let s = ''
        c.clauses.forEach((clause, i) => {
          if (i === 0) s += `if ${this.#list(clause.test, '; ')}; then\n${this.#statements(clause.body)}`
          else {
            s += `${this.#pad()}else\n`
            this.#indent += STEP
            s += `${this.#pad()}if ${this.#list(clause.test, '; ')}; then\n${this.#statements(clause.body)}`
          }
        })
        if (c.otherwise !== undefined) s += `${this.#pad()}else\n${this.#statements(c.otherwise)}`
        for (let i = 1; i < c.clauses.length; i++) {
          s += `${this.#pad()}fi;\n`
          this.#indent -= STEP
        }
        return `${s}${this.#pad()}fi${redirects(c.redirects, this.#docs)}`
      }
      case 'while':
      case 'until':
        return `${c.type} ${this.#list(c.test, '; ')}; do\n${this.#statements(c.body)}${this.#pad()}done${redirects(c.redirects, this.#docs)}`
      case 'for':
      case 'select': {
        const words = c.words === undefined ? ' in "$@"' : ` in ${c.words.map((w) => w.raw).join(' ')}`
        return `${c.type} ${c.name}${words};\n${this.#pad()}do\n${this.#statements(c.body)}${this.#pad()}done${redirects(c.redirects, this.#docs)}`
      }
      case 'arithfor':
        return `for ((${c.init.raw || '1'}; ${c.test.raw || '1'}; ${c.step.raw || '1'}))\n${this.#pad()}do\n${this.#statements(c.body)}${this.#pad()}done${redirects(c.redirects, this.#docs)}`
      case 'case': {
        let s = `case ${c.subject.raw} in \n`
        this.#indent += STEP
        for (const item of c.items) {
          s += `${this.#pad()}${item.patterns.map((p) => p.raw).join(' | ')})\n`
          if (item.body === undefined) s += '\n'
          else {
            this.#indent += STEP
            s += `${this.#pad()}${this.#list(item.body, ';\n')}\n`
            this.#indent -= STEP
          }
          s += `${this.#pad()}${item.end}\n`
        }
        this.#indent -= STEP
        return `${s}${this.#pad()}esac${redirects(c.redirects, this.#docs)}`
      }
      case 'function':
        return this.functionDefinition(c.name, c.body, true)
      case 'arith':
        return `((${c.raw}))${redirects(c.redirects, this.#docs)}`
      case 'cond':
        return `[[ ${condText(c.expr)} ]]${redirects(c.redirects, this.#docs)}`
      case 'coproc':
        return `coproc ${c.name === 'COPROC' && c.command.type === 'simple' ? '' : `${c.name} `}${this.#command(c.command)}`
    }
  }

  /** The inside of braces: on one line in a job's text, else indented. */
  #group(list: List): string {
    if (this.#indent === 0) return `${this.#list(list, '; ')}${list.items.at(-1)?.background ? '' : ';'} }`
    return `\n${this.#block(list)}${this.#pad()}}`
  }

  /** A body: each command ends with a semicolon, on lines of their own. */
  #statements(list: List): string {
    this.#indent += STEP
    const text = `${this.#pad()}${this.#list(list, ';\n')}`
    this.#indent -= STEP
    const last = list.items.at(-1)
    return `${text}${last?.background || endsWithDoc(last?.command) ? '' : ';'}\n`
  }
}

function endsWithDoc(c: Command | undefined): boolean {
  return c?.redirects.some((r) => r.heredoc !== undefined) ?? false
}

export function assignText(a: Assign): string {
  return a.raw
}

function redirects(list: readonly Redirect[], docs: Redirect[]): string {
  return list.map((r) => ` ${redirectText(r, docs)}`).join('')
}

export function redirectText(r: Redirect, docs?: Redirect[]): string {
  const fd = typeof r.fd === 'string' ? `{${r.fd}}` : r.fd === undefined ? '' : String(r.fd)
  const isDefault = r.fd === (r.op.startsWith('<') ? 0 : 1)
  const shown = isDefault ? '' : fd
  switch (r.op) {
    case '<<':
    case '<<-':
      docs?.push(r)
      return `${shown}${r.op}${r.heredoc?.quoted ? `'${r.heredoc.delimiter}'` : r.target.raw}`
    case '>&':
    case '<&':
      return `${fd === '' && /^\d+$/.test(r.target.raw) ? (r.op === '>&' ? '1' : '0') : fd}${r.op}${r.target.raw}`
    default:
      return `${shown}${r.op} ${r.target.raw}`
  }
}

export function condText(e: CondExpr): string {
  switch (e.op) {
    case 'not':
      return `! ${condText(e.x)}`
    case 'group':
      return `( ${condText(e.x)} )`
    case 'and':
    case 'or':
      return `${condText(e.l)} ${e.op === 'and' ? '&&' : '||'} ${condText(e.r)}`
    case 'unary':
      return `${e.name} ${e.w.raw}`
    case 'binary':
      return `${e.l.raw} ${e.name} ${e.r.raw}`
    case 'word':
      return `-n ${e.w.raw}`
  }
}
