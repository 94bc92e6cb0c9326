/** Reads what authors write: YAML text in, typed data out. At build time and in tests (it carries the validator). */
import { parse } from 'yaml'
import type { z } from 'zod'
import * as schema from './schema.ts'
import type { ChapterFront, Glossary, Lab, Quiz, SectionFront, Syllabus } from './types.ts'

/** What is wrong with a file of the book, each problem with the place in it. */
export class BookError extends Error {
  constructor(file: string, problems: readonly string[]) {
    super(`${file}:\n  ${problems.join('\n  ')}`)
    this.name = 'BookError'
  }
}

function read<T>(shape: z.ZodType<T>, data: unknown, file: string): T {
  const result = shape.safeParse(data)
  if (result.success) return result.data
  throw new BookError(
    file,
    result.error.issues.map((issue) => `${issue.path.join('.') || '(top)'}: ${issue.message}`),
  )
}

export const loadLab = (yaml: string, file = 'lab.yaml'): Lab => unique(read(schema.lab, parse(yaml), file), (l) => l.tasks, file)
export const loadQuiz = (yaml: string, file = 'quiz.yaml'): Quiz => unique(read(schema.quiz, parse(yaml), file), (q) => q.questions, file)
export const loadSyllabus = (yaml: string, file = 'syllabus.yaml'): Syllabus =>
  unique(read(schema.syllabus, parse(yaml), file), (s) => s.parts.flatMap((part) => part.chapters), file)
export const loadGlossary = (yaml: string, file = 'glossary.yaml'): Glossary =>
  unique(read(schema.glossary, parse(yaml), file), (g) => g.terms, file)
export const loadChapterFront = (data: unknown, file: string): ChapterFront => read(schema.chapterFront, withoutAstro(data), file)
export const loadSectionFront = (data: unknown, file: string): SectionFront => read(schema.sectionFront, withoutAstro(data), file)

/** Astro adds `file` and `url` to the front matter of an MDX module. */
function withoutAstro(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return data
  return Object.fromEntries(Object.entries(data).filter(([key]) => key !== 'file' && key !== 'url'))
}

function unique<T>(value: T, items: (value: T) => readonly { readonly id: string }[], file: string): T {
  const seen = new Set<string>()
  for (const { id } of items(value)) {
    if (seen.has(id)) throw new BookError(file, [`the id "${id}" is used twice`])
    seen.add(id)
  }
  return value
}

/** Loads any YAML file of the book by its name. */
export function loadByName(yaml: string, file: string): Lab | Quiz | Syllabus | Glossary {
  if (file.endsWith('lab.yaml')) return loadLab(yaml, file)
  if (file.endsWith('quiz.yaml')) return loadQuiz(yaml, file)
  if (file.endsWith('syllabus.yaml')) return loadSyllabus(yaml, file)
  if (file.endsWith('glossary.yaml')) return loadGlossary(yaml, file)
  throw new BookError(file, ['a YAML file of the book is named lab.yaml, quiz.yaml, syllabus.yaml or glossary.yaml'])
}
