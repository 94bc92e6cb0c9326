/** The book as the pages see it: chapters that are written, with their sections, lab and quiz; all validated at build time. */
import type { MDXInstance } from 'astro'
import { loadChapterFront, loadSectionFront } from '../book/load.ts'
import type { ChapterFront, Lab, Question, Quiz, SectionFront, Syllabus, Task } from '../book/types.ts'

type Page = MDXInstance<Record<string, unknown>>

export interface Section extends SectionFront {
  readonly Content: Page['Content']
}

export interface Chapter extends ChapterFront {
  readonly Content: Page['Content']
  readonly sections: readonly Section[]
  readonly lab: Lab
  readonly quiz: Quiz
}

const indexes = import.meta.glob<Page>('/content/*/index.mdx', { eager: true })
const pages = import.meta.glob<Page>('/content/*/[0-9]*.mdx', { eager: true })
const labs = import.meta.glob<Lab>('/content/*/lab.yaml', { eager: true, import: 'default' })
const quizzes = import.meta.glob<Quiz>('/content/*/quiz.yaml', { eager: true, import: 'default' })
const syllabi = import.meta.glob<Syllabus>('/content/syllabus.yaml', { eager: true, import: 'default' })

function must<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the book lacks ${what}`)
  return value
}

const NO_QUIZ: Quiz = { questions: [] }

export const chapters: readonly Chapter[] = Object.entries(indexes).map(([file, page]) => {
  const folder = file.slice(0, -'index.mdx'.length)
  const front = loadChapterFront(page.frontmatter, file)
  if (`/content/${front.id}/` !== folder) throw new Error(`${file}: the folder of a chapter is named by its id, "${front.id}"`)
  const sections = Object.entries(pages)
    .filter(([name]) => name.startsWith(folder))
    .sort(([a], [b]) => Number.parseInt(a.slice(folder.length), 10) - Number.parseInt(b.slice(folder.length), 10))
    .map(([name, section]) => ({ ...loadSectionFront(section.frontmatter, name), Content: section.Content }))
  return {
    ...front,
    Content: page.Content,
    sections,
    lab: must(labs[`${folder}lab.yaml`], `${folder}lab.yaml`),
    quiz: front.preview ? (quizzes[`${folder}quiz.yaml`] ?? NO_QUIZ) : must(quizzes[`${folder}quiz.yaml`], `${folder}quiz.yaml`),
  }
})

export const syllabus: Syllabus = must(syllabi['/content/syllabus.yaml'], 'content/syllabus.yaml')

/** Chapters in the order of the syllabus, those of which there is only a taste included. */
export const written: readonly Chapter[] = syllabus.parts
  .flatMap((part) => part.chapters)
  .flatMap(({ id }) => chapters.filter((c) => c.id === id))

export function task(id: string): Task {
  return must(
    Object.values(labs)
      .flatMap((lab) => lab.tasks)
      .find((t) => t.id === id),
    `a task "${id}"`,
  )
}

export function question(id: string): Question {
  return must(
    Object.values(quizzes)
      .flatMap((quiz) => quiz.questions)
      .find((q) => q.id === id),
    `a question "${id}"`,
  )
}

/** What counts for a chapter's progress, as `data-progress` wants it. */
export function progressOf(chapter: Chapter): string {
  return [
    ...chapter.sections.map((s) => `section:${s.id}`),
    ...chapter.lab.tasks.map((t) => `task:${t.id}`),
    ...chapter.quiz.questions.map((q) => `question:${q.id}`),
  ].join(' ')
}

/** An address of this site, whatever sub-path it is under. `href('')` is the home page. */
export function href(path: string): string {
  return `${import.meta.env.BASE_URL.replace(/\/$/, '')}/${path}`
}
