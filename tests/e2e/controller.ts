/** The controller page: the reader's own code, shut away, against the lab. */
import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { loadLab } from '#book/load.ts'
import { isolation } from '#cli/preview.ts'
import { prompt, saved, shows, type } from './browser.ts'
import { onPage, type Spec, WIDE } from './page.ts'
import { serve } from './serve.ts'

const PAGE = 'controller/'
const content = (name: string): string => readFileSync(new URL(`../../content/controller/${name}`, import.meta.url), 'utf8')

async function run(page: Page, code: string): Promise<void> {
  await page.evaluate((text) => {
    const element = document.querySelector('pd-controller')
    if (element !== null) element.code = text
  }, code)
  await page.getByRole('button', { name: 'Run', exact: true }).click()
}

const text = (page: Page): Promise<string> => page.evaluate(() => document.querySelector('pd-controller')?.printed ?? '')

/** Waits until the program has printed something. */
async function prints(page: Page, wanted: string): Promise<string> {
  await page
    .waitForFunction((part) => document.querySelector('pd-controller')?.printed.includes(part), wanted, { timeout: 60_000 })
    .catch(async () => assert.fail(`the program did not print "${wanted}", but:\n${await text(page)}`))
  return text(page)
}

const ended = (page: Page): Promise<unknown> => page.locator('pd-controller[data-state=idle]').waitFor({ timeout: 60_000 })
const says = (page: Page): Promise<string | null> => page.locator('.workbench-state').textContent()
const done = (page: Page, task: string): Promise<unknown> => page.locator(`#task-${task}[data-done]`).waitFor({ timeout: 120_000 })

/** Applies the book's definition of Websites and makes the Website of the first task. */
async function makeWebsite(page: Page): Promise<void> {
  const [task] = loadLab(content('lab.yaml')).tasks
  await type(page, 'laptop', task?.solutions[0]?.run.trim() ?? '')
  await done(page, 'controller-website')
}

export const controller: readonly Spec[] = [
  {
    name: 'controller: the whole program keeps a Website, survives sabotage, and its task is done; a reload replays the lab and stops it, running or not',
    run: (world) =>
      onPage(world, PAGE, WIDE, async ({ page }) => {
        await prompt(page)
        await run(page, content('solution.ts'))
        await prints(page, 'list or watch failed (404)')
        await makeWebsite(page)
        await prints(page, 'blog: 3 of 3 ready')
        await type(page, 'laptop', 'clear; kubectl delete deployment blog')
        await done(page, 'controller-reconcile')
        assert.equal(await says(page), 'Running')
        await page.getByRole('button', { name: 'Stop', exact: true }).click()
        await ended(page)
        await type(page, 'laptop', 'clear; kubectl delete deployment blog; sleep 5; kubectl get deployments; echo gone-$((40+2))')
        const screen = await shows(page, 'laptop', 'gone-42')
        assert.ok(screen.includes('No resources found'), `a stopped program did something:\n${screen}`)
        await saved(page)
        await page.reload()
        await shows(page, 'laptop', 'gone-42')
        assert.equal(await page.locator('pd-controller').getAttribute('data-state'), 'idle')
        assert.equal(
          await page.evaluate(() => document.querySelector('pd-controller')?.code),
          content('solution.ts'),
          'the program was lost',
        )
        await page.getByRole('button', { name: 'Run', exact: true }).click()
        await prints(page, 'blog: 3 of 3 ready')
        await type(page, 'laptop', 'clear; kubectl get website blog; echo again-$((40+2))')
        await shows(page, 'laptop', 'again-42')
        await saved(page)
        await page.reload()
        await shows(page, 'laptop', 'again-42')
        await type(page, 'laptop', 'clear; kubectl delete deployment blog; sleep 5; kubectl get deployments; echo gone-$((41+2))')
        const after = await shows(page, 'laptop', 'gone-43')
        assert.ok(after.includes('No resources found'), `a program of the page before did something:\n${after}`)
      }),
  },
  {
    name: 'controller: the first program runs as it stands',
    run: (world) =>
      onPage(world, PAGE, WIDE, async ({ page }) => {
        await prompt(page)
        await makeWebsite(page)
        await page.getByRole('button', { name: 'Run', exact: true }).click()
        await prints(page, 'blog: applied')
        await type(page, 'laptop', "clear; kubectl get configmap blog -o jsonpath='{.data}'")
        await shows(page, 'laptop', 'First words')
      }),
  },
  {
    name: 'controller: errors are told with their line, in the program and before it starts',
    run: (world) =>
      onPage(world, PAGE, WIDE, async ({ page }) => {
        await prompt(page)
        await run(page, 'const sum: number =\n\nconst go(): void {\n  throw new Error("lost")\n}\ngo()')
        await prints(page, 'controller.ts:3: Unexpected token')
        await run(page, 'const sum: number = 1\n\nfunction go(): void {\n  throw new Error("lost")\n}\ngo()')
        assert.equal(await prints(page, 'Uncaught'), 'Uncaught Error: lost\n    at go (controller.ts:4)\n    at controller.ts:6')
        await ended(page)
        assert.equal(await says(page), 'The program has ended with exit code 1')
        await page.getByRole('button', { name: 'Go to line 4' }).click()
        assert.ok(await page.evaluate(() => document.activeElement?.closest('.cm-editor') !== null))
        await run(page, 'await new Promise((resolve) => setTimeout(resolve, 50))\nconsole.log("slept")')
        await prints(page, 'slept')
        await ended(page)
        assert.equal(await says(page), 'The program has ended')
      }),
  },
  {
    name: 'controller: an endless loop is stopped and the page stays quick',
    run: (world) =>
      onPage(world, PAGE, WIDE, async ({ page }) => {
        await prompt(page)
        await run(page, 'console.log("round and round")\nfor (;;) console.log("x")')
        await prints(page, 'round and round')
        await type(page, 'laptop', 'echo still-$((40+2))')
        await shows(page, 'laptop', 'still-42', 10_000)
        await prints(page, 'It is probably in an endless loop')
        await ended(page)
        await run(page, 'for (;;) {}')
        await page.locator('pd-controller[data-state=running]').waitFor()
        await page.getByRole('button', { name: 'Stop', exact: true }).click()
        await ended(page)
        assert.equal(await says(page), 'Stopped')
      }),
  },
  {
    name: 'controller: the program has no network, no storage and no page',
    run: async ({ browser, site }) => {
      const context = await browser.newContext(WIDE)
      const page = await context.newPage()
      const foreign: string[] = []
      context.on('requestfinished', (request) => {
        if (!/^(blob:|data:)/.test(request.url()) && !request.url().startsWith(site.url)) foreign.push(request.url())
      })
      await page.goto(site.url + PAGE)
      await prompt(page)
      await run(
        page,
        `const own = ${JSON.stringify(site.url)}
const say = (what: string, how: () => unknown) => {
  try { console.log(what, String(how())) } catch (error) { console.log(what, 'refused:', (error as Error).name) }
}
say('origin', () => (globalThis as any).origin)
say('document', () => typeof (globalThis as any).document)
say('storage', () => typeof (globalThis as any).localStorage)
say('database', () => (globalThis as any).indexedDB.open('x'))
for (const address of ['https://example.com/', own]) {
  await fetch(address).then(() => console.log('fetched', address), (error) => console.log('fetch', error.cause.message))
  await new Promise<void>((resolve) => {
    const request = new (globalThis as any).XMLHttpRequest()
    request.onload = () => { console.log('loaded', address); resolve() }
    request.onerror = () => { console.log('request refused'); resolve() }
    try { request.open('GET', address); request.send() } catch { console.log('request refused'); resolve() }
  })
}
const socket = new WebSocket('wss://example.com/')
socket.onopen = () => console.log('connected')
await new Promise((resolve) => { socket.onerror = () => resolve(0) })
console.log('the end')`,
      )
      const printed = await prints(page, 'the end')
      assert.match(printed, /^origin null\ndocument undefined\nstorage undefined\ndatabase refused/)
      assert.equal(printed.match(/request refused/g)?.length, 2, printed)
      assert.doesNotMatch(printed, /fetched|loaded|connected/)
      assert.deepEqual(foreign, [])
      await context.close()
    },
  },
  {
    name: 'webcontainer: a host without the headers is told of, and the program runs in the embedded runner; nobody is contacted',
    run: (world) =>
      onPage(world, 'webcontainer/', WIDE, async ({ page }) => {
        await prompt(page)
        assert.match((await page.locator('.workbench-place').textContent()) ?? '', /Cross-Origin-Opener-Policy/)
        await run(page, "import * as k8s from '@kubernetes/client-node'\nconsole.log(typeof k8s.KubeConfig)")
        await prints(page, 'function')
      }),
  },
  {
    name: 'webcontainer: an isolated page asks before it loads anything, and takes no for an answer',
    run: async ({ browser, site }) => {
      const isolated = await serve(site.folder, new URL(site.url).pathname, isolation)
      try {
        await onPage({ browser, site: isolated }, 'webcontainer/', WIDE, async ({ page }) => {
          await prompt(page)
          assert.equal(await page.evaluate(() => crossOriginIsolated), true)
          assert.match((await page.locator('.workbench-place').textContent()) ?? '', /stackblitz\.com/)
          assert.ok(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled())
          assert.equal(await page.locator('iframe').count(), 0)
          await page.getByRole('button', { name: 'Use the embedded runner' }).click()
          await run(page, 'console.log("here", process.platform)')
          await prints(page, 'here linux')
        })
      } finally {
        await isolated.close()
      }
    },
  },
  {
    name: 'webcontainer: when it does not come, the page says so and runs the program itself',
    run: async ({ browser, site }) => {
      const isolated = await serve(site.folder, new URL(site.url).pathname, isolation)
      const context = await browser.newContext(WIDE)
      try {
        // The third party stays out of the tests: what is asked of it never leaves this browser.
        const asked: string[] = []
        await context.route(
          (url) => url.hostname !== '127.0.0.1',
          (route) => {
            asked.push(new URL(route.request().url()).origin)
            return route.abort()
          },
        )
        const page = await context.newPage()
        await page.clock.install()
        await page.goto(`${isolated.url}webcontainer/`)
        await prompt(page)
        assert.deepEqual(asked, [])
        await page.evaluate(() => {
          const element = document.querySelector('pd-controller')
          if (element !== null) element.code = 'console.log("by itself")'
        })
        await page.getByRole('button', { name: 'Load Node from StackBlitz and run' }).click()
        await page.locator('pd-controller iframe, body > iframe').waitFor({ state: 'attached' })
        for (let minute = 0; minute < 3 && (await page.locator('pd-controller').getAttribute('data-state')) === 'starting'; minute++) {
          await page.clock.runFor(61_000)
        }
        await prints(page, 'Booting the WebContainer took longer than 60 seconds')
        assert.match((await page.locator('.workbench-place').textContent()) ?? '', /No WebContainer: Booting/)
        assert.deepEqual([...new Set(asked)], ['https://stackblitz.com'])
        await page.getByRole('button', { name: 'Run', exact: true }).click()
        await prints(page, 'by itself')
      } finally {
        await context.close()
        await isolated.close()
      }
    },
  },
]
