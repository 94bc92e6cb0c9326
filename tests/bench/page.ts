/**
 * Measures the page as a reader meets it: `node tests/bench/page.ts [--dist DIR] [--base /sub/path/] [--json]`.
 *
 * - `promptMs` from the start of a cold load of a chapter to the laptop's prompt, median of 5 (new profile each)
 * - `echoP99Ms` from a key to its echo in the screen buffer (drawn at the next frame) while 300 Pods start
 * - `longTasks`, `longTaskMaxMs` tasks of the page's main thread above 50 ms while the Pods start
 * - `loadTasks`, `loadTaskMaxMs` the same from load until the prompt
 * - `firstBytes` everything sent up to the prompt, compressed by gzip -9
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { launch, prompt, shows, type } from '../e2e/browser.ts'
import { WIDE } from '../e2e/page.ts'
import { type Site, serve } from '../e2e/serve.ts'

const LOADS = 5
const KEYS = 200
const PODS = 300
/** Pause between two keys: 200 of them take as long as the Pods do to start. */
const KEY_EVERY_MS = 60

const { values } = parseArgs({
  options: { dist: { type: 'string', default: 'dist' }, base: { type: 'string', default: '/' }, json: { type: 'boolean', default: false } },
})

const at = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
const ascending = (numbers: readonly number[]): readonly number[] => [...numbers].sort((a, b) => a - b)

async function load(browser: Browser, site: Site): Promise<{ readonly page: Page; readonly promptMs: number }> {
  const context = await browser.newContext(WIDE)
  const page = await context.newPage()
  await page.addInitScript(() => {
    const tasks: number[] = []
    Object.assign(window, { longTasks: tasks })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) tasks.push(entry.duration)
    }).observe({ entryTypes: ['longtask'] })
  })
  await page.goto(`${site.url}deploying/`, { waitUntil: 'commit' })
  await page.waitForFunction(() => document.querySelector('pd-dock')?.until !== undefined)
  await prompt(page)
  return { page, promptMs: await page.evaluate(() => performance.now()) }
}

/** Durations of the long tasks so far, milliseconds. */
function tasksOf(page: Page): Promise<readonly number[]> {
  return page.evaluate(() => ('longTasks' in window && Array.isArray(window.longTasks) ? window.longTasks.map(Number) : []))
}

/** Milliseconds from each key to the moment its echo stands in the screen buffer. */
function echoes(page: Page, keys: number): Promise<readonly number[]> {
  return page.evaluate(
    async ([count = 0, pause = 0]) => {
      const dock = document.querySelector('pd-dock')
      const textarea = dock?.querySelector('textarea')
      const found: number[] = []
      if (dock == null || textarea == null) return found
      for (let n = 1; n <= count; n++) {
        const key = String.fromCharCode(97 + (n % 26))
        const before = dock.text('laptop').length
        const started = performance.now()
        textarea.dispatchEvent(new InputEvent('input', { data: key, inputType: 'insertText', bubbles: true, composed: true }))
        await dock.until('laptop', (text) => text.length > before)
        found.push(performance.now() - started)
        await new Promise((resolve) => setTimeout(resolve, pause))
      }
      return found
    },
    [keys, KEY_EVERY_MS],
  )
}

const site = await serve(resolve(values.dist), values.base)
const browser = await launch()
const prompts: number[] = []
let firstBytes = 0
for (let n = 0; n < LOADS; n++) {
  site.reset()
  const { page, promptMs } = await load(browser, site)
  prompts.push(promptMs)
  firstBytes = [...site.sent.values()].reduce((sum, size) => sum + size, 0)
  await page.context().close()
}

const { page } = await load(browser, site)
const loadTasks = await tasksOf(page)
await type(page, 'laptop', `kubectl create deployment crowd --image=nginx --replicas=${PODS}`)
await shows(page, 'laptop', 'crowd created')
const delays = ascending(await echoes(page, KEYS))
const longTasks = (await tasksOf(page)).slice(loadTasks.length)
await browser.close()
await site.close()

const row = {
  promptMs: Math.round(at(ascending(prompts), 0.5)),
  echoP50Ms: Number(at(delays, 0.5).toFixed(1)),
  echoP99Ms: Number(at(delays, 0.99).toFixed(1)),
  longTasks: longTasks.length,
  longTaskMaxMs: Math.round(Math.max(0, ...longTasks)),
  loadTasks: loadTasks.length,
  loadTaskMaxMs: Math.round(Math.max(0, ...loadTasks)),
  firstBytes,
}
if (values.json) console.log(JSON.stringify([row]))
else for (const [name, value] of Object.entries(row)) console.log(`${name.padEnd(14)} ${value}`)
