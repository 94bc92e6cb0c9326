/** The cluster at a glance: a box for each node, a chip for each of the reader's Pods. Drawn anew when the lab's clock has moved. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { ClusterView, PodView } from '../../lab/protocol.ts'
import { withLab } from './session.ts'

const SYSTEM = new Set(['kube-system', 'local-path-storage', 'kube-public', 'kube-node-lease'])

/** More chips than this on a node are only counted. */
const MAX_CHIPS = 12

const ownPods = (pods: readonly PodView[]): readonly PodView[] => pods.filter((pod) => !SYSTEM.has(pod.namespace))

/** How a chip is coloured; the words stand in its text as well. */
function look({ status, ready }: PodView): 'good' | 'bad' | 'busy' {
  if (status === 'Running' && ready) return 'good'
  return /Err|BackOff|Error|Failed|Evicted|OOMKilled|Unknown/.test(status) ? 'bad' : 'busy'
}

class ClusterElement extends LitElement {
  #view: ClusterView | undefined
  #asking = false

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  override connectedCallback(): void {
    super.connectedCallback()
    withLab((lab) => {
      const ask = async (): Promise<void> => {
        if (this.#asking || !this.isConnected || lab.state !== 'ready') return
        this.#asking = true
        this.#view = await lab.cluster()
        this.#asking = false
        this.requestUpdate()
      }
      lab.addEventListener('clock', () => void ask())
      lab.addEventListener('state', () => {
        // A lab that was restarted never answers what was asked before.
        this.#asking = false
        void ask()
      })
      void ask()
    })
  }

  protected override render(): TemplateResult {
    const view = this.#view
    if (view === undefined) return html`<p class="dock-wait">The cluster is starting.</p>`
    const pending = ownPods(view.pending)
    return html`<ul class="nodes">
      ${repeat(
        view.nodes,
        (node) => node.name,
        (node) => html`<li class="node" data-ready=${node.ready}>
          <span class="node-name">${node.name}${node.ready ? nothing : html` <b>NotReady</b>`}</span>
          ${this.#pods(ownPods(node.pods))}
          <span class="node-system">${node.pods.length - ownPods(node.pods).length} of the system</span>
        </li>`,
      )}
      ${pending.length === 0 ? nothing : html`<li class="node" data-ready="false"><span class="node-name">no node yet</span>${this.#pods(pending)}</li>`}
    </ul>`
  }

  #pods(pods: readonly PodView[]): TemplateResult {
    return html`<ul class="pods">
      ${repeat(
        pods.slice(0, MAX_CHIPS),
        (pod) => `${pod.namespace}/${pod.name}`,
        (
          pod,
        ) => html`<li class="pod" data-look=${look(pod)} title="${pod.namespace}/${pod.name}${pod.ip === undefined ? '' : `, ${pod.ip}`}">
          ${pod.name} <span>${pod.status === 'Running' && !pod.ready ? 'Running, not ready' : pod.status}</span>
        </li>`,
      )}
      ${pods.length > MAX_CHIPS ? html`<li class="node-system">and ${pods.length - MAX_CHIPS} more</li>` : nothing}
    </ul>`
  }
}

customElements.define('pd-cluster', ClusterElement)
