import { concat } from '#sim/bytes.ts'
import { LineReader, latin } from '#userland/lib/io.ts'
import { defineProgram } from '#userland/lib/program.ts'

const printable = (b: number): string => (b >= 32 && b < 127 ? String.fromCharCode(b) : '.')
const hex = (b: number): string => b.toString(16).padStart(2, '0')

/** xxd(1) */
export const xxd = defineProgram({
  name: 'xxd/xxd',
  usage: '[options] [infile [outfile]]',
  short: 'abc:eg:il:o:prs:uv',
  long: 'bits:b cols=:c groupsize=:g len=:l offset=:o plain:p ps:p postscript:p revert:r seek=:s uppercase:u',
  *run(ctx) {
    const up = (t: string): string => (ctx.has('u') ? t.toUpperCase() : t)
    if (ctx.has('r')) {
      const fd = yield* ctx.openInput(ctx.operands[0] ?? '-')
      if (fd === undefined) return 2
      const text = yield* new LineReader(ctx.proc, fd).rest()
      const digits = ctx.has('p')
        ? text.replace(/[^0-9a-fA-F]/g, '')
        : text
            .split('\n')
            .map(
              (l) =>
                l
                  .replace(/^[0-9a-fA-F]+:\s?/, '')
                  .split(/ {2}/)[0]
                  ?.replace(/[^0-9a-fA-F]/g, '') ?? '',
            )
            .join('')
      ctx.out.bytes(new Uint8Array((digits.match(/../g) ?? []).map((h) => Number.parseInt(h, 16))))
      return 0
    }
    let data = concat(yield* ctx.inputs(ctx.operands.slice(0, 1)))
    const skip = Number(ctx.value('s') ?? 0)
    data = data.subarray(skip, ctx.value('l') === undefined ? undefined : skip + Number(ctx.value('l')))
    const cols = Number(ctx.value('c') ?? (ctx.has('p') ? 30 : ctx.has('i') ? 12 : ctx.has('b') ? 6 : 16)) || data.length
    if (ctx.has('p')) {
      for (let at = 0; at < data.length; at += cols) ctx.out.put(`${up([...data.subarray(at, at + cols)].map(hex).join(''))}\n`)
      return ctx.status
    }
    if (ctx.has('i')) {
      const rows: string[] = []
      for (let at = 0; at < data.length; at += cols)
        rows.push(`  ${[...data.subarray(at, at + cols)].map((b) => `0x${up(hex(b))}`).join(', ')}`)
      const name = ctx.operands[0]?.replace(/[^A-Za-z0-9]/g, '_')
      ctx.out.put(
        name === undefined
          ? `${rows.join(',\n')}\n`
          : `unsigned char ${name}[] = {\n${rows.join(',\n')}\n};\nunsigned int ${name}_len = ${data.length};\n`,
      )
      return ctx.status
    }
    const group = Number(ctx.value('g') ?? (ctx.has('b') ? 1 : 2)) || cols
    const width = ctx.has('b') ? 8 : 2
    const length = cols * width + Math.ceil(cols / group)
    for (let at = 0; at < data.length; at += cols) {
      const row = data.subarray(at, at + cols)
      let body = ''
      row.forEach((b, i) => {
        body += (i % group === 0 && i > 0 ? ' ' : '') + (ctx.has('b') ? b.toString(2).padStart(8, '0') : up(hex(b)))
      })
      ctx.out.raw(`${hex8(skip + at + Number(ctx.value('o') ?? 0))}: ${body.padEnd(length)} ${[...row].map(printable).join('')}\n`)
    }
    return ctx.status
  },
})

function hex8(n: number): string {
  return n.toString(16).padStart(8, '0')
}

/** hexdump(1): the default form, -C, -n, -s, -v. */
export const hexdump = defineProgram({
  name: 'util-linux/hexdump',
  usage: '[options] <file>...',
  short: 'Cn:s:v',
  long: 'canonical:C length=:n skip=:s no-squeezing:v',
  missing: 'b c d o x e f L',
  *run(ctx) {
    const skip = Number(ctx.value('s') ?? 0)
    const all = concat(yield* ctx.inputs(ctx.operands))
    const data = all.subarray(skip, ctx.value('n') === undefined ? undefined : skip + Number(ctx.value('n')))
    const canonical = ctx.has('C') || ctx.prog.endsWith('hd')
    const address = (n: number): string => n.toString(16).padStart(canonical ? 8 : 7, '0')
    let before = ''
    let starred = false
    for (let at = 0; at < data.length; at += 16) {
      const row = data.subarray(at, at + 16)
      const key = latin(row)
      if (!ctx.has('v') && row.length === 16 && key === before) {
        if (!starred) ctx.out.put('*\n')
        starred = true
        continue
      }
      starred = false
      before = key
      if (canonical) {
        const cells = Array.from({ length: 16 }, (_, i) => (i < row.length ? hex(row[i] ?? 0) : '  '))
        ctx.out.put(
          `${address(skip + at)}  ${cells.slice(0, 8).join(' ')}  ${cells.slice(8).join(' ')}  |${[...row].map(printable).join('')}|\n`,
        )
      } else {
        let line = address(skip + at)
        for (let i = 0; i < 16; i += 2)
          line += i < row.length ? ` ${(((row[i + 1] ?? 0) << 8) | (row[i] ?? 0)).toString(16).padStart(4, '0')}` : '     '
        ctx.out.put(`${line}\n`)
      }
    }
    if (data.length > 0) ctx.out.put(`${address(skip + data.length)}\n`)
    return ctx.status
  },
})

/** rev(1) */
export const rev = defineProgram({
  name: 'util-linux/rev',
  usage: '[options] [file ...]',
  *run(ctx) {
    yield* ctx.eachInput(ctx.operands, function* (fd) {
      const reader = ctx.lines(fd)
      for (;;) {
        const line = yield* reader.next()
        if (line === undefined) break
        ctx.out.raw([...line].reverse().join('') + (reader.terminated ? '\n' : ''))
        yield* ctx.out.drain()
      }
    })
    return ctx.status
  },
})
