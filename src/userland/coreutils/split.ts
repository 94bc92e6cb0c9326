import { Errno, strerror } from '#linux/errno.ts'
import { LineReader, unlatin, writeFile } from '#userland/lib/io.ts'
import { defineProgram } from '#userland/lib/program.ts'
import { quote, quoteaf } from '#userland/lib/quote.ts'
import { parseSize } from '#userland/lib/sizes.ts'

/** split(1) */
export const split = defineProgram({
  name: 'coreutils/split',
  usage: '[OPTION]... [FILE [PREFIX]]',
  short: 'a:b:C:dl:n:ux',
  long: `suffix-length=:a additional-suffix= bytes=:b line-bytes=:C numeric-suffixes=? hex-suffixes=? lines=:l number=:n elide-empty-files
    verbose`,
  missing: 'e t filter separator',
  digits: true,
  *run(ctx) {
    const [input = '-', prefix = 'x', extra] = ctx.operands
    if (extra !== undefined) return yield* ctx.usage(`extra operand ${quote(extra)}`)
    const lines = ctx.value('l') ?? ctx.value('NUMBER')
    const bytes = ctx.value('b')
    const chunks = ctx.value('n')
    if ([lines, bytes, chunks, ctx.value('C')].filter((v) => v !== undefined).length > 1)
      return yield* ctx.usage('cannot split in more than one way')
    const count = lines ?? bytes ?? ctx.value('C') ?? (chunks === undefined ? '1000' : '1')
    const n = parseSize(count)
    if (n === undefined || n === 0)
      return yield* ctx.die(`invalid number of ${lines === undefined && bytes !== undefined ? 'bytes' : 'lines'}: ${quote(count)}`)
    const fd = yield* ctx.openInput(input)
    if (fd === undefined) return yield* ctx.die(`cannot open ${quoteaf(input)} for reading: No such file or directory`)
    const text = yield* new LineReader(ctx.proc, fd).rest()
    const pieces: string[] = []
    if (chunks !== undefined) {
      const m = /^(l\/)?(\d+)$/.exec(chunks)
      if (m === null) return yield* ctx.notModelled(`-n ${chunks}`)
      const k = Number(m[2])
      const size = Math.floor(text.length / k)
      let at = 0
      for (let i = 0; i < k; i++) {
        let end = i === k - 1 ? text.length : size * (i + 1)
        if (m[1] !== undefined && end > at) {
          const newline = text.indexOf('\n', end - 1)
          end = newline < 0 ? text.length : newline + 1
        }
        end = Math.max(at, end)
        pieces.push(text.slice(at, end))
        at = end
      }
    } else if (bytes !== undefined) for (let at = 0; at < text.length; at += n) pieces.push(text.slice(at, at + n))
    else {
      const rows = text.split(/(?<=\n)/)
      if (ctx.has('C')) {
        let piece = ''
        for (const row of rows) {
          if (piece !== '' && piece.length + row.length > n) {
            pieces.push(piece)
            piece = ''
          }
          piece += row
        }
        if (piece !== '') pieces.push(piece)
      } else for (let i = 0; i < rows.length && text !== ''; i += n) pieces.push(rows.slice(i, i + n).join(''))
    }
    const hex = ctx.has('x', 'hex-suffixes')
    const digits = ctx.has('d', 'numeric-suffixes')
    const alphabet = hex ? '0123456789abcdef' : digits ? '0123456789' : 'abcdefghijklmnopqrstuvwxyz'
    const fixed = ctx.value('a')
    const start = Number(ctx.value('numeric-suffixes') ?? ctx.value('hex-suffixes') ?? 0)
    for (let i = 0; i < pieces.length; i++) {
      const suffix = suffixOf(i + start, alphabet, fixed === undefined ? undefined : Number(fixed))
      if (suffix === undefined) return yield* ctx.die('output file suffixes exhausted')
      if (pieces[i] === '' && ctx.has('elide-empty-files')) continue
      const name = `${prefix}${suffix}${ctx.value('additional-suffix') ?? ''}`
      if (ctx.has('verbose')) ctx.out.put(`creating file ${quoteaf(name)}\n`)
      try {
        yield* writeFile(ctx.proc, name, unlatin(pieces[i] ?? ''))
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        return yield* ctx.die(`${name}: ${strerror(error)}`)
      }
    }
    return 0
  },
})

/** `aa` … `yz`, then `zaaa`: suffixes grow when their length is not fixed. */
function suffixOf(index: number, alphabet: string, length: number | undefined): string | undefined {
  const base = alphabet.length
  let width = length ?? 2
  let n = index
  let lead = ''
  if (length === undefined) {
    let room = base * (base - 1)
    while (n >= room) {
      n -= room
      lead += alphabet.charAt(base - 1)
      room *= base
      width++
    }
  }
  let out = ''
  for (let i = 0; i < width; i++) {
    out = alphabet.charAt(n % base) + out
    n = Math.floor(n / base)
  }
  return n > 0 ? undefined : lead + out
}
