/**
 * `<pd-task>`: a task of the lab. Its text is in the page; this shows the live state, keeps "done" (for good, whatever happens
 * to the world later), and gives hints one at a time, the solution last. With `data-question` it is a question of kind `do`.
 */
import type { TaskState } from '../../lab/protocol.ts'
import { progress } from '../../progress/browser.ts'
import type { Progress } from '../../progress/progress.ts'
import { withLab } from '../lab/session.ts'

class TaskElement extends HTMLElement {
  #hints = 0

  connectedCallback(): void {
    const id = this.dataset.task ?? ''
    void progress().then((record) => {
      const show = (): void => this.#showDone(record, id)
      record.addEventListener('change', show)
      show()
    })
    withLab((lab) => {
      lab.addEventListener('task', (event) => {
        if (event instanceof CustomEvent) this.#hear(event.detail, id)
      })
      const known = lab.tasks.get(id)
      if (known !== undefined) this.#hear(known, id)
    })
    this.#part('more')?.addEventListener('click', () => this.#nextHint())
    this.#renderHints()
  }

  #part(name: string): HTMLElement | null {
    return this.querySelector(`[data-part="${name}"]`)
  }

  #hear(state: TaskState, id: string): void {
    if (state.task !== id) return
    const line = this.#part('state')
    if (line === null) return
    this.dataset.now = state.done ? 'done' : state.error !== undefined ? 'error' : 'open'
    if (state.done) void progress().then((record) => this.#record(record, id))
    const before = this.dataset.done !== undefined && !state.done ? ' (Done before; that stays.)' : ''
    if (state.error !== undefined) line.textContent = `This check has failed by itself, that is our mistake, not yours: ${state.error}`
    else line.textContent = state.done ? 'The cluster is as asked.' : (state.message ?? 'Not there yet.') + before
  }

  get #isQuestion(): boolean {
    return this.dataset.question !== undefined
  }

  #record(record: Progress, id: string): void {
    if (!this.#isQuestion) record.taskDone(id)
    else if (record.record.questions[id]?.done === undefined) record.answered(id, [], true)
  }

  #showDone({ record }: Progress, id: string): void {
    if ((this.#isQuestion ? record.questions[id]?.done : record.tasks[id]) === undefined) return
    this.dataset.done = ''
    const mark = this.#part('mark')
    if (mark !== null) mark.textContent = this.#isQuestion ? 'Answered' : 'Done'
  }

  #nextHint(): void {
    this.#hints++
    this.#renderHints()
  }

  /** Hints and, as the last step, the solution. */
  #renderHints(): void {
    const steps = [...this.querySelectorAll<HTMLElement>('[data-hint]')]
    steps.forEach((step, index) => {
      step.hidden = index >= this.#hints
    })
    const more = this.#part('more')
    if (more === null) return
    more.hidden = this.#hints >= steps.length
    const next = steps[this.#hints]
    more.textContent = next?.dataset.hint === 'solution' ? 'Show a solution' : this.#hints === 0 ? 'A hint, please' : 'Another hint'
  }
}

customElements.define('pd-task', TaskElement)
