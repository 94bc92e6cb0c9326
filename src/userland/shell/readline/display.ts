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

export class Display {
  columns = 80
  #prompt = { text: '', last: '', columns: 0 }
  #shown = ''
  /** Cursor as an index of the shown text. */
  #cursor = 0

  /** Starts a new line with a prompt; returns what to write. */
  start(prompt: string): string {
    this.#prompt = promptParts(prompt)
    this.#shown = ''
    this.#cursor = 0
    return this.#prompt.text
  }

  /** Draws everything again (after a listing, or a cleared screen). */
  redraw(text: string, point: number): string {
    this.#shown = ''
    this.#cursor = 0
    return this.#prompt.last + this.update(text, point)
  }

  /** Another prompt in the same place (incremental search). */
  swapPrompt(prompt: string, text: string, point: number): string {
    const up = this.#rowOf(this.#cursor)
    this.#prompt = promptParts(prompt)
    const out = `\r${up > 0 ? `\x1b[${up}A` : ''}\x1b[J`
    this.#shown = ''
    this.#cursor = 0
    return out + this.#prompt.last + this.update(text, point)
  }

  #rowOf(index: number): number {
    return Math.floor((this.#prompt.columns + width(this.#shown.slice(0, index))) / this.columns)
  }

  /** The bytes that make the screen show `text` with the cursor at `point`. */
  update(text: string, point: number): string {
    const next = visible(text)
    const at = visible(text.slice(0, point)).length
    const old = this.#shown
    const fits = this.#prompt.columns + Math.max(width(old), width(next)) < this.columns
    const appended = at === next.length && this.#cursor === old.length && next.startsWith(old)
    const out = fits ? this.#oneLine(old, next, at) : appended ? this.#append(next.slice(old.length), width(next)) : this.#wrapped(next, at)
    this.#shown = next
    this.#cursor = at
    return out
  }

  #oneLine(old: string, next: string, at: number): string {
    if (old === next) return this.#move(next, this.#cursor, at)
    let from = 0
    while (from < old.length && from < next.length && old[from] === next[from]) from++
    let tail = 0
    while (tail < old.length - from && tail < next.length - from && old[old.length - 1 - tail] === next[next.length - 1 - tail]) tail++
    let out = this.#move(old, this.#cursor, from)
    const gone = old.slice(from, old.length - tail)
    const come = next.slice(from, next.length - tail)
    const difference = width(come) - width(gone)
    if (tail === 0) {
      // One character at the end is rubbed out with blanks.
      if (come === '' && difference === -1 && this.#cursor === old.length) return '\b \b'
      out += come
      if (difference < 0) out += '\x1b[K'
      return out + this.#move(next, next.length, at)
    }
    if (difference > 0) out += `\x1b[${difference}@`
    else if (difference < 0) out += `\x1b[${-difference}P`
    return out + come + this.#move(next, from + come.length, at)
  }

  /** Text at the very end: the terminal wraps by itself, but for the edge. */
  #append(text: string, total: number): string {
    return (this.#prompt.columns + total) % this.columns === 0 ? `${text} \r` : text
  }

  #move(text: string, from: number, to: number): string {
    return to < from ? '\b'.repeat(width(text.slice(to, from))) : text.slice(from, to)
  }

  /** A line that takes several rows is drawn anew. */
  #wrapped(next: string, at: number): string {
    const up = this.#rowOf(this.#cursor)
    let out = `\r${up > 0 ? `\x1b[${up}A` : ''}${this.#prompt.last}${next}`
    const end = this.#prompt.columns + width(next)
    // At the right edge the terminal waits with the wrap: force it.
    if (end % this.columns === 0) out += ' \r'
    out += '\x1b[J'
    const cursor = this.#prompt.columns + width(next.slice(0, at))
    const down = Math.floor(end / this.columns) - Math.floor(cursor / this.columns)
    if (down > 0) out += `\x1b[${down}A`
    out += '\r'
    if (cursor % this.columns > 0) out += `\x1b[${cursor % this.columns}C`
    return out
  }

  /** Behind the last row, before something else is printed. */
  finish(): string {
    const rows = this.#rowOf(this.#shown.length) - this.#rowOf(this.#cursor)
    return rows > 0 ? `\x1b[${rows}B` : ''
  }
}
