/**
 * All tests: `npm test`, or `npm test STEP...` for some. Every step is a program; a step's tests are counted by its last
 * line `N passed, N failed`, or the step itself counts as one.
 */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const bin = (name: string): string => path.join(root, 'node_modules', name)
const script = (name: string): string => path.join(root, name)

interface Step {
  readonly name: string
  readonly argv: readonly string[]
}

const STEPS: readonly Step[] = [
  { name: 'schema', argv: [script('src/kubernetes/api/generate/main.ts')] },
  { name: 'types of the model', argv: [bin('typescript/lib/tsc.js'), '-p', 'tests/config/tsconfig.model.json'] },
  { name: 'types of the host and tests', argv: [bin('typescript/lib/tsc.js'), '-p', 'tests/config/tsconfig.tests.json'] },
  { name: 'types of the site', argv: [bin('astro/bin/astro.mjs'), 'check', '--minimumFailingSeverity', 'error'] },
  {
    name: 'lint',
    argv: [bin('@biomejs/biome/bin/biome'), 'check', '--config-path', 'tests/config/lint.json', '--error-on-warnings', 'src', 'tests'],
  },
  { name: 'unit', argv: [bin('vitest/vitest.mjs'), 'run', '-c', 'tests/config/vitest.config.ts', '--reporter=default'] },
  { name: 'book', argv: [script('tests/book/run.ts')] },
  { name: 'golden bash', argv: [script('tests/golden/run.ts'), 'bash'] },
  { name: 'fuzz', argv: [script('tests/fuzz/run.ts')] },
  { name: 'golden linux', argv: [script('tests/golden/run.ts'), 'linux'] },
  { name: 'golden k8s', argv: [script('tests/golden/run.ts'), 'k8s'] },
  { name: 'conformance', argv: [script('tests/conformance/run.ts')] },
  { name: 'build', argv: [bin('astro/bin/astro.mjs'), 'build', '--silent'] },
  { name: 'e2e', argv: [script('tests/e2e/run.ts')] },
]

/** Tests counted in a step's output: the plain closing line, or vitest's. */
function count(output: string, code: number): { passed: number; failed: number } {
  const plain = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1)
  if (plain !== undefined) {
    const failed = Number(plain[2])
    return { passed: Number(plain[1]), failed: code !== 0 && failed === 0 ? 1 : failed }
  }
  const ESC = String.fromCharCode(27)
  const bare = output.replaceAll(new RegExp(`${ESC}\\[[\\d;]*m`, 'g'), '')
  const vitest = /^\s*Tests\s+(?:(\d+) failed \| )?(\d+) passed/m.exec(bare)
  if (vitest !== null) return { passed: Number(vitest[2]), failed: code === 0 ? 0 : Math.max(1, Number(vitest[1] ?? 0)) }
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

function run(step: Step): Promise<{ passed: number; failed: number }> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1', ASTRO_TELEMETRY_DISABLED: '1' }
    const child = spawn(process.execPath, step.argv, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const show = (chunk: Buffer): void => {
      output += chunk.toString()
      process.stdout.write(chunk)
    }
    child.stdout.on('data', show)
    child.stderr.on('data', show)
    child.on('close', (code) => resolve(count(output, code ?? 1)))
  })
}

const wanted = process.argv.slice(2)
const steps = wanted.length === 0 ? STEPS : STEPS.filter((s) => wanted.some((w) => s.name.includes(w)))
if (steps.length === 0) {
  console.error(`no such step; there are: ${STEPS.map((s) => s.name).join(', ')}`)
  process.exit(2)
}
let passed = 0
let failed = 0
const summary: string[] = []
for (const step of steps) {
  console.log(`\n== ${step.name}`)
  const begun = performance.now()
  const result = await run(step)
  passed += result.passed
  failed += result.failed
  const seconds = ((performance.now() - begun) / 1000).toFixed(0)
  summary.push(`${result.failed === 0 ? 'ok  ' : 'FAIL'} ${step.name}: ${result.passed} passed, ${result.failed} failed (${seconds} s)`)
}
console.log(`\n${summary.join('\n')}\n${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
