/** vim in the page: keys by codemirror-vim, with vim's own words for leaving and writing. Differs: one buffer, no shell commands. */
import { defaultKeymap, history, historyKeymap, insertNewline } from '@codemirror/commands'
import { indentService } from '@codemirror/language'
import { Compartment, type EditorState, Prec } from '@codemirror/state'
import { type EditorView, keymap, lineNumbers } from '@codemirror/view'
import { getCM, Vim, vim } from '@replit/codemirror-vim'
import { html, type TemplateResult } from 'lit'
import type { Controls, Keys } from './controls.ts'
import { indentAfter } from './yaml-indent.ts'

const UNSAVED = 'E37: No write since last change (add ! to override)'
const READONLY = "E45: 'readonly' option is set (add ! to override)"
const CHANGING_READONLY = 'W10: Warning: Changing a readonly file'

/** The editors that are open, by their codemirror-vim instance: its commands are global. */
const open = new Map<unknown, Controls>()
const numbers = new Compartment()

interface ExParams {
  readonly argString?: string | undefined
}

function command(name: string, prefix: string, act: (controls: Controls, bang: boolean, argument: string) => void): void {
  Vim.defineEx(name, prefix, (cm, params: ExParams) => {
    const controls = open.get(cm)
    const words = params.argString ?? ''
    const bang = words.startsWith('!')
    if (controls !== undefined) act(controls, bang, words.slice(bang ? 1 : 0).trim())
  })
}

function write(controls: Controls, bang: boolean, argument: string, quit: boolean): void {
  if (/^[!>]/.test(argument)) controls.say(`podlab: :w ${argument.slice(0, 2).trim()} is not modelled`)
  else if (controls.request.readonly && !bang && argument === '') controls.say(READONLY)
  else controls.save({ force: bang, quit, ...(argument === '' ? {} : { path: argument }) })
}

function quit(controls: Controls, bang: boolean): void {
  if (controls.modified && !bang) controls.say(UNSAVED)
  else controls.quit()
}

function writeIfModified(controls: Controls, bang: boolean, argument: string): void {
  if (controls.modified || argument !== '') write(controls, bang, argument, true)
  else controls.quit()
}

/** Commands that differ in their words only: name, shortest form. */
const WRITE = [
  ['write', 'w'],
  ['wall', 'wa'],
] as const
const QUIT = [
  ['quit', 'q'],
  ['qall', 'qa'],
  ['close', 'clo'],
] as const
const WRITE_QUIT = [
  ['wq', 'wq'],
  ['wqall', 'wqa'],
] as const
const WRITE_IF_MODIFIED = [
  ['xit', 'x'],
  ['xall', 'xa'],
  ['exit', 'exi'],
] as const
const NOT_MODELLED = [
  ['edit', 'e'],
  ['read', 'r'],
  ['help', 'h'],
  ['split', 'sp'],
  ['vsplit', 'vs'],
  ['tabnew', 'tabnew'],
] as const

let defined = false

function define(): void {
  if (defined) return
  defined = true
  for (const [name, short] of WRITE) command(name, short, (controls, bang, argument) => write(controls, bang, argument, false))
  for (const [name, short] of QUIT) command(name, short, quit)
  for (const [name, short] of WRITE_QUIT) command(name, short, (controls, bang, argument) => write(controls, bang, argument, true))
  for (const [name, short] of WRITE_IF_MODIFIED) command(name, short, writeIfModified)
  for (const [name, short] of NOT_MODELLED) command(name, short, (controls) => controls.say(`podlab: :${name} is not modelled`))
  command('update', 'up', (controls, bang) => {
    if (controls.modified) write(controls, bang, '', false)
  })
  command('cquit', 'cq', (controls, _, argument) => controls.quit(/^\d+$/.test(argument) ? Number(argument) : 1))
  command('suspend', 'sus', (controls) => controls.suspend())
  command('stop', 'st', (controls) => controls.suspend())
  Vim.defineAction('writeQuit', (cm) => withControls(cm, (controls) => writeIfModified(controls, false, '')))
  Vim.defineAction('quitAnyway', (cm) => withControls(cm, (controls) => controls.quit()))
  Vim.defineAction('suspend', (cm) => withControls(cm, (controls) => controls.suspend()))
  Vim.mapCommand('ZZ', 'action', 'writeQuit', {}, { context: 'normal' })
  Vim.mapCommand('ZQ', 'action', 'quitAnyway', {}, { context: 'normal' })
  Vim.mapCommand('<C-z>', 'action', 'suspend', {}, { context: 'normal' })
  Vim.defineOption('number', false, 'boolean', ['nu'], (value, cm) => {
    const view = open.get(cm)?.view
    view?.dispatch({ effects: numbers.reconfigure(value === true ? lineNumbers() : []) })
  })
}

function withControls(cm: unknown, act: (controls: Controls) => void): void {
  const controls = open.get(cm)
  if (controls !== undefined) act(controls)
}

/** `3,7` and how far down the window is, as vim's ruler has it. */
function ruler(state: EditorState, scroller: HTMLElement): { readonly place: string; readonly part: string } {
  const { head } = state.selection.main
  const line = state.doc.lineAt(head)
  const column = line.length === 0 ? '0-1' : String(head - line.from + 1)
  const above = scroller.scrollTop
  const below = scroller.scrollHeight - scroller.clientHeight - above
  const part =
    above <= 1 && below <= 1 ? 'All' : above <= 1 ? 'Top' : below <= 1 ? 'Bot' : `${Math.floor((above * 100) / (above + below))}%`
  return { place: `${line.number},${column}`, part }
}

/** Indents a new line; other lines are left to the reader. */
const yamlIndent = indentService.of((context, at) => (context.simulatedBreak === null ? null : indentAfter(context.lineAt(at, -1).text)))

export class VimKeys implements Keys {
  readonly help = 'Press i to type; Esc, then :wq and Enter saves and closes.'
  #left = ''
  #mode = 'normal'
  #warned = false
  #controls: Controls | undefined

  readonly extensions

  constructor(yaml: boolean) {
    define()
    this.extensions = [
      vim(),
      numbers.of([]),
      yaml ? yamlIndent : [],
      history(),
      keymap.of([{ key: 'Tab', run: (view) => insertTab(view, yaml) }, ...(yaml ? [] : [{ key: 'Enter', run: insertNewline }])]),
      Prec.lowest(keymap.of([...historyKeymap, ...defaultKeymap])),
    ]
  }

  begin(controls: Controls): void {
    this.#controls = controls
    const cm = getCM(controls.view)
    if (cm === null) return
    open.set(cm, controls)
    // Its messages belong to the last line, where a screen reader hears them.
    cm.openNotification = (said) => {
      const words = typeof said === 'string' ? said : (said.textContent ?? '')
      controls.say(words.replace(/^Not an editor command ":(.*)"$/, 'E492: Not an editor command: $1'))
      return () => controls.say('')
    }
    cm.on('vim-mode-change', ({ mode, subMode }: { readonly mode: string; readonly subMode?: string }) => {
      this.#mode = mode
      const kind = subMode === 'linewise' ? ' LINE' : subMode === 'blockwise' ? ' BLOCK' : ''
      this.#left = mode === 'normal' ? '' : `-- ${mode.toUpperCase()}${kind} --`
      if (mode !== 'normal' && mode !== 'visual' && controls.request.readonly && !this.#warned) {
        this.#warned = true
        this.#left = CHANGING_READONLY
      }
      controls.draw()
    })
    cm.on('dialog', () => controls.draw())
  }

  /** The view is gone. */
  static end(view: EditorView): void {
    open.delete(getCM(view))
  }

  top(): undefined {
    return undefined
  }

  bottom(tab: number): TemplateResult {
    const view = this.#controls?.view
    const at = view === undefined ? undefined : ruler(view.state, view.scrollDOM)
    return html`<div class="editor-line">
      <span class="editor-said" role="status">${this.#left}</span><span class="editor-ruler"><span>${at?.place}</span><span class="editor-part">${at?.part}</span></span>
      <button class="editor-escape" tabindex=${tab} @click=${() => this.#escape()}>Esc</button>
    </div>`
  }

  told(message: string): void {
    if (this.#mode === 'normal' || message !== '') this.#left = message
  }

  save(quitAfter: boolean): void {
    const controls = this.#controls
    if (controls !== undefined) write(controls, false, '', quitAfter)
  }

  #escape(): void {
    const cm = this.#controls === undefined ? null : getCM(this.#controls.view)
    if (cm !== null) Vim.handleKey(cm, '<Esc>', 'user')
    this.#controls?.focus()
  }
}

/** As vim's own settings for YAML have it (two blanks), and a tab elsewhere. */
function insertTab(view: EditorView, yaml: boolean): boolean {
  const { head } = view.state.selection.main
  const column = head - view.state.doc.lineAt(head).from
  view.dispatch(view.state.replaceSelection(yaml ? ' '.repeat(2 - (column % 2)) : '\t'), { userEvent: 'input', scrollIntoView: true })
  return true
}
