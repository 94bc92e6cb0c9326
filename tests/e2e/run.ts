/**
 * Runs the tests of the page: `node tests/e2e/run.ts [--dist DIR] [--base /sub/path/] [PATTERN]`. Serves the built site itself.
 * Last line: `N passed, N failed`; the exit code says the same.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { launch } from './browser.ts'
import { serve } from './serve.ts'
import { specs } from './specs.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { dist: { type: 'string', default: 'dist' }, base: { type: 'string', default: '/' } },
})
const pattern = new RegExp(positionals[0] ?? '', 'i')
const site = await serve(resolve(values.dist), values.base)
const browser = await launch()
let passed = 0
let failed = 0
for (const spec of specs.filter(({ name }) => pattern.test(name))) {
  const started = performance.now()
  try {
    await spec.run({ browser, site })
    passed++
    console.log(`ok    ${spec.name} (${Math.round(performance.now() - started)} ms)`)
  } catch (error) {
    failed++
    console.log(`FAIL  ${spec.name}\n${String(error instanceof Error ? error.message : error).replace(/^/gm, '      ')}`)
  }
}
await browser.close()
await site.close()
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
