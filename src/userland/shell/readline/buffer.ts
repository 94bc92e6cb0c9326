/** One step back: what was put in goes, what was taken out comes again; a group is undone at once. */
type Undo =
  | { readonly kind: 'insert'; start: number; end: number }
  | { readonly kind: 'delete'; readonly start: number; readonly text: string }
  | { readonly kind: 'begin' | 'end' }

export type UndoList = Undo[]

/** Single characters typed one after the other are undone together up to this many. Source: rl_insert_text. */
const UNDO_RUN = 20
const UNDO_MAX = 2000
const KILLS_MAX = 10

/** The line being edited: text, cursor, mark, undo, kill ring. Positions are UTF-16 units between characters. */
export class LineBuffer {
  text = ''
  point = 0
  mark = 0
  undoList: UndoList = []
  readonly kills: string[] = []
  /** Consecutive kills are joined. */
  lastKill = false

  reset(text = ''): void {
    this.text = text
    this.point = text.length
    this.mark = 0
    this.undoList = []
  }

  #remember(step: Undo): void {
    this.undoList.push(step)
    if (this.undoList.length > UNDO_MAX) this.undoList.shift()
  }

  /** What `edit` does is undone at once. */
  group(edit: () => void): void {
    this.#remember({ kind: 'begin' })
    edit()
    this.#remember({ kind: 'end' })
  }

  insert(s: string): void {
    if (s === '') return
    const { point } = this
    const last = this.undoList.at(-1)
    if (s.length === 1 && last?.kind === 'insert' && last.end === point && last.end - last.start < UNDO_RUN) last.end++
    else this.#remember({ kind: 'insert', start: point, end: point + s.length })
    this.text = this.text.slice(0, point) + s + this.text.slice(point)
    this.point += s.length
  }

  /** Takes a stretch out; the cursor stays where it is in the text. */
  delete(a: number, b: number): string {
    const from = Math.min(a, b)
    const to = Math.max(a, b)
    const gone = this.text.slice(from, to)
    if (gone === '') return ''
    this.#remember({ kind: 'delete', start: from, text: gone })
    this.text = this.text.slice(0, from) + this.text.slice(to)
    if (this.point >= to) this.point -= to - from
    else if (this.point > from) this.point = from
    return gone
  }

  replace(from: number, to: number, s: string): void {
    this.group(() => {
      this.delete(from, to)
      this.point = from
      this.insert(s)
    })
  }

  /** Replaces the whole line; the cursor goes to its end. */
  set(text: string): void {
    this.replace(0, this.text.length, text)
  }

  /** Another line with steps of its own. */
  load(text: string, undo: UndoList): void {
    this.text = text
    this.undoList = undo
    this.point = text.length
  }

  undo(): boolean {
    if (this.undoList.length === 0) return false
    let depth = 0
    do {
      const last = this.undoList.pop()
      if (last === undefined) break
      switch (last.kind) {
        case 'insert':
          this.text = this.text.slice(0, last.start) + this.text.slice(last.end)
          this.point = last.start
          break
        case 'delete':
          this.text = this.text.slice(0, last.start) + last.text + this.text.slice(last.start)
          this.point = last.start + last.text.length
          break
        case 'end':
          depth++
          break
        case 'begin':
          depth--
          break
      }
    } while (depth > 0)
    return true
  }

  /** The text before any change, without undoing it. */
  original(): string {
    const copy = new LineBuffer()
    copy.load(this.text, [...this.undoList])
    while (copy.undo());
    return copy.text
  }

  /** Deletes into the kill ring; backwards when `to` stands before `from`. */
  kill(from: number, to: number): void {
    if (from === to) return
    this.copy(from, to)
    this.delete(from, to)
  }

  /** Puts a stretch into the kill ring. */
  copy(from: number, to: number): void {
    const text = this.text.slice(Math.min(from, to), Math.max(from, to))
    const top = this.kills.at(-1)
    if (this.lastKill && top !== undefined) this.kills[this.kills.length - 1] = from < to ? top + text : text + top
    else this.kills.push(text)
    if (this.kills.length > KILLS_MAX) this.kills.shift()
  }

  left(at = this.point): number {
    let i = at
    do i -= /[\udc00-\udfff]/.test(this.text[i - 1] ?? '') && /[\ud800-\udbff]/.test(this.text[i - 2] ?? '') ? 2 : 1
    while (i > 0 && /\p{Mn}/u.test(this.text[i] ?? ''))
    return Math.max(0, i)
  }

  right(at = this.point): number {
    let i = at
    do i += /[\ud800-\udbff]/.test(this.text[i] ?? '') ? 2 : 1
    while (i < this.text.length && /\p{Mn}/u.test(this.text[i] ?? ''))
    return Math.min(this.text.length, i)
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

  transposeCharacters(count = 1): boolean {
    if (this.point === 0 || this.text.length < 2) return false
    this.group(() => {
      const atEnd = this.point === this.text.length
      const at = atEnd ? this.left() : this.point
      const before = this.left(at)
      const c = this.delete(before, at)
      this.point = Math.max(0, Math.min(this.text.length, before + (atEnd ? 1 : count)))
      this.insert(c)
    })
    return true
  }

  transposeWords(count = 1): boolean {
    let end2 = this.point
    for (let i = 0; i < count; i++) end2 = this.wordRight(end2)
    const start2 = this.wordLeft(end2)
    let start1 = start2
    for (let i = 0; i < count; i++) start1 = this.wordLeft(start1)
    const end1 = this.wordRight(start1)
    if (start1 === start2 || end1 > start2) return false
    this.replace(start1, end2, this.text.slice(start2, end2) + this.text.slice(end1, start2) + this.text.slice(start1, end1))
    return true
  }
}
