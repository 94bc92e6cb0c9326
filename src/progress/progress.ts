/**
 * The reader's progress, live: kept in IndexedDB with a mirror in localStorage, shared between tabs.
 *
 * Promises: a mark is never lost to a reload, a second tab, or one of the two places failing; what can't be read is set aside
 * under a name of its own, said so in `notices`, and never written over; nothing leaves the reader's browser.
 */
import type { ProgressRecord } from './record.ts'
import { EMPTY, formatRecord, merge, parseRecord } from './record.ts'
import type { Shelf } from './shelf.ts'

const KEY = 'progress'
const ASIDE = 'set-aside:'
const LOG = 'log:'
/** Told to other tabs when the reader forgets it all; no record reads like this. */
const FORGET = 'forget'
/** A longer input log is not kept: the lab then starts afresh after a reload (tasks done stay done). */
export const MAX_LOG_CHARS = 2_000_000

/** What tabs tell each other; the part of BroadcastChannel used here. */
export interface Channel {
  postMessage(message: string): void
  onmessage: ((event: { readonly data: unknown }) => void) | null
}

export class Progress extends EventTarget {
  #record: ProgressRecord = EMPTY
  #notices: string[] = []
  #writing: Promise<void> = Promise.resolve()
  readonly #shelves: readonly Shelf[]
  readonly #channel: Channel | undefined
  readonly #now: () => number

  private constructor(shelves: readonly Shelf[], channel: Channel | undefined, now: () => number) {
    super()
    this.#shelves = shelves
    this.#channel = channel
    this.#now = now
    if (channel !== undefined) channel.onmessage = (event) => this.#hear(event.data)
  }

  /** Reads every place and merges what they have. */
  static async open(shelves: readonly Shelf[], channel: Channel | undefined, now: () => number): Promise<Progress> {
    const progress = new Progress(shelves, channel, now)
    for (const shelf of shelves) await progress.#read(shelf)
    return progress
  }

  get record(): ProgressRecord {
    return this.#record
  }

  /** What the reader should know about: damaged records, places that fail. */
  get notices(): readonly string[] {
    return this.#notices
  }

  taskDone(id: string): void {
    if (this.#record.tasks[id] === undefined) this.#add({ ...EMPTY, tasks: { [id]: this.#now() } })
  }

  sectionRead(id: string): void {
    if (this.#record.sections[id] === undefined) this.#add({ ...EMPTY, sections: { [id]: this.#now() } })
  }

  answered(id: string, answer: readonly string[], right: boolean): void {
    const tries = (this.#record.questions[id]?.tries ?? 0) + 1
    const at = this.#now()
    this.#add({ ...EMPTY, questions: { [id]: right ? { tries, at, answer, done: at } : { tries, at, answer } } })
  }

  /** Everything as a file for the reader. */
  export(): string {
    return formatRecord(this.#record)
  }

  /** Adds an exported record to this one. Returns the reason when it is refused; then nothing changed. */
  import(text: string): string | undefined {
    const parsed = parseRecord(text)
    if (!parsed.ok) return parsed.problem
    this.#add(parsed.value)
    return undefined
  }

  /** Forgets the record and every lab's log, here and in other tabs; what was set aside stays. */
  async forget(): Promise<void> {
    this.#take(EMPTY)
    this.#channel?.postMessage(FORGET)
    this.#writing = this.#writing.then(async () => {
      for (const shelf of this.#shelves) {
        const keys = await shelf.keys().catch(() => [])
        for (const key of keys) if (key === KEY || key.startsWith(LOG)) await shelf.remove(key).catch(() => undefined)
      }
      this.dispatchEvent(new Event('saved'))
    })
    await this.#writing
  }

  /** Resolves when all that was marked so far has been written. */
  saved(): Promise<void> {
    return this.#writing
  }

  /** Keeps the input log of a chapter's lab. False when it is too long to keep; the older one is then removed. */
  async saveLog(chapter: string, log: string): Promise<boolean> {
    const fits = log.length <= MAX_LOG_CHARS
    const [shelf] = this.#shelves
    if (shelf === undefined) return false
    await (fits ? shelf.set(LOG + chapter, log) : shelf.remove(LOG + chapter)).catch(() => undefined)
    return fits
  }

  async loadLog(chapter: string): Promise<string | undefined> {
    return this.#shelves[0]?.get(LOG + chapter).catch(() => undefined)
  }

  async removeLog(chapter: string): Promise<void> {
    await this.#shelves[0]?.remove(LOG + chapter).catch(() => undefined)
  }

  #add(more: ProgressRecord): void {
    this.#take(merge(this.#record, more))
    const text = formatRecord(this.#record)
    this.#writeNow()
    this.#channel?.postMessage(text)
    this.#writing = this.#writing.then(() => this.#write())
  }

  #take(record: ProgressRecord): void {
    this.#record = record
    this.dispatchEvent(new Event('change'))
  }

  /** Another tab wrote: it has stored its record already, ours only has to know. */
  #hear(data: unknown): void {
    if (data === FORGET) this.#take(EMPTY)
    if (typeof data !== 'string') return
    const parsed = parseRecord(data)
    if (parsed.ok) this.#take(merge(this.#record, parsed.value))
  }

  async #read(shelf: Shelf): Promise<void> {
    let text: string | undefined
    try {
      text = await shelf.get(KEY)
    } catch {
      this.#notices.push(`Progress can't be read from ${shelf.name} in this browser.`)
      return
    }
    if (text === undefined) return
    const parsed = parseRecord(text)
    if (parsed.ok) {
      this.#record = merge(this.#record, parsed.value)
      return
    }
    await this.#setAside(shelf, text, parsed.problem).catch(() => {
      this.#notices.push(
        `The progress stored in ${shelf.name} can't be read: ${parsed.problem}. It stays there untouched; nothing is written over it.`,
      )
    })
  }

  async #setAside(shelf: Shelf, text: string, problem: string): Promise<void> {
    const taken = new Set(await shelf.keys())
    let name = `${ASIDE}${this.#now()}`
    while (taken.has(name)) name += '+'
    await shelf.set(name, text)
    await shelf.remove(KEY)
    this.#notices.push(`The progress stored in ${shelf.name} can't be read: ${problem}. It was set aside there as "${name}", unchanged.`)
  }

  /** The mirror is written at once, so that a reload right after a mark finds it. Damage is left to the write that follows. */
  #writeNow(): void {
    for (const { now } of this.#shelves) {
      try {
        const stored = now?.get(KEY)
        const parsed = stored === undefined ? undefined : parseRecord(stored)
        if (parsed?.ok !== false) now?.set(KEY, formatRecord(parsed === undefined ? this.#record : merge(parsed.value, this.#record)))
      } catch {
        // Full or forbidden: the write that follows meets the same error and says so.
      }
    }
  }

  /** Merges with what is stored just now, so that a tab that missed a message overwrites nothing. */
  async #write(): Promise<void> {
    for (const shelf of this.#shelves) {
      try {
        const stored = await shelf.get(KEY)
        const parsed = stored === undefined ? undefined : parseRecord(stored)
        if (parsed?.ok === false && stored !== undefined) await this.#setAside(shelf, stored, parsed.problem)
        await shelf.set(KEY, formatRecord(parsed?.ok ? merge(parsed.value, this.#record) : this.#record))
      } catch {
        const notice = `Progress can't be written to ${shelf.name} in this browser.`
        if (!this.#notices.includes(notice)) this.#notices.push(notice)
      }
    }
    this.dispatchEvent(new Event('saved'))
  }
}
