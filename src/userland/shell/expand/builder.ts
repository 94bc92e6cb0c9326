import { escapePattern } from './pattern.ts'
import { type Ifs, split } from './split.ts'

export interface Field {
  readonly text: string
  /** The text with what was quoted escaped: what is matched against file names. */
  readonly pattern: string
  /** There is unquoted text that may be a pattern. */
  readonly glob: boolean
}

/** Collects the fields of a word. In joining mode there is one field: separate ones are joined by blanks. */
export class FieldBuilder {
  readonly fields: Field[] = []
  #text = ''
  #pattern = ''
  #glob = false
  #started = false
  /** There is one field. */
  readonly joining: boolean
  readonly #escape: (s: string) => string

  /** `mark` escapes quoted text in the pattern form. */
  constructor(joining: boolean, mark: (s: string) => string = escapePattern) {
    this.joining = joining
    this.#escape = mark
  }

  quoted(s: string): void {
    this.#text += s
    this.#pattern += this.#escape(s)
    this.#started = true
  }

  /** Unquoted text that is not split. */
  literal(s: string): void {
    this.#text += s
    this.#pattern += s
    this.#started = true
    if (!this.#glob && /[*?[\\(]/.test(s)) this.#glob = true
  }

  /** The unquoted result of an expansion. */
  split(s: string, ifs: Ifs): void {
    if (s === '') return
    if (this.joining || ifs.chars === '') {
      this.literal(s)
      return
    }
    const { fields, lead, tail } = split(s, ifs)
    if (lead) this.end()
    fields.forEach((f, i) => {
      if (i > 0) this.end()
      this.literal(f)
    })
    if (tail) this.end()
  }

  /** The present field ends here, if there is one. */
  end(): void {
    if (this.joining) {
      this.#text += ' '
      this.#pattern += ' '
      return
    }
    if (!this.#started) return
    this.fields.push({ text: this.#text, pattern: this.#pattern, glob: this.#glob })
    this.#text = ''
    this.#pattern = ''
    this.#glob = false
    this.#started = false
  }

  /** In joining mode. */
  get text(): string {
    return this.#text
  }

  get pattern(): string {
    return this.#pattern
  }
}
