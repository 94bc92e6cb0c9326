import { concat } from '#sim/bytes.ts'
import { formatFloat } from '#userland/lib/number-format.ts'
import { defineProgram } from '#userland/lib/program.ts'
import { quote } from '#userland/lib/quote.ts'
import { parseSize } from '#userland/lib/sizes.ts'

interface Format {
  readonly type: string
  readonly size: number
  readonly text: boolean
}

const NAMES = [
  'nul',
  'soh',
  'stx',
  'etx',
  'eot',
  'enq',
  'ack',
  'bel',
  'bs',
  'ht',
  'nl',
  'vt',
  'ff',
  'cr',
  'so',
  'si',
  'dle',
  'dc1',
  'dc2',
  'dc3',
  'dc4',
  'nak',
  'syn',
  'etb',
  'can',
  'em',
  'sub',
  'esc',
  'fs',
  'gs',
  'rs',
  'us',
  'sp',
]
const ESCAPES: Record<number, string> = { 0: '\\0', 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r' }

function fieldWidth(f: Format): number {
  if (f.type === 'a' || f.type === 'c') return 4
  const digits: Record<string, readonly number[]> = {
    o: [0, 3, 6, 0, 11, 0, 0, 0, 22],
    d: [0, 4, 6, 0, 11, 0, 0, 0, 20],
    u: [0, 3, 5, 0, 10, 0, 0, 0, 20],
    x: [0, 2, 4, 0, 8, 0, 0, 0, 16],
    f: [0, 0, 0, 0, 15, 0, 0, 0, 24],
  }
  return (digits[f.type]?.[f.size] ?? 3) + 1
}

function show(bytes: Uint8Array, at: number, f: Format): string {
  if (f.type === 'c') {
    const b = bytes[at] ?? 0
    return ESCAPES[b] ?? (b >= 32 && b < 127 ? String.fromCharCode(b) : b.toString(8).padStart(3, '0'))
  }
  if (f.type === 'a') {
    const b = (bytes[at] ?? 0) & 0x7f
    return NAMES[b] ?? (b === 127 ? 'del' : String.fromCharCode(b))
  }
  let n = 0n
  for (let i = f.size - 1; i >= 0; i--) n = (n << 8n) | BigInt(bytes[at + i] ?? 0)
  if (f.type === 'x') return n.toString(16).padStart(f.size * 2, '0')
  if (f.type === 'o') return n.toString(8).padStart(fieldWidth(f) - 1, '0')
  if (f.type === 'd') return BigInt.asIntN(f.size * 8, n).toString()
  if (f.type === 'f') {
    const view = new DataView(new Uint8Array(bytes.slice(at, at + f.size)).buffer)
    return formatFloat(f.size === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true), {
      flags: '',
      width: 0,
      precision: f.size === 4 ? 7 : 16,
      conversion: 'g',
    })
  }
  return n.toString()
}

/** od(1) */
export const od = defineProgram({
  name: 'coreutils/od',
  usage: '[OPTION]... [FILE]...',
  short: 'A:abcdDefFhHiIj:lLN:oOsS:t:vw::xX',
  long: 'address-radix=:A endian= skip-bytes=:j read-bytes=:N format=:t output-duplicates:v width=?:w traditional',
  missing: 'endian traditional',
  *run(ctx) {
    const formats: Format[] = []
    const short: Record<string, string> = {
      a: 'a',
      b: 'o1',
      c: 'c',
      d: 'u2',
      D: 'u4',
      f: 'fF',
      F: 'fD',
      e: 'fD',
      h: 'x2',
      H: 'x4',
      i: 'd4',
      I: 'd8',
      l: 'd8',
      L: 'd8',
      o: 'o2',
      O: 'o4',
      s: 'd2',
      x: 'x2',
      X: 'x4',
    }
    for (const { name, value = '' } of ctx.opts.list) {
      const spec = name === 't' ? value : short[name]
      if (spec === undefined) continue
      for (const m of spec.matchAll(/([acdfoux])(\d+|[CSILFD])?(z?)/g)) {
        const letters: Record<string, number> = { C: 1, S: 2, I: 4, L: 8, F: 4, D: 8 }
        const type = m[1] ?? ''
        const size = type === 'a' || type === 'c' ? 1 : m[2] === undefined ? (type === 'f' ? 8 : 4) : (letters[m[2]] ?? Number(m[2]))
        formats.push({ type, size, text: m[3] === 'z' })
      }
      if (name === 't' && spec.replace(/([acdfoux])(\d+|[CSILFD])?(z?)/g, '') !== '')
        return yield* ctx.die(
          `invalid character '${spec.replace(/([acdfoux])(\d+|[CSILFD])?(z?)/g, '').charAt(0)}' in type string ${quote(value)}`,
        )
    }
    if (formats.length === 0) formats.push({ type: 'o', size: 2, text: false })
    const inputs = yield* ctx.inputs(ctx.operands)
    if (inputs.length === 0) return ctx.status
    const all = concat(inputs)
    const skip = parseSize(ctx.value('j') ?? '0') ?? Number(ctx.value('j') ?? 0)
    const limit = ctx.value('N') === undefined ? all.length : skip + (parseSize(ctx.value('N') ?? '') ?? Number(ctx.value('N')))
    if (skip > all.length) return yield* ctx.die('cannot skip past end of combined input')
    const data = all.subarray(skip, limit)
    const radix = ctx.value('A') ?? 'o'
    if (!/^[doxn]$/.test(radix)) return yield* ctx.die(`invalid output address radix '${radix}'; it must be one character from [doxn]`)
    const address = (n: number): string =>
      radix === 'n' ? '' : n.toString(radix === 'o' ? 8 : radix === 'x' ? 16 : 10).padStart(radix === 'x' ? 6 : 7, '0')
    const width = ctx.opts.has('w') ? Number(ctx.value('w') ?? 32) : 16
    // Columns of all formats line up: blanks per byte of the widest.
    const perByte = Math.max(...formats.map((f) => fieldWidth(f) / f.size))
    let starred = false
    let before: Uint8Array | undefined
    for (let at = 0; at < data.length; at += width) {
      const row = data.subarray(at, at + width)
      const full = row.length === width
      if (!ctx.has('v') && full && before !== undefined && before.length === width && row.every((b, i) => b === before?.[i])) {
        if (!starred) ctx.out.put('*\n')
        starred = true
        continue
      }
      starred = false
      before = row
      formats.forEach((f, i) => {
        let line = i === 0 ? address(skip + at) : ' '.repeat(address(0).length)
        const fields = Math.ceil(row.length / f.size)
        const slot = perByte * f.size
        for (let k = 0; k < fields; k++) line += show(row, k * f.size, f).padStart(slot)
        if (f.text) {
          line = line.padEnd(address(0).length + perByte * width)
          line += `  >${[...row].map((b) => (b >= 32 && b < 127 ? String.fromCharCode(b) : '.')).join('')}<`
        }
        ctx.out.put(`${line}\n`)
      })
      yield* ctx.out.drain()
    }
    if (radix !== 'n') ctx.out.put(`${address(skip + data.length)}\n`)
    return ctx.status
  },
})
