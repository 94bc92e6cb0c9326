/** The whole book as a reader meets it: every task done two ways in its lab on the page, every question answered. */
import { strict as assert } from 'node:assert'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { parse } from 'yaml'
import { loadChapterFront, loadLab, loadQuiz } from '#book/load.ts'
import type { Checked, DoQuestion, Question, Script } from '#book/types.ts'
import { prompt, type } from './browser.ts'
import { onPage, type Spec, WIDE } from './page.ts'

const CONTENT = fileURLToPath(new URL('../../content/', import.meta.url))
/** Fast enough that nobody waits for back-offs and grace periods. */
const RATE = 60
const LIMIT = 120_000

interface Chapter {
  readonly id: string
  readonly path: string
  readonly tasks: readonly (Checked & { readonly solutions: readonly Script[] })[]
  readonly questions: readonly Question[]
}

function chapters(): readonly Chapter[] {
  return readdirSync(CONTENT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const file = (part: string): string => readFileSync(join(CONTENT, name, part), 'utf8')
      const { id } = loadChapterFront(parse(/^---\n([\s\S]*?)\n---/.exec(file('index.mdx'))?.[1] ?? ''), name)
      const { questions } = existsSync(join(CONTENT, name, 'quiz.yaml')) ? loadQuiz(file('quiz.yaml'), name) : { questions: [] }
      return { id, path: `${id}/`, tasks: loadLab(file('lab.yaml'), name).tasks, questions }
    })
}

/** Opens the lab, runs a script in a terminal as Run would, and waits for the page to say that it is done. */
async function solve(page: Page, element: string, { on, run }: Script): Promise<void> {
  await prompt(page)
  await page.evaluate((rate) => document.querySelector('pd-dock')?.session?.setRate(rate), RATE)
  assert.equal(await page.locator(`${element}[data-now=done]`).count(), 0, 'done before anything was done')
  await page.locator(`${element}[data-now=open]`).waitFor({ timeout: LIMIT })
  await type(page, on, run.trimEnd())
  await page.locator(`${element}[data-now=done]`).waitFor({ timeout: LIMIT })
}

async function restart(page: Page): Promise<void> {
  await page.evaluate(() => document.querySelector('pd-dock')?.session?.restart())
}

const taskSpecs = (chapter: Chapter): readonly Spec[] =>
  chapter.tasks.map((task) => ({
    name: `book: the task ${task.id} is done two ways`,
    run: (world) =>
      onPage(world, chapter.path, WIDE, async ({ page }) => {
        for (const [n, solution] of task.solutions.slice(0, 2).entries()) {
          if (n > 0) await restart(page)
          await solve(page, `#task-${task.id}`, solution)
        }
        await page.locator(`#task-${task.id}[data-done]`).waitFor()
      }),
  }))

async function answer(page: Page, question: Exclude<Question, DoQuestion>): Promise<void> {
  const form = page.locator(`#question-${question.id}`)
  await form.locator('[data-option]').first().waitFor()
  if (question.kind === 'order') {
    for (const [place, { id }] of question.options.entries())
      for (;;) {
        const ids = await form.locator('[data-option]').evaluateAll((items) => items.map((item) => item.getAttribute('data-option')))
        if (ids.indexOf(id) <= place) break
        await form.locator(`[data-option="${id}"] .up`).click()
      }
  } else
    for (const option of question.options) if (option.correct === true) await form.locator(`[data-option="${option.id}"] input`).check()
  await form.locator('button[type=submit]').click()
  await form.locator('.verdict[data-verdict=right]').waitFor()
}

const quizSpecs = (chapter: Chapter): readonly Spec[] => {
  const asked = chapter.questions.filter((q) => q.kind !== 'do')
  const done = chapter.questions.filter((q) => q.kind === 'do')
  const onThePage: Spec = {
    name: `book: the ${asked.length} questions of ${chapter.id} are answered, and stay so`,
    run: (world) =>
      onPage(world, chapter.path, WIDE, async ({ page }) => {
        for (const question of asked) await answer(page, question)
        await page.reload()
        for (const question of asked) await page.locator(`#question-${question.id}[data-done]`).waitFor()
      }),
  }
  const inTheLab = done.map(
    (question): Spec => ({
      name: `book: the question ${question.id} is answered in the lab`,
      run: (world) =>
        onPage(world, chapter.path, WIDE, async ({ page }) => {
          for (const [n, solution] of question.solutions.slice(0, 2).entries()) {
            if (n > 0) await restart(page)
            await solve(page, `#question-${question.id}`, solution)
          }
          await page.locator(`#question-${question.id}[data-done] .why`).waitFor()
        }),
    }),
  )
  return asked.length === 0 ? inTheLab : [onThePage, ...inTheLab]
}

export const book: readonly Spec[] = chapters().flatMap((chapter) => [...taskSpecs(chapter), ...quizSpecs(chapter)])
