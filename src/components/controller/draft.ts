/** The reader's program, kept in this browser by itself. */

const KEY = 'podlab:controller'
/** A program larger than this is not kept. */
export const MAX_CHARS = 100_000

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** What was kept; undefined when there is nothing, or nothing that could be a program. */
export function loadDraft(store: Store): string | undefined {
  try {
    const text = store.getItem(KEY)
    return text === null || text.length > MAX_CHARS ? undefined : text
  } catch {
    return undefined
  }
}

/** Keeps the program; false when it is too long or the browser refuses. */
export function saveDraft(store: Store, code: string): boolean {
  if (code.length > MAX_CHARS) return false
  try {
    store.setItem(KEY, code)
    return true
  } catch {
    return false
  }
}

export function removeDraft(store: Store): void {
  try {
    store.removeItem(KEY)
  } catch {
    // Nothing is kept where nothing can be kept.
  }
}
