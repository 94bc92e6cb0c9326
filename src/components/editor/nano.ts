/** nano in the page: its keys, its questions, its two lines of hints. Differs: only the keys that are shown there, and
 * Replace changes all at once. */
import {
  cursorCharLeft,
  cursorCharRight,
  cursorDocEnd,
  cursorDocStart,
  cursorLineBoundaryBackward,
  cursorLineBoundaryForward,
  cursorLineDown,
  cursorLineUp,
  cursorPageDown,
  cursorPageUp,
  deleteCharForward,
  history,
  insertNewline,
  insertTab,
  redo,
  standardKeymap,
  undo,
} from '@codemirror/commands'
import { findNext, replaceAll, SearchQuery, search, setSearchQuery } from '@codemirror/search'
import { EditorState } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import { html, type TemplateResult } from 'lit'
import type { Controls, Keys } from './controls.ts'

interface Question {
  readonly label: string
  readonly value: string
  /** Yes, no, cancel in the place of a text. */
  readonly choice: boolean
  answer(value: string): void
}

interface Hint {
  readonly key: string
  readonly label: string
  run(): void
}

export class NanoKeys implements Keys {
  readonly help = 'Type to edit; Ctrl-O and Enter saves, Ctrl-X closes.'
  readonly extensions
  #controls: Controls | undefined
  #message = ''
  #question: Question | undefined
  #cut = ''
  /** Where the last cut was: cutting on there gathers lines. */
  #cutAt = -1
  #sought = ''

  constructor(view: boolean) {
    const run = (act: () => void) => () => {
      act()
      return true
    }
    const not = (what: string) => run(() => this.#say(`podlab: ${what} is not modelled`))
    this.extensions = [
      history(),
      search({ createPanel: () => ({ dom: document.createElement('span') }) }),
      EditorState.readOnly.of(view),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) this.#message = ''
      }),
      keymap.of([
        { key: 'Ctrl-o', run: run(() => this.#writeOut(false)) },
        { key: 'F3', run: run(() => this.#writeOut(false)) },
        { key: 'Ctrl-s', run: run(() => this.#controls?.save()) },
        { key: 'Ctrl-x', run: run(() => this.#exit()) },
        { key: 'F2', run: run(() => this.#exit()) },
        { key: 'Ctrl-w', run: run(() => this.#find()) },
        { key: 'F6', run: run(() => this.#find()) },
        { key: 'Alt-w', run: run(() => this.#findNext()) },
        { key: 'Ctrl-\\', run: run(() => this.#replace()) },
        { key: 'Ctrl-k', run: run(() => this.#cutLine()) },
        { key: 'Ctrl-u', run: run(() => this.#paste()) },
        { key: 'Ctrl-c', run: run(() => this.#location()) },
        { key: 'Ctrl-/', run: run(() => this.#goTo()) },
        { key: 'Ctrl-_', run: run(() => this.#goTo()) },
        { key: 'Ctrl-g', run: run(() => this.#say(this.help)) },
        { key: 'F1', run: run(() => this.#say(this.help)) },
        { key: 'Alt-u', run: undo },
        { key: 'Alt-e', run: redo },
        { key: 'Ctrl-z', run: run(() => this.#controls?.suspend()) },
        { key: 'Ctrl-a', run: cursorLineBoundaryBackward },
        { key: 'Ctrl-e', run: cursorLineBoundaryForward },
        { key: 'Ctrl-p', run: cursorLineUp },
        { key: 'Ctrl-n', run: cursorLineDown },
        { key: 'Ctrl-b', run: cursorCharLeft },
        { key: 'Ctrl-f', run: cursorCharRight },
        { key: 'Ctrl-y', run: cursorPageUp },
        { key: 'Ctrl-v', run: cursorPageDown },
        { key: 'Ctrl-d', run: deleteCharForward },
        { key: 'Alt-\\', run: cursorDocStart },
        { key: 'Alt-/', run: cursorDocEnd },
        { key: 'Ctrl-t', run: not('^T') },
        { key: 'Ctrl-j', run: not('^J') },
        { key: 'Ctrl-r', run: not('^R') },
        { key: 'Enter', run: insertNewline },
        { key: 'Tab', run: insertTab },
        ...standardKeymap,
      ]),
    ]
  }

  begin(controls: Controls): void {
    this.#controls = controls
  }

  top(): TemplateResult | undefined {
    const request = this.#controls?.request
    if (request === undefined) return undefined
    const state = request.readonly ? 'View' : this.#controls?.modified === true ? 'Modified' : ''
    return html`<div class="nano-title"><span>${request.version}</span><span>${request.path === '' ? 'New Buffer' : request.path}</span><span>${state}</span></div>`
  }

  bottom(tab: number): TemplateResult {
    return html`${this.#question === undefined ? this.#renderStatus() : this.#renderQuestion(this.#question)}
      <div class="nano-keys">${this.#hints().map(
        (hint) => html`<button tabindex=${tab} @click=${hint.run}><kbd>${hint.key}</kbd> ${hint.label}</button>`,
      )}</div>`
  }

  told(message: string): void {
    this.#message = message
  }

  save(quit: boolean): void {
    const controls = this.#controls
    if (controls === undefined) return
    if (controls.request.path === '') this.#writeOut(quit)
    else controls.save({ quit })
  }

  #hints(): readonly Hint[] {
    const at = (key: string, label: string, run: () => void): Hint => ({ key, label, run })
    const typed = (act: (view: EditorView) => unknown) => () => {
      const controls = this.#controls
      if (controls !== undefined) act(controls.view)
      controls?.focus()
    }
    return [
      at('^O', 'Write Out', () => this.#writeOut(false)),
      at('^X', 'Exit', () => this.#exit()),
      at('^W', 'Where Is', () => this.#find()),
      at('^\\', 'Replace', () => this.#replace()),
      at(
        '^K',
        'Cut',
        typed(() => this.#cutLine()),
      ),
      at(
        '^U',
        'Paste',
        typed(() => this.#paste()),
      ),
      at(
        '^C',
        'Location',
        typed(() => this.#location()),
      ),
      at('^/', 'Go To Line', () => this.#goTo()),
      at('M-U', 'Undo', typed(undo)),
      at('M-E', 'Redo', typed(redo)),
    ]
  }

  #renderStatus(): TemplateResult {
    return html`<div class="editor-line nano-status" role="status">${this.#message === '' ? '' : html`<span>[ ${this.#message} ]</span>`}</div>`
  }

  #renderQuestion(question: Question): TemplateResult {
    if (question.choice)
      return html`<div class="editor-line nano-question" role="group" aria-label=${question.label} @keydown=${(event: KeyboardEvent) => this.#choose(question, event)}>
        <span>${question.label}</span>
        <button class="nano-first" @click=${() => this.#done(question, 'y')}>Yes</button>
        <button @click=${() => this.#done(question, 'n')}>No</button>
        <button @click=${() => this.#done(question, undefined)}>Cancel</button>
      </div>`
    return html`<form class="editor-line nano-question" @submit=${(event: SubmitEvent) => this.#submit(question, event)}
      @keydown=${(event: KeyboardEvent) => this.#cancelKey(question, event)}>
      <label><span>${question.label}: </span><input class="nano-first" name="answer" .value=${question.value} autocapitalize="off" autocomplete="off" spellcheck="false"></label>
    </form>`
  }

  #ask(label: string, value: string, answer: (value: string) => void, choice = false): void {
    this.#question = { label, value, choice, answer }
    this.#controls?.draw()
    const field = this.#controls?.view.dom.closest('.editor')?.querySelector('.nano-first')
    if (field instanceof HTMLElement) field.focus()
    if (field instanceof HTMLInputElement) field.select()
  }

  #done(question: Question, value: string | undefined): void {
    this.#question = undefined
    this.#message = value === undefined ? 'Cancelled' : ''
    this.#controls?.focus()
    if (value !== undefined) question.answer(value)
    this.#controls?.draw()
  }

  #submit(question: Question, event: SubmitEvent): void {
    event.preventDefault()
    const input = event.target instanceof HTMLFormElement ? event.target.elements.namedItem('answer') : null
    if (input instanceof HTMLInputElement) this.#done(question, input.value)
  }

  #cancelKey(question: Question, event: KeyboardEvent): void {
    if (event.key !== 'Escape' && !(event.ctrlKey && event.key === 'c')) return
    event.preventDefault()
    this.#done(question, undefined)
  }

  #choose(question: Question, event: KeyboardEvent): void {
    const key = event.key.toLowerCase()
    const value = key === 'y' || key === 'n' ? key : undefined
    if (value === undefined) this.#cancelKey(question, event)
    else {
      event.preventDefault()
      this.#done(question, value)
    }
  }

  #say(message: string): void {
    this.#message = message
    this.#controls?.draw()
  }

  #writeOut(quit: boolean): void {
    const path = this.#controls?.request.path ?? ''
    this.#ask('File Name to Write', path, (name) => {
      if (name === '') this.#say('Cancelled')
      else this.#controls?.save({ quit, ...(name === path ? {} : { path: name }) })
    })
  }

  #exit(): void {
    const controls = this.#controls
    if (controls === undefined) return
    if (!controls.modified) controls.quit()
    else this.#ask('Save modified buffer?', '', (choice) => (choice === 'y' ? this.#writeOut(true) : controls.quit()), true)
  }

  #find(): void {
    this.#ask(this.#sought === '' ? 'Search' : `Search [${this.#sought}]`, '', (text) => {
      if (text !== '') this.#sought = text
      this.#findNext()
    })
  }

  #findNext(): void {
    const view = this.#controls?.view
    if (view === undefined || this.#sought === '') return
    view.dispatch({ effects: setSearchQuery.of(new SearchQuery({ search: this.#sought, literal: true })) })
    if (!findNext(view)) this.#say(`"${this.#sought}" not found`)
  }

  #replace(): void {
    const view = this.#controls?.view
    if (view === undefined) return
    this.#ask('Search (to replace)', this.#sought, (text) => {
      if (text === '') return
      this.#sought = text
      this.#ask('Replace with', '', (replace) => {
        const before = view.state.doc
        view.dispatch({ effects: setSearchQuery.of(new SearchQuery({ search: text, replace, literal: true })) })
        replaceAll(view)
        this.#say(view.state.doc.eq(before) ? `"${text}" not found` : 'Replaced all occurrences')
      })
    })
  }

  #cutLine(): void {
    const view = this.#controls?.view
    if (view === undefined || view.state.readOnly) return
    const { main } = view.state.selection
    const line = view.state.doc.lineAt(main.head)
    const { from, to } = main.empty ? { from: line.from, to: Math.min(view.state.doc.length, line.to + 1) } : main
    const text = view.state.sliceDoc(from, to)
    this.#cut = main.empty && this.#cutAt === from ? this.#cut + text : text
    this.#cutAt = from
    view.dispatch({ changes: { from, to }, userEvent: 'delete.cut' })
  }

  #paste(): void {
    const view = this.#controls?.view
    this.#cutAt = -1
    if (view !== undefined && !view.state.readOnly && this.#cut !== '')
      view.dispatch(view.state.replaceSelection(this.#cut), { userEvent: 'input.paste', scrollIntoView: true })
  }

  #location(): void {
    const state = this.#controls?.view.state
    if (state === undefined) return
    const { head } = state.selection.main
    const line = state.doc.lineAt(head)
    const share = (part: number, whole: number): string => `${part}/${whole} (${whole === 0 ? 0 : Math.floor((part * 100) / whole)}%)`
    const end = state.doc.length + 1
    this.#say(`line ${share(line.number, state.doc.lines)}, col ${share(head - line.from + 1, line.length + 1)}, char ${share(head, end)}`)
  }

  #goTo(): void {
    const view = this.#controls?.view
    if (view === undefined) return
    this.#ask('Enter line number, column number', '', (text) => {
      const place = /^\s*(\d+)(?:\s*,\s*(\d+))?\s*$/.exec(text)
      if (place === null) return this.#say('Invalid line or column number')
      const line = view.state.doc.line(Math.min(view.state.doc.lines, Math.max(1, Number(place[1]))))
      view.dispatch({ selection: { anchor: Math.min(line.to, line.from + Number(place[2] ?? 1) - 1) }, scrollIntoView: true })
    })
  }
}
