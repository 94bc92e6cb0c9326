import type { Json } from './value.ts'

/** A text that is no JSON; the message is jq's. */
export class JsonError extends Error {
  override name = 'JsonError'
}

/**
 * Reads JSON texts one after another. Each character moves the position; messages name the line and column where jq's
 * own parser notices (at the delimiter after a bad literal).
 */
export class JsonReader {
  readonly #s: string
  #at = 0

  constructor(text: string) {
    this.#s = text
  }

  /** How much has been read; at the end of a text the newline after it counts. */
  get position(): number {
    return this.#s.charAt(this.#at) === '\n' ? this.#at + 1 : this.#at
  }

  /** The next value; undefined at the end. Throws {@link JsonError}. */
  next(): Json | undefined {
    this.#blanks()
    if (this.#at >= this.#s.length) return undefined
    return this.#value(0)
  }

  #where(at: number): string {
    const before = this.#s.slice(0, at)
    const line = before.split('\n').length
    const column = at - (before.lastIndexOf('\n') + 1)
    return `line ${line}, column ${column}`
  }

  #fail(message: string, at = this.#at): never {
    throw new JsonError(`${message} at ${this.#where(at)}`)
  }

  #unfinished(): never {
    throw new JsonError(`Unfinished JSON term at EOF at ${this.#where(this.#s.length)}`)
  }

  #blanks(): void {
    while (/[ \t\r\n\ufeff]/.test(this.#s.charAt(this.#at))) this.#at++
  }

  #value(depth: number): Json {
    if (depth > 256) this.#fail('Exceeds depth limit for parsing')
    const c = this.#s.charAt(this.#at)
    if (c === '{') return this.#object(depth)
    if (c === '[') return this.#array(depth)
    if (c === '"') return this.#string()
    if (c === '}' || c === ']') this.#fail(`Unmatched '${c}'`, this.#at + 1)
    if (c === ',') this.#fail("Expected value before ','", this.#at + 1)
    if (c === ':') this.#fail("':' not as part of an object", this.#at + 1)
    return this.#literal()
  }

  #literal(): Json {
    const m = /^[^\s,:[\]{}"]*/.exec(this.#s.slice(this.#at))?.[0] ?? ''
    const end = this.#at + m.length
    const at = end + (end < this.#s.length ? 1 : 0)
    const shown = this.#s.charAt(end) === '\n' ? end + 1 : at
    switch (m) {
      case 'null':
      case 'nan':
        this.#at = end
        return m === 'nan' ? Number.NaN : null
      case 'true':
      case 'false':
        this.#at = end
        return m === 'true'
    }
    if (/^(n|t|f)/.test(m) && /^[tfn][a-z]*$/.test(m)) {
      if (
        (m.startsWith('n') && m.length !== 4) ||
        (m.startsWith('t') && m.length !== 4) ||
        (m.startsWith('f') && m.length !== 5) ||
        /^(n|t|f)/.test(m)
      ) {
        throw new JsonError(
          `Invalid ${/^(tru|true|nul|null|fals|false|na)/.test(m) ? 'literal' : 'numeric literal'} at ${end >= this.#s.length ? `EOF at ${this.#where(end)}` : this.#where(shown)}`,
        )
      }
    }
    if (/^-?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?)$/.test(m)) {
      this.#at = end
      return Number(m)
    }
    throw new JsonError(`Invalid numeric literal at ${end >= this.#s.length ? `EOF at ${this.#where(end)}` : this.#where(shown)}`)
  }

  #string(): string {
    let out = ''
    const start = this.#at++
    for (;;) {
      const c = this.#s.charAt(this.#at)
      if (c === '') throw new JsonError(`Unfinished string at EOF at ${this.#where(this.#s.length)}`)
      this.#at++
      if (c === '"') return out
      if (c !== '\\') {
        out += c
        continue
      }
      const e = this.#s.charAt(this.#at++)
      const map: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '/': '/', '\\': '\\', '"': '"' }
      if (map[e] !== undefined) out += map[e]
      else if (e === 'u') {
        const hex = this.#s.slice(this.#at, this.#at + 4)
        if (!/^[0-9a-fA-F]{4}$/.test(hex)) this.#badEscape(start)
        out += String.fromCharCode(Number.parseInt(hex, 16))
        this.#at += 4
      } else this.#badEscape(start)
    }
  }

  #badEscape(start: number): never {
    const end = this.#s.indexOf('"', start + 1)
    this.#fail('Invalid escape', end < 0 ? this.#s.length : end + 1)
  }

  #array(depth: number): Json {
    this.#at++
    const out: Json[] = []
    this.#blanks()
    if (this.#s.charAt(this.#at) === ']') {
      this.#at++
      return out
    }
    for (;;) {
      this.#blanks()
      if (this.#at >= this.#s.length) this.#unfinished()
      if (this.#s.charAt(this.#at) === ']') this.#fail('Expected another array element', this.#at + 1)
      out.push(this.#value(depth + 1))
      this.#blanks()
      const c = this.#s.charAt(this.#at++)
      if (c === ']') return out
      if (c === '') this.#unfinished()
      if (c === '}') this.#fail("Unmatched '}'")
      if (c === ':') this.#fail("':' not as part of an object")
      if (c !== ',') this.#separator()
    }
  }

  /** jq notices two values in a row at the end of the second. */
  #separator(): never {
    this.#at--
    const rest = /^(?:"(?:[^"\\]|\\.)*"|[^\s,:[\]{}"]+)?/s.exec(this.#s.slice(this.#at))?.[0] ?? ''
    this.#fail('Expected separator between values', this.#at + rest.length + (rest.startsWith('"') ? 0 : 1))
  }

  #object(depth: number): Json {
    this.#at++
    const out = new Map<string, Json>()
    this.#blanks()
    if (this.#s.charAt(this.#at) === '}') {
      this.#at++
      return out
    }
    for (let first = true; ; first = false) {
      this.#blanks()
      const c = this.#s.charAt(this.#at)
      if (c === '') this.#unfinished()
      if (c === '}' && !first) this.#fail('Expected another key-value pair', this.#at + 1)
      const key = this.#value(depth + 1)
      this.#blanks()
      const colon = this.#s.charAt(this.#at++)
      if (colon === '') this.#unfinished()
      if (typeof key !== 'string') this.#fail('Object keys must be strings')
      if (colon !== ':') {
        if (colon === '}' || colon === ',') this.#fail('Objects must consist of key:value pairs')
        this.#separator()
      }
      this.#blanks()
      if (this.#at >= this.#s.length) this.#unfinished()
      out.set(key, this.#value(depth + 1))
      this.#blanks()
      const end = this.#s.charAt(this.#at++)
      if (end === '}') return out
      if (end === '') this.#unfinished()
      if (end === ']') this.#fail("Unmatched ']'")
      if (end !== ',') this.#separator()
    }
  }
}

/** One JSON text and nothing else (fromjson). */
export function parseJson(text: string): Json {
  const reader = new JsonReader(text)
  const value = reader.next()
  if (value === undefined) return null
  if (reader.next() !== undefined) throw new JsonError('Unexpected extra JSON values')
  return value
}
