/** One xterm screen of the dock. xterm itself is loaded at the first sight of a lab. */
import type { FitAddon } from '@xterm/addon-fit'
import type { Terminal } from '@xterm/xterm'
import { EDITOR_OSC } from './editors.ts'
import { KeyRules } from './keys.ts'
import type { LabSession, LabTerminal, Screen } from './session.ts'

const INK = {
  background: '#00000000',
  foreground: '#dfe5e2',
  cursor: '#6ad0c1',
  cursorAccent: '#12181b',
  selectionBackground: '#35555366',
  black: '#2b3438',
  red: '#f08a80',
  green: '#8fce9b',
  yellow: '#e2c27a',
  blue: '#86b4ea',
  magenta: '#d3a3e0',
  cyan: '#6ad0c1',
  white: '#dfe5e2',
  brightBlack: '#8b979b',
  brightRed: '#ffa79f',
  brightGreen: '#abe5b6',
  brightYellow: '#f3d796',
  brightBlue: '#a9cdf8',
  brightMagenta: '#e6bff1',
  brightCyan: '#8ee6d8',
  brightWhite: '#ffffff',
}

let loading: Promise<{ readonly Terminal: typeof Terminal; readonly FitAddon: typeof FitAddon }> | undefined

/** Loads xterm once for the page. */
export function loadXterm(): Promise<{ readonly Terminal: typeof Terminal; readonly FitAddon: typeof FitAddon }> {
  loading ??= import('./xterm.ts')
  return loading
}

/** Lets the page draw and hear keys before something longer is begun. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}

export interface TerminalHost {
  /** Called when the reader copies; the text to put on the clipboard. */
  copy(text: string): void
  /** Called when Esc was pressed (true) and when that is over (false), to say what Tab does now. */
  leaving(now: boolean): void
  /** Called when a program has something to say about an editor over this terminal. */
  editor(data: string): void
}

export class TerminalScreen implements Screen {
  readonly terminal: Terminal
  readonly #fit: FitAddon
  readonly #rules = new KeyRules()
  readonly #observer: ResizeObserver
  #fitting = 0

  private constructor(terminal: Terminal, fit: FitAddon, element: HTMLElement, session: LabSession, of: LabTerminal, host: TerminalHost) {
    this.terminal = terminal
    this.#fit = fit
    terminal.parser.registerOscHandler(EDITOR_OSC, (data) => {
      host.editor(data)
      return true
    })
    terminal.attachCustomKeyEventHandler((event) => this.#key(event, host))
    terminal.onData((data) => session.type(of.id, data))
    terminal.onBinary((data) => session.type(of.id, data))
    terminal.onResize(({ rows, cols }) => session.resize(of.id, rows, cols))
    this.#observer = new ResizeObserver(() => this.fit())
    this.#observer.observe(element)
  }

  /** Makes the screen in an element that is shown, and connects it to its terminal. */
  static async open(element: HTMLElement, session: LabSession, of: LabTerminal, host: TerminalHost): Promise<TerminalScreen> {
    const { Terminal, FitAddon } = await loadXterm()
    await nextTask()
    const terminal = new Terminal({
      theme: INK,
      allowTransparency: true,
      fontFamily: 'ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace',
      fontSize: 13,
      lineHeight: 1.2,
      scrollback: 5000,
      cursorBlink: !window.matchMedia('(prefers-reduced-motion: reduce)').matches,
      screenReaderMode: localStorage.getItem('podlab:screen-reader') === 'on',
    })
    const fit = new FitAddon()
    terminal.loadAddon(fit)
    await nextTask()
    terminal.open(element)
    await nextTask()
    const textarea = terminal.textarea
    if (textarea !== undefined) {
      textarea.tabIndex = -1
      textarea.setAttribute('aria-label', `Terminal on ${of.machine}. Esc, then Tab leaves it.`)
    }
    const screen = new TerminalScreen(terminal, fit, element, session, of, host)
    screen.#fitNow()
    session.attach(of, screen)
    return screen
  }

  get rows(): number {
    return this.terminal.rows
  }

  get cols(): number {
    return this.terminal.cols
  }

  write(data: Uint8Array, drawn: () => void): void {
    this.terminal.write(data, drawn)
  }

  closed(exit: number): void {
    this.terminal.write(`\r\n\x1b[90m[the shell has ended with exit code ${exit}; press Enter here or + above for a new one]\x1b[0m\r\n`)
  }

  reset(): void {
    this.terminal.reset()
  }

  fit(): void {
    cancelAnimationFrame(this.#fitting)
    this.#fitting = requestAnimationFrame(() => this.#fitNow())
  }

  /** Keeps the size while the element is hidden: a size of nothing would wrap every line. */
  #fitNow(): void {
    const size = this.#fit.proposeDimensions()
    if (size === undefined || !(size.cols > 1 && size.rows > 1)) return
    this.terminal.resize(Math.min(size.cols, 500), Math.min(size.rows, 200))
  }

  focus(): void {
    this.terminal.focus()
  }

  dispose(): void {
    this.#observer.disconnect()
    this.terminal.dispose()
  }

  #key(event: KeyboardEvent, host: TerminalHost): boolean {
    const rule = this.#rules.rule(event, this.terminal.hasSelection())
    if (event.type === 'keydown') host.leaving(this.#rules.leaving)
    if (rule === 'shell') return true
    if (rule === 'copy') {
      event.preventDefault()
      if (this.terminal.hasSelection()) host.copy(this.terminal.getSelection())
    }
    return false
  }
}
