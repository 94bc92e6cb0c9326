import type { Sim } from '#sim/wait.ts'
import { bytesOf } from '#userland/lib/io.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { quote } from '#userland/lib/quote.ts'

const range = (a: number, b: number): number[] => Array.from({ length: b - a + 1 }, (_, i) => a + i)

const CLASSES: Record<string, readonly number[]> = {
  alpha: [...range(65, 90), ...range(97, 122)],
  digit: range(48, 57),
  alnum: [...range(48, 57), ...range(65, 90), ...range(97, 122)],
  upper: range(65, 90),
  lower: range(97, 122),
  space: [...range(9, 13), 32],
  blank: [9, 32],
  cntrl: [...range(0, 31), 127],
  punct: range(33, 126).filter((c) => !/[A-Za-z0-9]/.test(String.fromCharCode(c))),
  print: range(32, 126),
  graph: range(33, 126),
  xdigit: [...range(48, 57), ...range(65, 70), ...range(97, 102)],
}

/** A set of tr(1): its bytes in order, and where `[x*]` may stretch it. */
interface CharSet {
  readonly bytes: number[]
  stretch?: { readonly at: number; readonly byte: number }
  readonly classes: string[]
}

function* parseSet(ctx: Context, text: string): Sim<CharSet> {
  const set: CharSet = { bytes: [], classes: [] }
  const s = bytesOf(text)
  const escapes: Record<string, number> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 }
  let i = 0
  const one = (): number => {
    const c = s.charAt(i++)
    if (c !== '\\' || i >= s.length) return c.charCodeAt(0)
    const octal = /^[0-7]{1,3}/.exec(s.slice(i))?.[0]
    if (octal !== undefined) {
      i += octal.length
      return Number.parseInt(octal, 8) & 0xff
    }
    const e = s.charAt(i++)
    return escapes[e] ?? e.charCodeAt(0)
  }
  while (i < s.length) {
    const named = /^\[:([a-z]*):\]/.exec(s.slice(i))
    if (named !== null) {
      const members = CLASSES[named[1] ?? '']
      if (members === undefined) return yield* ctx.die(`invalid character class ${quote(named[1] ?? '')}`)
      set.classes.push(named[1] ?? '')
      set.bytes.push(...members)
      i += named[0].length
      continue
    }
    const equal = /^\[=(.)=\]/s.exec(s.slice(i))
    if (equal !== null) {
      set.bytes.push((equal[1] ?? '').charCodeAt(0))
      i += equal[0].length
      continue
    }
    const repeat = /^\[(\\.|[^\\])\*(\d*)\]/s.exec(s.slice(i))
    if (repeat !== null) {
      i++
      const byte = one()
      i = i - (i - s.indexOf(']', i)) + 1
      const count = repeat[2] ?? ''
      const n = count.startsWith('0') ? Number.parseInt(count, 8) : Number(count || 0)
      if (n === 0) set.stretch = { at: set.bytes.length, byte }
      else for (let k = 0; k < n; k++) set.bytes.push(byte)
      continue
    }
    const from = one()
    if (s.charAt(i) === '-' && i + 1 < s.length) {
      i++
      const to = one()
      if (to < from) return yield* ctx.die(`range-endpoints of '${show(from)}-${show(to)}' are in reverse collating sequence order`)
      for (let c = from; c <= to; c++) set.bytes.push(c)
    } else set.bytes.push(from)
  }
  return set
}

function show(byte: number): string {
  return byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`
}

/** A table of 256 flags, 1 for each byte of a set. */
function flags(set: readonly number[]): Uint8Array {
  const out = new Uint8Array(256)
  for (const b of set) out[b] = 1
  return out
}

/** tr(1) */
export const tr = defineProgram({
  name: 'coreutils/tr',
  usage: '[OPTION]... SET1 [SET2]',
  short: 'cCdst',
  long: 'complement:c delete:d squeeze-repeats:s truncate-set1:t',
  posix: true,
  *run(ctx) {
    const { operands } = ctx
    const del = ctx.has('d')
    const squeeze = ctx.has('s')
    const translate = !del && !(squeeze && operands.length === 1)
    if (operands.length === 0) return yield* ctx.usage('missing operand')
    const least = del === squeeze ? 2 : 1
    if (operands.length < least) {
      yield* ctx.warn(`missing operand after ${quote(operands[0] ?? '')}`)
      return yield* ctx.usageBecause(
        del ? 'Two strings must be given when both deleting and squeezing repeats.' : 'Two strings must be given when translating.',
      )
    }
    if (operands.length > (del && !squeeze ? 1 : 2)) {
      yield* ctx.warn(`extra operand ${quote(operands[del && !squeeze ? 1 : 2] ?? '')}`)
      if (del && !squeeze) return yield* ctx.usageBecause('Only one string may be given when deleting without squeezing repeats.')
      return yield* ctx.usage()
    }
    const set1 = yield* parseSet(ctx, operands[0] ?? '')
    const complement = ctx.has('c', 'C')
    const first = complement ? range(0, 255).filter((b) => !set1.bytes.includes(b)) : set1.bytes
    const set2 = operands[1] === undefined ? undefined : yield* parseSet(ctx, operands[1])
    const map = Uint8Array.from({ length: 256 }, (_, b) => b)
    if (translate && set2 !== undefined) {
      let from = first
      const to = [...set2.bytes]
      if (set2.stretch !== undefined) {
        const n = Math.max(0, from.length - to.length)
        to.splice(set2.stretch.at, 0, ...new Array<number>(n).fill(set2.stretch.byte))
      }
      if (ctx.has('t')) from = from.slice(0, to.length)
      if (to.length === 0 && from.length > 0) return yield* ctx.die('when not truncating set1, string2 must be non-empty')
      const last = to.at(-1) ?? 0
      from.forEach((b, i) => {
        map[b] = to[i] ?? last
      })
    }
    const removed = flags(del ? first : [])
    const squeezed = flags(squeeze ? (set2?.bytes ?? first) : [])
    let before = -1
    for (;;) {
      const chunk = yield* ctx.proc.read(0, 65_536)
      if (chunk.length === 0) break
      const out = new Uint8Array(chunk.length)
      let n = 0
      for (const b of chunk) {
        if (removed[b] === 1) continue
        const c = map[b] as number
        if (c === before && squeezed[c] === 1) continue
        before = c
        out[n++] = c
      }
      ctx.out.bytes(out.subarray(0, n))
      yield* ctx.out.drain()
    }
    return 0
  },
})
