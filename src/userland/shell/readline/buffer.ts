/** The line being edited: text, cursor, undo, kill ring. Positions are UTF-16 units between characters. */
export class LineBuffer {
  text = ''
  point = 0
  readonly #undo: { text: string; point: number }[] = []
  readonly kills: string[] = []
  /** Consecutive kills are joined. */
  lastKill = false
  /** Text of the last insertion, so that a run of typed characters is undone at once. */
  #typing = false

  reset(text = ''): void {
    this.text = text
    this.point = text.length
    this.#undo.length = 0
    this.#typing = false
  }

  #remember(typing = false): void {
    if (typing && this.#typing) return
    this.#undo.push({ text: this.text, point: this.point })
    if (this.#undo.length > 500) this.#undo.shift()
    this.#typing = typing
  }

  breakUndo(): void {
    this.#typing = false
  }

  insert(s: string, typing = false): void {
    this.#remember(typing)
    this.text = this.text.slice(0, this.point) + s + this.text.slice(this.point)
    this.point += s.length
  }

  replace(from: number, to: number, s: string): void {
    this.#remember()
    this.text = this.text.slice(0, from) + s + this.text.slice(to)
    this.point = from + s.length
  }

  /** Replaces the whole line (history): the cursor goes to its end. */
  set(text: string): void {
    this.#remember()
    this.text = text
    this.point = text.length
  }

  undo(): boolean {
    const last = this.#undo.pop()
    this.#typing = false
    if (last === undefined) return false
    this.text = last.text
    this.point = last.point
    return true
  }

  revert(): void {
    while (this.undo());
  }

  /** Deletes into the kill ring. `forward`: the text stood behind the cursor. */
  kill(from: number, to: number, forward: boolean): void {
    if (from === to) return
    const text = this.text.slice(from, to)
    const top = this.kills.at(-1)
    if (this.lastKill && top !== undefined) this.kills[this.kills.length - 1] = forward ? top + text : text + top
    else this.kills.push(text)
    if (this.kills.length > 60) this.kills.shift()
    this.replace(from, to, '')
    this.point = from
  }

  left(at = this.point): number {
    return at <= 0 ? 0 : at - (/[\udc00-\udfff]/.test(this.text[at - 1] ?? '') && /[\ud800-\udbff]/.test(this.text[at - 2] ?? '') ? 2 : 1)
  }

  right(at = this.point): number {
    return at >= this.text.length ? this.text.length : at + (/[\ud800-\udbff]/.test(this.text[at] ?? '') ? 2 : 1)
  }

  /** Start of the word before `at`; words are letters and digits, or with `blank` whatever is no white space. */
  wordLeft(at = this.point, blank = false): number {
    const word = blank ? /\S/ : /[\p{L}\p{N}]/u
    let i = at
    while (i > 0 && !word.test(this.text[i - 1] as string)) i--
    while (i > 0 && word.test(this.text[i - 1] as string)) i--
    return i
  }

  wordRight(at = this.point): number {
    const word = /[\p{L}\p{N}]/u
    let i = at
    while (i < this.text.length && !word.test(this.text[i] as string)) i++
    while (i < this.text.length && word.test(this.text[i] as string)) i++
    return i
  }

  transposeCharacters(): boolean {
    if (this.point === 0 || this.text.length < 2) return false
    const at = this.point === this.text.length ? this.left() : this.point
    const before = this.left(at)
    const after = this.right(at)
    this.replace(before, after, this.text.slice(at, after) + this.text.slice(before, at))
    return true
  }

  transposeWords(): boolean {
    const end2 = this.wordRight()
    const start2 = this.wordLeft(end2)
    const start1 = this.wordLeft(start2)
    const end1 = this.wordRight(start1)
    if (start1 === start2 || end1 > start2) return false
    this.replace(start1, end2, this.text.slice(start2, end2) + this.text.slice(end1, start2) + this.text.slice(start1, end1))
    return true
  }
}
