import { launch, prompt } from '../e2e/browser.ts'
import { WIDE } from '../e2e/page.ts'
import { serve } from '../e2e/serve.ts'
import { writeFileSync } from 'node:fs'
const site = await serve('/tmp/h1/dist', '/')
const b = await launch()
const c = await b.newContext(WIDE)
const page = await c.newPage()
await page.addInitScript(() => {
  Object.assign(window, { lt: [] })
  new PerformanceObserver((l) => { for (const e of l.getEntries()) (window as never as {lt: unknown[]}).lt.push([Math.round(e.startTime), Math.round(e.duration)]) }).observe({ entryTypes: ['longtask'] })
})
const cdp = await c.newCDPSession(page)
await cdp.send('Profiler.enable'); await cdp.send('Profiler.setSamplingInterval', { interval: 500 }); await cdp.send('Profiler.start')
await page.goto(`${site.url}deploying/`)
await prompt(page)
await page.waitForTimeout(1500)
const { profile } = await cdp.send('Profiler.stop')
writeFileSync('/tmp/h1/page.cpuprofile', JSON.stringify(profile))
console.log(JSON.stringify(await page.evaluate(() => (window as never as {lt: unknown[]}).lt)))
await b.close(); await site.close()
