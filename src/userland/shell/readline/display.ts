/** What of a line is on the screen, and the bytes that turn it into another. */

/** Columns a text takes: control characters show as ^X, wide ones take two. */
export function width(text: string): number {
  let n = 0
  for (const c of text) {
    const cp = c.codePointAt(0) as number
    if (cp < 0x20 || cp === 0x7f) n += 2
    else if (cp >= 0x300 && cp <= 0x36f) continue
    else if (
      (cp >= 0x1100 && cp <= 0x115f) ||
      (cp >= 0x2e80 && cp <= 0xa4cf) ||
      (cp >= 0xac00 && cp <= 0xd7a3) ||
      (cp >= 0xf900 && cp <= 0xfaff) ||
      (cp >= 0xfe30 && cp <= 0xfe6f) ||
      (cp >= 0xff00 && cp <= 0xff60) ||
      (cp >= 0x1f300 && cp <= 0x1faff) ||
      (cp >= 0x20000 && cp <= 0x3fffd)
    )
      n += 2
    else n++
  }
  return n
}

/** Text as it is shown: control characters as ^X. */
export function visible(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]/g, (c) => `^${String.fromCharCode(c.charCodeAt(0) ^ 0x40)}`)
}

/** A prompt without the marks `\[` and `\]` left, and the columns of its last line. */
export function promptParts(prompt: string): { readonly text: string; readonly last: string; readonly columns: number } {
  const text = prompt.replace(/[\x01\x02]/g, '')
  const last = text.slice(text.lastIndexOf('\n') + 1)
  const shown = prompt.slice(prompt.lastIndexOf('\n') + 1).replace(/\x01[^\x02]*\x02/g, '')
  return { text, last, columns: width(shown.replace(/[\x00-\x1f]/g, '')) }
}

/** A line laid out behind a prompt: what is written, and where its parts are on the screen. */
interface Layout {
  /** What is written from behind the prompt to the end. */
  readonly out: string
  readonly cursor: { readonly row: number; readonly column: number }
  readonly end: { readonly row: number; readonly column: number }
}

export class Display {
  columns = 80
  /** The terminal does not echo: nor does the editor. */
  hidden = false
  #prompt = { text: '', last: '', columns: 0 }
  #text = ''
  #point = 0

  /** Starts a new line with a prompt; returns what to write. */
  start(prompt: string): string {
    this.#prompt = promptParts(prompt)
    this.#text = ''
    this.#point = 0
    return this.#prompt.text
  }

  /** Draws everything again (after a listing, or a cleared screen). */
  redraw(text: string, point: number): string {
    this.#text = ''
    this.#point = 0
    return this.#prompt.last + this.update(text, point)
  }

  /** The whole prompt and the line, on a cleared screen. */
  redrawAll(text: string, point: number): string {
    this.#text = ''
    this.#point = 0
    return this.#prompt.text + this.update(text, point)
  }

  /** The terminal got other columns: the prompt and the line are drawn in the place where they are. */
  resize(columns: number, text: string, point: number): string {
    const up = this.#layout(this.#text, this.#point).cursor.row
    this.columns = columns
    this.#text = ''
    this.#point = 0
    return `\r${up > 0 ? `\x1b[${up}A` : ''}\x1b[J${this.#prompt.last}${this.update(text, point)}`
  }

  /** The line ends at the right edge or with a newline: the cursor stands in an empty row already. */
  get endsRow(): boolean {
    const { end } = this.#layout(this.#text, this.#text.length)
    return end.row > 0 && end.column === 0
  }

  /** To the last row of what is shown, before something else is printed. */
  finish(): string {
    const { cursor, end } = this.#layout(this.#text, this.#point)
    return end.row > cursor.row ? `\x1b[${end.row - cursor.row}B` : ''
  }

  /** Another prompt in the same place (incremental search). */
  swapPrompt(prompt: string, text: string, point: number): string {
    const up = this.#layout(this.#text, this.#point).cursor.row
    this.#prompt = promptParts(prompt)
    const out = `\r${up > 0 ? `\x1b[${up}A` : ''}\x1b[J`
    this.#text = ''
    this.#point = 0
    return out + this.#prompt.last + this.update(text, point)
  }

  /** Walks over the text as the terminal will: newlines and tabs are theirs, a full row goes on in the next one. */
  #layout(text: string, point: number): Layout {
    const { columns } = this
    let out = ''
    let row = Math.floor(this.#prompt.columns / columns)
    let column = this.#prompt.columns % columns
    let cursor: { row: number; column: number } | undefined
    let index = 0
    for (const c of text) {
      if (index === point) cursor = { row, column }
      index += c.length
      if (c === '\n') {
        out += '\x1b[K\n'
        row++
        column = 0
        continue
      }
      const shown = c === '\t' ? ' '.repeat(8 - (column % 8)) : visible(c)
      const wide = width(shown)
      if (column + wide > columns && wide > 1) {
        out += ' '.repeat(columns - column)
        row++
        column = wide
      } else column += wide
      out += shown
      if (column >= columns) {
        // At the right edge the terminal waits with the wrap: what follows forces it.
        row++
        column -= columns
        if (index === text.length || column > 0) out += column > 0 ? '' : ' \r'
      }
    }
    return { out, cursor: cursor ?? { row, column }, end: { row, column } }
  }

  /** The bytes that make the screen show `text` with the cursor at `point`. */
  update(text: string, point: number): string {
    if (this.hidden) return ''
    const old = this.#text
    const oldPoint = this.#point
    this.#text = text
    this.#point = point
    const simple =
      !/[\n\t]/.test(old) &&
      !/[\n\t]/.test(text) &&
      this.#prompt.columns < this.columns &&
      this.#prompt.columns + Math.max(width(visible(old)), width(visible(text))) < this.columns
    if (simple)
      return this.#oneLine(visible(old), visible(text), visible(old.slice(0, oldPoint)).length, visible(text.slice(0, point)).length)
    const before = this.#layout(old, oldPoint)
    const next = this.#layout(text, point)
    if (point === text.length && oldPoint === old.length && text.startsWith(old) && before.end.column > 0) {
      const added = next.out.slice(before.out.length)
      if (next.out.startsWith(before.out)) return added
    }
    if (old === text) return move(before.cursor, next.cursor)
    const { row } = before.cursor
    return `\r${row > 0 ? `\x1b[${row}A` : ''}${this.#prompt.last}${next.out}\x1b[J${move(next.end, next.cursor)}`
  }

  #oneLine(old: string, next: string, cursor: number, at: number): string {
    if (old === next) return slide(next, cursor, at)
    let from = 0
    while (from < old.length && from < next.length && old[from] === next[from]) from++
    let tail = 0
    while (tail < old.length - from && tail < next.length - from && old[old.length - 1 - tail] === next[next.length - 1 - tail]) tail++
    // Never between the halves of a character.
    while (from > 0 && /[\udc00-\udfff]|\p{Mn}/u.test((next[from] ?? '') + (old[from] ?? ''))) from--
    while (tail > 0 && /[\udc00-\udfff]|\p{Mn}/u.test(next[next.length - tail] ?? '')) tail--
    let out = slide(old, cursor, from)
    const gone = old.slice(from, old.length - tail)
    const come = next.slice(from, next.length - tail)
    const difference = width(come) - width(gone)
    if (tail === 0) {
      // One character at the end is rubbed out with blanks.
      if (come === '' && difference === -1 && cursor === old.length) return '\b \b'
      out += come
      if (difference < 0) out += '\x1b[K'
      return out + slide(next, next.length, at)
    }
    if (difference > 0) out += `\x1b[${difference}@`
    else if (difference < 0) out += `\x1b[${-difference}P`
    return out + come + slide(next, from + come.length, at)
  }
}

/** Moves within one row. */
function slide(text: string, from: number, to: number): string {
  return to < from ? '\b'.repeat(width(text.slice(to, from))) : text.slice(from, to)
}

/** Moves from one place of the screen to another. */
function move(from: { readonly row: number; readonly column: number }, to: { readonly row: number; readonly column: number }): string {
  if (from.row === to.row && from.column === to.column) return ''
  const rows = to.row - from.row
  const vertical = rows < 0 ? `\x1b[${-rows}A` : rows > 0 ? `\x1b[${rows}B` : ''
  return `${vertical}\r${to.column > 0 ? `\x1b[${to.column}C` : ''}`
}
