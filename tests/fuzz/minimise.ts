import type { Comparer } from './compare.ts'
import type { Found } from './lanes.ts'
import { signature } from './report.ts'
import { type Script, scriptText } from './script.ts'

/** Trials one minimisation may cost. */
const TRIALS = 150

/** Lists every variable, those with ids and times too. */
const LISTS_ALL = /\b(declare|typeset|set|local)( -p)?\s*($|[;|&>\n)])/

/** Drops statements, then lines, then words, as long as the two shells still differ in the same way. */
export async function minimise(comparer: Comparer, found: Found): Promise<Found> {
  let best = found
  let trials = 0
  const wanted = signature(found)
  const attempt = async (script: Script): Promise<boolean> => {
    if (trials++ >= TRIALS || LISTS_ALL.test(script.join('\n'))) return false
    const pair = await comparer.difference(scriptText(script))
    if (pair === undefined || signature(pair) !== wanted) return false
    best = { ...pair, number: found.number, script }
    return true
  }
  const drop = async (separator: RegExp | undefined, joint: string): Promise<void> => {
    const pieces = (): string[] => (separator === undefined ? [...best.script] : best.script.join('\n').split(separator))
    for (let size = Math.max(1, pieces().length >> 1); size >= 1; size >>= 1) {
      for (let at = 0; at < pieces().length; ) {
        const now = pieces()
        const rest = [...now.slice(0, at), ...now.slice(at + size)]
        if (rest.length === 0 || !(await attempt(separator === undefined ? rest : [rest.join(joint)]))) at += size
      }
    }
  }
  await drop(undefined, '\n')
  await drop(/\n/, '\n')
  await drop(/ /, ' ')
  return best
}
