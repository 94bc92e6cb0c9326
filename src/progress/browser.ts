/** The progress of this browser: one for the page, opened at its first use. */
import type { Channel } from './progress.ts'
import { Progress } from './progress.ts'
import type { Shelf } from './shelf.ts'
import { indexedShelf, localShelf, memoryShelf } from './shelf.ts'

let opening: Promise<Progress> | undefined

export function progress(): Promise<Progress> {
  opening ??= Progress.open(shelves(), channel(), () => Date.now())
  return opening
}

function shelves(): readonly Shelf[] {
  const found: Shelf[] = []
  // Both accessors throw when the reader forbids storage for this site.
  try {
    found.push(indexedShelf(window.indexedDB))
  } catch {}
  try {
    found.push(localShelf(window.localStorage))
  } catch {}
  return found.length > 0 ? found : [memoryShelf()]
}

function channel(): Channel | undefined {
  if (!('BroadcastChannel' in window)) return undefined
  const broadcast = new BroadcastChannel('podlab:progress')
  const channel: Channel = { postMessage: (message) => broadcast.postMessage(message), onmessage: null }
  broadcast.onmessage = (event: MessageEvent<unknown>) => channel.onmessage?.({ data: event.data })
  return channel
}
