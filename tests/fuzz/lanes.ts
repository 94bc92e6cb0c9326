import { Comparer, type Pair } from './compare.ts'
import { ModelBash } from './model-bash.ts'
import { RealBash } from './real.ts'
import { makeScript, type Script, scriptText } from './script.ts'

/** A script on which the two differ. */
export interface Found extends Pair {
  readonly number: number
  readonly script: Script
}

/** As many scripts at a time as there are lanes. */
const LANES = 2

/** Calls `work` for each number in turn, one at a time in each lane, with what the lane was opened with. */
export async function inLanes<L>(
  from: number,
  count: number,
  open: () => L,
  work: (lane: L, number: number) => Promise<void>,
  close: (lane: L) => Promise<void>,
): Promise<void> {
  let next = from
  const one = async (): Promise<void> => {
    const lane = open()
    try {
      while (next < from + count) await work(lane, next++)
    } finally {
      await close(lane)
    }
  }
  await Promise.all(Array.from({ length: LANES }, one))
}

/** The scripts of a series on which the model and the real bash differ, in order. */
export async function differences(seed: number, from: number, count: number): Promise<readonly Found[]> {
  const found: Found[] = []
  await inLanes(
    from,
    count,
    () => new Comparer(new RealBash(), new ModelBash()),
    async (comparer, number) => {
      const script = makeScript(seed, number)
      const pair = await comparer.difference(scriptText(script))
      if (pair !== undefined) found.push({ number, script, ...pair })
    },
    (comparer) => comparer.close(),
  )
  return found.sort((a, b) => a.number - b.number)
}
