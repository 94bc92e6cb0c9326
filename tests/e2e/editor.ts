/** vim, nano and kubectl edit over a terminal. */
import { strict as assert } from 'node:assert'
import type { Page } from 'playwright-core'
import { axe, prompt, saved, shows, type } from './browser.ts'
import { onPage, PHONE, type Spec, WIDE, type World } from './page.ts'

const PLACE = 'first-terminal/'

/** Clicks into the terminal and types a command by the keyboard, as a reader does. */
async function command(page: Page, line: string): Promise<void> {
  await page.locator('.screen:not([hidden]) .xterm').click()
  await page.keyboard.type(line)
  await page.keyboard.press('Enter')
}

const inEditor = (page: Page): Promise<boolean> => page.evaluate(() => document.activeElement?.closest('.cm-content') != null)
const inTerminal = (page: Page): Promise<boolean> => page.evaluate(() => document.activeElement?.closest('.xterm') != null)

async function opened(page: Page, said: string): Promise<void> {
  await page.locator('.editor [role=status]', { hasText: said }).waitFor()
  assert.ok(await inEditor(page), 'the focus is not in the editor')
}

async function gone(page: Page): Promise<void> {
  await page.locator('.editor').waitFor({ state: 'detached' })
  assert.ok(await inTerminal(page), 'the focus is not back in the terminal')
}

const said = (page: Page, text: string): Promise<void> => page.locator('.editor [role=status]', { hasText: text }).waitFor()

export const editor: readonly Spec[] = [
  {
    name: 'editor: vim writes a file with :wq, and a reload brings it back without an editor',
    run: (world) =>
      onPage(world, PLACE, WIDE, async ({ page }) => {
        await prompt(page)
        await command(page, 'vim x.yaml')
        await opened(page, '"x.yaml" [New]')
        await page.keyboard.press('i')
        await said(page, '-- INSERT --')
        await page.keyboard.type('kind: Pod\nmetadata:\nname: x')
        await page.keyboard.press('Escape')
        await page.keyboard.type(':w')
        await page.keyboard.press('Enter')
        await said(page, '"x.yaml" [New] 3L, 30B written')
        await page.keyboard.type('GA-y')
        await page.keyboard.press('Escape')
        await page.keyboard.type(':q')
        await page.keyboard.press('Enter')
        await said(page, 'E37')
        await page.keyboard.type(':wq')
        await page.keyboard.press('Enter')
        await gone(page)
        await page.keyboard.type('cat x.yaml\n')
        await shows(page, 'laptop', '  name: x-y')
        await saved(page)
        await page.reload()
        await shows(page, 'laptop', '  name: x-y')
        assert.equal(await page.locator('.editor').count(), 0)
      }),
  },
  {
    name: 'editor: an editor that is open at a reload is open again; ZZ, ZQ and :cq leave it',
    run: (world) =>
      onPage(world, PLACE, WIDE, async ({ page }) => {
        await prompt(page)
        await command(page, 'vi y.txt')
        await opened(page, '[New]')
        await page.keyboard.type('ihello')
        await page.keyboard.press('Escape')
        await page.keyboard.type(':w\n')
        await said(page, '1L, 6B written')
        await saved(page)
        await page.reload()
        await page.locator('.editor .cm-content', { hasText: 'hello' }).waitFor()
        await page.locator('.editor .cm-content').click()
        await page.keyboard.type('A there')
        await page.keyboard.press('Escape')
        await page.keyboard.type('ZZ')
        await gone(page)
        await page.keyboard.type('cat y.txt; vim y.txt\n')
        await opened(page, '"y.txt" 1L, 12B')
        await page.keyboard.type('ddZQ')
        await gone(page)
        await page.keyboard.type('vim y.txt\n')
        await opened(page, '"y.txt" 1L, 12B')
        await page.keyboard.type(':cq\n')
        await gone(page)
        await page.keyboard.type('echo left with $?\n')
        await shows(page, 'laptop', 'left with 1')
      }),
  },
  {
    name: 'editor: the buttons save and leave, for those who know no vim; a killed editor goes away',
    run: (world) =>
      onPage(world, PLACE, WIDE, async ({ page }) => {
        await prompt(page)
        await command(page, 'vim b.txt')
        await opened(page, '[New]')
        await page.keyboard.type('ione')
        await page.getByRole('button', { name: 'Save', exact: true }).click()
        await said(page, '1L, 4B written')
        await page.keyboard.type(' two')
        await page.getByRole('button', { name: 'Save and close' }).click()
        await gone(page)
        await page.keyboard.type('cat b.txt\n')
        await shows(page, 'laptop', '\none two')
        await page.keyboard.type('vim b.txt\n')
        await opened(page, '"b.txt" 1L, 8B')
        await page.keyboard.type('dd')
        await page.getByRole('button', { name: 'Close without saving' }).click()
        await gone(page)
        await page.keyboard.type('(sleep 2; pkill -KILL vim) & vim b.txt\n')
        await opened(page, '"b.txt" 1L, 8B')
        await gone(page)
      }),
  },
  {
    name: 'editor: Ctrl-Z and fg; Esc, then Tab leaves the text for the buttons',
    run: (world) =>
      onPage(world, PLACE, WIDE, async ({ page }) => {
        await prompt(page)
        await command(page, 'vim z.txt')
        await opened(page, '[New]')
        await page.keyboard.type('ihalf')
        await page.keyboard.press('Escape')
        await page.keyboard.press('Control+z')
        await gone(page)
        await shows(page, 'laptop', 'Stopped')
        await page.keyboard.type('fg\n')
        await page.locator('.editor .cm-content', { hasText: 'half' }).waitFor()
        await page.keyboard.press('Escape')
        await page.locator('.help', { hasText: 'Tab now leaves' }).waitFor()
        await page.keyboard.press('Tab')
        assert.ok(!(await inEditor(page)), 'Esc, Tab stayed in the text')
        await page.getByRole('button', { name: 'Save and close' }).click()
        await gone(page)
        await page.keyboard.type('cat z.txt\n')
        await shows(page, 'laptop', '\nhalf')
      }),
  },
  {
    name: 'editor: nano writes out, searches, asks before it leaves',
    run: (world) =>
      onPage(world, PLACE, WIDE, async ({ page }) => {
        await prompt(page)
        await command(page, 'nano n.txt')
        await opened(page, 'New File')
        await page.keyboard.type('first\nsecond')
        await page.keyboard.press('Control+o')
        await page.getByLabel('File Name to Write').waitFor()
        await page.keyboard.press('Enter')
        await said(page, 'Wrote 2 lines')
        await page.keyboard.press('Control+k')
        await page.keyboard.type('third')
        await page.keyboard.press('Control+x')
        await page.getByRole('group', { name: 'Save modified buffer?' }).waitFor()
        assert.deepEqual(await axe(page), [])
        await page.keyboard.press('y')
        await page.keyboard.press('Enter')
        await gone(page)
        await page.keyboard.type('cat n.txt\n')
        await shows(page, 'laptop', '\nfirst\nthird')
      }),
  },
  {
    name: 'editor: kubectl edit on the laptop, and nano on a node through docker exec',
    run: (world) =>
      onPage(world, 'deploying/', WIDE, async ({ page }) => {
        await prompt(page)
        await command(page, 'kubectl create configmap c --from-literal=a=1 && kubectl edit cm c')
        await page.locator('.editor .cm-content', { hasText: 'Please edit the object below' }).waitFor({ timeout: 60_000 })
        await page.keyboard.type(':%s/a: "1"/a: "22"/\n:wq\n')
        await gone(page)
        await shows(page, 'laptop', 'configmap/c edited')
        await page.keyboard.type('kubectl get cm c -o jsonpath={.data}\n')
        await shows(page, 'laptop', '{"a":"22"}')
        await page.keyboard.type('docker exec -it kind-worker nano /root/note\n')
        await opened(page, 'New File')
        await page.keyboard.type('from afar')
        await page.keyboard.press('Control+s')
        await said(page, 'Wrote 1 line')
        await page.keyboard.press('Control+x')
        await gone(page)
        await page.keyboard.type('docker exec kind-worker cat /root/note\n')
        await shows(page, 'laptop', '\nfrom afar')
      }),
  },
  ...(['light', 'dark'] as const).flatMap((colorScheme) =>
    [WIDE, PHONE].map((size) => ({
      name: `editor: axe, ${size === WIDE ? 'wide' : 'phone'}, ${colorScheme}`,
      run: (world: World) =>
        onPage(world, PLACE, { ...size, colorScheme }, async ({ page }) => {
          if (size === PHONE) await page.locator('.dock-tools button').last().click()
          await prompt(page)
          for (const program of ['vim', 'nano']) {
            await type(page, 'laptop', `${program} axe.yaml`)
            const text = page.locator('.editor .cm-content')
            await text.waitFor()
            await text.click()
            await page.keyboard.type(program === 'vim' ? 'ikind: Pod # a comment' : 'kind: Pod # a comment')
            assert.deepEqual(await axe(page), [], program)
            const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
            assert.equal(overflow, 0, 'the page scrolls sideways')
            await page.getByRole('button', { name: 'Save and close' }).click()
            await page.locator('.editor').waitFor({ state: 'detached' })
          }
          await type(page, 'laptop', 'wc axe.yaml')
          await shows(page, 'laptop', 'axe.yaml\n')
        }),
    })),
  ),
]
