/**
 * The model's bash against the real one on generated scripts.
 *
 *     node tests/fuzz/run.ts                    the test: the recorded series
 *     node tests/fuzz/run.ts --seed S --count N [--from I] [--show K]    any series; K differences, made small
 *     node tests/fuzz/run.ts --record           writes recorded.json anew
 *
 * The last line counts scripts.
 */
import { parseArgs } from 'node:util'
import { Comparer } from './compare.ts'
import { differences, type Found } from './lanes.ts'
import { minimise } from './minimise.ts'
import { ModelBash } from './model-bash.ts'
import { RealBash, realMissing } from './real.ts'
import { differencesFromRecorded, record, recorded } from './recorded.ts'
import { describe, signature } from './report.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string' },
    from: { type: 'string', default: '0' },
    show: { type: 'string', default: '20' },
    record: { type: 'boolean', default: false },
  },
})
/** Scripts in the tests. */
const TEST_COUNT = 500
/** Examples of one kind of difference. */
const EXAMPLES = 3

const seed = Number(values.seed)
const missing = realMissing()
if (values.record) {
  needReal()
  await record(seed, TEST_COUNT)
} else if (values.count === undefined) await test()
else await explore(Number(values.from), Number(values.count), Number(values.show))

function needReal(): void {
  if (missing === undefined) return
  console.error(`the real bash can't be run here: ${missing}`)
  process.exit(2)
}

function finish(passed: number, failed: number): never {
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 ? 0 : 1)
}

/** The recorded series: what differs must be listed. */
async function test(): Promise<void> {
  const series = recorded()
  const { digests, differ } = series
  console.log(missing === undefined ? 'against the real bash' : `against recorded results: ${missing}`)
  const found =
    missing === undefined ? (await differences(series.seed, 0, digests.length)).map((f) => f.number) : await differencesFromRecorded(series)
  const wrong = found.filter((n) => !differ.includes(n))
  for (const n of wrong) console.log(`FAIL script ${n}: see run.ts --seed ${series.seed} --from ${n} --count 1`)
  const right = differ.filter((n) => !found.includes(n))
  if (right.length > 0) console.log(`no longer different, to be taken from the list (--record): ${right.join(' ')}`)
  console.log(`${digests.length - found.length} of ${digests.length} the same, ${found.length - wrong.length} known to differ`)
  finish(digests.length - found.length, wrong.length)
}

/** Any series: differences by kind, the first ones in full. */
async function explore(from: number, count: number, show: number): Promise<void> {
  needReal()
  const found = await differences(seed, from, count)
  const groups = [...Map.groupBy(found, signature)].sort((a, b) => b[1].length - a[1].length)
  const comparer = new Comparer(new RealBash(), new ModelBash())
  let shown = 0
  for (const [, group] of groups) shown += await print(comparer, group, Math.min(EXAMPLES, show - shown))
  await comparer.close()
  for (const [name, group] of groups) {
    const numbers = group.slice(0, 5).map((f) => f.number)
    console.log(`${group.length}x ${name}: ${numbers.join(' ')}`)
  }
  finish(count - found.length, found.length)
}

async function print(comparer: Comparer, group: readonly Found[], most: number): Promise<number> {
  const examples = group.slice(0, Math.max(0, most))
  for (const one of examples) console.log(`\n${group.length}x ${describe(await minimise(comparer, one))}`)
  return examples.length
}
