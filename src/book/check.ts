/**
 * The rules of the book, as one pure function over its files: what is wrong, with file and line. The schemas say what a file may
 * hold; here stands what several files have to agree on, and the house rules of chapters.
 */
import { LineCounter, type Node, parse, parseDocument } from 'yaml'
import type { z } from 'zod'
import * as schema from './schema.ts'
import { LISTING, listingsOf } from './transcript.ts'
import type { Lab, Question, Quiz } from './types.ts'

export interface Problem {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly message: string
}

/** The files of `content/` by their path in it (`pod/lab.yaml`). */
export type BookFiles = ReadonlyMap<string, string>

/** Elements an author may use. */
const ELEMENTS = new Set(['Differs', 'Figure', 'Hint', 'Note', 'Quiz', 'Task'])
/** Pages beside the chapters, with what they have for elements of their own. */
const BESIDE: ReadonlyMap<string, readonly string[]> = new Map([['controller', ['Editor']]])
/** Chapters that come before the book proper have their own measure. */
const SHORT = new Set(['first-terminal', 'controller'])
const WORDS = { least: 250, most: 1100 }
const QUESTIONS = { least: 8, most: 14, kinds: 4 }
/** An option may be this much longer than another one of its question before it gives the answer away. */
const LENGTHS = { factor: 2.2, slack: 25 }

/** Everything that is wrong with the book, in the order of its files. */
export function checkBook(files: BookFiles): readonly Problem[] {
  const check = new BookCheck(files)
  for (const folder of new Set([...files.keys()].filter((name) => name.includes('/')).map((name) => name.split('/')[0] ?? '')))
    check.chapter(folder)
  check.glossary()
  return check.problems
}

/** Words of prose: what is left without front matter, listings, pictures and tags. */
export function wordsOf(mdx: string): number {
  const text = mdx
    .replace(/^---[\s\S]*?\n---/, '')
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/<svg[\s\S]*?<\/svg>/g, '')
    .replace(/<[^>]*>/g, ' ')
  return text.split(/\s+/).filter((word) => /\w/.test(word)).length
}

class BookCheck {
  readonly problems: Problem[] = []
  readonly #files: BookFiles
  /** Where each id was first met. */
  readonly #ids = new Map<string, string>()
  readonly #chapters: readonly string[]

  constructor(files: BookFiles) {
    this.#files = files
    const syllabus = this.#yaml('syllabus.yaml', schema.syllabus)
    this.#chapters = syllabus?.value.parts.flatMap((part) => part.chapters.map((c) => c.id)) ?? []
  }

  #report(file: string, line: number, message: string): void {
    this.problems.push({ file, line, message })
  }

  /** A file of YAML by its schema; undefined (and reported) when it is not as it should be. */
  #yaml<T>(
    file: string,
    shape: z.ZodType<T>,
  ): { readonly value: T; readonly lineOf: (...path: (string | number)[]) => number } | undefined {
    const text = this.#files.get(file)
    if (text === undefined) {
      this.#report(file, 1, 'this file is missing')
      return undefined
    }
    const lines = new LineCounter()
    const document = parseDocument(text, { lineCounter: lines })
    const lineOf = (...path: (string | number)[]): number => {
      for (let length = path.length; length >= 0; length--) {
        const node = document.getIn(path.slice(0, length), true) as Node | undefined
        if (node?.range) return lines.linePos(node.range[0]).line
      }
      return 1
    }
    for (const error of document.errors) this.#report(file, lines.linePos(error.pos[0]).line, error.message.split('\n')[0] ?? '')
    if (document.errors.length > 0) return undefined
    const result = shape.safeParse(document.toJS())
    if (result.success) return { value: result.data, lineOf }
    for (const issue of result.error.issues) {
      const path = issue.path.filter((p) => typeof p === 'string' || typeof p === 'number')
      this.#report(file, lineOf(...path), `${path.join('.') || '(top)'}: ${issue.message}`)
    }
    return undefined
  }

  chapter(folder: string): void {
    const index = `${folder}/index.mdx`
    const front = this.#front(index, schema.chapterFront)
    if (front !== undefined && front.id !== folder) this.#report(index, 2, `the folder of a chapter is named by its id, "${front.id}"`)
    if (!this.#chapters.includes(folder) && !BESIDE.has(folder)) this.#report(index, 1, 'this chapter is not in syllabus.yaml')
    const lab = this.#yaml(`${folder}/lab.yaml`, schema.lab)
    const quiz =
      this.#files.has(`${folder}/quiz.yaml`) || front?.preview !== true ? this.#yaml(`${folder}/quiz.yaml`, schema.quiz) : undefined
    const whole = front?.preview !== true && !SHORT.has(folder)
    const sections = [...this.#files.keys()].filter((name) => new RegExp(`^${folder}/\\d+-[a-z0-9-]+\\.mdx$`).test(name))
    if (sections.length === 0) this.#report(index, 1, 'a chapter has at least one section, N-name.mdx')
    const shown = sections.flatMap((file) => this.#section(file, folder, lab?.value, whole))
    if (lab !== undefined) this.#tasks(folder, lab, shown)
    if (quiz !== undefined) this.#quiz(folder, quiz, whole)
  }

  /** Terms have ids of their own; what they refer to is there. */
  glossary(): void {
    const file = 'glossary.yaml'
    const glossary = this.#yaml(file, schema.glossary)
    if (glossary === undefined) return
    const { terms } = glossary.value
    const ids = new Set(terms.map((term) => term.id))
    for (const [n, { id, chapter, see }] of terms.entries()) {
      const line = glossary.lineOf('terms', n)
      if (terms.findIndex((term) => term.id === id) !== n) this.#report(file, line, `the term "${id}" is there twice`)
      if (!this.#chapters.includes(chapter)) this.#report(file, line, `the term "${id}": no chapter "${chapter}" in syllabus.yaml`)
      for (const other of see)
        if (other === id || !ids.has(other)) this.#report(file, line, `the term "${id}" sends to "${other}", which is no other term`)
    }
  }

  /** Tasks that a section shows. */
  #section(file: string, folder: string, lab: Lab | undefined, whole: boolean): readonly string[] {
    const mdx = this.#files.get(file) ?? ''
    const lineAt = (offset: number): number => mdx.slice(0, offset).split('\n').length
    const front = this.#front(file, schema.sectionFront)
    if (front !== undefined) this.#id(front.id, folder, file, 2)
    const words = wordsOf(mdx)
    if (whole && words < WORDS.least) this.#report(file, 1, `${words} words of prose; a section has at least ${WORDS.least}`)
    if (words > WORDS.most) this.#report(file, 1, `${words} words of prose; a section has at most ${WORDS.most}`)
    for (const match of mdx.matchAll(LISTING)) {
      try {
        const [listing] = listingsOf(match[0])
        if (listing?.options.run === false) this.#report(file, lineAt(match.index), 'a console listing is run by the tests: mark it `run`')
        if (lab !== undefined && listing !== undefined && !lab.machines.includes(listing.options.on))
          this.#report(file, lineAt(match.index), `the lab opens no terminal on ${listing.options.on}: name it under machines in lab.yaml`)
      } catch (error) {
        this.#report(file, lineAt(match.index), error instanceof Error ? error.message : String(error))
      }
    }
    const prose = mdx
      .replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, ' '))
      .replace(/`[^`\n]*`/g, (code) => ' '.repeat(code.length))
    for (const match of prose.matchAll(/<([A-Z]\w*)/g))
      if (!ELEMENTS.has(match[1] ?? '') && !BESIDE.get(folder)?.includes(match[1] ?? ''))
        this.#report(file, lineAt(match.index), `<${match[1]}> is no element of the book`)
    for (const match of prose.matchAll(/<Differs id="([^"]*)"/g)) this.#id(match[1] ?? '', folder, file, lineAt(match.index))
    const tasks = [...prose.matchAll(/<Task id="([^"]*)"/g)].map((match) => ({ id: match[1] ?? '', line: lineAt(match.index) }))
    for (const { id, line } of tasks)
      if (lab !== undefined && !lab.tasks.some((task) => task.id === id)) this.#report(file, line, `lab.yaml has no task "${id}"`)
    if (whole && tasks.length === 0) this.#report(file, 1, 'a section has at least one <Task>')
    return tasks.map(({ id }) => id)
  }

  #tasks(folder: string, { value, lineOf }: { readonly value: Lab; readonly lineOf: LineOf }, shown: readonly string[]): void {
    const file = `${folder}/lab.yaml`
    for (const [n, task] of value.tasks.entries()) {
      const line = lineOf('tasks', n)
      this.#id(task.id, folder, file, line)
      const times = shown.filter((id) => id === task.id).length
      if (times !== 1) this.#report(file, line, `the task "${task.id}" is shown ${times} times in the text; once is right`)
      if (task.solutions.length < 2) this.#report(file, line, `the task "${task.id}" has one solution; show that there are several`)
      if (task.near.length < 2) this.#report(file, line, `the task "${task.id}" has one near miss; think of a second`)
      if (task.hints.length < 2) this.#report(file, line, `the task "${task.id}" has one hint; give them in steps`)
    }
  }

  #quiz(folder: string, { value, lineOf }: { readonly value: Quiz; readonly lineOf: LineOf }, whole: boolean): void {
    const file = `${folder}/quiz.yaml`
    const { questions } = value
    const kinds = new Set(questions.map((q) => q.kind))
    if (whole && (questions.length < QUESTIONS.least || questions.length > QUESTIONS.most))
      this.#report(file, 1, `${questions.length} questions; a chapter ends with ${QUESTIONS.least} to ${QUESTIONS.most}`)
    if (whole && kinds.size < QUESTIONS.kinds) this.#report(file, 1, `${kinds.size} kinds of question; use at least ${QUESTIONS.kinds}`)
    for (const [n, question] of questions.entries()) {
      const line = lineOf('questions', n)
      this.#id(question.id, folder, file, line)
      const lengths = guessable(question)
      if (lengths !== undefined) this.#report(file, line, lengths)
    }
  }

  #front<T>(file: string, shape: z.ZodType<T>): T | undefined {
    const text = this.#files.get(file)
    if (text === undefined) {
      this.#report(file, 1, 'this file is missing')
      return undefined
    }
    const result = shape.safeParse(parse(/^---\n([\s\S]*?)\n---/.exec(text)?.[1] ?? ''))
    if (result.success) return result.data
    for (const issue of result.error.issues) this.#report(file, 2, `${issue.path.join('.') || 'front matter'}: ${issue.message}`)
    return undefined
  }

  /** Ids are permanent, begin with their chapter's name, and are used once in the whole book. */
  #id(id: string, folder: string, file: string, line: number): void {
    if (!schema.permanentId.safeParse(id).success) this.#report(file, line, `"${id}": an id is lower-case words joined by dashes`)
    if (!id.startsWith(`${folder}-`)) this.#report(file, line, `the id "${id}" doesn't begin with "${folder}-"`)
    const first = this.#ids.get(id)
    if (first !== undefined) this.#report(file, line, `the id "${id}" is used before, in ${first}`)
    else this.#ids.set(id, `${file}:${line}`)
  }
}

type LineOf = (...path: (string | number)[]) => number

/** A right answer must not stand out by its length. */
function guessable(question: Question): string | undefined {
  if (question.kind !== 'single' && question.kind !== 'multi') return undefined
  const right = question.options.filter((o) => o.correct === true).map((o) => o.text.length)
  const wrong = question.options.filter((o) => o.correct !== true).map((o) => o.text.length)
  const [longest, other] = [Math.max(...right), Math.max(...wrong)]
  return longest > other * LENGTHS.factor + LENGTHS.slack ? `the right option of "${question.id}" stands out by its length` : undefined
}
