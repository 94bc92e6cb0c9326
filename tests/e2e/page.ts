/** Small helpers shared by the specs. */
import { strict as assert } from 'node:assert'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { type Watched, watch } from './browser.ts'
import type { Site } from './serve.ts'

export interface World {
  readonly browser: Browser
  readonly site: Site
}

export interface Spec {
  readonly name: string
  run(world: World): Promise<void>
}

export const WIDE: BrowserContextOptions = { viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' }
export const PHONE: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  hasTouch: true,
  isMobile: true,
  reducedMotion: 'reduce',
}

/** Runs a body on a page of its own, in a browser profile of its own, and fails on anything that went wrong on that page. */
export async function onPage(
  { browser, site }: World,
  path: string,
  options: BrowserContextOptions,
  body: (watched: Watched) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext(options)
  try {
    const watched = await watch(context, site.url)
    await watched.page.goto(site.url + path)
    await body(watched)
    assert.deepEqual(watched.problems, [], 'the page had problems')
  } finally {
    await context.close()
  }
}
