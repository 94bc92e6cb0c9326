/** Chromium for the tests of the page, and what a test needs to know of a page: its errors, its lab. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { chromiumPath } from './chromium.ts'

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

export interface Watched {
  readonly page: Page
  /** Console errors, uncaught exceptions, violations of the policy, failed and foreign requests. */
  readonly problems: string[]
}

/** A page that notes everything that goes wrong on it. */
export async function watch(context: BrowserContext, home: string): Promise<Watched> {
  const page = await context.newPage()
  const problems: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.text().includes('Content Security Policy')) problems.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`))
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? ''
    // A reload while something was still on its way.
    if (reason !== 'net::ERR_ABORTED') problems.push(`failed: ${request.url()} ${reason}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`status ${response.status()}: ${response.url()}`)
  })
  // Of the context, not the page: a policy in a meta element doesn't bind workers, so their requests are watched too.
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (origin !== new URL(home).origin && protocol !== 'blob:' && protocol !== 'data:') problems.push(`foreign: ${request.url()}`)
  })
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`Content Security Policy: ${event.violatedDirective} ${event.blockedURI}`),
    )
  })
  return { page, problems }
}

/** Waits until a terminal's text contains something. No sleeping: the dock looks whenever the lab rests or has drawn. */
export async function shows(page: Page, machine: string, text: string, timeoutMs = 60_000): Promise<string> {
  const found = page.evaluate(
    ([on, wanted]) => document.querySelector('pd-dock')?.until(on ?? '', (seen) => seen.includes(wanted ?? '')),
    [machine, text],
  )
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(async () => {
      const seen = await page.evaluate((on) => document.querySelector('pd-dock')?.text(on), machine).catch(() => '')
      reject(
        new Error(
          `"${text}" did not come on ${machine} in ${timeoutMs} ms; the end of its screen:\n${String(seen).split('\n').slice(-30).join('\n')}`,
        ),
      )
    }, timeoutMs)
  })
  try {
    return (await Promise.race([found, late])) ?? ''
  } finally {
    clearTimeout(timer)
  }
}

/** Waits for the first prompt. */
export const prompt = (page: Page, machine = 'laptop'): Promise<string> => shows(page, machine, machine === 'laptop' ? '$' : '#')

/** Types a line into a machine's terminal as the reader would with Run. */
export async function type(page: Page, machine: string, command: string): Promise<void> {
  await page.evaluate(([on, line]) => document.querySelector('pd-dock')?.run(on ?? '', line ?? ''), [machine, command])
}

/** Waits until what was typed is in the stored log. */
export async function saved(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const dock = document.querySelector('pd-dock')
        if (dock?.session === undefined || !dock.session.unsaved) resolve()
        else dock.addEventListener('podlab:saved', () => resolve(), { once: true })
      }),
  )
}

/** Violations of axe that are serious or worse, in one line each. */
export async function axe(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`))
}
