/**
 * What vim and nano have in common: reading and writing the file by system calls, and the conversation with the page, which shows
 * the text. Differs: a file is overwritten in place; no swap or backup files; changes of the file by others are not noticed.
 */
import { Errno, type ErrnoCode } from '#linux/errno.ts'
import { SIGNALS } from '#linux/signal.ts'
import { O, type Proc, S, type Stat, type Termios } from '#linux/syscalls.ts'
import { decode, encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import type { EditorAnswer, EditorOsc, EditorRequest } from './editor-request.ts'
import { latin, readAll, say, unlatin, writeAll } from './io.ts'

const EDITOR_OSC: EditorOsc = 7411

/** Bytes of a file that can be edited: every save is an input of the lab's log. */
export const EDIT_LIMIT = 512 * 1024

/** How a file's bytes become lines and back. */
export interface TextFormat {
  readonly encoding: 'utf-8' | 'latin1'
  /** Lines end with CR LF. */
  readonly dos: boolean
}

export interface TextFile extends TextFormat {
  /** Lines between newlines, without the one at the end. */
  readonly text: string
  /** The last line has no end. */
  readonly noeol: boolean
  readonly lines: number
  readonly bytes: number
}

/** Reads bytes as an editor does: UTF-8, or where that fails Latin-1, so that nothing is lost. */
export function parseText(bytes: Uint8Array): TextFile {
  const utf8 = decode(bytes)
  const encoding = /[\ud800-\udfff]/u.test(utf8) ? 'latin1' : 'utf-8'
  const whole = encoding === 'utf-8' ? utf8 : latin(bytes)
  const noeol = whole !== '' && !whole.endsWith('\n')
  const body = noeol ? whole : whole.slice(0, -1)
  const count = whole === '' ? 0 : body.split('\n').length
  const dos = count > 0 && !noeol && `${body}\n`.split('\n').length === whole.split('\r\n').length
  const text = dos ? body.slice(0, -1).replaceAll('\r\n', '\n') : body
  return { encoding, dos, text, noeol, lines: count, bytes: bytes.length }
}

/** The bytes of a text in a file's own format. A character that Latin-1 lacks is written as UTF-8. */
export function formatText(text: string, { encoding, dos }: TextFormat): Uint8Array {
  if (text === '') return new Uint8Array(0)
  const lines = `${dos ? text.replaceAll('\n', '\r\n') : text}${dos ? '\r\n' : '\n'}`
  return encoding === 'utf-8' ? encode(lines) : unlatin(lines.replace(/[^\0-\xff]+/g, (more) => latin(encode(more))))
}

/** What there was at a path when the editor began. */
export type Found =
  | { readonly kind: 'file'; readonly file: TextFile; readonly writable: boolean }
  | { readonly kind: 'new'; readonly parent: boolean }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly code: ErrnoCode }

export interface Written {
  readonly path: string
  readonly created: boolean
  readonly lines: number
  readonly bytes: number
  readonly dos: boolean
}

/** An editor's own words and rules. */
export interface EditorStyle {
  readonly editor: 'vim' | 'nano'
  readonly version: string
  opened(path: string, found: Found): string
  wrote(written: Written): string
  failed(path: string, code: ErrnoCode): string
  /** Why a save is refused before anything is written; undefined: it isn't. `other`: another file than the edited one. */
  objects(path: string, force: boolean, exists: boolean, other: boolean): string | undefined
  /** What it prints when it is asked to end by a signal; undefined: nothing. */
  readonly lastWords: string | undefined
}

export interface Editing {
  readonly path: string
  readonly readonly: boolean
  readonly line?: number
  readonly column?: number
}

/**
 * Edits a file until the reader leaves the editor; returns the exit status. Needs a terminal on 0 and 1. Where the host can't show
 * an editor it says so and returns 1.
 */
export function* edit(proc: Proc, style: EditorStyle, editing: Editing): Sim<number> {
  const found = yield* find(proc, editing.path)
  if (found === 'directory' || found === 'large') {
    const what = found === 'directory' ? 'a directory' : `a file larger than ${EDIT_LIMIT / 1024} KiB`
    yield* say(proc, 2, `podlab: ${style.editor} of ${what} is not modelled\n`)
    return 1
  }
  const before = proc.tcgetattr(0)
  const caught: number[] = []
  for (const signal of [SIGNALS.HUP, SIGNALS.TERM]) proc.sigaction(signal, () => caught.push(signal))
  for (const signal of [SIGNALS.INT, SIGNALS.QUIT]) proc.sigaction(signal, 'ignore')
  try {
    return yield* new Session(proc, style, editing, found, before).run()
  } catch (error) {
    if (!(error instanceof Errno) || error.code !== 'EINTR' || caught.length === 0) throw error
    restore(proc, before)
    if (style.lastWords !== undefined) yield* say(proc, 2, style.lastWords.replace('%', caught[0] === SIGNALS.HUP ? 'HUP' : 'TERM'))
    return 1
  } finally {
    restore(proc, before)
  }
}

/** Gives the terminal back, unless it has gone. */
function restore(proc: Proc, before: Termios): void {
  try {
    proc.tcsetattr(0, before)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

class Session {
  readonly #proc: Proc
  readonly #style: EditorStyle
  readonly #editing: Editing
  readonly #found: Found
  readonly #before: Termios
  readonly #token: string
  #path: string

  constructor(proc: Proc, style: EditorStyle, editing: Editing, found: Found, before: Termios) {
    this.#proc = proc
    this.#style = style
    this.#editing = editing
    this.#found = found
    this.#before = before
    this.#path = editing.path
    this.#token = [...proc.getrandom(8)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  }

  *run(): Sim<number> {
    yield* this.#takeScreen()
    const status = yield* this.#converse()
    yield* this.#giveBack()
    return status
  }

  *#converse(): Sim<number> {
    const { line, column } = this.#editing
    let next: Partial<EditorRequest> & Pick<EditorRequest, 'message' | 'text'> = {
      message: this.#style.opened(this.#path, this.#found),
      text: this.#found.kind === 'file' ? this.#found.file.text : '',
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
    }
    for (;;) {
      const answer = readAnswer(yield* this.#proc.external('editor', this.#request(next)))
      if ('unsupported' in answer) {
        yield* say(this.#proc, 2, `podlab: ${this.#style.editor} needs the page; here use cat > FILE <<'EOF' …\n`)
        return 1
      }
      if (answer.action === 'quit') return answer.exit
      if (answer.action === 'suspend') {
        yield* this.#suspend()
        const { text, modified } = answer
        next = { message: '', text, modified, line: answer.line, column: answer.column }
        continue
      }
      const { saved, message } = yield* this.#save(answer)
      if (saved && answer.quit === true) return 0
      next = { message, saved, text: answer.text }
    }
  }

  #request(next: Partial<EditorRequest> & Pick<EditorRequest, 'message' | 'text'>): EditorRequest {
    const { editor, version } = this.#style
    const readonly = this.#editing.readonly || (this.#found.kind === 'file' && !this.#found.writable)
    return { editor, version, token: this.#token, path: this.#path, readonly, ...next }
  }

  /** Raw mode, and the sign that tells the screen at the other end of the terminal to make room. */
  *#takeScreen(): Sim<void> {
    this.#proc.tcsetattr(0, { ...this.#before, icanon: false, echo: false, isig: false, iexten: false, icrnl: false, ixon: false })
    yield* this.#sign('open')
  }

  *#giveBack(): Sim<void> {
    this.#proc.tcsetattr(0, this.#before)
    yield* this.#sign('close')
  }

  *#sign(what: 'open' | 'close'): Sim<void> {
    yield* writeAll(this.#proc, 1, encode(`\x1b]${EDITOR_OSC};${what};${this.#token}\x07`))
  }

  /** Stops as Ctrl-Z does; goes on with SIGCONT. */
  *#suspend(): Sim<void> {
    yield* this.#giveBack()
    this.#proc.kill(0, SIGNALS.TSTP)
    yield* this.#takeScreen()
  }

  *#save(answer: Extract<EditorAnswer, { action: 'save' }>): Sim<{ readonly saved: boolean; readonly message: string }> {
    const path = answer.path ?? this.#path
    const force = answer.force === true
    const old = statOf(this.#proc, path)
    const objection = this.#style.objects(path, force, old !== undefined, path !== this.#path)
    if (objection !== undefined) return { saved: false, message: objection }
    const format: TextFormat = this.#found.kind === 'file' ? this.#found.file : { encoding: 'utf-8', dos: false }
    const bytes = formatText(answer.text, format)
    try {
      yield* write(this.#proc, path, bytes, force, old)
    } catch (error) {
      if (!(error instanceof Errno) || error.code === 'EINTR') throw error
      return { saved: false, message: this.#style.failed(path, error.code) }
    }
    if (this.#path === '') this.#path = path
    const lines = answer.text === '' ? 0 : answer.text.split('\n').length
    const message = this.#style.wrote({ path, created: old === undefined, lines, bytes: bytes.length, dos: format.dos })
    return { saved: true, message }
  }
}

function statOf(proc: Proc, path: string): Stat | undefined {
  try {
    return proc.stat(path)
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

function* find(proc: Proc, path: string): Sim<Found | 'directory' | 'large'> {
  if (path === '') return { kind: 'none' }
  try {
    const { mode, size } = proc.stat(path)
    if ((mode & S.IFMT) === S.IFDIR) return 'directory'
    if (size > EDIT_LIMIT) return 'large'
    const fd = yield* proc.open(path, O.RDONLY | O.CLOEXEC)
    const bytes = yield* readAll(proc, fd)
    proc.close(fd)
    if (bytes.length > EDIT_LIMIT) return 'large'
    return { kind: 'file', file: parseText(bytes), writable: proc.access(path, 'w', true) }
  } catch (error) {
    if (!(error instanceof Errno) || error.code === 'EINTR') throw error
    if (error.code !== 'ENOENT') return { kind: 'refused', code: error.code }
    const slash = path.lastIndexOf('/')
    return { kind: 'new', parent: slash < 1 || statOf(proc, path.slice(0, slash)) !== undefined }
  }
}

/** Overwrites a file. With `force` the owner's file is made writable meanwhile. */
function* write(proc: Proc, path: string, bytes: Uint8Array, force: boolean, old: Stat | undefined): Sim<void> {
  const unlock = force && old !== undefined && (old.mode & 0o200) === 0 && proc.credentials().euid === old.uid
  if (unlock) proc.chmod(path, (old.mode & 0o7777) | 0o200)
  try {
    const fd = yield* proc.open(path, O.WRONLY | O.CREAT | O.TRUNC | O.CLOEXEC, 0o666)
    try {
      yield* writeAll(proc, fd, bytes)
    } finally {
      proc.close(fd)
    }
  } finally {
    if (unlock) proc.chmod(path, old.mode & 0o7777)
  }
}

/** An answer comes from outside (from a stored log, too): whatever isn't one means that there is no editor. */
function readAnswer(value: unknown): EditorAnswer {
  const none: EditorAnswer = { unsupported: true }
  if (typeof value !== 'object' || value === null) return none
  const { action, text, path, force, quit, exit, modified, line, column } = value as Readonly<Record<string, unknown>>
  if (action === 'quit') return { action, exit: typeof exit === 'number' && Number.isInteger(exit) ? exit & 0xff : 0 }
  if (typeof text !== 'string' || text.length > EDIT_LIMIT) return none
  if (action === 'save') {
    const other = typeof path === 'string' && path !== '' ? { path } : {}
    return { action, text, ...other, force: force === true, quit: quit === true }
  }
  const place = (n: unknown): number => (typeof n === 'number' && Number.isInteger(n) && n > 0 ? n : 1)
  return action === 'suspend' ? { action, text, modified: modified === true, line: place(line), column: place(column) } : none
}
