/**
 * The reader's record: what is done, by permanent ids. Plain data with a version; pure functions to read, merge and write it.
 *
 * Done stays done: nothing in here ever takes a mark away, so two copies (tabs, the mirror, an imported file) merge by union
 * whatever the order. Times are milliseconds since 1970 of the reader's clock.
 */

export interface ProgressRecord {
  readonly version: 1
  /** When a task was first done. */
  readonly tasks: Readonly<Record<string, number>>
  readonly questions: Readonly<Record<string, QuestionRecord>>
  /** When the end of a section was first reached. */
  readonly sections: Readonly<Record<string, number>>
}

export interface QuestionRecord {
  readonly tries: number
  /** When it was first answered rightly. */
  readonly done?: number
  /** When it was last answered, and with which options. */
  readonly at: number
  readonly answer: readonly string[]
}

export const EMPTY: ProgressRecord = { version: 1, tasks: {}, questions: {}, sections: {} }

/** No honest record is longer; a longer one is refused before it is parsed. */
export const MAX_RECORD_CHARS = 1_000_000
const MAX_ENTRIES = 10_000
const MAX_OPTIONS = 20
const ID = /^[a-z][a-z0-9-]{0,99}$/

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string }

const bad = (problem: string): { readonly ok: false; readonly problem: string } => ({ ok: false, problem })

/** Reads a stored or imported record. Anything unexpected is refused with the reason; nothing is guessed. */
export function parseRecord(text: string): Parsed<ProgressRecord> {
  if (text.length > MAX_RECORD_CHARS) return bad('it is too large')
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    return bad('it is not JSON')
  }
  if (!isObject(data)) return bad('it is not a record of progress')
  if (data.version !== 1) {
    return bad(typeof data.version === 'number' ? `it was written by version ${data.version} of this book` : 'it has no version')
  }
  const tasks = times(data.tasks)
  const sections = times(data.sections)
  const questions = questionRecords(data.questions)
  if (tasks === undefined) return bad('its tasks cannot be read')
  if (sections === undefined) return bad('its sections cannot be read')
  if (questions === undefined) return bad('its questions cannot be read')
  return { ok: true, value: { version: 1, tasks, questions, sections } }
}

export function formatRecord(record: ProgressRecord): string {
  return `${JSON.stringify(record, null, 1)}\n`
}

/** The union of two records: the earlier time of what both have done, the later answer of a question. */
export function merge(a: ProgressRecord, b: ProgressRecord): ProgressRecord {
  const questions: Record<string, QuestionRecord> = { ...a.questions }
  for (const [id, theirs] of Object.entries(b.questions)) {
    const ours = questions[id]
    questions[id] = ours === undefined ? theirs : mergeQuestion(ours, theirs)
  }
  return { version: 1, tasks: earliest(a.tasks, b.tasks), questions, sections: earliest(a.sections, b.sections) }
}

function mergeQuestion(a: QuestionRecord, b: QuestionRecord): QuestionRecord {
  const later = b.at > a.at ? b : a
  const done = Math.min(a.done ?? Number.POSITIVE_INFINITY, b.done ?? Number.POSITIVE_INFINITY)
  const merged = { tries: Math.max(a.tries, b.tries), at: later.at, answer: later.answer }
  return Number.isFinite(done) ? { ...merged, done } : merged
}

function earliest(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const out: Record<string, number> = { ...a }
  for (const [id, time] of Object.entries(b)) out[id] = Math.min(out[id] ?? time, time)
  return out
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0

function entries(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (!isObject(value)) return undefined
  const list = Object.entries(value)
  return list.length <= MAX_ENTRIES && list.every(([id]) => ID.test(id)) ? list : undefined
}

function times(value: unknown): Record<string, number> | undefined {
  const out: Record<string, number> = {}
  for (const [id, time] of entries(value) ?? [['', undefined] as const]) {
    if (!isTime(time)) return undefined
    out[id] = time
  }
  return out
}

function questionRecords(value: unknown): Record<string, QuestionRecord> | undefined {
  const out: Record<string, QuestionRecord> = {}
  for (const [id, entry] of entries(value) ?? [['', undefined] as const]) {
    if (!isObject(entry) || !isTime(entry.tries) || !isTime(entry.at) || !isAnswer(entry.answer)) return undefined
    if (entry.done !== undefined && !isTime(entry.done)) return undefined
    const base = { tries: entry.tries, at: entry.at, answer: entry.answer }
    out[id] = entry.done === undefined ? base : { ...base, done: entry.done }
  }
  return out
}

function isAnswer(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= MAX_OPTIONS && value.every((item) => typeof item === 'string' && ID.test(item))
}
