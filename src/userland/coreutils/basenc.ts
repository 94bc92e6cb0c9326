import { concat, fromBase64, toBase64 } from '#sim/bytes.ts'
import { latin } from '../lib/io.ts'
import { defineProgram } from '../lib/program.ts'
import { quote } from '../lib/quote.ts'
import { fromBase32, hex, toBase32 } from './hashes.ts'

interface Encoding {
  readonly alphabet: RegExp
  to(data: Uint8Array): string
  /** Undefined: no text of this encoding. */
  from(text: string): Uint8Array | undefined
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const BASE32_HEX = '0123456789ABCDEFGHIJKLMNOPQRSTUV'

function translate(text: string, from: string, to: string): string {
  return text.replace(/[^=]/g, (c) => to[from.indexOf(c)] ?? c)
}

/** Bytes from digits of a power of two, `width` digits a byte. */
function digits(text: string, width: number, base: number): Uint8Array | undefined {
  if (text.length % width !== 0) return undefined
  return Uint8Array.from(text.match(new RegExp(`.{${width}}`, 'g')) ?? [], (part) => Number.parseInt(part, base))
}

const reversed = (bits: string): string => [...bits].reverse().join('')
const binary = (byte: number): string => byte.toString(2).padStart(8, '0')
const backwards = (text: string): string => text.replace(/.{8}/g, reversed)

const ENCODINGS: Readonly<Record<string, Encoding>> = {
  base64: { alphabet: /[A-Za-z0-9+/]/, to: toBase64, from: fromBase64 },
  base64url: {
    alphabet: /[A-Za-z0-9_-]/,
    to: (data) => toBase64(data).replaceAll('+', '-').replaceAll('/', '_'),
    from: (text) => fromBase64(text.replaceAll('-', '+').replaceAll('_', '/')),
  },
  base32: { alphabet: /[A-Z2-7]/, to: toBase32, from: fromBase32 },
  base32hex: {
    alphabet: /[0-9A-V]/,
    to: (data) => translate(toBase32(data), BASE32, BASE32_HEX),
    from: (text) => fromBase32(translate(text, BASE32_HEX, BASE32)),
  },
  base16: { alphabet: /[0-9A-F]/, to: (data) => hex(data).toUpperCase(), from: (text) => digits(text, 2, 16) },
  base2msbf: { alphabet: /[01]/, to: (data) => Array.from(data, binary).join(''), from: (text) => digits(text, 8, 2) },
  base2lsbf: {
    alphabet: /[01]/,
    to: (data) => Array.from(data, (byte) => reversed(binary(byte))).join(''),
    from: (text) => digits(backwards(text), 8, 2),
  },
}

/** basenc(1) */
export const basenc = defineProgram({
  name: 'coreutils/basenc',
  usage: '[OPTION]... [FILE]',
  short: 'diw:',
  long: `decode:d ignore-garbage:i wrap=:w ${Object.keys(ENCODINGS).join(' ')}`,
  missing: 'z85',
  *run(ctx) {
    const encoding = ENCODINGS[ctx.opts.last(...Object.keys(ENCODINGS)) ?? '']
    if (encoding === undefined) return yield* ctx.usage('missing encoding type')
    if (ctx.operands.length > 1) return yield* ctx.usage(`extra operand ${quote(ctx.operands[1] ?? '')}`)
    const wrap = ctx.value('w') ?? '76'
    if (!/^\d+$/.test(wrap)) return yield* ctx.die(`invalid wrap size: ${quote(wrap)}`)
    const data = concat(yield* ctx.inputs(ctx.operands))
    if (ctx.status !== 0) return ctx.status
    if (ctx.has('d')) {
      const text = latin(data).replaceAll('\n', '')
      const known = [...text].filter((c) => c === '=' || encoding.alphabet.test(c)).join('')
      const bytes = known === text || ctx.has('i') ? encoding.from(known) : undefined
      if (bytes === undefined) return yield* ctx.die('invalid input')
      ctx.out.bytes(bytes)
      return 0
    }
    const text = encoding.to(data)
    const width = Number(wrap)
    if (width === 0) ctx.out.put(text)
    else for (let i = 0; i < text.length; i += width) ctx.out.put(`${text.slice(i, i + width)}\n`)
    return 0
  },
})
