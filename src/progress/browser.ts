/** The progress of this browser: one for the page, opened at its first use. */
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

function channel(): BroadcastChannel | undefined {
  return 'BroadcastChannel' in window ? new BroadcastChannel('podlab:progress') : undefined
}
