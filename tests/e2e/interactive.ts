/** Two terminals on one node, driven by the keyboard: what somebody does who has used a shell for twenty years. */
import { strict as assert } from 'node:assert'
import type { Page } from 'playwright-core'
import { shows } from './browser.ts'
import { onPage, type Spec, WIDE, type World } from './page.ts'

const NODE = 'kind-control-plane'
const PROMPT = `root@${NODE}:~#`

/** Fails when something takes more than half a minute. */
async function within<T>(wanted: Promise<T>, complaint: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(complaint)), 30_000)
  })
  return await Promise.race([wanted, late]).finally(() => clearTimeout(timer))
}

/** A terminal of the node that has the keyboard. */
class Terminal {
  readonly page: Page
  readonly id: string

  constructor(page: Page, id: string) {
    this.page = page
    this.id = id
  }

  shows(text: string): Promise<string> {
    return shows(this.page, this.id, text)
  }

  /** Waits until a text has gone from the screen. */
  async lacks(text: string): Promise<void> {
    const gone = this.page.evaluate(
      ([id, wanted]) => document.querySelector('pd-dock')?.until(id ?? '', (seen) => !seen.includes(wanted ?? '')),
      [this.id, text],
    )
    await within(gone, `"${text}" stays on ${this.id}`)
  }

  text(): Promise<string> {
    return this.page.evaluate((id) => document.querySelector('pd-dock')?.text(id) ?? '', this.id)
  }

  /** Keys by Playwright's names; plain text is typed. */
  async keys(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      if (/^(Control|Alt|Shift)\+.|^(Enter|Tab|Escape|Backspace|Delete|Arrow\w+|Home|End|Space)$/.test(key))
        await this.page.keyboard.press(key)
      else await this.page.keyboard.type(key)
    }
  }

  /** Types a line and waits for what it prints and the prompt after it. */
  async line(command: string, printed = ''): Promise<string> {
    await this.keys(command, 'Enter')
    return this.shows(`${command}\n${printed === '' ? '' : `${printed}\n`}${PROMPT}`)
  }
}

/** Opens the page of the chapter `build` with a terminal on the node. */
function onNode(world: World, body: (first: Terminal) => Promise<void>): Promise<void> {
  return onPage(world, 'build/', WIDE, async ({ page }) => {
    await shows(page, 'laptop', '$')
    await page.getByRole('tab', { name: NODE, exact: true }).click()
    await shows(page, NODE, PROMPT)
    await page.locator('.screen:not([hidden]) .xterm').click()
    await body(new Terminal(page, `${NODE}-1`))
  })
}

/** Another terminal on the machine in front; it has the keyboard then. */
async function another({ page }: Terminal): Promise<Terminal> {
  await page.getByTitle('Another terminal on this machine').click()
  const second = new Terminal(page, `${NODE}-2`)
  await second.shows(PROMPT)
  await page.locator('.screen:not([hidden]) .xterm').click()
  return second
}

async function bringForward(terminal: Terminal): Promise<void> {
  await terminal.page.getByRole('tab', { name: terminal.id.endsWith('-1') ? NODE : terminal.id, exact: true }).click()
  await terminal.page.locator('.screen:not([hidden]) .xterm').click()
}

export const interactive: readonly Spec[] = [
  {
    name: 'interactive: jobs are stopped, moved and ended, also from a second terminal',
    run: (world) =>
      onNode(world, async (first) => {
        await first.keys('sleep 500', 'Enter')
        await first.shows('sleep 500')
        await first.keys('Control+z')
        await first.shows('^Z\n[1]+  Stopped                 sleep 500')
        await first.line('bg', '[1]+ sleep 500 &')
        await first.keys('sleep 600 &', 'Enter')
        await first.shows('sleep 600 &\n[2] ')
        await first.line('jobs', '[1]-  Running                 sleep 500 &\n[2]+  Running                 sleep 600 &')
        await first.keys('fg %1', 'Enter')
        await first.shows('fg %1\nsleep 500')
        await first.keys('Control+c')
        await first.line('echo $?', '130')
        const second = await another(first)
        await second.line('pgrep -x sleep | wc -l', '1')
        await second.line('tty', '/dev/pts/1')
        await second.line('pkill -x sleep')
        await bringForward(first)
        await first.line('', '[2]+  Terminated              sleep 600')
        await first.line('tty', '/dev/pts/0')
      }),
  },
  {
    name: 'interactive: Ctrl-C ends a pipeline as a whole',
    run: (world) =>
      onNode(world, async (first) => {
        await first.keys('while true; do echo tick; sleep 1; done | cat -n', 'Enter')
        await first.shows('     3\ttick'.replace('\t', '  '))
        await first.keys('Control+c')
        await first.line('echo $? $' + '{PIPESTATUS[@]}', '130 130 130')
        await first.line('jobs; pgrep -x cat')
        await first.line('yes | head -n 2', 'y\ny')
      }),
  },
  {
    name: 'interactive: the line editor searches, moves, kills, yanks, undoes and completes',
    run: (world) =>
      onNode(world, async (first) => {
        await first.line('echo alpha beta', 'alpha beta')
        await first.line('echo gamma', 'gamma')
        await first.keys('Control+r', 'alp')
        await first.shows("(reverse-i-search)`alp': echo alpha beta")
        await first.keys('Enter')
        await first.shows('echo alpha beta\nalpha beta\n')
        // Up, a word off the end, the start of the line, the word back at the end.
        await first.keys('ArrowUp', 'Control+w', 'Control+a', 'Alt+f', 'Control+y', 'Control+e', 'delta', 'Enter')
        await first.shows('echobeta alpha delta\nbash: echobeta: command not found')
        await first.keys('echo one two', 'Control+w', 'Control+Shift+_', '!', 'Enter')
        await first.shows('echo one two!\none two!')
        await first.keys('cat /etc/kubernetes/adm', 'Tab')
        await first.shows('cat /etc/kubernetes/admin.conf')
        await first.keys('Control+u', 'ls /etc/kubernetes/manifests/', 'Tab', 'Tab')
        await first.shows('etcd.yaml                     kube-controller-manager.yaml')
        await first.keys('Control+c')
      }),
  },
  {
    name: 'interactive: kubectl and docker complete commands, types and names',
    run: (world) =>
      onPage(world, 'build/', WIDE, async ({ page }) => {
        await shows(page, 'laptop', '$')
        await page.locator('.screen:not([hidden]) .xterm').click()
        const laptop = new Terminal(page, 'laptop-1')
        await laptop.keys('kubectl rollo', 'Tab')
        await laptop.shows('kubectl rollout')
        await laptop.keys('Tab', 'Tab')
        await laptop.shows('history  (View rollout history)')
        await laptop.keys('Control+u', 'kubectl get nod', 'Tab', 'kind-w', 'Tab', 'Tab', 'Tab')
        await laptop.shows('kind-worker   kind-worker2  kind-worker3')
        await laptop.keys('Control+u', 'docker exec -it kind-c', 'Tab')
        await laptop.shows('docker exec -it kind-control-plane')
        await laptop.keys(
          'Control+u',
          'source <(kubectl completion bash); alias k=kubectl; complete -o default -F __start_kubectl k',
          'Enter',
        )
        await laptop.keys('k get -n kube-sys', 'Tab', 'pods etcd', 'Tab')
        await laptop.shows('k get -n kube-system pods etcd-kind-control-plane')
        await laptop.keys('Control+c')
      }),
  },
  {
    name: 'interactive: vim writes what the other terminal reads; less pages; top refreshes; a resize reaches them',
    run: (world) =>
      onNode(world, async (first) => {
        const { page } = first
        await first.keys('apt-get update && apt-get install -y vim && clear; echo done', 'Enter')
        await first.shows('done\nroot@')
        await first.keys('vim note.txt', 'Enter')
        await page.locator('.editor [role=status]', { hasText: '"note.txt" [New]' }).waitFor()
        await first.keys('ihello from one', 'Escape', ':wq', 'Enter')
        await page.locator('.editor').waitFor({ state: 'detached' })
        const second = await another(first)
        await second.line('cat note.txt', 'hello from one')

        await second.keys('seq 1 500 | less', 'Enter')
        await second.shows('\n10\n')
        await second.keys('/^250$', 'Enter')
        await second.shows('250\n251')
        await second.keys('G')
        await second.shows('500\n(END)')
        await second.keys('q')
        await second.line('echo paged', 'paged')

        await bringForward(first)
        const size = async (): Promise<readonly number[]> => {
          await first.keys('clear', 'Enter', 'stty size; echo measured', 'Enter')
          const text = await first.shows('\nmeasured\n')
          return /(\d+) (\d+)\nmeasured/.exec(text)?.slice(1).map(Number) ?? []
        }
        const before = await size()
        await first.keys('top', 'Enter')
        const shown = await first.shows('top - ')
        const [began = ''] = /top - \d\d:\d\d:\d\d/.exec(shown) ?? []
        await first.lacks(began)
        await page.setViewportSize({ width: 1100, height: 700 })
        await first.shows('top - ')
        await first.keys('q')
        await first.shows(PROMPT)
        const after = await size()
        assert.ok((after[1] ?? 0) < (before[1] ?? 0), `columns before ${before[1]}, after ${after[1]}`)
      }),
  },
]
