/**
 * Which editor covers which terminal. A program in the lab asks for an editor (`request`) and tells its terminal so by an escape
 * sequence with the same token; whichever arrives first waits here for the other. The editor itself is loaded when first needed.
 */
import type { EditorAnswer, EditorOsc, EditorRequest } from '../../lab/protocol.ts'
import { isObject } from '../../progress/record.ts'
import type { EditorOverlay } from '../editor/overlay.ts'

export const EDITOR_OSC: EditorOsc = 7411
/** Terminals can print what they like: no more tokens than this are remembered. */
const MAX_TOKENS = 64

export interface EditorsHost {
  /** The element of a terminal's screen; undefined while it has none. */
  element(terminal: string): HTMLElement | undefined
  answer(request: number, value: EditorAnswer): void
  /** An editor has opened or closed over a terminal. */
  changed(terminal: string): void
  focusTerminal(terminal: string): void
  leaving(now: boolean): void
  paused(): boolean
}

interface Open {
  readonly terminal: string
  /** Undefined while its code is being loaded. */
  overlay: EditorOverlay | undefined
}

export class Editors {
  readonly #host: EditorsHost
  /** What is asked for and not answered, by token. */
  readonly #asked = new Map<string, { readonly number: number; readonly request: EditorRequest }>()
  /** Terminals that have made room, by token. */
  readonly #terminals = new Map<string, string>()
  readonly #open = new Map<string, Open>()
  #tab = -1

  constructor(host: EditorsHost) {
    this.#host = host
  }

  /** Whether a terminal is covered. */
  on(terminal: string): boolean {
    return this.#over(terminal) !== undefined
  }

  /** Puts the focus into the editor over a terminal; false when there is none. */
  focus(terminal: string): boolean {
    const overlay = this.#over(terminal)?.overlay
    overlay?.focus()
    return overlay !== undefined
  }

  /** Tab index of what is in the editors: -1 while the focus is outside of the dock. */
  set tabIndex(tab: number) {
    this.#tab = tab
    for (const { overlay } of this.#open.values()) if (overlay !== undefined) overlay.tabIndex = tab
  }

  /** A program asks; false when this is not for an editor. */
  ask(number: number, payload: unknown): boolean {
    if (!isEditorRequest(payload)) return false
    this.#asked.set(payload.token, { number, request: payload })
    const open = this.#open.get(payload.token)
    if (open === undefined) this.#match(payload.token)
    else open.overlay?.again(payload)
    return true
  }

  /** Nobody waits for an answer any more. */
  cancelled(number: number): void {
    for (const [token, asked] of this.#asked) if (asked.number === number) this.#end(token)
  }

  /** What a terminal's escape sequence says: `open;TOKEN` or `close;TOKEN`. */
  sign(terminal: string, data: string): void {
    const [, what, token] = /^(open|close);([0-9a-f]{1,64})$/.exec(data) ?? []
    if (token === undefined) return
    if (what === 'close') {
      this.#end(token)
      return
    }
    if (this.#terminals.size >= MAX_TOKENS) this.#terminals.delete([...this.#terminals.keys()][0] ?? '')
    this.#terminals.set(token, terminal)
    this.#match(token)
  }

  /** Closes the editors over a terminal that has gone, or all of them. */
  clear(terminal?: string): void {
    for (const token of new Set([...this.#terminals.keys(), ...this.#open.keys()])) {
      const at = this.#open.get(token)?.terminal ?? this.#terminals.get(token)
      if (terminal === undefined || at === terminal) this.#end(token)
    }
    if (terminal === undefined) this.#asked.clear()
  }

  #over(terminal: string): Open | undefined {
    return [...this.#open.values()].find((open) => open.terminal === terminal)
  }

  #match(token: string): void {
    const terminal = this.#terminals.get(token)
    if (terminal === undefined || !this.#asked.has(token) || this.#open.has(token)) return
    const open: Open = { terminal, overlay: undefined }
    this.#open.set(token, open)
    this.#host.changed(terminal)
    void this.#show(token, open)
  }

  async #show(token: string, open: Open): Promise<void> {
    const element = this.#host.element(open.terminal)
    const loaded = await import('../editor/overlay.ts').catch(() => undefined)
    const asked = this.#asked.get(token)
    // Cancelled while it was loading.
    if (this.#open.get(token) !== open || asked === undefined) return
    if (loaded === undefined || element === undefined) {
      this.#end(token)
      this.#host.answer(asked.number, { unsupported: true })
      return
    }
    const focused = document.activeElement?.closest('pd-dock') ?? null
    for (const covered of element.children) covered.setAttribute('inert', '')
    open.overlay = new loaded.EditorOverlay(element, asked.request, {
      answer: (value) => this.#answer(token, value),
      leaving: (now) => this.#host.leaving(now),
      paused: () => this.#host.paused(),
    })
    open.overlay.tabIndex = this.#tab
    if (focused !== null) open.overlay.focus()
  }

  #answer(token: string, value: EditorAnswer): void {
    const asked = this.#asked.get(token)
    if (asked === undefined) return
    this.#asked.delete(token)
    if ('action' in value && value.action !== 'save') this.#end(token)
    this.#host.answer(asked.number, value)
  }

  #end(token: string): void {
    this.#asked.delete(token)
    this.#terminals.delete(token)
    const open = this.#open.get(token)
    if (open === undefined) return
    this.#open.delete(token)
    const focused = open.overlay?.focused === true
    open.overlay?.close()
    for (const child of this.#host.element(open.terminal)?.children ?? []) child.removeAttribute('inert')
    this.#host.changed(open.terminal)
    this.#host.leaving(false)
    if (focused) this.#host.focusTerminal(open.terminal)
  }
}

function isEditorRequest(payload: unknown): payload is EditorRequest {
  if (!isObject(payload)) return false
  const { editor, token, path, text, message } = payload
  return (editor === 'vim' || editor === 'nano') && [token, path, text, message].every((word) => typeof word === 'string')
}
