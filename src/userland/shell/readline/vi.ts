import type { Run } from '../interp/flow.ts'
import { readText } from './history-commands.ts'
import { historyWords } from './history-expand.ts'
import type { EditCommand, Readline } from './readline.ts'

/** What vi's keys remember. Source: readline(3), VI Mode. */
export class ViState {
  /** Command mode: keys are commands, the cursor stands on a character. */
  command = false
  /** The change that `.` does again, and what was typed into it. */
  change: { readonly name: string; readonly key: string; readonly count: number; readonly motion: string; typed: string } | undefined
  /** Where the text being inserted began, in the undo list. */
  insertFrom = 0
  /** The last f, F, t or T. */
  find: { readonly c: string; readonly key: string } | undefined
  readonly marks = new Map<string, number>()
  searched: { readonly text: string; readonly back: boolean } | undefined
  /** The text that is searched for begins here; kept for `.`. */
  inserting = false

  start(rl: Readline): void {
    this.command = false
    this.insertFrom = rl.buffer.point
    this.inserting = true
  }

  accepted(rl: Readline): void {
    if (!this.command) this.keepTyped(rl)
  }

  /** Remembers what was typed since insert mode began. */
  keepTyped(rl: Readline): void {
    if (!this.inserting) return
    this.inserting = false
    const typed = rl.buffer.text.slice(this.insertFrom, rl.buffer.point)
    if (this.change !== undefined) this.change.typed = typed
    else this.change = { name: 'vi-insertion-mode', key: 'i', count: 1, motion: '', typed }
  }
}

function* insertMode(rl: Readline): Run<void> {
  rl.vi.command = false
  rl.vi.inserting = true
  rl.vi.insertFrom = rl.buffer.point
  if (rl.bindings.on('show-mode-in-prompt')) yield* rl.endMessage()
}

const WORD = /[\p{L}\p{N}_]/u

/** Classes of characters that words are made of: blank, word, other. */
function classOf(c: string | undefined, big: boolean): number {
  if (c === undefined || /\s/.test(c)) return 0
  return big || WORD.test(c) ? 1 : 2
}

function nextWord(text: string, at: number, big: boolean): number {
  let i = at
  const kind = classOf(text[i], big)
  while (i < text.length && kind !== 0 && classOf(text[i], big) === kind) i++
  while (i < text.length && classOf(text[i], big) === 0) i++
  return i
}

function previousWord(text: string, at: number, big: boolean): number {
  let i = at
  while (i > 0 && classOf(text[i - 1], big) === 0) i--
  const kind = classOf(text[i - 1], big)
  while (i > 0 && classOf(text[i - 1], big) === kind) i--
  return i
}

function endWord(text: string, at: number, big: boolean): number {
  let i = at + 1
  while (i < text.length && classOf(text[i], big) === 0) i++
  const kind = classOf(text[i], big)
  while (i + 1 < text.length && classOf(text[i + 1], big) === kind) i++
  return Math.min(i, text.length)
}

const PAIRS = '()[]{}'

function matching(text: string, at: number): number | undefined {
  let start = at
  while (start < text.length && !PAIRS.includes(text[start] as string)) start++
  const c = text[start]
  if (c === undefined) return undefined
  const i = PAIRS.indexOf(c)
  const other = PAIRS[i ^ 1] as string
  const step = i % 2 === 0 ? 1 : -1
  let depth = 0
  for (let n = start; n >= 0 && n < text.length; n += step) {
    if (text[n] === c) depth++
    else if (text[n] === other && --depth === 0) return n
  }
  return undefined
}

function findChar(text: string, at: number, key: string, c: string): number | undefined {
  if (key === 'f' || key === 't') {
    const i = text.indexOf(c, at + 1)
    return i < 0 ? undefined : key === 'f' ? i : i - 1
  }
  const i = at === 0 ? -1 : text.lastIndexOf(c, at - 1)
  return i < 0 ? undefined : key === 'F' ? i : i + 1
}

/** Keys of motions whose last character belongs to what an operator takes. */
const INCLUSIVE: ReadonlySet<string> = new Set(['e', 'E', 'f', 't', '%'])

/** Where a motion leads; undefined: nowhere. */
function* target(rl: Readline, key: string, count: number, changing: boolean): Run<number | undefined> {
  const { text, point } = rl.buffer
  const repeat = (step: (at: number) => number): number => {
    let at = point
    for (let i = 0; i < count; i++) at = step(at)
    return at
  }
  const big = key === key.toUpperCase()
  switch (key) {
    case 'h':
    case '\b':
    case '\x7f':
      return point === 0 ? undefined : repeat((at) => rl.buffer.left(at))
    case 'l':
    case ' ':
      return repeat((at) => rl.buffer.right(at))
    case 'w':
    case 'W': {
      // cw stops at the end of the word.
      if (changing && classOf(text[point], big) !== 0) return repeat((at) => endWord(text, at === point ? at - 1 : at, big)) + 1
      return repeat((at) => nextWord(text, at, big))
    }
    case 'b':
    case 'B':
      return repeat((at) => previousWord(text, at, big))
    case 'e':
    case 'E':
      return repeat((at) => endWord(text, at, big))
    case '0':
      return 0
    case '^':
      return /^\s*/.exec(text)?.[0].length ?? 0
    case '$':
      return text.length
    case '|':
      return Math.min(text.length, Math.max(0, count - 1))
    case '%':
      return matching(text, point)
    case 'f':
    case 'F':
    case 't':
    case 'T': {
      const c = yield* rl.character()
      if (c === undefined) return undefined
      rl.vi.find = { c, key }
      return again(text, point, key, c, count)
    }
    case ';':
    case ',': {
      const { find } = rl.vi
      if (find === undefined) return undefined
      const other = find.key === find.key.toLowerCase() ? find.key.toUpperCase() : find.key.toLowerCase()
      return again(text, point, key === ';' ? find.key : other, find.c, count)
    }
    case '`': {
      const name = yield* rl.character()
      return name === undefined ? undefined : rl.vi.marks.get(name)
    }
    default:
      return undefined
  }
}

function again(text: string, point: number, key: string, c: string, count: number): number | undefined {
  let at: number | undefined = point
  for (let i = 0; i < count && at !== undefined; i++) at = findChar(text, at, key, c)
  return at
}

function* move(rl: Readline, count: number, key: string): Run<void> {
  const to = yield* target(rl, key, count, false)
  if (to === undefined) return yield* rl.bell()
  rl.buffer.point = to
}

type Operator = 'd' | 'c' | 'y'

/** d, c and y: the motion that says what they take is read, or given. */
function* operate(rl: Readline, operator: Operator, count: number, key: string, given: string): Run<void> {
  const b = rl.buffer
  let motion = given
  let times = count
  if (motion === '') {
    if (key === key.toUpperCase()) motion = '$'
    else {
      let digits = ''
      for (;;) {
        const c = yield* rl.character()
        if (c === undefined) return
        if (/[1-9]/.test(c) || (digits !== '' && c === '0')) digits += c
        else {
          motion = c
          break
        }
      }
      if (digits !== '') times *= Number(digits)
    }
  }
  let from = b.point
  let to: number | undefined
  if (motion === operator) {
    from = 0
    to = b.text.length
  } else {
    const find = /^([fFtT])(.)$/s.exec(motion)
    if (find !== null) to = again(b.text, from, find[1] as string, find[2] as string, times)
    else to = yield* target(rl, motion, times, operator === 'c')
    const found = rl.vi.find
    if (find === null && /^[fFtT]$/.test(motion) && found !== undefined) motion += found.c
  }
  if (to === undefined) return yield* rl.bell()
  const [a, z] = from < to ? [from, to] : [to, from]
  const inclusive = INCLUSIVE.has(motion.charAt(0)) || (/[;,]/.test(motion) && /[ft]/.test(rl.vi.find?.key ?? ''))
  const end = inclusive && to >= from ? b.right(z) : z
  b.copy(a, end)
  if (operator === 'y') return
  rl.vi.change = { name: operator === 'd' ? 'vi-delete-to' : 'vi-change-to', key: operator, count: times, motion, typed: '' }
  b.delete(a, end)
  b.point = a
  if (operator === 'c') yield* insertMode(rl)
}

/** Remembers a change for `.`. */
function changed(rl: Readline, name: string, key: string, count: number, motion = ''): void {
  rl.vi.change = { name, key, count, motion, typed: '' }
}

function* searchHistory(rl: Readline, back: boolean, text: string): Run<void> {
  const { history } = rl.sh
  const anchored = text.startsWith('^')
  const wanted = anchored ? text.slice(1) : text
  const step = back ? -1 : 1
  for (let n = rl.at + step; history !== undefined && n >= history.base && n < history.next; n += step) {
    const line = history.get(n) ?? ''
    if (anchored ? line.startsWith(wanted) : line.includes(wanted)) {
      rl.goTo(n)
      rl.buffer.point = 0
      return
    }
  }
  yield* rl.bell()
}

const motionCommands: Readonly<Record<string, EditCommand>> = Object.fromEntries(
  ['vi-next-word', 'vi-prev-word', 'vi-end-word', 'vi-first-print', 'vi-column', 'vi-match', 'vi-char-search', 'vi-goto-mark'].map(
    (name): [string, EditCommand] => [name, move],
  ),
)

export const viCommands: Readonly<Record<string, EditCommand>> = {
  ...motionCommands,
  *'vi-movement-mode'(rl) {
    const b = rl.buffer
    rl.vi.keepTyped(rl)
    rl.overwrite = false
    rl.vi.command = true
    if (b.point > 0) b.point = b.left()
    if (rl.bindings.on('show-mode-in-prompt')) yield* rl.endMessage()
  },
  *'vi-insertion-mode'(rl, count) {
    changed(rl, 'vi-insertion-mode', 'i', count)
    yield* insertMode(rl)
  },
  *'vi-insert-beg'(rl, count) {
    changed(rl, 'vi-insert-beg', 'I', count)
    rl.buffer.point = 0
    yield* insertMode(rl)
  },
  *'vi-append-mode'(rl, count) {
    changed(rl, 'vi-append-mode', 'a', count)
    rl.buffer.point = rl.buffer.right()
    yield* insertMode(rl)
  },
  *'vi-append-eol'(rl, count) {
    changed(rl, 'vi-append-eol', 'A', count)
    rl.buffer.point = rl.buffer.text.length
    yield* insertMode(rl)
  },
  *'vi-arg-digit'(rl, _count, key) {
    yield* rl.call('digit-argument', 1, key)
  },
  *'vi-eof-maybe'(rl) {
    rl.done = true
    if (rl.buffer.text === '') rl.ended = true
  },
  *'vi-undo'(rl, count) {
    for (let i = 0; i < count; i++) if (!rl.buffer.undo()) return yield* rl.bell()
  },
  *'vi-delete'(rl, count, key) {
    const b = rl.buffer
    if (b.text === '') return yield* rl.bell()
    changed(rl, 'vi-delete', key, count)
    let to = b.point
    for (let i = 0; i < count; i++) to = b.right(to)
    b.kill(b.point, to)
  },
  *'vi-rubout'(rl, count, key) {
    const b = rl.buffer
    if (b.point === 0) return yield* rl.bell()
    changed(rl, 'vi-rubout', key, count)
    let from = b.point
    for (let i = 0; i < count; i++) from = b.left(from)
    b.kill(b.point, from)
  },
  *'vi-delete-to'(rl, count, key) {
    yield* operate(rl, 'd', count, key, '')
  },
  *'vi-change-to'(rl, count, key) {
    yield* operate(rl, 'c', count, key, '')
  },
  *'vi-yank-to'(rl, count, key) {
    yield* operate(rl, 'y', count, key, '')
  },
  *'vi-subst'(rl, count, key) {
    yield* operate(rl, 'c', count, 'c', key === 'S' ? 'c' : 'l')
  },
  *'vi-put'(rl, count, key) {
    const b = rl.buffer
    const top = b.kills.at(-1)
    if (top === undefined) return yield* rl.bell()
    changed(rl, 'vi-put', key, count)
    if (key === 'p' && b.text !== '') b.point = b.right()
    b.insert(top.repeat(count))
    b.point = b.left()
  },
  *'vi-change-case'(rl, count, key) {
    const b = rl.buffer
    if (b.point >= b.text.length) return yield* rl.bell()
    changed(rl, 'vi-change-case', key, count)
    let to = b.point
    for (let i = 0; i < count; i++) to = b.right(to)
    b.replace(b.point, to, [...b.text.slice(b.point, to)].map((c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())).join(''))
  },
  *'vi-change-char'(rl, count, key) {
    const c = yield* rl.character()
    if (c === undefined || c === '\x1b') return
    changed(rl, 'vi-change-char', key, count, c)
    replaceChars(rl, count, c)
  },
  *'vi-replace'(rl) {
    yield* insertMode(rl)
    rl.overwrite = true
  },
  *'vi-redo'(rl, count) {
    const { change } = rl.vi
    if (change === undefined) return yield* rl.bell()
    const n = rl.explicit ? count : change.count
    const { typed } = change
    if (change.name === 'vi-change-char') replaceChars(rl, n, change.motion)
    else if (change.motion !== '') yield* operate(rl, change.name === 'vi-delete-to' ? 'd' : 'c', n, change.key, change.motion)
    else yield* rl.call(change.name, n, change.key)
    if (!rl.vi.command) {
      const b = rl.buffer
      b.insert(typed)
      rl.vi.command = true
      rl.vi.inserting = false
      if (b.point > 0) b.point = b.left()
    }
    if (rl.vi.change !== undefined) rl.vi.change.typed = typed
  },
  *'vi-search'(rl, _count, key) {
    const back = key === '/'
    const text = yield* readText(rl, key)
    if (text === undefined) return
    const wanted = text === '' ? rl.vi.searched?.text : text
    if (wanted === undefined) return yield* rl.bell()
    rl.vi.searched = { text: wanted, back }
    yield* searchHistory(rl, back, wanted)
  },
  *'vi-search-again'(rl, _count, key) {
    const { searched } = rl.vi
    if (searched === undefined) return yield* rl.bell()
    yield* searchHistory(rl, key === 'n' ? searched.back : !searched.back, searched.text)
  },
  *'vi-set-mark'(rl) {
    const name = yield* rl.character()
    if (name !== undefined) rl.vi.marks.set(name, rl.buffer.point)
  },
  *'vi-fetch-history'(rl, count) {
    yield* rl.call(rl.explicit ? 'fetch-history' : 'beginning-of-history', count, 'G')
  },
  *'vi-unix-word-rubout'(rl, count) {
    const b = rl.buffer
    if (b.point === 0) return yield* rl.bell()
    let at = b.point
    for (let i = 0; i < Math.max(1, count); i++) at = previousWord(b.text, at, false)
    b.kill(b.point, at)
  },
  *'vi-yank-arg'(rl, count) {
    const line = rl.sh.history?.get(rl.at - 1)
    const words = line === undefined ? [] : historyWords(line)
    const word = rl.explicit ? words[count - 1] : words.at(-1)
    if (word === undefined) return yield* rl.bell()
    const b = rl.buffer
    b.point = b.right()
    b.insert(` ${word}`)
    yield* insertMode(rl)
  },
  *'vi-tilde-expand'(rl) {
    yield* rl.call('tilde-expand', 1, '&')
  },
}

function replaceChars(rl: Readline, count: number, c: string): void {
  const b = rl.buffer
  let to = b.point
  for (let i = 0; i < count && to < b.text.length; i++) to = b.right(to)
  const n = [...b.text.slice(b.point, to)].length
  b.replace(b.point, to, c.repeat(n))
  b.point = b.left()
}
