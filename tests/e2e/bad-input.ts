/** What a reader may do wrong, or out of curiosity: the page must stay quick and the lab must stay there. */
import { strict as assert } from 'node:assert'
import type { Page } from 'playwright-core'
import { prompt, shows, type } from './browser.ts'
import { onPage, type Spec, WIDE } from './page.ts'

const CHAPTER = 'deploying/'

/** A key goes to the terminal that has the focus. */
async function press(page: Page, key: string): Promise<void> {
  await page.locator('.dock-frame').focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press(key)
}

let markers = 0

/** The shell answers, and the page has not given up on the lab. */
async function alive(page: Page): Promise<void> {
  const marker = `alive-${++markers}-`
  await type(page, 'laptop', `echo ${marker}$((40+2))`)
  await shows(page, 'laptop', `${marker}42`)
  assert.equal(await page.locator('pd-dock').getAttribute('data-state'), 'ready')
}

const MISTAKES: readonly (readonly [string, string])[] = [
  ['kubectk get pods', 'kubectk: command not found'],
  ['kubectl get pods --outptu wide', 'error: unknown flag: --outptu'],
  ['kubectl get poods', `error: the server doesn't have a resource type "poods"`],
  ['kubectl frobnicate', 'error: unknown command "frobnicate" for "kubectl"'],
  ['kubectl apply -f nowhere.yaml', 'error: the path "nowhere.yaml" does not exist'],
  ["printf 'a: [1\\n' > bad.yaml; kubectl apply -f bad.yaml", 'error: error parsing bad.yaml'],
  ['cat missing.txt', 'cat: missing.txt: No such file or directory'],
  ['kubectl get pod nobody', 'Error from server (NotFound): pods "nobody" not found'],
  ['if then fi', 'syntax error near unexpected token'],
]

export const badInput: readonly Spec[] = [
  {
    name: 'bad input: wrong names, flags, kinds, files and YAML are told, and the shell goes on',
    run: (world) =>
      onPage(world, CHAPTER, WIDE, async ({ page }) => {
        await prompt(page)
        for (const [command, told] of MISTAKES) {
          await type(page, 'laptop', 'clear')
          await type(page, 'laptop', command)
          // Long messages wrap: what matters is on the first lines.
          await shows(page, 'laptop', told)
        }
        await alive(page)
      }),
  },
  {
    name: 'bad input: an image that does not exist is told by the Pod',
    run: (world) =>
      onPage(world, CHAPTER, WIDE, async ({ page }) => {
        await prompt(page)
        await type(page, 'laptop', 'kubectl run lost --image=nosuch/image:9')
        await shows(page, 'laptop', 'pod/lost created')
        await type(page, 'laptop', "until kubectl get pod lost | grep -E 'ErrImagePull|ImagePullBackOff'; do sleep 1; done")
        await shows(page, 'laptop', 'lost   0/1')
        await alive(page)
      }),
  },
  {
    name: 'bad input: an endless loop is ended by Ctrl-C',
    run: (world) =>
      onPage(world, CHAPTER, WIDE, async ({ page }) => {
        await prompt(page)
        await type(page, 'laptop', 'echo loop-$((1+1)); while :; do :; done')
        await shows(page, 'laptop', 'loop-2')
        await press(page, 'Control+c')
        await shows(page, 'laptop', '^C')
        await alive(page)
      }),
  },
  {
    name: 'bad input: endless recursion ends by itself or by Ctrl-C, and the lab is still there',
    run: (world) =>
      onPage(world, CHAPTER, WIDE, async ({ page }) => {
        await prompt(page)
        await type(page, 'laptop', "bash -c 'f() { f; }; f'; echo over-$((1+1))")
        await shows(page, 'laptop', 'over-2', 30_000)
        await alive(page)
      }),
  },
  {
    name: 'bad input: ten megabytes of output, and a flood ended by Ctrl-C',
    run: (world) =>
      onPage(world, CHAPTER, WIDE, async ({ page }) => {
        await prompt(page)
        await type(page, 'laptop', 'yes | head -c 10000000; echo; echo flood-$((1+1))')
        await shows(page, 'laptop', 'flood-2', 60_000)
        await type(page, 'laptop', 'clear; yes')
        await shows(page, 'laptop', 'y\ny\ny\ny')
        await press(page, 'Control+c')
        await shows(page, 'laptop', '^C')
        await alive(page)
      }),
  },
]
