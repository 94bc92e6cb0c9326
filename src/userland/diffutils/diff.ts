import { Errno, strerror } from '#linux/errno.ts'
import type { Sim } from '#sim/wait.ts'
import { strftime, zone } from '#userland/lib/date.ts'
import { latin, readAll, readFile } from '#userland/lib/io.ts'
import { isDir } from '#userland/lib/mode.ts'
import { baseName, type Context, defineProgram } from '#userland/lib/program.ts'

/** A stretch of lines that differ: `a` from (0-based) and count, `b` likewise. */
interface Hunk {
  readonly a: number
  readonly an: number
  readonly b: number
  readonly bn: number
}

/** The least edit script, Myers' algorithm; lines are compared by `key`. */
export function diffLines(x: readonly string[], y: readonly string[]): Hunk[] {
  let head = 0
  while (head < x.length && head < y.length && x[head] === y[head]) head++
  let tail = 0
  while (tail < x.length - head && tail < y.length - head && x[x.length - 1 - tail] === y[y.length - 1 - tail]) tail++
  const n = x.length - head - tail
  const m = y.length - head - tail
  const trace: Map<number, number>[] = []
  const v = new Map<number, number>([[1, 0]])
  search: for (let d = 0; d <= n + m; d++) {
    trace.push(new Map(v))
    for (let k = -d; k <= d; k += 2) {
      let i = k === -d || (k !== d && (v.get(k - 1) ?? -1) < (v.get(k + 1) ?? -1)) ? (v.get(k + 1) ?? 0) : (v.get(k - 1) ?? 0) + 1
      while (i < n && i - k < m && x[head + i] === y[head + i - k]) i++
      v.set(k, i)
      if (i >= n && i - k >= m) break search
    }
  }
  const removed = new Set<number>()
  const added = new Set<number>()
  let i = n
  let j = m
  for (let d = trace.length - 1; d > 0; d--) {
    const before = trace[d] as Map<number, number>
    const k = i - j
    const down = k === -d || (k !== d && (before.get(k - 1) ?? -1) < (before.get(k + 1) ?? -1))
    const from = before.get(down ? k + 1 : k - 1) ?? 0
    if (down) added.add(from - (k + 1))
    else removed.add(from)
    i = from
    j = from - (down ? k + 1 : k - 1)
  }
  const hunks: Hunk[] = []
  let a = 0
  let b = 0
  while (a < n || b < m) {
    if (!removed.has(a) && !added.has(b)) {
      a++
      b++
      continue
    }
    const start = { a, b }
    while (removed.has(a) || added.has(b)) {
      if (removed.has(a)) a++
      else b++
    }
    hunks.push({ a: head + start.a, an: a - start.a, b: head + start.b, bn: b - start.b })
  }
  return hunks
}

/** diff(1): normal and unified output, -q, -r, -i -w -b -B. */
export const diff = defineProgram({
  name: 'diffutils/diff',
  usage: '[OPTION]... FILES',
  short: 'abBdiNqrsuwU:ty',
  long: 'text:a ignore-space-change:b ignore-blank-lines:B minimal:d ignore-case:i new-file:N brief:q recursive:r report-identical-files:s unified=?:u ignore-all-space:w label= color=?',
  missing: 'c C e n context side-by-side ed rcs y',
  usageStatus: 2,
  *run(ctx) {
    const [a, b, extra] = ctx.operands
    if (a === undefined || b === undefined) return yield* ctx.usage(`missing operand after '${a ?? ctx.prog}'`)
    if (extra !== undefined) return yield* ctx.usage(`extra operand '${extra}'`)
    return yield* compare(ctx, a, b, false)
  },
})

function* compare(ctx: Context, a: string, b: string, nested: boolean): Sim<number> {
  const { proc, out } = ctx
  const kind = (path: string): 'dir' | 'file' | Errno => {
    if (path === '-') return 'file'
    try {
      return isDir(proc.stat(path).mode) ? 'dir' : 'file'
    } catch (error) {
      if (error instanceof Errno) return error
      throw error
    }
  }
  let [ka, kb] = [kind(a), kind(b)]
  for (const [name, k] of [
    [a, ka],
    [b, kb],
  ] as const)
    if (k instanceof Errno && !ctx.has('N')) yield* ctx.warn(`${name}: ${strerror(k)}`, 2)
  if (ctx.status === 2 && !nested) return 2
  if (ka === 'dir' && kb === 'dir') return yield* directories(ctx, a, b, nested)
  if (ka === 'dir' && kb === 'file') return yield* compare(ctx, `${a.replace(/\/+$/, '')}/${baseName(b)}`, b, nested)
  if (ka === 'file' && kb === 'dir') return yield* compare(ctx, a, `${b.replace(/\/+$/, '')}/${baseName(a)}`, nested)
  const read = function* (path: string, k: typeof ka): Sim<string> {
    if (k instanceof Errno) return ''
    return latin(path === '-' ? yield* readAll(proc, 0) : yield* readFile(proc, path))
  }
  const x = yield* read(a, ka)
  const y = yield* read(b, kb)
  ka = kb = 'file'
  if (x === y) {
    if (ctx.has('s')) out.put(`Files ${a} and ${b} are identical\n`)
    return 0
  }
  if (/\0/.test(x + y) && !ctx.has('a')) {
    out.put(`Binary files ${a} and ${b} differ\n`)
    return 2
  }
  const lines = (text: string): string[] => {
    const rows = text.split('\n')
    if (rows.at(-1) === '') rows.pop()
    else if (rows.length > 0) rows.push(`${rows.pop() ?? ''}\0`)
    return rows
  }
  const key = (line: string): string => {
    let k = line
    if (ctx.has('i')) k = k.toLowerCase()
    if (ctx.has('w')) k = k.replace(/\s+/g, '')
    else if (ctx.has('b')) k = k.replace(/\s+/g, ' ').replace(/\s+$/, '')
    return k
  }
  const [xs, ys] = [lines(x), lines(y)]
  let hunks = diffLines(xs.map(key), ys.map(key))
  if (ctx.has('B')) hunks = hunks.filter((h) => [...xs.slice(h.a, h.a + h.an), ...ys.slice(h.b, h.b + h.bn)].some((l) => l !== ''))
  if (hunks.length === 0) return 0
  if (ctx.has('q')) {
    out.put(`Files ${a} and ${b} differ\n`)
    return 1
  }
  const row = (mark: string, line: string): string =>
    line.endsWith('\0') ? `${mark}${line.slice(0, -1)}\n\\ No newline at end of file\n` : `${mark}${line}\n`
  if (nested)
    out.put(
      `diff${ctx.proc.argv
        .slice(1)
        .filter((w) => w.startsWith('-'))
        .map((w) => ` ${w}`)
        .join('')} ${a} ${b}\n`,
    )
  if (ctx.has('u', 'U')) {
    const context = Number(ctx.value('U') ?? ctx.value('u') ?? 3)
    const labels = ctx.opts.values('label')
    const stamp = (path: string): string =>
      strftime('%Y-%m-%d %H:%M:%S.%N %z', path === '-' ? proc.now() : proc.stat(path).mtime, zone(proc.getenv('TZ')))
    out.raw(`--- ${labels[0] ?? `${a}\t${stamp(a)}`}\n+++ ${labels[1] ?? `${b}\t${stamp(b)}`}\n`)
    for (let i = 0; i < hunks.length; ) {
      let j = i
      while (j + 1 < hunks.length && (hunks[j + 1] as Hunk).a - ((hunks[j] as Hunk).a + (hunks[j] as Hunk).an) <= 2 * context) j++
      const [first, last] = [hunks[i] as Hunk, hunks[j] as Hunk]
      const lead = Math.min(context, first.a, first.b)
      const endA = Math.min(xs.length, last.a + last.an + context)
      const endB = Math.min(ys.length, last.b + last.bn + context)
      const span = (start: number, count: number): string =>
        count === 1 ? String(start + 1) : `${count === 0 ? start : start + 1},${count}`
      out.raw(`@@ -${span(first.a - lead, endA - first.a + lead)} +${span(first.b - lead, endB - first.b + lead)} @@\n`)
      let at = first.a - lead
      for (const h of hunks.slice(i, j + 1)) {
        for (; at < h.a; at++) out.raw(row(' ', xs[at] ?? ''))
        for (let k = 0; k < h.an; k++) out.raw(row('-', xs[h.a + k] ?? ''))
        for (let k = 0; k < h.bn; k++) out.raw(row('+', ys[h.b + k] ?? ''))
        at = h.a + h.an
      }
      for (; at < endA; at++) out.raw(row(' ', xs[at] ?? ''))
      i = j + 1
    }
  } else {
    const range = (start: number, count: number): string =>
      count <= 1 ? String(count === 0 ? start : start + 1) : `${start + 1},${start + count}`
    for (const h of hunks) {
      out.raw(`${range(h.a, h.an)}${h.an === 0 ? 'a' : h.bn === 0 ? 'd' : 'c'}${range(h.b, h.bn)}\n`)
      for (let k = 0; k < h.an; k++) out.raw(row('< ', xs[h.a + k] ?? ''))
      if (h.an > 0 && h.bn > 0) out.raw('---\n')
      for (let k = 0; k < h.bn; k++) out.raw(row('> ', ys[h.b + k] ?? ''))
    }
  }
  yield* out.drain()
  return 1
}

function* directories(ctx: Context, a: string, b: string, nested: boolean): Sim<number> {
  if (nested && !ctx.has('r')) {
    ctx.out.put(`Common subdirectories: ${a} and ${b}\n`)
    return 0
  }
  const names = (dir: string): Set<string> => new Set(ctx.proc.readdir(dir).map((e) => e.name))
  const [x, y] = [names(a), names(b)]
  let status = 0
  for (const name of [...new Set([...x, ...y])].sort()) {
    if ((!x.has(name) || !y.has(name)) && !ctx.has('N')) {
      ctx.out.put(`Only in ${x.has(name) ? a : b}: ${name}\n`)
      status = Math.max(status, 1)
    } else status = Math.max(status, yield* compare(ctx, `${a.replace(/\/+$/, '')}/${name}`, `${b.replace(/\/+$/, '')}/${name}`, true))
  }
  return status
}
