/**
 * An editor over a terminal: the text in CodeMirror, the lines of vim or nano around it, and three plain buttons for those who know
 * neither. This module and what it imports is a chunk of its own, loaded when the first editor opens.
 */
import '../../styles/editor.css'
import { EditorState, type Text } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { html, render } from 'lit'
import type { EditorAnswer, EditorRequest } from '../../lab/protocol.ts'
import { KeyRules } from '../lab/keys.ts'
import type { Controls, Keys, SaveOptions } from './controls.ts'
import { languageOf, look } from './look.ts'
import { NanoKeys } from './nano.ts'
import { VimKeys } from './vim.ts'

/** A save that takes longer is explained. */
const PATIENCE_MS = 400

export interface OverlayHost {
  answer(value: EditorAnswer): void
  /** Called when Esc was pressed (true) and when that is over (false), to say what Tab does now. */
  leaving(now: boolean): void
  /** Time of the lab stands still. */
  paused(): boolean
}

export class EditorOverlay implements Controls {
  readonly view: EditorView
  readonly #root: HTMLElement
  readonly #host: OverlayHost
  readonly #keys: Keys
  readonly #rules = new KeyRules()
  #request: EditorRequest
  /** The text that the file holds. */
  #saved: Text | undefined
  /** The text that is being saved. */
  #sent: Text | undefined
  #waiting = false
  #tab = 0
  #patience: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(parent: HTMLElement, request: EditorRequest, host: OverlayHost) {
    this.#host = host
    this.#request = request
    const { text } = request
    const language = languageOf(request.path, text.slice(0, text.indexOf('\n') + 1))
    this.#keys = request.editor === 'vim' ? new VimKeys(language === 'yaml') : new NanoKeys(request.readonly)
    this.#root = document.createElement('div')
    this.#root.className = 'editor'
    this.#root.dataset.editor = request.editor
    this.#root.setAttribute('role', 'group')
    this.#root.setAttribute('aria-label', `${request.editor}: ${request.path || 'new file'}`)
    this.#root.addEventListener('keydown', (event) => this.#key(event), { capture: true })
    const label = `${request.path || 'New file'} in ${request.editor}. ${this.#keys.help} Esc, then Tab leaves the text.`
    this.view = new EditorView({
      state: EditorState.create({
        doc: text,
        extensions: [
          this.#keys.extensions,
          look(language),
          EditorView.contentAttributes.of({ 'aria-label': label, autocapitalize: 'off', autocorrect: 'off', spellcheck: 'false' }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged || update.selectionSet || update.geometryChanged) this.draw()
          }),
        ],
      }),
    })
    this.view.scrollDOM.addEventListener('scroll', () => this.draw())
    this.#saved = request.modified === true ? undefined : this.view.state.doc
    this.#keys.begin(this)
    this.#keys.told(request.message)
    this.#goTo(request)
    this.draw()
    parent.append(this.#root)
    // Measured once it is in the page: the ruler depends on it.
    requestAnimationFrame(() => this.draw())
  }

  get request(): EditorRequest {
    return this.#request
  }

  get modified(): boolean {
    return this.#saved === undefined || !this.view.state.doc.eq(this.#saved)
  }

  /** The program asks again: what it was told is done, or could not be. */
  again(request: EditorRequest): void {
    this.#settle()
    this.#request = request
    if (request.saved === true) this.#saved = this.#sent
    this.#sent = undefined
    this.say(request.message)
  }

  save(options: SaveOptions = {}): void {
    if (this.#waiting) return
    const { doc } = this.view.state
    const other = options.path !== undefined && this.#request.path !== ''
    // A copy under another name leaves the text as unsaved as it was.
    this.#sent = other ? this.#saved : doc
    this.#answer({ action: 'save', text: doc.toString(), ...options })
  }

  quit(exit = 0): void {
    if (this.#waiting) return
    this.#answer({ action: 'quit', exit })
  }

  suspend(): void {
    if (this.#waiting) return
    const { doc, selection } = this.view.state
    const line = doc.lineAt(selection.main.head)
    const column = selection.main.head - line.from + 1
    this.#answer({ action: 'suspend', text: doc.toString(), modified: this.modified, line: line.number, column })
  }

  say(message: string): void {
    this.#keys.told(message)
    this.draw()
  }

  focus(): void {
    this.view.focus()
  }

  get focused(): boolean {
    return this.#root.contains(document.activeElement)
  }

  /** Tab index of the text and the buttons: the dock is one tab stop. */
  set tabIndex(tab: number) {
    this.#tab = tab
    this.view.contentDOM.tabIndex = tab
    this.draw()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#settle()
    this.#root.remove()
    // The key that closed it is still being handled.
    queueMicrotask(() => {
      VimKeys.end(this.view)
      this.view.destroy()
    })
  }

  draw(): void {
    if (this.#closed) return
    const tab = this.#tab
    render(
      html`${this.#keys.top()}
        <div class="editor-text">${this.view.dom}</div>
        ${this.#keys.bottom(tab)}
        <div class="editor-bar">
          <p>${this.#keys.help}</p>
          <span>
            <button tabindex=${tab} @click=${() => this.#pressed(() => this.#keys.save(false))}>Save</button>
            <button tabindex=${tab} @click=${() => this.#pressed(() => this.#keys.save(true))}>Save and close</button>
            <button tabindex=${tab} @click=${() => this.quit()}>Close without saving</button>
          </span>
        </div>`,
      this.#root,
    )
  }

  #pressed(act: () => void): void {
    this.view.focus()
    act()
  }

  #answer(value: EditorAnswer): void {
    this.#waiting = true
    this.#patience = setTimeout(() => {
      const why = this.#host.paused() ? 'Time is paused in the lab; the editor goes on when time does.' : 'Waiting for the machine…'
      this.say(why)
    }, PATIENCE_MS)
    this.#host.answer(value)
  }

  #settle(): void {
    this.#waiting = false
    clearTimeout(this.#patience)
  }

  #goTo({ line, column }: EditorRequest): void {
    if (line === undefined) return
    const { doc } = this.view.state
    const at = doc.line(Math.min(line, doc.lines))
    const anchor = Math.min(at.to, at.from + (column ?? 1) - 1)
    this.view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) })
  }

  /** Keys that are the page's, before CodeMirror sees them. */
  #key(event: KeyboardEvent): void {
    const rule = this.#rules.rule(event, !this.view.state.selection.main.empty)
    this.#host.leaving(this.#rules.leaving)
    if (rule === 'shell') return
    event.stopPropagation()
    if (rule !== 'copy') return
    event.preventDefault()
    const { from, to } = this.view.state.selection.main
    void navigator.clipboard.writeText(this.view.state.sliceDoc(from, to))
  }
}
