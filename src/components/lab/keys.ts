/** Keys of a terminal that belong to the page, not to the shell; pure, so that the rules can be tested. */
export interface Key {
  readonly type: string
  readonly key: string
  readonly ctrlKey: boolean
  readonly shiftKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
}

/**
 * What to do with a key pressed in a terminal:
 * `shell` the terminal has it; `leave` the browser moves the focus (Tab right after Esc); `copy` the selection; `browser` the
 * browser does it (its paste event reaches the terminal as a bracketed paste).
 */
export type KeyRule = 'shell' | 'leave' | 'copy' | 'browser'

/** Follows the keys of one terminal; remembers only whether the last one was Esc. */
export class KeyRules {
  #afterEscape = false

  /** Whether a Tab now would leave the terminal. */
  get leaving(): boolean {
    return this.#afterEscape
  }

  rule(key: Key, hasSelection: boolean): KeyRule {
    if (key.type !== 'keydown') return 'shell'
    if (key.key === 'Shift' || key.key === 'Control' || key.key === 'Alt' || key.key === 'Meta') return 'shell'
    const afterEscape = this.#afterEscape
    this.#afterEscape = key.key === 'Escape' && !key.ctrlKey && !key.metaKey && !key.altKey
    if (key.key === 'Tab' && afterEscape) return 'leave'
    const letter = key.key.toLowerCase()
    if (key.ctrlKey && key.shiftKey && letter === 'c') return 'copy'
    if (key.ctrlKey && key.shiftKey && letter === 'v') return 'browser'
    if (key.metaKey && letter === 'c') return hasSelection ? 'copy' : 'browser'
    if (key.metaKey) return 'browser'
    return 'shell'
  }
}

/** What a key of the phone's key row sends. */
export const KEY_ROW: readonly { readonly label: string; readonly name?: string; readonly send: string }[] = [
  { label: 'Tab', send: '\t' },
  { label: 'Ctrl-C', send: '\x03' },
  { label: 'Ctrl-D', send: '\x04' },
  { label: '↑', name: 'Up', send: '\x1b[A' },
  { label: '↓', name: 'Down', send: '\x1b[B' },
  { label: '←', name: 'Left', send: '\x1b[D' },
  { label: '→', name: 'Right', send: '\x1b[C' },
  { label: 'Esc', send: '\x1b' },
]

/** A command of a listing as it is typed: every line ended by Enter. */
export function asTyped(command: string): string {
  return `${command.replaceAll('\r\n', '\n').replaceAll('\n', '\r')}\r`
}
