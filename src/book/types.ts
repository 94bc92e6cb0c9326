/** The machine-readable parts of the book, as typed data. `schema.ts` validates them; nothing here runs. */
import type { Check } from './checks.ts'

/** An id that never changes: lower-case words joined by dashes, unique in the whole book. */
export type PermanentId = string

/** What is done when a check holds. */
export interface Checked {
  readonly id: PermanentId
  readonly done: Check
}

export interface Task extends Checked {
  readonly title: string
  /** Scripts for bash on the laptop, any of which makes the task done in a fresh lab. The first is the one shown. */
  readonly solutions: readonly Script[]
  /** Scripts that come close and must leave the task undone. */
  readonly near: readonly Script[]
  readonly hints: readonly string[]
}

export interface Script {
  /** What this script tries, and for a near miss, why it falls short. */
  readonly about: string
  /** The machine it runs on. */
  readonly on: string
  readonly run: string
}

export interface Lab {
  /** The state that the lab starts in: the name of a scenario of `src/lab`. */
  readonly scenario: string
  readonly seed: number
  /** Terminals that the dock offers, the first one open at once. */
  readonly machines: readonly string[]
  readonly tasks: readonly Task[]
}

export interface Option {
  readonly id: string
  readonly text: string
  /** Why it is right, or what belief makes it tempting and where that breaks. */
  readonly why: string
  readonly correct?: boolean
}

interface QuestionBase {
  readonly id: PermanentId
  readonly ask: string
}

export type Question =
  | (QuestionBase & { readonly kind: 'single'; readonly options: readonly Option[] })
  | (QuestionBase & { readonly kind: 'multi'; readonly options: readonly Option[] })
  /** Options in their right order. */
  | (QuestionBase & { readonly kind: 'order'; readonly options: readonly Omit<Option, 'correct'>[] })
  | PredictQuestion
  | DoQuestion

/** What does a command print? The tests run it: the text of the right option is the output, that of the others is not. */
export interface PredictQuestion extends QuestionBase {
  readonly kind: 'predict'
  readonly on: string
  /** Run before on the same machine. */
  readonly setup?: string
  readonly run: string
  readonly options: readonly Option[]
}

/** Answered by doing it in the lab. */
export interface DoQuestion extends QuestionBase, Pick<Task, 'done' | 'solutions' | 'near'> {
  readonly kind: 'do'
  /** What the reader has shown by it. */
  readonly why: string
}

export interface Quiz {
  readonly questions: readonly Question[]
}

export interface SyllabusChapter {
  readonly id: PermanentId
  readonly title: string
  /** One line: what a reader can do afterwards. */
  readonly promise: string
  /** What it teaches, in the order of its sections. */
  readonly teaches: readonly string[]
}

export interface Syllabus {
  readonly parts: readonly { readonly title: string; readonly chapters: readonly SyllabusChapter[] }[]
}

/** A word of the trade. */
export interface Term {
  readonly id: PermanentId
  readonly term: string
  /** Other names of the same thing. */
  readonly also: readonly string[]
  /** Two or three sentences in plain words. */
  readonly text: string
  /** The chapter that teaches it. */
  readonly chapter: PermanentId
  /** Terms to read next. */
  readonly see: readonly PermanentId[]
}

export interface Glossary {
  readonly terms: readonly Term[]
}

/** Front matter of a chapter's `index.mdx`. */
export interface ChapterFront {
  readonly id: PermanentId
  readonly title: string
  readonly summary: string
  /** What the reader will be able to do. */
  readonly outcomes: readonly string[]
  /** Sections still to come, said so on the page. */
  readonly coming: readonly string[]
  /** Further reading, by name. */
  readonly further: readonly string[]
  /** Only a taste of it is written; it may lack a quiz. */
  readonly preview: boolean
}

/** Front matter of a section. */
export interface SectionFront {
  readonly id: PermanentId
  readonly title: string
}
