/** `npm run book:check`: the rules of the book, each breach with its file and line, and the size of each chapter. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkBook, wordsOf } from '#book/check.ts'
import { loadLab, loadQuiz } from '#book/load.ts'

const CONTENT = fileURLToPath(new URL('../../content/', import.meta.url))
const files = new Map(
  readdirSync(CONTENT, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(mdx|yaml)$/.test(name))
    .sort()
    .map((name) => [name.replaceAll('\\', '/'), readFileSync(join(CONTENT, name), 'utf8')]),
)
const problems = checkBook(files)
for (const { file, line, message } of problems) console.log(`content/${file}:${line}: ${message}`)

const totals = { sections: 0, words: 0, tasks: 0, questions: 0 }
if (problems.length === 0)
  for (const folder of new Set([...files.keys()].flatMap((name) => (name.includes('/') ? [name.split('/')[0] ?? ''] : [])))) {
    const sections = [...files.keys()].filter((name) => name.startsWith(`${folder}/`) && name.endsWith('.mdx'))
    const quiz = files.get(`${folder}/quiz.yaml`)
    const row = {
      sections: sections.length - 1,
      words: sections.reduce((sum, name) => sum + wordsOf(files.get(name) ?? ''), 0),
      tasks: loadLab(files.get(`${folder}/lab.yaml`) ?? '').tasks.length,
      questions: quiz === undefined ? 0 : loadQuiz(quiz).questions.length,
    }
    for (const key of Object.keys(totals) as (keyof typeof totals)[]) totals[key] += row[key]
    console.log(
      `${folder}: ${Object.entries(row)
        .map(([key, n]) => `${n} ${key}`)
        .join(', ')}`,
    )
  }
if (problems.length === 0)
  console.log(
    `all: ${Object.entries(totals)
      .map(([key, n]) => `${n} ${key}`)
      .join(', ')}`,
  )
process.exitCode = problems.length === 0 ? 0 : 1
