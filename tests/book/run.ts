/**
 * Runs the book against the model: `node tests/book/run.ts [PATTERN]`, or has the model write the outputs of a chapter's
 * listings into its text: `node tests/book/run.ts --write CHAPTER` (of listings marked `partial`, the digits).
 *
 * - every console listing marked `run`, chapter by chapter in the order of the page, its output compared
 * - every question that is answered by the model: the key of `predict`, the solutions and near misses of `do`
 * - every task: not done in a fresh lab, done by each of its solutions, left undone by each near miss
 *
 * Last line: `N passed, N failed`; the exit code says the same.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { evaluate } from '#book/checks.ts'
import { loadLab, loadQuiz } from '#book/load.ts'
import { type Exchange, LISTING, type ListingOptions, listingsOf, parseMeta, parseTranscript, typedIn } from '#book/transcript.ts'
import type { Checked, Lab, PredictQuestion, Script } from '#book/types.ts'
import { asTyped, difference, refreshed } from './compare.ts'
import { placesOfNotes } from './notes.ts'
import { bash, boot, typed, wait } from './world.ts'

const CONTENT = fileURLToPath(new URL('../../content/', import.meta.url))
/** A solution has this long to show its effect, and a near miss to do harm. */
const EFFECT_SECONDS = 120
const STEP_SECONDS = 5

const writing = process.argv[2] === '--write'
const pattern = new RegExp(process.argv[writing ? 3 : 2] ?? '', 'i')
let passed = 0
let failed = 0

/** What was run, by chapter and sort. */
const counts = new Map<string, number>()
const count = (folder: string, what: string): void => {
  const key = `${folder}, ${what}`
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function test(name: string, body: () => void): void {
  if (!pattern.test(name) && !name.includes(': $ ')) return
  const started = performance.now()
  try {
    body()
    passed++
    console.log(`ok    ${name} (${Math.round(performance.now() - started)} ms)`)
  } catch (error) {
    failed++
    console.log(`FAIL  ${name}\n${(error instanceof Error ? error.message : String(error)).replace(/^/gm, '      ')}`)
  }
}

interface Ran {
  /** The file it stands in. */
  readonly file: string
  readonly options: ListingOptions
  readonly exchange: Exchange
  /** Undefined: the script ended before. */
  readonly output: string | undefined
}

/** Runs all listings of a chapter in one lab; those on one machine that follow each other share a shell. */
function runListings(folder: string, lab: Lab): readonly Ran[] {
  const files = readdirSync(join(CONTENT, folder))
    .filter((name) => /^\d+.*\.mdx$/.test(name))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .map((name) => join(CONTENT, folder, name))
  const all = files.flatMap((file) =>
    listingsOf(readFileSync(file, 'utf8')).flatMap(({ options, exchanges }) =>
      options.run ? exchanges.map((exchange) => ({ file, options, exchange })) : [],
    ),
  )
  const world = boot(lab.scenario, lab.seed)
  const ran: Ran[] = []
  for (let from = 0; from < all.length; ) {
    const { on = '', tty = false } = all[from]?.options ?? {}
    const session = all[from]
    if (tty && session !== undefined) {
      ran.push({ ...session, output: typed(world, on, session.exchange.command, typedIn(session.exchange.output)) })
      from++
      continue
    }
    const next = all.findIndex((item, index) => index > from && (item.options.on !== on || item.options.tty))
    const items = all.slice(from, next < 0 ? all.length : next)
    let rest: string | undefined = bash(world, on, items.map(({ exchange }, n) => `${exchange.command}\necho '@@end ${n}'`).join('\n'))
    for (const [n, item] of items.entries()) {
      const end = `@@end ${n}\n`
      const at: number = rest?.indexOf(end) ?? -1
      ran.push({ ...item, output: at < 0 ? undefined : rest?.slice(0, at) })
      rest = at < 0 ? rest : rest?.slice(at + end.length)
    }
    from += items.length
  }
  return ran
}

function listings(folder: string, lab: Lab): void {
  for (const { options, exchange, output } of runListings(folder, lab)) {
    count(folder, 'listings')
    test(`${folder}: $ ${exchange.command.split('\n')[0]}`, () => {
      if (output === undefined) throw new Error('the script ended before this command')
      const problem = difference(exchange, options, output)
      if (problem !== undefined) throw new Error(problem)
    })
  }
}

/** Has the model write the outputs into the text of a chapter. */
function write(folder: string, lab: Lab): void {
  const ran = runListings(folder, lab)
  for (const file of new Set(ran.map((r) => r.file))) {
    const queue = ran.filter((r) => r.file === file)
    const mdx = readFileSync(file, 'utf8')
    const written = mdx.replace(LISTING, (block: string, meta: string, body: string) => {
      if (!parseMeta(meta).run) return block
      const lines = body.replace(/\n$/, '').split('\n')
      const shown = parseTranscript(body).map((exchange) => {
        const { options, output } = queue.shift() as Ran
        const typed = lines.slice(exchange.line, exchange.line + exchange.lines).join('\n')
        if (output === undefined) return `${typed}\n${exchange.output}`
        return `${typed}\n${options.partial ? refreshed(exchange.output, output) : asTyped(output)}`
      })
      return `\`\`\`console${meta}\n${shown.join('')}\`\`\``
    })
    if (written === mdx) continue
    writeFileSync(file, written)
    console.log(`wrote ${file}`)
  }
}

/** The right option is what the command prints in a fresh lab, the wrong ones are something else. */
function predict(lab: Lab, question: PredictQuestion): void {
  const world = boot(lab.scenario, lab.seed)
  if (question.setup !== undefined) bash(world, question.on, question.setup)
  const printed = bash(world, question.on, question.run)
  for (const option of question.options) {
    const same = option.text.trim() === asTyped(printed).trim()
    if (same !== (option.correct ?? false)) throw new Error(`option ${option.id} is ${same ? '' : 'not '}what is printed:\n${printed}`)
  }
}

function attempt(lab: Lab, task: Checked, script: Script, wanted: boolean): void {
  const world = boot(lab.scenario, lab.seed)
  if (evaluate(task.done, world).done) throw new Error('the task is done before anything was done')
  const printed = bash(world, script.on, script.run)
  let verdict = evaluate(task.done, world)
  for (let waited = 0; waited < EFFECT_SECONDS && !verdict.done; waited += STEP_SECONDS) {
    wait(world, STEP_SECONDS)
    verdict = evaluate(task.done, world)
  }
  if (verdict.done !== wanted) throw new Error(`${wanted ? `not done: ${verdict.message}` : 'done, though it must not be'}\n${printed}`)
}

for (const folder of readdirSync(CONTENT, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  const lab = loadLab(readFileSync(join(CONTENT, folder.name, 'lab.yaml'), 'utf8'), folder.name)
  const quiz = join(CONTENT, folder.name, 'quiz.yaml')
  const { questions } = existsSync(quiz) ? loadQuiz(readFileSync(quiz, 'utf8'), folder.name) : { questions: [] }
  if (writing) {
    if (folder.name === process.argv[3]) write(folder.name, lab)
    continue
  }
  test(`${folder.name}: listings`, () => listings(folder.name, lab))
  for (const question of questions)
    if (question.kind === 'predict') {
      count(folder.name, 'predict keys')
      test(`${question.id}, key: ${question.run.split('\n')[0]}`, () => predict(lab, question))
    }
  for (const task of [...lab.tasks, ...questions.filter((q) => q.kind === 'do')]) {
    for (const script of task.solutions) {
      count(folder.name, 'solutions')
      test(`${task.id}, solution: ${script.about}`, () => attempt(lab, task, script, true))
    }
    for (const script of task.near) {
      count(folder.name, 'near misses')
      test(`${task.id}, near miss: ${script.about}`, () => attempt(lab, task, script, false))
    }
  }
}
if (!writing) {
  for (const { noted, file } of placesOfNotes())
    test(`notes: ${noted}`, () => {
      if (file === undefined) throw new Error('no listing of the book has it')
    })
  for (const [what, n] of counts) console.log(`${what}: ${n}`)
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1
}
