import { Errno, strerror } from '#linux/errno.ts'
import { S } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { LineReader } from '#userland/lib/io.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { quote, quoteaf } from '#userland/lib/quote.ts'
import { parseSize } from '#userland/lib/sizes.ts'

/** How much of a file: the first (or, for tail, last) `count` lines or bytes, or all but them, or from the n-th on. */
export interface Amount {
  readonly unit: 'lines' | 'bytes'
  readonly count: number
  readonly sign: '' | '-' | '+'
}

export function* parseAmount(ctx: Context, unit: Amount['unit'], text: string): Sim<Amount> {
  const m = /^([+-]?)(.*)$/.exec(text)
  const count = /^\d/.test(m?.[2] ?? '') ? parseSize(m?.[2] ?? '') : undefined
  if (count === undefined) return yield* ctx.die(`invalid number of ${unit}: ${quote(text.replace(/^-/, ''))}`)
  return { unit, count, sign: m?.[1] === '+' ? '+' : m?.[1] === '-' ? '-' : '' }
}

/** head(1) */
export const head = defineProgram({
  name: 'coreutils/head',
  usage: '[OPTION]... [FILE]...',
  short: 'c:n:qvz',
  long: 'bytes=:c lines=:n quiet:q silent:q verbose:v zero-terminated:z',
  digits: true,
  *run(ctx) {
    let amount: Amount = { unit: 'lines', count: 10, sign: '' }
    for (const { name, value = '' } of ctx.opts.list) {
      if (name === 'n') amount = yield* parseAmount(ctx, 'lines', value)
      else if (name === 'c') amount = yield* parseAmount(ctx, 'bytes', value)
      else if (name === 'NUMBER') amount = yield* parseAmount(ctx, 'lines', value)
    }
    const names = ctx.operands.length === 0 ? ['-'] : ctx.operands
    const banner = ctx.opts.last('q', 'v') === 'v' || (names.length > 1 && !ctx.has('q'))
    let first = true
    for (const name of names) {
      let fd = 0
      try {
        if (name !== '-') fd = yield* ctx.proc.open(name, 0)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* ctx.warn(`cannot open ${quoteaf(name)} for reading: ${strerror(error)}`)
        continue
      }
      if (banner) ctx.out.put(`${first ? '' : '\n'}==> ${name === '-' ? 'standard input' : name} <==\n`)
      first = false
      try {
        if ((ctx.proc.fstat(fd).mode & S.IFMT) === S.IFDIR) throw new Errno('EISDIR')
        yield* show(ctx, fd, amount, ctx.has('z') ? '\0' : '\n')
      } catch (error) {
        if (!(error instanceof Errno) || error.code === 'EPIPE') throw error
        yield* ctx.warn(`error reading ${quoteaf(name === '-' ? 'standard input' : name)}: ${strerror(error)}`)
      } finally {
        if (fd !== 0) ctx.proc.close(fd)
      }
    }
    return ctx.status
  },
})

function* show(ctx: Context, fd: number, amount: Amount, delimiter: string): Sim<void> {
  const { proc, out } = ctx
  if (amount.sign === '-') {
    const text = yield* new LineReader(proc, fd).rest()
    if (amount.unit === 'bytes') out.raw(text.slice(0, Math.max(0, text.length - amount.count)))
    else {
      const lines = text.split(delimiter)
      const partial = lines.pop() ?? ''
      const all = [...lines.map((l) => l + delimiter), ...(partial === '' ? [] : [partial])]
      out.raw(all.slice(0, Math.max(0, all.length - amount.count)).join(''))
    }
    return
  }
  if (amount.unit === 'bytes') {
    let left = amount.count
    while (left > 0) {
      const chunk = yield* proc.read(fd, Math.min(left, 65_536))
      if (chunk.length === 0) break
      left -= chunk.length
      out.bytes(chunk)
      yield* out.drain()
    }
    return
  }
  const reader = new LineReader(proc, fd, delimiter)
  for (let i = 0; i < amount.count; i++) {
    const line = yield* reader.next()
    if (line === undefined) break
    out.raw(reader.terminated ? line + delimiter : line)
    yield* out.drain()
  }
  yield* out.flush()
}
