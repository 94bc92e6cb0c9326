/**
 * Runs the book against the model: `node tests/book/run.ts [PATTERN]`.
 *
 * - every console listing marked `run`, chapter by chapter in the order of the page, its output compared
 * - every task: not done in a fresh lab, done by each of its solutions, left undone by each near miss
 *
 * Last line: `N passed, N failed`; the exit code says the same.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { evaluate } from '#book/checks.ts'
import { loadLab } from '#book/load.ts'
import { type Exchange, type ListingOptions, listingsOf } from '#book/transcript.ts'
import type { Lab, Script, Task } from '#book/types.ts'
import { difference } from './compare.ts'
import { bash, boot, wait } from './world.ts'

const CONTENT = fileURLToPath(new URL('../../content/', import.meta.url))
/** A solution has this long to show its effect, and a near miss to do harm. */
const EFFECT_SECONDS = 120
const STEP_SECONDS = 5

const pattern = new RegExp(process.argv[2] ?? '', 'i')
let passed = 0
let failed = 0

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

/** All exchanges of a chapter run in one lab; a machine's exchanges that follow each other share a shell. Each is a test of its own. */
function listings(folder: string, lab: Lab): void {
  const sections = readdirSync(join(CONTENT, folder))
    .filter((name) => /^\d+.*\.mdx$/.test(name))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
  const all = sections.flatMap((name) => listingsOf(readFileSync(join(CONTENT, folder, name), 'utf8')).filter(({ options }) => options.run))
  const groups: { on: string; items: { options: ListingOptions; exchange: Exchange }[] }[] = []
  for (const { options, exchanges } of all) {
    const last = groups.at(-1)
    const group = last?.on === options.on ? last : { on: options.on, items: [] }
    if (group !== last) groups.push(group)
    group.items.push(...exchanges.map((exchange) => ({ options, exchange })))
  }
  const world = boot(lab.scenario, lab.seed)
  for (const { on, items } of groups) {
    const printed = bash(world, on, items.map(({ exchange }, index) => `${exchange.command}\necho '@@end ${index}'`).join('\n'))
    let rest = printed
    for (const [index, { options, exchange }] of items.entries()) {
      test(`${folder}: $ ${exchange.command.split('\n')[0]}`, () => {
        const end = `@@end ${index}\n`
        const at = rest.indexOf(end)
        if (at < 0) throw new Error(`the script ended before this command:\n${rest}`)
        const output = rest.slice(0, at)
        rest = rest.slice(at + end.length)
        const problem = difference(exchange, options, output)
        if (problem !== undefined) throw new Error(problem)
      })
    }
  }
}

function attempt(lab: Lab, task: Task, script: Script, wanted: boolean): void {
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
  test(`${folder.name}: listings`, () => listings(folder.name, lab))
  for (const task of lab.tasks) {
    for (const script of task.solutions) test(`${task.id}, solution: ${script.about}`, () => attempt(lab, task, script, true))
    for (const script of task.near) test(`${task.id}, near miss: ${script.about}`, () => attempt(lab, task, script, false))
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
