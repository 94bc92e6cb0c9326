import type { Pair } from './compare.ts'
import type { Found } from './lanes.ts'
import type { Result } from './result.ts'
import { scriptText } from './script.ts'

/** A line with what is particular to the script taken out, so that like differences look alike. */
function template(line: string | undefined): string {
  if (line === undefined) return '(nothing)'
  const said = /^\S+: line \d+: (?:.*: )?([^:]+: [^:]+|[^:]+)$/.exec(line)
  if (said !== null)
    return `…${(said[1] ?? '')
      .replace(/.*: /, '')
      .replace(/\W?\S*\W?'$/, '')
      .slice(0, 60)}`
  return line
    .replace(/`[^']*'/g, "`…'")
    .replace(/"[^"]*"/g, '"…"')
    .replace(/-?\d+/g, '0')
    .slice(0, 100)
}

/** The first lines in which two texts differ. */
function firstDifference(a: string, b: string): readonly [string | undefined, string | undefined] {
  const left = a.split('\n')
  const right = b.split('\n')
  const at = left.findIndex((line, i) => line !== right[i])
  return at < 0 ? [undefined, right[left.length]] : [left[at], right[at]]
}

const message = (line: string | undefined): boolean => line !== undefined && /: line \d+: /.test(line)

/** A name for a difference, the same for those with the same cause as far as one can tell. */
export function signature({ real, model }: Pair): string {
  if (typeof model.exit === 'string') return `model ${model.exit.split('\n').slice(0, 2).join(' ')}`
  if (real.exit === 'hang') return 'real hang'
  const [e1, e2] = firstDifference(real.stderr, model.stderr)
  if (real.stderr !== model.stderr && (message(e1) || message(e2))) return `message: ${template(e1)} | ${template(e2)}`
  if (real.stdout !== model.stdout) {
    const [o1, o2] = firstDifference(real.stdout, model.stdout)
    return `stdout: ${template(o1).replace(/\w+/g, 'w').slice(0, 30)} | ${template(o2).replace(/\w+/g, 'w').slice(0, 30)}`
  }
  return real.stderr !== model.stderr ? 'stderr' : `exit: ${real.exit} | ${model.exit}`
}

function shown(title: string, result: Result): string {
  return `${title} exit ${result.exit}\n${result.stdout}${result.stderr === '' ? '' : `--err--\n${result.stderr}`}`
}

/** A difference as text, for people. */
export function describe(found: Found): string {
  const text = `#### ${found.number} ${signature(found)}\n${scriptText(found.script)}${shown('--- real', found.real)}${shown('--- model', found.model)}`
  return text.replace(/[^\n\t\x20-\x7e]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
