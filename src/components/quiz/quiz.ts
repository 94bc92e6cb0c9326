/** `<pd-quiz>`: one question. The question is JSON in the element; without script the page shows it with its answers folded. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { parts } from '../../book/prose.ts'
import { progress } from '../../progress/browser.ts'
import { type Answerable, isRight, key, moved, shuffled } from './judge.ts'

const inline = (text: string): unknown => parts(text).map((part) => (part.kind === 'code' ? html`<code>${part.text}</code>` : part.text))

const HOW: Readonly<Record<Answerable['kind'], string>> = {
  single: 'Choose one.',
  multi: 'Choose all that hold.',
  order: 'Put these in order: drag, or use the arrows.',
  predict: 'Decide first; then run it and see.',
}

class QuizElement extends LitElement {
  #question: Answerable | undefined
  /** The command of a `predict` question, as the page wrote it. */
  #command: Element | null = null
  #chosen: readonly string[] = []
  #judged = false
  #done = false
  #dragged = -1
  #said = ''

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  override connectedCallback(): void {
    const data = this.querySelector('script[type="application/json"]')?.textContent
    if (this.#question === undefined && data != null) {
      const question = JSON.parse(data) as Answerable // Written by the build from a validated file.
      this.#question = question
      this.#command = this.querySelector('pd-listing')
      this.replaceChildren()
      if (question.kind === 'order') this.#chosen = shuffled(question.id, question.options).map((o) => o.id)
      void progress().then((record) => {
        const show = (): void => {
          this.#done = record.record.questions[question.id]?.done !== undefined
          this.toggleAttribute('data-done', this.#done)
          this.requestUpdate()
        }
        record.addEventListener('change', show)
        show()
      })
    }
    super.connectedCallback()
  }

  #choose(id: string, on: boolean): void {
    if (this.#question?.kind !== 'multi') this.#chosen = [id]
    else this.#chosen = on ? [...this.#chosen, id] : this.#chosen.filter((other) => other !== id)
    this.requestUpdate()
  }

  #move(from: number, to: number, focus: string | undefined): void {
    if (this.#judged || to < 0 || to >= this.#chosen.length) return
    this.#chosen = moved(this.#chosen, from, to)
    this.#said = `Now at place ${to + 1} of ${this.#chosen.length}.`
    this.requestUpdate()
    if (focus !== undefined)
      void this.updateComplete.then(() => this.querySelector<HTMLElement>(`[data-option="${this.#chosen[to]}"] .${focus}`)?.focus())
  }

  #answer(event: SubmitEvent): void {
    event.preventDefault()
    const question = this.#question
    if (question === undefined || this.#chosen.length === 0) return
    this.#judged = true
    const right = isRight(question, this.#chosen)
    void progress().then((record) => record.answered(question.id, this.#chosen, right))
    this.requestUpdate()
  }

  #again(): void {
    const question = this.#question
    if (question === undefined) return
    this.#judged = false
    if (question.kind !== 'order') this.#chosen = []
    this.requestUpdate()
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('input, .up')?.focus())
  }

  protected override render(): TemplateResult {
    const question = this.#question
    if (question === undefined) return html``
    const right = this.#judged && isRight(question, this.#chosen)
    return html`<form @submit=${this.#answer}>
      <fieldset>
        <legend>${inline(question.ask)} <span class="done-mark" ?hidden=${!this.#done}>Answered</span></legend>
        <p class="how">${HOW[question.kind]}</p>
        ${this.#command ?? nothing}
        ${question.kind === 'order' ? this.#renderOrder(question) : this.#renderChoices(question)}
      </fieldset>
      <div class="verdict" role="status" data-verdict=${this.#judged ? (right ? 'right' : 'wrong') : 'open'}>
        ${this.#judged ? (right ? 'Right.' : 'Not quite: read the reasons, then try again.') : ''}
      </div>
      ${
        this.#judged
          ? html`<button type="button" @click=${this.#again}>${right ? 'Once more' : 'Try again'}</button>`
          : html`<button type="submit" ?disabled=${this.#chosen.length === 0}>Check</button>`
      }
    </form>`
  }

  #renderChoices(question: Exclude<Answerable, { kind: 'order' }>): TemplateResult {
    const type = question.kind === 'multi' ? 'checkbox' : 'radio'
    const rightIds = key(question)
    return html`<ul class="options">
      ${shuffled(question.id, question.options).map((option) => {
        const chosen = this.#chosen.includes(option.id)
        const correct = rightIds.includes(option.id)
        const shown = this.#judged && (chosen || isRight(question, this.#chosen))
        return html`<li data-option=${option.id} data-verdict=${shown ? (correct ? 'right' : 'wrong') : 'open'}>
          <label><input type=${type} name=${question.id} .checked=${chosen} ?disabled=${this.#judged}
            @change=${(event: Event) => this.#choose(option.id, event.target instanceof HTMLInputElement && event.target.checked)}>
            ${question.kind === 'predict' ? html`<pre class="printed">${option.text}</pre>` : html`<span>${inline(option.text)}</span>`}</label>
          ${shown ? html`<p class="why"><b>${correct ? 'Yes.' : 'No.'}</b> ${inline(option.why)}</p>` : nothing}
        </li>`
      })}
    </ul>`
  }

  #renderOrder(question: Extract<Answerable, { kind: 'order' }>): TemplateResult {
    const byId = new Map(question.options.map((option) => [option.id, option]))
    const rightIds = key(question)
    return html`<ol class="options order">
      ${repeat(
        this.#chosen,
        (id) => id,
        (id, index) => {
          const option = byId.get(id)
          const correct = rightIds[index] === id
          return html`<li data-option=${id} draggable=${this.#judged ? 'false' : 'true'} data-verdict=${this.#judged ? (correct ? 'right' : 'wrong') : 'open'}
            @dragstart=${() => {
              this.#dragged = index
            }}
            @dragover=${(event: DragEvent) => event.preventDefault()}
            @drop=${(event: DragEvent) => {
              event.preventDefault()
              this.#move(this.#dragged, index, undefined)
            }}>
            <span class="item"><span>${inline(option?.text ?? '')}</span>
              <span class="moves" ?hidden=${this.#judged}>
                <button type="button" class="up" aria-label="Move up: ${option?.text}" ?disabled=${index === 0} @click=${() => this.#move(index, index - 1, 'up')}>↑</button>
                <button type="button" class="down" aria-label="Move down: ${option?.text}" ?disabled=${index === this.#chosen.length - 1}
                  @click=${() => this.#move(index, index + 1, 'down')}>↓</button>
              </span></span>
            ${this.#judged ? html`<p class="why"><b>${correct ? 'In place.' : 'Elsewhere.'}</b> ${inline(option?.why ?? '')}</p>` : nothing}
          </li>`
        },
      )}
    </ol><span class="visually-hidden" role="status">${this.#said}</span>`
  }
}

customElements.define('pd-quiz', QuizElement)
