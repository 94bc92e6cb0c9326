/** `<pd-listing>`: gives the commands of a transcript their Run and Copy buttons. Run types into the lab and moves no focus. */
import { withLab } from '../lab/session.ts'

function button(label: string, title: string, act: (self: HTMLButtonElement) => void): HTMLButtonElement {
  const element = document.createElement('button')
  element.type = 'button'
  element.textContent = label
  element.setAttribute('aria-label', title)
  // The press itself must not take the focus out of the terminal.
  element.addEventListener('pointerdown', (event) => event.preventDefault())
  element.addEventListener('click', () => act(element))
  return element
}

function flash(element: HTMLButtonElement, label: string): void {
  const before = element.dataset.label ?? element.textContent ?? ''
  element.dataset.label = before
  element.textContent = label
  setTimeout(() => {
    element.textContent = before
  }, 1200)
}

class Listing extends HTMLElement {
  connectedCallback(): void {
    const machine = this.dataset.on ?? 'laptop'
    for (const line of this.querySelectorAll<HTMLElement>('.command')) {
      const command = line.dataset.command ?? ''
      if (line.querySelector('.acts') !== null) continue
      const acts = document.createElement('span')
      acts.className = 'acts'
      acts.append(button('Copy', `Copy: ${command}`, (self) => void this.#copy(command, self)))
      if (this.dataset.run !== undefined)
        withLab(() => acts.prepend(button('Run', `Run on ${machine}: ${command}`, (self) => this.#run(machine, command, self))))
      line.append(acts)
    }
    // Only output that has to be scrolled is worth a tab stop.
    for (const output of this.querySelectorAll('.output')) if (output.scrollWidth <= output.clientWidth) output.removeAttribute('tabindex')
  }

  #run(machine: string, command: string, self: HTMLButtonElement): void {
    document.querySelector('pd-dock')?.run(machine, command)
    flash(self, 'Sent')
  }

  /** The clipboard is missing on plain http, and the reader may refuse it. */
  async #copy(command: string, self: HTMLButtonElement): Promise<void> {
    try {
      await navigator.clipboard.writeText(command)
      flash(self, 'Copied')
    } catch {
      flash(self, 'No access')
    }
  }
}

customElements.define('pd-listing', Listing)
