import type { Sim } from '#sim/wait.ts'
import { bytesOf } from '#userland/lib/io.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { quote } from '#userland/lib/quote.ts'

type Range = readonly [from: number, to: number]

/** cut(1) */
export const cut = defineProgram({
  name: 'coreutils/cut',
  usage: 'OPTION... [FILE]...',
  short: 'b:c:d:f:nsz',
  long: 'bytes=:b characters=:c fields=:f delimiter=:d only-delimited:s output-delimiter= complement zero-terminated:z',
  *run(ctx) {
    const lists = ctx.opts.list.filter((o) => ['b', 'c', 'f'].includes(o.name))
    if (lists.length === 0) return yield* ctx.usage('you must specify a list of bytes, characters, or fields')
    if (lists.length > 1) return yield* ctx.usage('only one list may be specified')
    const fields = lists[0]?.name === 'f'
    const given = ctx.value('d')
    if (given !== undefined && bytesOf(given).length > 1) return yield* ctx.usage('the delimiter must be a single character')
    if (given !== undefined && !fields) return yield* ctx.usage('an input delimiter may be specified only when operating on fields')
    if (ctx.has('s') && !fields) return yield* ctx.usage('suppressing non-delimited lines makes sense\n\tonly when operating on fields')
    let ranges = yield* parseList(ctx, lists[0]?.value ?? '', fields)
    if (ctx.has('complement')) ranges = complement(ranges)
    const delimiter = given === undefined ? '\t' : given === '' ? '\0' : bytesOf(given)
    const output = ctx.value('output-delimiter')
    const joiner = output === undefined ? (fields ? delimiter : '') : bytesOf(output)
    const end = ctx.has('z') ? '\0' : '\n'
    yield* ctx.eachInput(ctx.operands, function* (fd) {
      const reader = ctx.lines(fd, end)
      for (;;) {
        const line = yield* reader.next()
        if (line === undefined) break
        if (fields) {
          if (!line.includes(delimiter)) {
            if (!ctx.has('s')) ctx.out.raw(line + end)
          } else
            ctx.out.raw(
              line
                .split(delimiter)
                .filter((_, i) => ranges.some(([a, b]) => i + 1 >= a && i + 1 <= b))
                .join(joiner) + end,
            )
        } else
          ctx.out.raw(
            ranges
              .map(([a, b]) => line.slice(a - 1, b))
              .filter((s) => s !== '')
              .join(joiner) + end,
          )
        yield* ctx.out.drain()
      }
    })
    return ctx.status
  },
})

function* parseList(ctx: Context, text: string, fields: boolean): Sim<Range[]> {
  const out: Range[] = []
  for (const part of text.split(/[, \t]/)) {
    const m = /^(\d*)(-?)(\d*)$/.exec(part)
    if (m === null)
      return yield* ctx.usage(
        fields
          ? `invalid field value ${quote(/^\d*-?/.exec(part)?.[0] === '' || /^[^\d-]/.test(part) ? part : part)}`
          : `invalid byte/character position ${quote(part)}`,
      )
    const [, a = '', dash, b = ''] = m
    if (a === '' && b === '')
      return yield* ctx.usage(
        dash === '-'
          ? 'invalid range with no endpoint: -'
          : fields
            ? 'fields are numbered from 1'
            : 'byte/character positions are numbered from 1',
      )
    const from = a === '' ? 1 : Number(a)
    const to = dash === '' ? from : b === '' ? Number.MAX_SAFE_INTEGER : Number(b)
    if (from === 0 || to === 0)
      return yield* ctx.usage(fields ? 'fields are numbered from 1' : 'byte/character positions are numbered from 1')
    if (to < from) return yield* ctx.usage('invalid decreasing range')
    out.push([from, to])
  }
  out.sort((x, y) => x[0] - y[0])
  const merged: Range[] = []
  for (const range of out) {
    const last = merged.at(-1)
    if (last !== undefined && range[0] <= last[1]) merged[merged.length - 1] = [last[0], Math.max(last[1], range[1])]
    else merged.push(range)
  }
  return merged
}

function complement(ranges: readonly Range[]): Range[] {
  const out: Range[] = []
  let next = 1
  for (const [a, b] of ranges) {
    if (a > next) out.push([next, a - 1])
    next = b + 1
  }
  if (next <= Number.MAX_SAFE_INTEGER) out.push([next, Number.MAX_SAFE_INTEGER])
  return out
}
