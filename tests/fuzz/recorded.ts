import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { comparable } from './compare.ts'
import { differences, inLanes } from './lanes.ts'
import { ModelBash } from './model-bash.ts'
import { RealBash } from './real.ts'
import type { Result } from './result.ts'
import { makeScript, scriptText } from './script.ts'

/** What the real bash 5.2.15 does with the scripts of the tests, for where it can't be run, and the open differences. */
interface Recorded {
  readonly seed: number
  /** Of each script's result; empty where the script leaves it open. */
  readonly digests: readonly string[]
  /** Scripts on which the model is known to differ. The list may only get shorter. */
  readonly differ: readonly number[]
}

const FILE = fileURLToPath(new URL('./recorded.json', import.meta.url))
const DIGEST_LENGTH = 10
/** A result is recorded when the real bash gives it this many times. */
const REPEATS = 3

/** The series of the tests. */
export function recorded(): Recorded {
  return JSON.parse(fs.readFileSync(FILE, 'utf8')) as Recorded
}

function digest(script: string, result: Result): string {
  return createHash('sha256')
    .update(JSON.stringify(comparable(script, result)))
    .digest('hex')
    .slice(0, DIGEST_LENGTH)
}

/** Writes the file anew. */
export async function record(seed: number, count: number): Promise<void> {
  const digests: string[] = Array.from({ length: count }, () => '')
  await inLanes(
    0,
    count,
    () => new RealBash(),
    async (real, number) => {
      const script = scriptText(makeScript(seed, number))
      const seen = new Set<string>()
      for (let i = 0; i < REPEATS; i++) seen.add(digest(script, await real.run(script)))
      digests[number] = seen.size === 1 ? ([...seen][0] ?? '') : ''
    },
    async (real) => real.close(),
  )
  const differ = (await differences(seed, 0, count)).map((f) => f.number)
  fs.writeFileSync(FILE, `${JSON.stringify({ seed, differ, digests }).replaceAll(/((?:"[^"]*",){12})/g, '$1\n')}\n`)
}

/** Numbers of the test's scripts on which the model differs from what was recorded. */
export async function differencesFromRecorded({ seed, digests }: Recorded): Promise<readonly number[]> {
  const found: number[] = []
  await inLanes(
    0,
    digests.length,
    () => new ModelBash(),
    async (model, number) => {
      const script = scriptText(makeScript(seed, number))
      if (digests[number] !== '' && digest(script, await model.run(script)) !== digests[number]) found.push(number)
    },
    (model) => model.close(),
  )
  return found.sort((a, b) => a - b)
}
