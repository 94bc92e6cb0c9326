/**
 * Runs a corpus of recordings against the model and holds the result to its floor: `node tests/golden/run.ts bash|linux|k8s`.
 * The numbers may only rise: raise `floors.json` with what makes them rise.
 */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { realKubectl } from '../conformance/kubectl.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const podlab = `${process.execPath} ${fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))}`
const floors = JSON.parse(fs.readFileSync(`${here}floors.json`, 'utf8')) as Record<string, Record<string, number>>

const corpus = process.argv[2] ?? ''

/** Command line of the corpus's own runner. */
function runner(): string[] {
  const prefix = podlab.split(' ')
  switch (corpus) {
    case 'bash':
      return [`${here}recordings/bash/run.mjs`, '--jobs', '2', '--', ...prefix, 'sh', '--bare', '--mount', '.']
    case 'linux':
      return [`${here}recordings/linux/run.mjs`, '--', ...prefix, 'sh', '--bare', '--mount', '.']
    case 'k8s': {
      const scenarios = Object.keys(floors.k8s ?? {}).filter((name) => name !== 'total')
      return [
        `${here}recordings/k8s/replay.mjs`,
        '--kubectl',
        realKubectl(),
        '--serve',
        `${podlab} serve --speed 10`,
        '--jobs',
        '2',
        '--wait-timeout',
        '20',
        '--step-timeout',
        '30',
        '--scenario',
        scenarios.join(','),
      ]
    }
    default:
      console.error('usage: run.ts bash|linux|k8s')
      return process.exit(2)
  }
}

/** `area: n/m` lines and the closing `PASS n/m` of a runner's output. */
function scores(output: string): Map<string, { passed: number; total: number }> {
  const found = new Map<string, { passed: number; total: number }>()
  for (const [, name, passed, total] of output.matchAll(/^(\S+)\s+(\d+)\/(\d+)/gm)) {
    found.set(name === 'PASS' ? 'total' : (name ?? '').replace(/:$/, ''), { passed: Number(passed), total: Number(total) })
  }
  return found
}

const { stdout } = spawnSync(process.execPath, runner(), { encoding: 'utf8', maxBuffer: 1 << 28 })
const found = scores(stdout)
let passed = 0
let failed = 0
for (const [name, floor] of Object.entries(floors[corpus] ?? {})) {
  const score = found.get(name)
  const ok = score !== undefined && score.passed >= floor
  if (ok) passed++
  else failed++
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${corpus}/${name}: ${score?.passed ?? 'none'}/${score?.total ?? '?'} (floor ${floor})`)
}
if (failed > 0) console.log(stdout)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
