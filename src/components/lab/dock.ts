/**
 * `<pd-dock>`: the terminals of a chapter's lab, beside or below the text, a sheet on phones.
 *
 * For the keyboard it is one tab stop: Enter goes in, Esc then Tab leaves. Its attributes are the lab's options (`data-chapter`,
 * `data-scenario`, `data-seed`, `data-tasks`, `data-machines`). Tests read `data-state`, wait with `until`, and read screens
 * with `text`. It fires `podlab:idle` and `podlab:saved`.
 */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import './cluster.ts'
import { Editors } from './editors.ts'
import { asTyped, KEY_ROW } from './keys.ts'
import { applyLayout, type DockLayout, limits, NARROW, readLayout, resized, type Stop, sizeOf } from './layout.ts'
import { type LabSession, type LabTerminal, openLab } from './session.ts'
import { loadXterm, nextTask, TerminalScreen } from './terminal.ts'

const RATES = [
  { rate: 0, label: '❚❚', name: 'Pause time' },
  { rate: 1, label: '1×', name: 'Real time' },
  { rate: 10, label: '10×', name: 'Ten times as fast' },
  { rate: 60, label: '60×', name: 'A minute a second' },
] as const

const STOPS: readonly Stop[] = ['peek', 'half', 'full']
const SCREEN_READER = 'podlab:screen-reader'

/** `09:00:07` of a virtual time. */
function clock(time: number | undefined): string {
  return time === undefined ? '--:--:--' : new Date(time / 1000).toISOString().slice(11, 19)
}

export class Dock extends LitElement {
  #session: LabSession | undefined
  #layout: DockLayout = readLayout()
  #stop: Stop = 'peek'
  #narrow = false
  #inside = false
  #leaving = false
  #notice = ''
  #clusterShown = false
  #current = ''
  readonly #screens = new Map<string, TerminalScreen>()
  readonly #opening = new Set<string>()
  readonly #editors = new Editors({
    element: (terminal) => this.#screenElement(terminal),
    answer: (request, value) => this.#session?.answer(request, value),
    changed: (terminal) => this.#editorChanged(terminal),
    focusTerminal: (terminal) => this.#screens.get(terminal)?.focus(),
    leaving: (now) => this.#nowLeaving(now),
    paused: () => this.#session?.rate === 0,
  })

  /** In the page itself: the site's style sheet and xterm's reach it. */
  protected override createRenderRoot(): HTMLElement {
    return this
  }

  override connectedCallback(): void {
    this.replaceChildren()
    super.connectedCallback()
    const { chapter = '', scenario = '', seed = '1', tasks = '', machines = 'laptop' } = this.dataset
    const list = (words: string): string[] => words.split(' ').filter((word) => word !== '')
    const session = openLab({ chapter, scenario, seed: Number(seed), tasks: list(tasks), machines: list(machines) })
    this.#session = session
    const update = (): void => {
      this.dataset.state = session.state
      this.requestUpdate()
    }
    for (const type of ['state', 'terminals']) session.addEventListener(type, update)
    let told = ''
    session.addEventListener('clock', () => {
      const now = `${session.rate} ${clock(session.time)}`
      if (now !== told) this.requestUpdate()
      told = now
    })
    session.addEventListener('idle', () => this.dispatchEvent(new Event('podlab:idle')))
    session.addEventListener('saved', () => this.dispatchEvent(new Event('podlab:saved')))
    session.addEventListener('request', (event) => {
      if (!(event instanceof CustomEvent)) return
      const { request, kind, payload } = event.detail
      if (kind === 'editor' && this.#editors.ask(request, payload)) event.preventDefault()
    })
    session.addEventListener('cancelled', (event) => event instanceof CustomEvent && this.#editors.cancelled(event.detail))
    session.addEventListener('afresh', () => this.#editors.clear())
    session.addEventListener('notice', (event) => {
      this.#notice = event instanceof CustomEvent ? String(event.detail) : ''
      this.requestUpdate()
    })
    const query = window.matchMedia(NARROW)
    const follow = (): void => {
      this.#narrow = query.matches
      this.#apply()
    }
    query.addEventListener('change', follow)
    follow()
    update()
    this.addEventListener('focusin', (event) =>
      this.#focusMoved(!(event.target instanceof HTMLElement && event.target.classList.contains('dock-frame'))),
    )
    this.addEventListener('focusout', (event) => {
      if (!(event.relatedTarget instanceof Node) || !this.contains(event.relatedTarget)) this.#focusMoved(false)
    })
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden' && session.unsaved) session.save()
    })
  }

  get session(): LabSession | undefined {
    return this.#session
  }

  /** The first drawing is a task of its own: the page is laid out before. */
  protected override async scheduleUpdate(): Promise<void> {
    if (!this.hasUpdated) await nextTask()
    super.scheduleUpdate()
  }

  /** What a terminal shows and has scrolled away, trailing blanks left out. `name`: its id, or a machine for the first one there. */
  text(name: string): string {
    const terminal = [...(this.#session?.terminals.values() ?? [])].find(({ id, machine }) => id === name || machine === name)
    const buffer = terminal === undefined ? undefined : this.#screens.get(terminal.id)?.terminal.buffer.active
    if (buffer === undefined) return ''
    let text = ''
    for (let row = 0; row < buffer.length; row++) {
      const line = buffer.getLine(row)
      if (line === undefined) continue
      text += `${line.isWrapped || row === 0 ? '' : '\n'}${line.translateToString(true)}`
    }
    return text.trimEnd()
  }

  /** Resolves when a terminal's text meets the condition; looked at whenever the lab has come to rest or drawn something. */
  until(terminal: string, holds: (text: string) => boolean): Promise<string> {
    return new Promise((resolve) => {
      const look = (): void => {
        const text = this.text(terminal)
        if (!holds(text)) return
        this.removeEventListener('podlab:idle', look)
        this.removeEventListener('podlab:drawn', look)
        resolve(text)
      }
      this.addEventListener('podlab:idle', look)
      this.addEventListener('podlab:drawn', look)
      look()
    })
  }

  /** Types a command of the text into the terminal of its machine and shows that; the focus stays where it is. */
  run(machine: string, command: string): void {
    const session = this.#session
    if (session === undefined) return
    this.#reveal()
    const terminal = session.terminal(machine)
    this.#current = terminal.id
    this.requestUpdate()
    if (this.#editors.on(terminal.id)) {
      this.#notice = 'An editor is open in this terminal: close it first.'
      return
    }
    const type = (): void => session.type(terminal.id, asTyped(command))
    if (terminal.state === 'open' || terminal.screen !== undefined) type()
    else void this.updateComplete.then(() => this.#open(terminal)).then(type)
  }

  #reveal(): void {
    if (this.#narrow && this.#stop === 'peek') this.#stop = 'half'
    else if (!this.#narrow && !this.#layout.open) this.#layout = { ...this.#layout, open: true }
    this.#apply()
  }

  get #shown(): boolean {
    return this.#narrow ? this.#stop !== 'peek' : this.#layout.open
  }

  #apply(): void {
    applyLayout(this.#layout)
    document.documentElement.dataset.sheet = this.#stop
    if (this.#shown) this.#firstSight()
    this.requestUpdate()
  }

  /** A dock that is never opened loads nothing. */
  #firstSight(): void {
    const session = this.#session
    if (session === undefined || session.state !== 'idle') return
    void loadXterm()
    void session.start().then(() => {
      this.#current = [...session.terminals.keys()][0] ?? session.terminal(session.options.machines[0] ?? 'laptop').id
      this.requestUpdate()
    })
  }

  protected override updated(): void {
    for (const terminal of this.#session?.terminals.values() ?? []) {
      if (terminal.id === this.#current || terminal.early.length > 0) void this.#open(terminal)
    }
    for (const [id, screen] of this.#screens) {
      if (this.#session?.terminals.has(id)) continue
      screen.dispose()
      this.#screens.delete(id)
      this.#editors.clear(id)
    }
  }

  async #open(terminal: LabTerminal): Promise<void> {
    const session = this.#session
    const element = this.#screenElement(terminal.id)
    if (session === undefined || element === undefined || this.#opening.has(terminal.id)) return
    this.#opening.add(terminal.id)
    const screen = await TerminalScreen.open(element, session, terminal, {
      copy: (text) => void navigator.clipboard.writeText(text),
      leaving: (now) => this.#nowLeaving(now),
      editor: (data) => this.#editors.sign(terminal.id, data),
    })
    screen.terminal.onWriteParsed(() => this.dispatchEvent(new Event('podlab:drawn')))
    if (window.matchMedia('(pointer: coarse)').matches) screen.terminal.textarea?.setAttribute('inputmode', 'none')
    this.#screens.set(terminal.id, screen)
  }

  #screenElement(terminal: string): HTMLElement | undefined {
    const element = this.querySelector(`[data-terminal="${terminal}"]`)
    return element instanceof HTMLElement ? element : undefined
  }

  /** A phone's half sheet has too few lines to edit in. */
  #editorChanged(terminal: string): void {
    if (this.#narrow && this.#stop === 'half' && terminal === this.#current && this.#editors.on(terminal)) this.#toStop('full')
    this.requestUpdate()
  }

  #nowLeaving(now: boolean): void {
    if (this.#leaving === now) return
    this.#leaving = now
    this.requestUpdate()
  }

  #focusMoved(inside: boolean): void {
    if (inside === this.#inside) return
    this.#inside = inside
    this.#editors.tabIndex = inside ? 0 : -1
    if (!inside) this.#leaving = false
    this.requestUpdate()
  }

  #enter(): void {
    this.#reveal()
    const line = this.querySelector('.dock-line input')
    if (this.#editors.focus(this.#current)) return
    if (this.#narrow && line instanceof HTMLElement) line.focus()
    else this.#screens.get(this.#current)?.focus()
  }

  #frameKey(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || !(event.target instanceof HTMLElement) || !event.target.classList.contains('dock-frame')) return
    event.preventDefault()
    this.#enter()
  }

  #select(id: string): void {
    this.#current = id
    this.requestUpdate()
    void this.updateComplete.then(() => this.#screens.get(id)?.fit())
  }

  /** Shows a machine's terminal; the first time, its shell starts. */
  #machine(machine: string): void {
    const session = this.#session
    if (session !== undefined) this.#select(session.terminal(machine).id)
  }

  #tabKey(event: KeyboardEvent): void {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (by === 0) return
    event.preventDefault()
    const tabs = [...this.querySelectorAll<HTMLButtonElement>('[role=tab]')]
    const at = event.target instanceof HTMLButtonElement ? tabs.indexOf(event.target) : 0
    const next = tabs[(at + by + tabs.length) % tabs.length]
    next?.click()
    next?.focus()
  }

  #drag(event: PointerEvent): void {
    if (!(event.target instanceof HTMLElement)) return
    const grip = event.target
    event.preventDefault()
    grip.setPointerCapture(event.pointerId)
    let last = event
    const move = (moved: PointerEvent): void => {
      last = moved
      if (this.#narrow) this.style.setProperty('--sheet-drag', `${window.innerHeight - moved.clientY}px`)
      else {
        const { innerWidth, innerHeight } = window
        const right = this.#layout.side === 'right'
        this.#layout = resized(this.#layout, right ? 100 - (moved.clientX / innerWidth) * 100 : 100 - (moved.clientY / innerHeight) * 100)
        this.#apply()
      }
    }
    const end = (): void => {
      grip.removeEventListener('pointermove', move)
      this.style.removeProperty('--sheet-drag')
      if (!this.#narrow) return
      const moved = Math.abs(last.clientY - event.clientY) > 8
      const part = 1 - last.clientY / window.innerHeight
      this.#toStop(moved ? (part < 0.25 ? 'peek' : part < 0.7 ? 'half' : 'full') : this.#nextStop())
    }
    grip.addEventListener('pointermove', move)
    grip.addEventListener('pointerup', end, { once: true })
    grip.addEventListener('pointercancel', end, { once: true })
  }

  #nextStop(): Stop {
    return STOPS[(STOPS.indexOf(this.#stop) + 1) % STOPS.length] ?? 'half'
  }

  #toStop(stop: Stop): void {
    this.#stop = stop
    this.#apply()
  }

  #gripKey(event: KeyboardEvent): void {
    const grow = event.key === 'ArrowLeft' || event.key === 'ArrowUp'
    const shrink = event.key === 'ArrowRight' || event.key === 'ArrowDown'
    if (!grow && !shrink) return
    event.preventDefault()
    if (this.#narrow) {
      const at = STOPS.indexOf(this.#stop) + (grow ? 1 : -1)
      this.#toStop(STOPS[Math.min(STOPS.length - 1, Math.max(0, at))] ?? 'half')
      return
    }
    this.#layout = resized(this.#layout, sizeOf(this.#layout) + (grow ? 2 : -2))
    this.#apply()
  }

  #toggle(): void {
    if (this.#narrow) this.#stop = this.#stop === 'peek' ? 'half' : 'peek'
    else this.#layout = { ...this.#layout, open: !this.#layout.open }
    this.#apply()
  }

  #toggleCluster(): void {
    this.#clusterShown = !this.#clusterShown
    this.requestUpdate()
  }

  #restart(): void {
    const crashed = this.#session?.state === 'crashed'
    const sure = crashed || window.confirm('Start a fresh cluster? What you made in this lab goes; your progress in the book stays.')
    if (sure) void this.#session?.restart()
  }

  #report(): void {
    const crash = this.#session?.crash
    if (crash === undefined) return
    const link = document.createElement('a')
    link.href = URL.createObjectURL(
      new Blob([JSON.stringify({ page: location.pathname, ...crash }, null, 1)], { type: 'application/json' }),
    )
    link.download = 'podlab-report.json'
    link.click()
    URL.revokeObjectURL(link.href)
  }

  #screenReader(): void {
    const on = localStorage.getItem(SCREEN_READER) !== 'on'
    localStorage.setItem(SCREEN_READER, on ? 'on' : 'off')
    for (const screen of this.#screens.values()) screen.terminal.options.screenReaderMode = on
    this.requestUpdate()
  }

  #sendLine(event: SubmitEvent): void {
    event.preventDefault()
    this.#sendWith('\r')
  }

  /** Sends what is in the input line, and then a key. */
  #sendWith(key: string): void {
    const input = this.querySelector('.dock-line input')
    if (!(input instanceof HTMLInputElement)) return
    this.#session?.type(this.#current, input.value + key)
    input.value = ''
  }

  protected override render(): TemplateResult {
    const session = this.#session
    if (session === undefined) return html``
    const stop = this.#inside ? 0 : -1
    const shown = this.#shown
    return html`<div class="dock-frame" tabindex="0" role="group" aria-label="Terminals of the lab" aria-describedby="dock-help"
      @keydown=${this.#frameKey}>
      ${this.#renderGrip(stop)}
      <div class="dock-bar">
        ${this.#renderTabs(session, stop)}
        <span class="dock-tools">
          <button class="tool wide-only" tabindex=${stop} @click=${() => {
            this.#layout = { ...this.#layout, side: this.#layout.side === 'right' ? 'bottom' : 'right' }
            this.#apply()
          }} title=${this.#layout.side === 'right' ? 'Put the terminals below the text' : 'Put the terminals beside the text'}>${this.#layout.side === 'right' ? '⬓' : '◨'}</button>
          <button class="tool" tabindex=${stop} aria-pressed=${localStorage.getItem(SCREEN_READER) === 'on'} @click=${this.#screenReader}
            title="Screen reader support: read out what the terminal prints">Aa</button>
          <button class="tool" tabindex=${stop} @click=${this.#restart} title="Start a fresh cluster (your progress stays)">↻</button>
          <button class="tool" tabindex=${stop} @click=${this.#toggle} aria-expanded=${shown} title=${shown ? 'Hide the terminals' : 'Show the terminals'}>${shown ? '▾' : this.#narrow ? '▴' : 'Terminals ▴'}</button>
        </span>
      </div>
      <div class="dock-body" ?inert=${!shown}>
        ${this.#renderTime(session, stop)}
        ${this.#clusterShown ? html`<pd-cluster role="region" aria-label="Cluster" tabindex=${stop}></pd-cluster>` : nothing}
        <div class="dock-screens">
          ${repeat(
            session.terminals.values(),
            (terminal) => terminal.id,
            (terminal) => html`<div class="screen" role="tabpanel" id="panel-${terminal.id}" aria-label="Terminal on ${terminal.machine}"
              data-terminal=${terminal.id} ?hidden=${terminal.id !== this.#current}></div>`,
          )}
          ${session.terminals.size === 0 ? html`<p class="dock-wait">${session.note || 'The terminals open here.'}</p>` : nothing}
        </div>
        <form class="dock-line" ?hidden=${this.#editors.on(this.#current)} @submit=${this.#sendLine}>
          <label><span class="visually-hidden">Command line</span>
            <input tabindex=${stop} type="text" enterkeyhint="send" autocapitalize="off" autocomplete="off" autocorrect="off" spellcheck="false"
              placeholder="Type a command"></label>
          <button class="send" tabindex=${stop}>Enter</button>
          <div class="key-row" role="group" aria-label="Keys">
            ${KEY_ROW.map((key) => html`<button type="button" tabindex=${stop} aria-label=${key.name ?? nothing} @click=${() => this.#sendWith(key.send)}>${key.label}</button>`)}
          </div>
        </form>
      </div>
      ${this.#renderStatus(session, stop)}
    </div>`
  }

  #renderGrip(stop: number): TemplateResult {
    const at = this.#narrow ? (STOPS.indexOf(this.#stop) * 100) / (STOPS.length - 1) : sizeOf(this.#layout)
    const across = this.#narrow || this.#layout.side === 'bottom'
    return html`<div class="dock-grip" role="separator" tabindex=${stop} aria-label="Size of the terminals" aria-orientation=${across ? 'horizontal' : 'vertical'}
      aria-valuenow=${Math.round(at)} aria-valuemin=${this.#narrow ? 0 : limits.min} aria-valuemax=${this.#narrow ? 100 : limits.max}
      @pointerdown=${this.#drag} @keydown=${this.#gripKey}></div>`
  }

  #renderTabs(session: LabSession, stop: number): TemplateResult {
    const known = new Set([...session.terminals.values()].map((terminal) => terminal.machine))
    const current = session.terminals.get(this.#current)
    const extra = current !== undefined && !current.id.endsWith('-1')
    return html`<div class="dock-tabs" role="tablist" aria-label="Machines" @keydown=${this.#tabKey}>
        ${repeat(
          session.terminals.values(),
          (terminal) => terminal.id,
          (
            terminal,
          ) => html`<button role="tab" tabindex=${terminal.id === this.#current ? stop : -1} aria-selected=${terminal.id === this.#current}
            aria-controls="panel-${terminal.id}" @click=${() => this.#select(terminal.id)}>${terminal.id.endsWith('-1') ? terminal.machine : terminal.id}</button>`,
        )}
        ${session.options.machines
          .filter((machine) => !known.has(machine))
          .map(
            (machine) =>
              html`<button role="tab" tabindex=${known.size === 0 ? stop : -1} aria-selected="false" @click=${() => this.#machine(machine)}>${machine}</button>`,
          )}
      </div>
      <button class="tool" tabindex=${stop} title="Another terminal on this machine"
        @click=${() => this.#select(session.newTerminal(current?.machine ?? session.options.machines[0] ?? 'laptop').id)}>+</button>
      ${extra ? html`<button class="tool" tabindex=${stop} title="Close this terminal" @click=${() => this.#close(session, current.id)}>×</button>` : nothing}`
  }

  #close(session: LabSession, id: string): void {
    session.close(id)
    this.#opening.delete(id)
    this.#select([...session.terminals.keys()][0] ?? '')
  }

  #renderTime(session: LabSession, stop: number): TemplateResult {
    return html`<div class="dock-time">
      <div class="rates" role="group" aria-label="Speed of time in the lab">
        ${RATES.map(
          ({
            rate,
            label,
            name,
          }) => html`<button tabindex=${stop} aria-label=${rate === 0 ? name : `${label}: ${name}`} title=${name} aria-pressed=${session.rate === rate}
            @click=${() => session.setRate(rate)}>${label}</button>`,
        )}
      </div>
      ${
        session.options.scenario === 'laptop'
          ? nothing
          : html`<button tabindex=${stop} aria-pressed=${this.#clusterShown} @click=${this.#toggleCluster}>Cluster</button>`
      }
      <span class="clock" title="The lab's own time (UTC)">${clock(session.time)}</span>
    </div>`
  }

  #renderStatus(session: LabSession, stop: number): TemplateResult {
    const help = this.#leaving
      ? 'Tab now leaves the terminal.'
      : this.#inside
        ? 'Esc, then Tab leaves the terminal.'
        : 'Enter goes in; Esc, then Tab leaves.'
    return html`<div class="dock-status" data-state=${session.state}>
      <span role="status">${
        session.state === 'crashed'
          ? html`The lab has stopped: ${session.note}`
          : this.#notice !== ''
            ? this.#notice
            : session.state === 'booting'
              ? session.note
              : session.state === 'ready'
                ? 'Ready'
                : 'Open to start the lab'
      }</span>
      ${
        session.state === 'crashed'
          ? html`<button tabindex=${stop} @click=${this.#restart}>Restart the lab</button><button tabindex=${stop} @click=${this.#report}>Save a report</button>`
          : this.#notice !== ''
            ? html`<button tabindex=${stop} @click=${() => {
                this.#notice = ''
                this.requestUpdate()
              }}>Got it</button>`
            : nothing
      }
      <span id="dock-help" class="help">${help}</span>
    </div>`
  }
}

customElements.define('pd-dock', Dock)

declare global {
  interface HTMLElementTagNameMap {
    'pd-dock': Dock
  }
}
