/**
 * The difference of two values as messages of forbidden updates show it: their JSON, with Go's names of the internal fields,
 * as a unified diff. Source: apimachinery pkg/util/diff (Diff) over go-difflib.
 */
import { internalJson } from '#kubernetes/api/internal-json.ts'
import type { Obj } from '#kubernetes/api/json.ts'

const CONTEXT = 3

interface Line {
  readonly mark: ' ' | '-' | '+'
  readonly text: string
}

/** `name`: the OpenAPI definition of both values' type. */
export function goDiff(before: Obj, after: Obj, name: string): string {
  const [a, b] = [linesOf(before, name), linesOf(after, name)]
  const lines = compare(a, b)
  const near = lines.map((_, i) => lines.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1).some((line) => line.mark !== ' '))
  let out = ''
  let [oldLine, newLine] = [1, 1]
  for (let i = 0; i < lines.length; ) {
    let end = i
    while (end < lines.length && near[end] === near[i]) end++
    const block = lines.slice(i, end)
    const [olds, news] = [block.filter((l) => l.mark !== '+').length, block.filter((l) => l.mark !== '-').length]
    if (near[i] === true) {
      out += `@@ -${range(oldLine, olds)} +${range(newLine, news)} @@\n`
      for (const line of block) out += `${line.mark}${line.text}\n`
    }
    oldLine += olds
    newLine += news
    i = end
  }
  return out
}

function linesOf(value: Obj, name: string): string[] {
  return JSON.stringify(JSON.parse(internalJson(value, name).raw), null, ' ').split('\n')
}

function range(start: number, length: number): string {
  return length === 1 ? String(start) : `${length === 0 ? start - 1 : start},${length}`
}

/** The longest common subsequence stays, what is taken away stands before what is new. */
function compare(a: readonly string[], b: readonly string[]): Line[] {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const [x, y] = [a.slice(start, a.length - end), b.slice(start, b.length - end)]
  const width = y.length + 1
  const length = new Uint32Array((x.length + 1) * width)
  const at = (i: number, j: number): number => length[i * width + j] ?? 0
  for (let i = x.length - 1; i >= 0; i--)
    for (let j = y.length - 1; j >= 0; j--)
      length[i * width + j] = x[i] === y[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const same = (texts: readonly string[]): Line[] => texts.map((text) => ({ mark: ' ', text }))
  const out = same(a.slice(0, start))
  let [i, j] = [0, 0]
  while (i < x.length || j < y.length) {
    if (i < x.length && j < y.length && x[i] === y[j]) {
      out.push({ mark: ' ', text: x[i] ?? '' })
      i++
      j++
    } else if (j >= y.length || (i < x.length && at(i + 1, j) >= at(i, j + 1))) out.push({ mark: '-', text: x[i++] ?? '' })
    else out.push({ mark: '+', text: y[j++] ?? '' })
  }
  return [...out, ...same(a.slice(a.length - end))]
}
