import { Errno } from '#linux/errno.ts'
import type { Termios } from '#linux/syscalls.ts'
import { decode, encode } from '#sim/bytes.ts'
import { lower, upper } from '../expand/text.ts'
import type { Run } from '../interp/flow.ts'
import type { Shell } from '../interp/shell.ts'
import { runPending } from '../interp/traps.ts'
import { LineBuffer } from './buffer.ts'
import { type Completion, completions } from './complete.ts'
import { Display } from './display.ts'
import { historyWords } from './history-expand.ts'
import { type EditCommand, isPrefix, KEYS } from './keys.ts'
import { listing } from './listing.ts'
import { search } from './search.ts'

/** More candidates than this are listed only when asked. */
const QUERY_ITEMS = 100

/** ^C while a line was typed. */
export class Interrupted {}

/** The line editor: emacs keys over a terminal in raw mode. Source: readline(3). */
export class Readline {
  readonly sh: Shell
  readonly buffer = new LineBuffer()
  readonly display = new Display()
  #input = ''
  #eof = false
  /** Place in the history; `lines` holds what was typed over entries. */
  #at = 0
  #lines = new Map<number, string>()
  #last: EditCommand | 'insert' | undefined
  /** The completion before changed nothing: the next one lists. */
  #listNext = false
  #yankArgument: { n: number; from: number } | undefined

  constructor(sh: Shell) {
    this.sh = sh
  }

  *write(text: string): Run<void> {
    if (text !== '') yield* this.sh.proc.write(2, encode(text))
  }

  /** Reads a line; undefined at the end of the file. Throws {@link Interrupted} on ^C. */
  *read(prompt: string, initial = ''): Run<string | undefined> {
    const { sh } = this
    const saved = sh.proc.tcgetattr(0)
    sh.proc.tcsetattr(0, raw(saved), 'drain')
    try {
      const size = sh.proc.getWinSize(0)
      this.display.columns = size.cols > 0 ? size.cols : 80
      this.buffer.reset(initial)
      this.#at = sh.history?.next ?? 1
      this.#lines.clear()
      this.#last = undefined
      this.#listNext = false
      yield* sh.flush()
      yield* this.write(this.display.start(prompt) + this.display.update(this.buffer.text, this.buffer.point))
      const line = yield* this.#loop()
      return line
    } finally {
      sh.proc.tcsetattr(0, saved, 'drain')
    }
  }

  *#loop(): Run<string | undefined> {
    const b = this.buffer
    for (;;) {
      const key = yield* this.key()
      if (key === undefined) {
        yield* this.write('\n')
        return b.text === '' ? undefined : b.text
      }
      const command = KEYS.get(key)
      if (command === undefined) {
        if (key.startsWith('\x1b') || key < ' ') {
          if (/^\x1b\d$/.test(key)) continue
          yield* this.write('\x07')
          continue
        }
        b.insert(key, true)
        this.#last = 'insert'
        this.#listNext = false
        // Characters that came together are shown together.
        if (this.#input > '\x1f' && !this.#input.startsWith('\x7f')) continue
      } else {
        if (command !== 'complete') this.#listNext = false
        if (command === 'accept' || command === 'accept-next') {
          yield* this.write(`${this.display.update(b.text, b.text.length)}\n`)
          return b.text
        }
        if (command === 'eof' && b.text === '') {
          yield* this.write('\n')
          return undefined
        }
        const kill = b.lastKill
        yield* this.#run(command)
        if (kill && b.lastKill && !command.startsWith('kill') && !command.startsWith('rubout-')) b.lastKill = false
        this.#last = command
      }
      yield* this.write(this.display.update(b.text, b.point))
    }
  }

  /** The next key: a character, or a whole escape sequence. Undefined at the end of the input. */
  *key(): Run<string | undefined> {
    let typed = yield* this.character()
    if (typed === undefined) return undefined
    while (isPrefix(typed) && !KEYS.has(typed)) {
      const more = yield* this.character()
      if (more === undefined) break
      typed += more
    }
    return typed
  }

  *character(): Run<string | undefined> {
    const { sh } = this
    while (this.#input === '') {
      if (this.#eof) return undefined
      try {
        const data = yield* sh.proc.read(0, 256)
        if (data.length === 0) this.#eof = true
        this.#input = decode(data)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        if (error.code !== 'EINTR') return undefined
        if (sh.hangup) return undefined
        if (sh.interrupted) {
          sh.interrupted = false
          yield* this.write(`${this.display.update(this.buffer.text, this.buffer.text.length)}^C`)
          throw new Interrupted()
        }
        if (sh.pendingSignals.length > 0) yield* runPending(sh)
      }
    }
    const code = this.#input.codePointAt(0) as number
    const c = String.fromCodePoint(code)
    this.#input = this.#input.slice(c.length)
    return c
  }

  *bell(): Run<void> {
    yield* this.write('\x07')
  }

  *#run(command: EditCommand): Run<void> {
    const b = this.buffer
    switch (command) {
      case 'beginning':
        b.point = 0
        break
      case 'end':
        b.point = b.text.length
        break
      case 'left':
        if (b.point === 0) yield* this.bell()
        b.point = b.left()
        break
      case 'right':
        if (b.point === b.text.length) yield* this.bell()
        b.point = b.right()
        break
      case 'word-left':
        b.point = b.wordLeft()
        break
      case 'word-right':
        b.point = b.wordRight()
        break
      case 'eof':
      case 'delete':
        if (b.point === b.text.length) yield* this.bell()
        else {
          const at = b.point
          b.replace(at, b.right(), '')
          b.point = at
        }
        break
      case 'rubout':
        if (b.point === 0) yield* this.bell()
        else b.replace(b.left(), b.point, '')
        break
      case 'kill-end':
        this.#kill(b.point, b.text.length, true)
        break
      case 'kill-line':
        if (b.point === 0) yield* this.bell()
        this.#kill(0, b.point, false)
        break
      case 'rubout-blank-word':
        if (b.point === 0) yield* this.bell()
        this.#kill(b.wordLeft(b.point, true), b.point, false)
        break
      case 'rubout-word':
        this.#kill(b.wordLeft(), b.point, false)
        break
      case 'kill-word':
        this.#kill(b.point, b.wordRight(), true)
        break
      case 'yank':
        b.insert(b.kills.at(-1) ?? '')
        break
      case 'yank-pop': {
        if (this.#last !== 'yank' && this.#last !== 'yank-pop') {
          yield* this.bell()
          break
        }
        const top = b.kills.pop() ?? ''
        b.kills.unshift(top)
        b.replace(b.point - top.length, b.point, b.kills.at(-1) ?? '')
        break
      }
      case 'yank-last-argument':
        yield* this.#yankLast()
        break
      case 'transpose':
        if (!b.transposeCharacters()) yield* this.bell()
        break
      case 'transpose-words':
        if (!b.transposeWords()) yield* this.bell()
        break
      case 'upcase':
      case 'downcase':
      case 'capitalise':
        this.#changeCase(command)
        break
      case 'undo':
        if (!b.undo()) yield* this.bell()
        break
      case 'revert':
        b.revert()
        break
      case 'previous':
        yield* this.#history(this.#at - 1)
        break
      case 'next':
        yield* this.#history(this.#at + 1)
        break
      case 'first':
        yield* this.#history(this.sh.history?.base ?? 1)
        break
      case 'last':
        yield* this.#history(this.sh.history?.next ?? 1)
        break
      case 'search-back':
      case 'search-forward': {
        const key = yield* search(this, command === 'search-back')
        if (key !== undefined) this.#input = key + this.#input
        break
      }
      case 'clear':
        yield* this.write(`\x1b[H\x1b[2J${this.display.redraw(b.text, b.point)}`)
        break
      case 'complete':
        yield* this.#complete()
        break
      case 'list':
        yield* this.#list(yield* completions(this.sh, b.text, b.point))
        break
      case 'insert-all': {
        const c = yield* completions(this.sh, b.text, b.point, true)
        if (c.matches.length === 0) yield* this.bell()
        else b.replace(c.from, b.point, c.matches.map((m) => `${c.quote(m)} `).join(''))
        break
      }
      case 'quoted': {
        const c = yield* this.character()
        if (c !== undefined) b.insert(c)
        break
      }
      case 'paste':
        yield* this.#paste()
        break
      case 'comment':
        b.point = 0
        b.insert('#')
        this.#input = `\n${this.#input}`
        break
      case 'abort':
        yield* this.bell()
        break
      default:
        break
    }
  }

  #kill(from: number, to: number, forward: boolean): void {
    const previous = this.#last
    this.buffer.lastKill = previous !== undefined && /^(?:kill|rubout-)/.test(previous)
    this.buffer.kill(from, to, forward)
    this.buffer.lastKill = true
  }

  #changeCase(how: 'upcase' | 'downcase' | 'capitalise'): void {
    const b = this.buffer
    const to = b.wordRight()
    const from = b.point
    const word = b.text.slice(from, to)
    const lead = /^[^\p{L}\p{N}]*/u.exec(word)?.[0].length ?? 0
    const next =
      how === 'upcase'
        ? upper(word, true)
        : how === 'downcase'
          ? lower(word, true)
          : word.slice(0, lead) + upper(word.slice(lead, lead + 1), true) + lower(word.slice(lead + 1), true)
    b.replace(from, to, next)
  }

  *#yankLast(): Run<void> {
    const { history } = this.sh
    const b = this.buffer
    const again = this.#last === 'yank-last-argument' ? this.#yankArgument : undefined
    const n = (again?.n ?? history?.next ?? 1) - 1
    const line = history?.get(n)
    if (line === undefined) {
      yield* this.bell()
      return
    }
    const from = again?.from ?? b.point
    b.replace(from, b.point, historyWords(line).at(-1) ?? '')
    this.#yankArgument = { n, from }
  }

  *#history(to: number): Run<void> {
    const history = this.sh.history
    const b = this.buffer
    const next = history?.next ?? 1
    if (history === undefined || to < history.base || to > next || (to === this.#at && to !== next)) {
      yield* this.bell()
      return
    }
    this.#lines.set(this.#at, b.text)
    this.#at = to
    b.set(this.#lines.get(to) ?? history.get(to) ?? '')
    b.breakUndo()
  }

  /** Where the search stopped: later movements start from there. */
  moveTo(n: number): void {
    this.#lines.set(this.#at, this.buffer.text)
    this.#at = n
  }

  get place(): number {
    return this.#at
  }

  *#complete(): Run<void> {
    const b = this.buffer
    const c = yield* completions(this.sh, b.text, b.point)
    if (c.ran) yield* this.write(this.display.update(b.text, b.point))
    if (c.matches.length === 0) {
      yield* this.bell()
      this.#listNext = false
      return
    }
    if (this.#listNext && c.matches.length > 1) {
      yield* this.#list(c)
      return
    }
    const before = b.text
    const common = c.common
    const ending = c.matches.length === 1 ? c.ending(c.matches[0] as string) : ''
    const text = c.quote(common, c.matches.length === 1)
    if (c.matches.length > 1) yield* this.bell()
    if (text.length >= b.point - c.from || c.matches.length === 1) {
      const replaced = b.text.slice(c.from, b.point)
      if (replaced !== text + ending) b.replace(c.from, b.point, text + (ending !== '' && b.text[b.point] === ending ? '' : ending))
    }
    this.#listNext = b.text === before && c.matches.length > 1
  }

  *#list(c: Completion): Run<void> {
    const b = this.buffer
    if (c.matches.length === 0) {
      yield* this.bell()
      return
    }
    yield* this.write(`${this.display.update(b.text, b.text.length)}\n`)
    if (c.matches.length > QUERY_ITEMS) {
      yield* this.write(`Display all ${c.matches.length} possibilities? (y or n)`)
      for (;;) {
        const key = yield* this.key()
        if (key === 'y' || key === 'Y' || key === ' ') break
        if (key === undefined || /^[nN\x7f\x07]$/.test(key)) {
          yield* this.write(`\n${this.display.redraw(b.text, b.point)}`)
          return
        }
        yield* this.bell()
      }
      yield* this.write('\n')
    }
    yield* this.write(listing(c.shown, c.marks, this.display.columns))
    yield* this.write(this.display.redraw(b.text, b.point))
  }

  /** Bracketed paste: text as it comes, newlines included. */
  *#paste(): Run<void> {
    let text = ''
    for (;;) {
      const c = yield* this.character()
      if (c === undefined) break
      text += c
      if (text.endsWith('\x1b[201~')) {
        text = text.slice(0, -6)
        break
      }
    }
    this.buffer.insert(text.replace(/\r\n?/g, '\n'))
  }
}

/** The terminal's settings while a line is edited: signals still work. */
function raw(t: Termios): Termios {
  return { ...t, icanon: false, echo: false, icrnl: false, iexten: false, vmin: 1, vtime: 0, cc: { ...t.cc, lnext: 0 } }
}
