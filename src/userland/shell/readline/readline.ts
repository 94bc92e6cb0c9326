import { Errno } from '#linux/errno.ts'
import type { Termios } from '#linux/syscalls.ts'
import { decode, encode } from '#sim/bytes.ts'
import type { Run } from '../interp/flow.ts'
import type { Shell } from '../interp/shell.ts'
import { runPending } from '../interp/traps.ts'
import { type Binding, Bindings, type Keymap } from './bindings.ts'
import { LineBuffer } from './buffer.ts'
import { COMMANDS } from './commands.ts'
import { Display } from './display.ts'
import { loadInputrc, runBound } from './init.ts'
import { ViState } from './vi.ts'

/** A function of the editor: what a key does. `count` is the numeric argument. */
export type EditCommand = (rl: Readline, count: number, key: string) => Run<void>

/** Macros may call each other this deep. */
const MACRO_DEPTH = 16

/** ^C while a line was typed. */
export class Interrupted {}

/** The line editor: emacs and vi keys over a terminal in raw mode. Source: readline(3). */
export class Readline {
  readonly sh: Shell
  readonly buffer = new LineBuffer()
  readonly display = new Display()
  readonly bindings: Bindings
  readonly vi = new ViState()
  /** Keys that were typed and not used yet. */
  #input = ''
  #eof = false
  #macroDepth = 0
  /** The terminal's settings outside of the editor. */
  #saved: Termios
  /** Place in the history. */
  at = 0
  /** What was typed on the new line, while an older one is shown. */
  #fresh: { text: string; undo: LineBuffer['undoList'] } | undefined
  /** The function before, and the one that runs. */
  last = ''
  current = ''
  /** Set by a function that ends the line. */
  done = false
  /** The end of the file was asked for. */
  ended = false
  /** An argument was typed. */
  explicit = false
  overwrite = false
  /** The completion before changed nothing: the next one lists. */
  listNext = false
  /** Where `operate-and-get-next` goes on. */
  nextPlace: number | undefined
  /** The keyboard macro, and the one being recorded. */
  macro = ''
  recording: string | undefined
  prompt = ''
  rows = 24

  constructor(sh: Shell) {
    this.sh = sh
    this.#saved = sh.proc.tcgetattr(0)
    this.bindings = sh.bindings ??= new Bindings(sh.utf8)
    if (sh.options.vi) this.bindings.set('editing-mode', 'vi')
  }

  *write(text: string): Run<void> {
    if (text !== '') yield* this.sh.proc.write(2, encode(text))
  }

  /** Reads a line; undefined at the end of the file. Throws {@link Interrupted} on ^C. */
  *read(prompt: string, initial = ''): Run<string | undefined> {
    const { sh } = this
    yield* loadInputrc(sh, this.bindings)
    sh.options.vi = this.bindings.viMode
    sh.options.emacs = !sh.options.vi
    const saved = sh.proc.tcgetattr(0)
    this.#saved = saved
    sh.proc.tcsetattr(0, raw(saved), 'drain')
    try {
      this.measure()
      this.display.hidden = !saved.echo
      this.buffer.reset(initial)
      this.at = sh.history?.next ?? 1
      this.#fresh = undefined
      this.last = ''
      this.done = false
      this.ended = false
      this.listNext = false
      this.overwrite = false
      this.prompt = prompt
      this.vi.start(this)
      yield* sh.flush()
      yield* this.write(this.display.start(this.modePrompt))
      if (this.nextPlace !== undefined) {
        const { nextPlace } = this
        this.nextPlace = undefined
        if (sh.history?.get(nextPlace) !== undefined) this.goTo(nextPlace)
      }
      yield* this.refresh()
      const line = yield* this.#loop()
      this.#settleHistory(line)
      return line
    } finally {
      sh.proc.tcsetattr(0, saved, 'drain')
    }
  }

  /** The prompt, with the mode before it when that is shown. */
  get modePrompt(): string {
    const b = this.bindings
    if (!b.on('show-mode-in-prompt')) return this.prompt
    const mode = b.viMode ? b.text(this.vi.command ? 'vi-cmd-mode-string' : 'vi-ins-mode-string') : b.text('emacs-mode-string')
    const at = this.prompt.lastIndexOf('\n') + 1
    return this.prompt.slice(0, at) + mode + this.prompt.slice(at)
  }

  /** The size of the terminal. */
  measure(): void {
    const size = this.sh.proc.getWinSize(0)
    this.display.columns = size.cols > 0 ? size.cols : 80
    this.rows = size.rows > 0 ? size.rows : 24
  }

  *refresh(): Run<void> {
    yield* this.write(this.display.update(this.buffer.text, this.buffer.point))
  }

  get keymap(): Keymap {
    if (!this.bindings.viMode) return this.bindings.map('emacs')
    return this.bindings.map(this.vi.command ? 'vi-command' : 'vi-insert')
  }

  /** Characters that came together are shown together: nothing is drawn while more printable ones wait. */
  get #typedAhead(): boolean {
    return this.#input > '\x1f' && !this.#input.startsWith('\x7f')
  }

  *#loop(): Run<string | undefined> {
    while (!this.done) {
      const key = yield* this.character()
      if (key === undefined) {
        this.ended = this.buffer.text === ''
        break
      }
      yield* this.dispatch(key)
      if (!this.done && !(this.current === 'self-insert' && this.#typedAhead)) yield* this.refresh()
    }
    const toEnd = this.display.update(this.buffer.text, this.buffer.text.length)
    yield* this.write(this.display.endsRow ? toEnd : `${toEnd}\n`)
    return this.ended ? undefined : this.buffer.text
  }

  /** Finds what a key (and those behind it) does, and does it. */
  *dispatch(first: string, count = 1, explicit = false): Run<void> {
    const map = this.keymap
    const { typed, binding } = yield* this.#lookUp(map, first)
    this.explicit = explicit
    const b = this.buffer
    if (binding === undefined) {
      const letter = /^(?:\x1b|\x18)([A-Z])$/.exec(typed)?.[1]
      const lowered = letter === undefined ? undefined : map.get(typed.charAt(0) + letter.toLowerCase())
      if (lowered !== undefined) yield* this.#perform(lowered, typed, count)
      else if (typed.length === 1 && map !== this.bindings.map('vi-command') && (typed >= ' ' || map === this.bindings.map('vi-insert'))) {
        this.current = 'self-insert'
        this.#insert(typed, count)
        this.#finish()
      } else {
        this.current = ''
        yield* this.bell()
        this.#finish()
      }
    } else yield* this.#perform(binding, typed, count)
    if (this.bindings.viMode && this.vi.command && b.point > 0 && b.point >= b.text.length) b.point = b.left(b.text.length)
  }

  /** The binding of the keys that begin with `first`; keys that lead nowhere stay to be read. */
  *#lookUp(map: Keymap, first: string): Run<{ typed: string; binding: Binding | undefined }> {
    let typed = first
    while (Bindings.isPrefix(map, typed)) {
      const own = Bindings.alone(map, typed)
      const more = yield* this.character(own === undefined ? undefined : this.bindings.number('keyseq-timeout') * 1000)
      if (more === undefined) return { typed, binding: own }
      const longer = typed + more
      if (map.get(longer) === undefined && !Bindings.isPrefix(map, longer)) {
        if (own !== undefined) {
          this.#input = more + this.#input
          return { typed, binding: own }
        }
        return { typed: longer, binding: undefined }
      }
      typed = longer
    }
    return { typed, binding: map.get(typed) }
  }

  *#perform(binding: Binding, typed: string, count: number): Run<void> {
    switch (binding.kind) {
      case 'macro':
        if (++this.#macroDepth > MACRO_DEPTH) {
          this.#macroDepth = 0
          yield* this.bell()
        } else this.#input = binding.text + this.#input
        return
      case 'command':
        yield* runBound(this, binding.text)
        return
      case 'function': {
        this.#macroDepth = 0
        yield* this.call(binding.name, count, typed)
        return
      }
    }
  }

  /** Runs a function of the editor. */
  *call(name: string, count: number, key: string): Run<void> {
    const b = this.buffer
    this.current = name
    if (name === 'self-insert') this.#insert(key, count)
    else {
      if (name !== 'complete' && name !== 'digit-argument') this.listNext = false
      b.lastKill = KILLS.has(this.last) && !this.bindings.viMode
      const command = COMMANDS.get(name)
      if (command === undefined) yield* this.bell()
      else yield* command(this, count, key)
    }
    this.#finish()
  }

  #finish(): void {
    this.last = this.current
  }

  #insert(key: string, count: number): void {
    const b = this.buffer
    this.listNext = false
    if (this.overwrite && b.point < b.text.length) {
      b.group(() => {
        b.delete(b.point, b.right())
        b.insert(key)
      })
      return
    }
    b.insert(key.repeat(Math.max(0, count)))
  }

  /** Keys that are taken as typed next. */
  push(keys: string): void {
    this.#input = keys + this.#input
  }

  /** The next key for a function that reads one: an escape sequence of the keymap is taken whole. */
  *key(): Run<string | undefined> {
    const first = yield* this.character()
    if (first === undefined) return undefined
    return (yield* this.#lookUp(this.keymap, first)).typed
  }

  /** The next character; undefined at the end of the input, or when nothing was typed for `timeout` microseconds. */
  *character(timeout?: number): Run<string | undefined> {
    const { sh } = this
    while (this.#input === '') {
      if (this.#eof) return undefined
      try {
        if (timeout !== undefined && (yield* sh.proc.poll([{ fd: 0, read: true }], timeout)).length === 0) return undefined
        const data = yield* sh.proc.read(0, 256)
        if (data.length === 0) this.#eof = true
        this.#input = sh.utf8 ? decode(data) : this.#meta(data)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        if (error.code !== 'EINTR') return undefined
        if (sh.hangup) return undefined
        if (sh.interrupted) {
          sh.interrupted = false
          this.#input = ''
          yield* this.write(`${this.display.update(this.buffer.text, this.buffer.text.length)}^C`)
          throw new Interrupted()
        }
        yield* this.#resized()
        if (sh.pendingSignals.length > 0) yield* runPending(sh)
      }
    }
    const code = this.#input.codePointAt(0) as number
    const c = String.fromCodePoint(code)
    this.#input = this.#input.slice(c.length)
    if (this.recording !== undefined) this.recording += c
    return c
  }

  /** Bytes above 127 where characters are bytes: Meta and a key. */
  #meta(data: Uint8Array): string {
    if (!this.bindings.on('convert-meta')) return decode(data)
    let out = ''
    for (const byte of data) out += byte > 127 ? `\x1b${String.fromCharCode(byte & 127)}` : String.fromCharCode(byte)
    return out
  }

  /** The terminal has another size: the line is drawn again. */
  *#resized(): Run<void> {
    const { cols } = this.sh.proc.getWinSize(0)
    if (cols === 0 || cols === this.display.columns) return
    yield* this.write(this.display.resize(cols, this.buffer.text, this.buffer.point))
  }

  *bell(): Run<void> {
    if (this.bindings.text('bell-style') === 'audible') yield* this.write('\x07')
  }

  /** Runs something with the terminal as it was before the line was edited. */
  *cooked(body: () => Run<void>): Run<void> {
    const now = this.sh.proc.tcgetattr(0)
    this.sh.proc.tcsetattr(0, this.#saved, 'drain')
    try {
      yield* body()
    } finally {
      this.sh.proc.tcsetattr(0, now, 'drain')
    }
  }

  /** Another prompt in place of the present one, while a function reads keys. */
  *message(prompt: string): Run<void> {
    yield* this.write(this.display.swapPrompt(prompt, this.buffer.text, this.buffer.point))
  }

  *endMessage(): Run<void> {
    yield* this.message(this.modePrompt)
  }

  /** Shows another line of the history; what was changed in the one before stays changed. */
  goTo(to: number): void {
    const { history } = this.sh
    const b = this.buffer
    this.keepLine()
    this.at = to
    const entry = history?.entry(to)
    if (entry !== undefined) b.load(entry.line, entry.undo ?? [])
    else if (this.#fresh !== undefined) b.load(this.#fresh.text, this.#fresh.undo)
    else b.load('', [])
    b.mark = 0
    if (this.bindings.viMode && this.vi.command && entry !== undefined) b.point = 0
  }

  keepLine(): void {
    const b = this.buffer
    const entry = this.sh.history?.entry(this.at)
    if (entry === undefined) this.#fresh = { text: b.text, undo: b.undoList }
    else if (b.undoList.length > 0) {
      entry.line = b.text
      entry.undo = b.undoList
    }
  }

  /** The entry that was taken and changed becomes again what it was. */
  #settleHistory(line: string | undefined): void {
    const entry = this.sh.history?.entry(this.at)
    if (entry === undefined || line === undefined) return
    entry.line = this.buffer.original()
    delete entry.undo
  }
}

/** Functions whose kills are joined. */
const KILLS: ReadonlySet<string> = new Set([
  'kill-line',
  'backward-kill-line',
  'kill-whole-line',
  'kill-word',
  'backward-kill-word',
  'unix-line-discard',
  'unix-word-rubout',
  'unix-filename-rubout',
  'kill-region',
  'copy-region-as-kill',
  'copy-forward-word',
  'copy-backward-word',
  'shell-kill-word',
  'shell-backward-kill-word',
])

/** The terminal's settings while a line is edited: signals still work. */
function raw(t: Termios): Termios {
  return { ...t, icanon: false, echo: false, icrnl: false, iexten: false, vmin: 1, vtime: 0, cc: { ...t.cc, lnext: 0 } }
}
