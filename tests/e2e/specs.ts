/** What a reader does with the page, in a real browser. No test sleeps: they wait for text, state or the lab's own events. */
import { strict as assert } from 'node:assert'
import type { Page } from 'playwright-core'
import { badInput } from './bad-input.ts'
import { book } from './book.ts'
import { axe, prompt, saved, shows, type } from './browser.ts'
import { controller } from './controller.ts'
import { editor } from './editor.ts'
import { interactive } from './interactive.ts'
import { onPage, PHONE, type Spec, WIDE } from './page.ts'

const CHAPTER = 'deploying/'
/** All that the reader downloads until the first prompt, compressed by gzip -9. */
const MAX_FIRST_BYTES = 450 * 1024

const POLICY = `cat <<'EOF' | kubectl apply -f -
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: few}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}]}
  validations: [{expression: "object.spec.replicas <= 5"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: few}
spec: {policyName: few, validationActions: [Deny]}
EOF`

const done = (page: Page, task: string): Promise<unknown> => page.locator(`#task-${task}[data-done]`).waitFor({ timeout: 120_000 })

const activeIn = (page: Page, selector: string): Promise<boolean> =>
  page.evaluate((wanted) => document.activeElement?.closest(wanted) !== null, selector)

async function answerRightly(page: Page, id: string, options: readonly string[]): Promise<void> {
  const quiz = page.locator(`#question-${id}`)
  for (const option of options) await quiz.locator(`[data-option="${option}"] input`).check()
  await quiz.locator('button[type=submit]').click()
  await quiz.locator('[data-verdict="right"].verdict').waitFor()
}

const reading: readonly Spec[] = [
  {
    name: 'home: contents tell what is written and what is not, and the start button leads to the first chapter',
    run: (world) =>
      onPage(world, '', WIDE, async ({ page }) => {
        assert.ok((await page.locator('.chapters .open').count()) >= 3)
        assert.ok((await page.locator('.unwritten').count()) >= 10)
        await page.locator('.start .button').click()
        await page.locator('h1', { hasText: 'Deploying to Kubernetes' }).waitFor()
      }),
  },
  {
    name: 'search: a word is found in its section, a word that is nowhere is said to be nowhere',
    run: (world) =>
      onPage(world, 'search/', WIDE, async ({ page }) => {
        await page.locator('#query').fill('ImagePullBackOff')
        const place = page.locator('.found a', { hasText: 'A bad image' })
        await place.waitFor()
        assert.match(page.url(), /\?q=ImagePullBackOff$/)
        await page.locator('#query').fill('ж')
        await page.getByText('Nothing in the book about “ж”.').waitFor()
        await page.goto(`${world.site.url}search/?q=ImagePullBackOff`)
        await place.click()
        await page.locator('h3#a-bad-image').waitFor()
      }),
  },
  {
    name: 'without script: the text, the listings, the tasks and the answers can be read',
    run: async ({ browser, site }) => {
      const context = await browser.newContext({ ...WIDE, javaScriptEnabled: false })
      const page = await context.newPage()
      await page.goto(site.url + CHAPTER)
      for (const text of ['The shape of a cluster', 'kubectl get nodes -o wide', 'Run a Pod named hello', 'the terminals need it']) {
        assert.ok((await page.getByText(text).count()) > 0, `"${text}" is missing`)
      }
      await page.locator('pd-quiz details summary').first().click()
      assert.ok(await page.locator('pd-quiz details ol').first().isVisible())
      await context.close()
    },
  },
  {
    name: 'the first download, up to the prompt, stays within its size',
    run: async (world) => {
      world.site.reset()
      let sent: readonly (readonly [string, number])[] = []
      await onPage(world, CHAPTER, WIDE, async ({ page }) => {
        await prompt(page)
        sent = [...world.site.sent]
      })
      const bytes = sent.reduce((sum, [, size]) => sum + size, 0)
      assert.ok(bytes <= MAX_FIRST_BYTES, `${bytes} bytes: ${JSON.stringify(sent)}`)
    },
  },
]

const lab: readonly Spec[] = [
  {
    name: 'a listing runs in its terminal and moves no focus',
    run: (world) =>
      onPage(world, CHAPTER, WIDE, async ({ page }) => {
        await prompt(page)
        const run = page.getByRole('button', { name: 'Run on laptop: kubectl get nodes', exact: true })
        await run.focus()
        await run.press('Enter')
        await shows(page, 'laptop', 'kind-worker')
        assert.ok(await activeIn(page, 'pd-listing'), 'the focus left the listing')
      }),
  },
  {
    name: 'a listing of another machine opens that machine',
    run: (world) =>
      onPage(world, CHAPTER, WIDE, async ({ page }) => {
        await prompt(page)
        await page.getByRole('button', { name: /^Run on kind-control-plane/ }).click()
        await shows(page, 'kind-control-plane', 'systemctl is-active kubelet')
        assert.equal(await page.locator('[role=tab][aria-selected=true]').textContent(), 'kind-control-plane')
      }),
  },
  {
    name: 'a task is done by other commands than its solution, stays done, and survives a reload with the lab',
    run: (world) =>
      onPage(world, CHAPTER, WIDE, async ({ page }) => {
        await prompt(page)
        await type(
          page,
          'laptop',
          "cat > own.yaml <<'EOF'\napiVersion: v1\nkind: Pod\nmetadata: {name: hello}\nspec: {containers: [{name: x, image: nginx}]}\nEOF",
        )
        await type(page, 'laptop', 'kubectl apply -f own.yaml')
        await done(page, 'deploying-run-hello')
        await type(page, 'laptop', 'kubectl delete pod hello --now')
        await page.locator('#task-deploying-run-hello[data-now=open]').waitFor({ timeout: 120_000 })
        await done(page, 'deploying-run-hello')
        await type(page, 'laptop', 'echo remember-$((40+2))')
        await shows(page, 'laptop', 'remember-')
        await saved(page)
        await page.reload()
        await done(page, 'deploying-run-hello')
        await shows(page, 'laptop', 'remember-')
      }),
  },
  {
    name: 'hints come one at a time, the solution last',
    run: (world) =>
      onPage(world, CHAPTER, WIDE, async ({ page }) => {
        const task = page.locator('#task-deploying-run-hello')
        const more = task.locator('[data-part=more]')
        assert.equal(await task.locator('[data-hint]:visible').count(), 0)
        await more.click()
        assert.equal(await task.locator('[data-hint]:visible').count(), 1)
        await more.click()
        assert.equal(await more.textContent(), 'Show a solution')
        await more.click()
        assert.ok(await task.locator('[data-hint=solution]').isVisible())
        assert.ok(await more.isHidden())
      }),
  },
  {
    name: 'the cluster view shows every machine, and a Pod when it appears',
    run: (world) =>
      onPage(world, CHAPTER, WIDE, async ({ page }) => {
        await prompt(page)
        await page.getByRole('button', { name: 'Cluster', exact: true }).click()
        await page.locator('.node-name', { hasText: 'kind-worker3' }).waitFor()
        assert.equal(await page.locator('.node').count(), 4)
        await type(page, 'laptop', 'kubectl run seen --image=nginx')
        await page.locator('.pod', { hasText: 'seen' }).waitFor({ timeout: 60_000 })
        assert.deepEqual(await axe(page), [])
      }),
  },
  {
    name: 'a paste of 500 lines arrives whole',
    run: (world) =>
      onPage(world, CHAPTER, WIDE, async ({ page }) => {
        await prompt(page)
        const lines = Array.from({ length: 500 }, (_, index) => `line-${index}`)
        await page.locator('.screen .xterm').click()
        await page.evaluate(
          (text) => {
            const clipboardData = new DataTransfer()
            clipboardData.setData('text/plain', text)
            document.activeElement?.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
          },
          `cat > many.txt <<'EOF'\n${lines.join('\n')}\nEOF`,
        )
        await page.keyboard.press('Enter')
        await type(page, 'laptop', 'wc -l many.txt')
        await shows(page, 'laptop', '500 many.txt', 120_000)
      }),
  },
  {
    name: 'a lab that cannot be loaded says so, and can be restarted without losing progress',
    run: async ({ browser, site }) => {
      const context = await browser.newContext(WIDE)
      const page = await context.newPage()
      await page.route('**/worker-*.js', (route) => route.abort())
      await page.goto(site.url + CHAPTER)
      await answerRightly(page, 'deploying-q-who-starts', ['kubelet'])
      const restart = page.getByRole('button', { name: 'Restart the lab' })
      await restart.waitFor()
      await page.unroute('**/worker-*.js')
      await restart.click()
      await prompt(page)
      assert.equal(await page.locator('pd-dock').getAttribute('data-state'), 'ready')
      await page.locator('#question-deploying-q-who-starts[data-done]').waitFor()
      await context.close()
    },
  },
  {
    name: 'an admission policy is compiled and refuses; the lab comes back with it after a reload',
    run: (world) =>
      onPage(world, CHAPTER, WIDE, async ({ page }) => {
        await prompt(page)
        await type(page, 'laptop', POLICY)
        await shows(page, 'laptop', 'validatingadmissionpolicybinding.admissionregistration.k8s.io/few created')
        await type(page, 'laptop', 'kubectl create deployment many --image=nginx:1.28 --replicas=6')
        await shows(page, 'laptop', 'denied request: failed expression: object.spec.replicas <= 5')
        await saved(page)
        await page.reload()
        await shows(page, 'laptop', 'denied request: failed expression: object.spec.replicas <= 5')
        await type(page, 'laptop', 'clear; kubectl create deployment more --image=nginx:1.28 --replicas=7')
        await shows(page, 'laptop', 'deployments.apps "more"')
      }),
  },
  {
    name: 'time can be paused and sped up',
    run: (world) =>
      onPage(world, CHAPTER, WIDE, async ({ page }) => {
        await prompt(page)
        const rate = page.getByRole('button', { name: 'A minute a second' })
        await rate.click()
        await page.locator('.rates [aria-pressed=true]', { hasText: '60' }).waitFor()
        await page.getByRole('button', { name: 'Pause time' }).click()
        await page.locator('.rates [aria-pressed=true][aria-label="Pause time"]').waitFor()
      }),
  },
]

const questions: readonly Spec[] = [
  {
    name: 'questions: single, multi and order; wrong answers explain themselves; done survives a reload',
    run: (world) =>
      onPage(world, CHAPTER, WIDE, async ({ page }) => {
        const first = page.locator('#question-deploying-q-who-starts')
        await first.locator('[data-option="scheduler"] input').check()
        await first.locator('button[type=submit]').click()
        await first.locator('[data-option="scheduler"][data-verdict="wrong"] .why').waitFor()
        await first.getByRole('button', { name: 'Try again' }).click()
        await answerRightly(page, 'deploying-q-who-starts', ['kubelet'])
        await answerRightly(page, 'deploying-q-gone', ['deployment', 'replicaset'])
        const order = page.locator('#question-deploying-q-steps')
        const wanted = ['store', 'bind', 'sandbox', 'start', 'report']
        for (const [place, id] of wanted.entries()) {
          const up = order.locator(`[data-option="${id}"] .up`)
          for (let moves = 0; moves < wanted.length; moves++) {
            const at = await order
              .locator('li')
              .evaluateAll((items, option) => items.findIndex((item) => item.getAttribute('data-option') === option), id)
            if (at <= place) break
            await up.focus()
            await up.press('Enter')
          }
        }
        await order.locator('button[type=submit]').click()
        await order.locator('.verdict[data-verdict="right"]').waitFor()
        await page.reload()
        await page.locator('#question-deploying-q-steps[data-done]').waitFor()
        await page.locator('#question-deploying-q-gone[data-done]').waitFor()
      }),
  },
]

const mouse: readonly Spec[] = [
  {
    name: 'mouse: the edge of the dock is dragged, the side is changed, both survive a reload',
    run: (world) =>
      onPage(world, 'first-terminal/', WIDE, async ({ page }) => {
        const width = (): Promise<number> => page.locator('pd-dock').evaluate((dock) => dock.getBoundingClientRect().width)
        const before = await width()
        const grip = await page.locator('.dock-grip').boundingBox()
        assert.ok(grip !== null)
        await page.mouse.move(grip.x + 4, 400)
        await page.mouse.down()
        await page.mouse.move(grip.x - 150, 400, { steps: 5 })
        await page.mouse.up()
        assert.ok((await width()) > before + 120)
        const wide = await width()
        await page.reload()
        assert.equal(await width(), wide)
        await page.locator('.dock-frame').waitFor()
        await page.getByTitle('Put the terminals below the text').click()
        assert.equal(await width(), 1440)
        await page.reload()
        assert.equal(await width(), 1440)
      }),
  },
  {
    name: 'mouse: what is selected is copied by Ctrl+Shift+C',
    run: (world) =>
      onPage(world, 'first-terminal/', { ...WIDE, permissions: ['clipboard-read', 'clipboard-write'] }, async ({ page }) => {
        await prompt(page)
        await page.locator('.xterm-screen').dblclick({ position: { x: 20, y: 8 } })
        await page.keyboard.press('Control+Shift+C')
        assert.match(await page.evaluate(() => navigator.clipboard.readText()), /learner/)
      }),
  },
  {
    name: 'mouse: the items of an ordering question are dragged',
    run: (world) =>
      onPage(world, CHAPTER, WIDE, async ({ page }) => {
        const items = page.locator('#question-deploying-q-steps li')
        const ids = (): Promise<(string | null)[]> => items.evaluateAll((list) => list.map((item) => item.getAttribute('data-option')))
        // Once the lab is there nothing on the page moves by itself.
        await prompt(page)
        await items.first().waitFor()
        const [first, second, third] = await ids()
        await items.nth(2).scrollIntoViewIfNeeded()
        await items.nth(0).hover()
        await page.mouse.down()
        const target = await items.nth(2).boundingBox()
        assert.ok(target !== null)
        await page.mouse.move(target.x + target.width / 2, target.y + target.height / 2, { steps: 8 })
        await page.mouse.up()
        await page.locator(`#question-deploying-q-steps li:nth-child(3)[data-option="${first}"]`).waitFor()
        assert.deepEqual((await ids()).slice(0, 3), [second, third, first])
      }),
  },
]

const keyboard: readonly Spec[] = [
  {
    name: 'keyboard: the dock is one tab stop, the last; Enter goes in, Esc then Tab leaves; Tab alone belongs to the shell',
    run: (world) =>
      onPage(world, CHAPTER, WIDE, async ({ page }) => {
        await prompt(page)
        await page.locator('.dock-frame').focus()
        await page.keyboard.press('Tab')
        assert.ok(!(await activeIn(page, 'pd-dock')), 'Tab from the frame stays in the dock')
        await page.locator('.dock-frame').focus()
        await page.keyboard.press('Enter')
        assert.ok(await activeIn(page, '.screen'), 'Enter does not go in')
        await page.keyboard.press('Tab')
        assert.ok(await activeIn(page, '.screen'), 'Tab left the terminal')
        await page.keyboard.type('echo typed-here')
        await page.keyboard.press('Enter')
        await shows(page, 'laptop', '\ntyped-here')
        await page.keyboard.press('Escape')
        await page.locator('.help', { hasText: 'Tab now leaves' }).waitFor()
        await page.keyboard.press('Tab')
        assert.ok(!(await activeIn(page, 'pd-dock')), 'Esc, Tab did not leave')
      }),
  },
  {
    name: 'keyboard: Esc then Shift+Tab reaches the buttons, and the edge is moved by arrows',
    run: (world) =>
      onPage(world, CHAPTER, WIDE, async ({ page }) => {
        await prompt(page)
        await page.locator('.dock-frame').focus()
        await page.keyboard.press('Enter')
        await page.keyboard.press('Escape')
        await page.keyboard.press('Shift+Tab')
        assert.ok(await activeIn(page, '.dock-time, .dock-bar'), 'no button got the focus')
        const before = await page.locator('pd-dock').evaluate((dock) => dock.getBoundingClientRect().width)
        await page.locator('.dock-grip').focus()
        await page.keyboard.press('ArrowLeft')
        const after = await page.locator('pd-dock').evaluate((dock) => dock.getBoundingClientRect().width)
        assert.ok(after > before, `${after} is not wider than ${before}`)
      }),
  },
  {
    name: 'phone: the sheet has three stops, the input line and its keys reach the shell',
    run: (world) =>
      onPage(world, CHAPTER, PHONE, async ({ page }) => {
        const stop = (): Promise<string | undefined> => page.evaluate(() => document.documentElement.dataset.sheet)
        assert.equal(await stop(), 'peek')
        assert.equal(await page.locator('pd-dock').getAttribute('data-state'), 'idle', 'a lab that nobody saw has started')
        await page.locator('.dock-tools button').last().click()
        assert.equal(await stop(), 'half')
        await prompt(page)
        const line = page.locator('.dock-line input')
        await line.fill('echo from-the-line')
        await line.press('Enter')
        await shows(page, 'laptop', '\nfrom-the-line')
        await line.fill('echo dropped')
        await page.getByRole('button', { name: 'Ctrl-C' }).click()
        await shows(page, 'laptop', '^C')
        await page.locator('.dock-grip').focus()
        await page.keyboard.press('ArrowUp')
        assert.equal(await stop(), 'full')
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        assert.equal(overflow, 0, 'the page scrolls sideways')
      }),
  },
]

const PAGES = ['', CHAPTER, 'first-terminal/', 'keyboard/']

const access: readonly Spec[] = [WIDE, PHONE].flatMap((size) =>
  (['light', 'dark'] as const).map((colorScheme) => ({
    name: `axe: ${size === WIDE ? 'wide' : 'phone'}, ${colorScheme}`,
    run: async (world) => {
      for (const path of PAGES) {
        await onPage(world, path, { ...size, colorScheme }, async ({ page }) => {
          if (size === WIDE && (path === CHAPTER || path === 'first-terminal/')) await prompt(page)
          assert.deepEqual(await axe(page), [], path)
        })
      }
    },
  })),
)

const record: readonly Spec[] = [
  {
    name: 'progress: a damaged record is said so, set aside unchanged, and the good copy is used',
    run: (world) =>
      onPage(world, CHAPTER, WIDE, async ({ page }) => {
        await answerRightly(page, 'deploying-q-who-starts', ['kubelet'])
        await page.waitForFunction(() => (localStorage.getItem('podlab:progress') ?? '').includes('deploying-q-who-starts'))
        await page.evaluate(() => localStorage.setItem('podlab:progress', '{"version": 1, "tasks": 7'))
        await page.reload()
        await page.locator('[data-part=notices]', { hasText: 'set aside' }).waitFor()
        await page.locator('#question-deploying-q-who-starts[data-done]').waitFor()
        const kept = await page.evaluate(() =>
          Object.keys(localStorage)
            .filter((key) => key.startsWith('podlab:set-aside:'))
            .map((key) => localStorage.getItem(key)),
        )
        assert.deepEqual(kept, ['{"version": 1, "tasks": 7'])
      }),
  },
  {
    name: 'progress: a second tab sees a mark at once',
    run: (world) =>
      onPage(world, CHAPTER, WIDE, async ({ page }) => {
        const other = await page.context().newPage()
        await other.goto(world.site.url + CHAPTER)
        await other.locator('#question-deploying-q-who-starts form').waitFor()
        await answerRightly(page, 'deploying-q-who-starts', ['kubelet'])
        await other.locator('#question-deploying-q-who-starts[data-done]').waitFor()
      }),
  },
]

export const specs: readonly Spec[] = [
  ...reading,
  ...lab,
  ...badInput,
  ...questions,
  ...mouse,
  ...keyboard,
  ...record,
  ...access,
  ...editor,
  ...interactive,
  ...controller,
  ...book,
]
