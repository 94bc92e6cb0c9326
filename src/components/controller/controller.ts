/**
 * `<pd-controller>`: the reader's program, an editor for it, and a runner. States, as `data-state`: `idle`, `starting`, `running`.
 * `data-frame` is the address of the runner's frame. The first program is JSON inside the element.
 *
 * With `data-runner="webcontainer"` the program runs under Node in a WebContainer once the reader has agreed to load that; in the
 * embedded runner when it can't be had, or isn't wanted.
 */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { type LabSession, lab } from '../lab/session.ts'
import type { CodeEditor } from './code-mirror.ts'
import { loadDraft, MAX_CHARS, removeDraft, saveDraft } from './draft.ts'
import type { Level } from './messages.ts'
import { lineNamed, Output } from './output.ts'
import { type Runner, RunnerError, type RunnerEvents } from './runner.ts'
import { unsupported } from './webcontainer/container.ts'

const FILE = 'controller.ts'
const SAVE_AFTER_MS = 400

type State = 'idle' | 'starting' | 'running'
/** Where the program runs: here, or in a WebContainer once the reader has been asked. */
type Place = 'embedded' | 'ask' | 'webcontainer'

export class ControllerElement extends LitElement {
  #starter = ''
  #code = ''
  #editor: CodeEditor | undefined
  #state: State = 'idle'
  #says = 'Not running'
  #saving: ReturnType<typeof setTimeout> | undefined
  #place: Place = 'embedded'
  /** Why there is no WebContainer. */
  #refusal: string | undefined
  #runner: Runner | undefined
  /** Grows with each start and stop: what an earlier one still does is ignored. */
  #turn = 0
  readonly #output = new Output()

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  override connectedCallback(): void {
    const data: unknown = JSON.parse(this.querySelector('script')?.textContent ?? '{}')
    if (typeof data === 'object' && data !== null && 'starter' in data && typeof data.starter === 'string') this.#starter = data.starter
    this.#code = loadDraft(localStorage) ?? this.#starter
    if (this.dataset.runner === 'webcontainer') {
      this.#refusal = unsupported(window)
      this.#place = this.#refusal === undefined ? 'ask' : 'embedded'
    }
    this.replaceChildren()
    this.dataset.state = this.#state
    super.connectedCallback()
    const observer = new IntersectionObserver((seen) => {
      if (!seen.some((entry) => entry.isIntersecting)) return
      observer.disconnect()
      void this.#openEditor()
    })
    observer.observe(this)
    window.addEventListener('pagehide', () => this.#save())
  }

  /** The program as it stands in the editor. */
  get code(): string {
    return this.#code
  }

  set code(code: string) {
    this.#code = code
    if (this.#editor !== undefined) this.#editor.code = code
    this.#changed(code)
    this.requestUpdate()
  }

  /** What the program has printed, line by line. */
  get printed(): string {
    return this.#output.lines.map((line) => line.text).join('\n')
  }

  async #openEditor(): Promise<void> {
    const { openEditor } = await import('./code-mirror.ts')
    const place = this.querySelector<HTMLElement>('[data-part="editor"]')
    if (place === null) return
    place.replaceChildren()
    this.#editor = openEditor(place, this.#code, (code) => this.#changed(code))
  }

  #changed(code: string): void {
    this.#code = code
    clearTimeout(this.#saving)
    this.#saving = setTimeout(() => this.#save(), SAVE_AFTER_MS)
  }

  #save(): void {
    clearTimeout(this.#saving)
    if (this.#saving === undefined) return
    this.#saving = undefined
    if (!saveDraft(localStorage, this.#code))
      this.#say(`This program is longer than ${MAX_CHARS} characters or can’t be stored: a reload will lose it.`)
  }

  async run(): Promise<void> {
    const session = lab()
    if (session === undefined) return
    this.#halt()
    const turn = this.#turn
    this.#output.clear()
    this.#become('starting', this.#place === 'webcontainer' ? 'Loading Node…' : 'Loading the client library…')
    // A dock that nobody opened has not started its lab yet.
    void session.start()
    try {
      const runner = await this.#runnerFor(session)
      if (turn !== this.#turn) return
      await runner.boot()
      if (turn !== this.#turn) return
      await runner.mount({ [FILE]: this.#code })
      if (session.state !== 'ready') this.#print('note', 'The cluster is starting; requests wait for it.')
      await runner.run(FILE)
      if (turn === this.#turn && this.#state === 'starting') this.#become('running', 'Running')
    } catch (error) {
      if (turn !== this.#turn) return
      this.#halt()
      this.#print('error', error instanceof Error ? error.message : String(error))
      if (error instanceof RunnerError && this.#place === 'webcontainer') this.#goEmbedded(error.message)
      this.#become('idle', error instanceof RunnerError ? 'The runner could not be started' : 'Not running: an error in the program')
    }
  }

  /** The runner of the present place; one that is there already is used again. */
  async #runnerFor(session: LabSession): Promise<Runner> {
    if (this.#runner !== undefined) return this.#runner
    const http: LabSession['http'] = (request, hear) => session.http(request, hear)
    const events: RunnerEvents = {
      output: (level, text) => this.#state !== 'idle' && this.#print(level, text),
      exit: (code, reason) => this.#ended(code, reason),
    }
    if (this.#place === 'webcontainer') {
      const [{ WebContainerRunner }, { bootStackBlitz }] = await Promise.all([
        import('./webcontainer/runner.ts'),
        import('./webcontainer/stackblitz.ts'),
      ])
      this.#runner = new WebContainerRunner({ start: bootStackBlitz, http, events })
    } else {
      const { EmbeddedRunner } = await import('./embedded.ts')
      this.#runner = new EmbeddedRunner({ frame: this.dataset.frame ?? '', http, events, host: this })
    }
    return this.#runner
  }

  /** The reader has agreed. */
  #agree(): void {
    this.#place = 'webcontainer'
    void this.run()
  }

  #goEmbedded(reason: string | undefined): void {
    this.#halt()
    this.#runner = undefined
    this.#place = 'embedded'
    this.#refusal = reason
    this.requestUpdate()
  }

  stop(): void {
    if (this.#state === 'idle') return
    this.#halt()
    this.#become('idle', 'Stopped')
  }

  #reset(): void {
    if (this.#code !== this.#starter && !window.confirm('Put back the program as it was in the book? Yours is lost.')) return
    this.stop()
    this.code = this.#starter
    clearTimeout(this.#saving)
    this.#saving = undefined
    removeDraft(localStorage)
  }

  #halt(): void {
    this.#turn++
    this.#runner?.kill()
  }

  #ended(code: number, reason: string | undefined): void {
    this.#halt()
    if (reason !== undefined) this.#print('error', reason)
    this.#become('idle', code === 0 ? 'The program has ended' : `The program has ended with exit code ${code}`)
  }

  #print(level: Level, text: string): void {
    this.#output.add(level, text)
    this.requestUpdate()
  }

  #say(text: string): void {
    this.#says = text
    this.requestUpdate()
  }

  #become(state: State, says: string): void {
    this.#state = state
    this.dataset.state = state
    this.#say(says)
  }

  protected override updated(): void {
    const panel = this.querySelector('.workbench-output')
    if (panel !== null) panel.scrollTop = panel.scrollHeight
  }

  protected override render(): TemplateResult {
    const idle = this.#state === 'idle'
    return html`${this.#renderPlace()}<div class="workbench-bar">
        <span class="workbench-file">${FILE}</span>
        <button type="button" class="go" ?disabled=${!idle || this.#place === 'ask'} @click=${() => void this.run()}>Run</button>
        <button type="button" ?disabled=${idle} @click=${() => this.stop()}>Stop</button>
        <button type="button" @click=${() => this.#reset()}>Reset</button>
      </div>
      <div class="workbench-editor" data-part="editor"><pre class="workbench-plain" tabindex="0"><code>${this.#code}</code></pre></div>
      <p class="workbench-state" role="status">${this.#says}</p>
      <div class="workbench-output" role="log" aria-label="Output of the program" tabindex="0">${
        this.#output.lines.length === 0
          ? html`<span class="empty">What the program prints appears here.</span>`
          : repeat(
              this.#output.lines,
              (line) => line.key,
              (line) => this.#renderLine(line.level, line.text),
            )
      }</div>`
  }

  #renderPlace(): TemplateResult | typeof nothing {
    if (this.dataset.runner !== 'webcontainer') return nothing
    if (this.#place === 'webcontainer') return html`<p class="workbench-place">Runs under Node, in a WebContainer of StackBlitz.</p>`
    if (this.#place === 'embedded')
      return html`<div class="workbench-place">
        ${this.#refusal === undefined ? nothing : html`<p><b>No WebContainer:</b> ${this.#refusal}</p>`}
        <p>The program runs in the embedded runner, on this page, without Node.</p>
      </div>`
    return html`<div class="workbench-place">
      <p>Nothing has been loaded from anywhere else yet. If you agree, this page loads Node from <b>stackblitz.com</b> and its servers, and the client library by way of them from the <b>npm registry</b>. They see your address and what your browser tells every server; your program and the lab stay in this browser.</p>
      <button type="button" class="go" @click=${() => this.#agree()}>Load Node from StackBlitz and run</button>
      <button type="button" @click=${() => this.#goEmbedded(undefined)}>Use the embedded runner</button>
    </div>`
  }

  #renderLine(level: Level, text: string): TemplateResult {
    const named = level === 'log' ? undefined : lineNamed(text)
    return html`<div data-level=${level}>${text}${
      named === undefined ? nothing : html` <button type="button" @click=${() => this.#editor?.show(named)}>Go to line ${named}</button>`
    }</div>`
  }
}

customElements.define('pd-controller', ControllerElement)

declare global {
  interface HTMLElementTagNameMap {
    'pd-controller': ControllerElement
  }
}
