import { blake2b } from '@noble/hashes/blake2.js'
import { md5, sha1 } from '@noble/hashes/legacy.js'
import { sha224, sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { Errno } from '#linux/errno.ts'
import type { Program } from '#linux/syscalls.ts'
import { concat, fromBase64, toBase64 } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { latin, readAll, readFile } from '#userland/lib/io.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { quote, quotefColon } from '#userland/lib/quote.ts'

type Hash = (data: Uint8Array) => Uint8Array

export function hex(bytes: Uint8Array): string {
  let out = ''
  for (const b of bytes) out += b.toString(16).padStart(2, '0')
  return out
}

function hashing(name: string, label: string, hash: Hash, length: number): Program {
  return defineProgram({
    name: `coreutils/${name}`,
    usage: '[OPTION]... [FILE]...',
    short: 'bctwz',
    long: 'binary:b check:c tag text:t zero:z ignore-missing quiet status strict warn:w',
    *run(ctx) {
      if (ctx.has('c')) return yield* check(ctx, label, hash, length)
      yield* ctx.eachInput(ctx.operands, function* (fd, file) {
        const digest = hex(hash(yield* readAll(ctx.proc, fd)))
        const end = ctx.has('z') ? '\0' : '\n'
        const odd = !ctx.has('z') && /[\\\n\r]/.test(file)
        const shown = odd ? file.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r') : file
        if (ctx.has('tag')) ctx.out.put(`${odd ? '\\' : ''}${label} (${shown}) = ${digest}${end}`)
        else ctx.out.put(`${odd ? '\\' : ''}${digest} ${ctx.opts.last('b', 't') === 'b' ? '*' : ' '}${shown}${end}`)
        yield* ctx.out.drain()
      })
      return ctx.status
    },
  })
}

function* check(ctx: Context, label: string, hash: Hash, length: number): Sim<number> {
  for (const list of ctx.operands.length === 0 ? ['-'] : ctx.operands) {
    const fd = yield* ctx.openInput(list)
    if (fd === undefined) continue
    const reader = ctx.lines(fd)
    let good = 0
    let malformed = 0
    let mismatched = 0
    let unreadable = 0
    let verified = 0
    for (;;) {
      const line = yield* reader.next()
      if (line === undefined) break
      if (line === '' || line.startsWith('#')) continue
      const m = /^\\?([0-9a-fA-F]+) [ *](.+)$/.exec(line)
      const tagged = /^(\S+) \((.+)\) = ([0-9a-fA-F]+)$/.exec(line)
      const digest = (m?.[1] ?? (tagged?.[1] === label ? tagged[3] : undefined))?.toLowerCase()
      const file = m?.[2] ?? tagged?.[2]
      if (digest === undefined || file === undefined || digest.length !== length) {
        malformed++
        continue
      }
      good++
      let actual: string
      try {
        actual = hex(hash(file === '-' ? yield* readAll(ctx.proc, 0) : yield* readFile(ctx.proc, file)))
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        if (ctx.has('ignore-missing') && error.code === 'ENOENT') continue
        yield* ctx.warnFile(file, error)
        unreadable++
        if (!ctx.has('status')) ctx.out.put(`${file}: FAILED open or read\n`)
        continue
      }
      verified++
      if (actual !== digest) mismatched++
      if (ctx.has('status')) continue
      if (actual !== digest) ctx.out.put(`${file}: FAILED\n`)
      else if (!ctx.has('quiet')) ctx.out.put(`${file}: OK\n`)
    }
    const shown = list === '-' ? "'standard input'" : quotefColon(list)
    const plural = (n: number, one: string, many: string): string => `WARNING: ${n} ${n === 1 ? one : many}`
    if (good === 0) {
      yield* ctx.warn(`${shown}: no properly formatted checksum lines found`)
      continue
    }
    if (!ctx.has('status')) {
      if (malformed > 0)
        yield* ctx.warn(plural(malformed, 'line is improperly formatted', 'lines are improperly formatted'), ctx.has('strict') ? 1 : 0)
      if (unreadable > 0) yield* ctx.warn(plural(unreadable, 'listed file could not be read', 'listed files could not be read'))
      if (mismatched > 0) yield* ctx.warn(plural(mismatched, 'computed checksum did NOT match', 'computed checksums did NOT match'))
    } else if (mismatched > 0 || unreadable > 0) ctx.status = 1
    if (ctx.has('ignore-missing') && verified === 0) yield* ctx.warn(`${shown}: no file was verified`)
  }
  return ctx.status
}

/** md5sum(1) and its siblings. */
export const md5sum = hashing('md5sum', 'MD5', md5, 32)
export const sha1sum = hashing('sha1sum', 'SHA1', sha1, 40)
export const sha224sum = hashing('sha224sum', 'SHA224', sha224, 56)
export const sha256sum = hashing('sha256sum', 'SHA256', sha256, 64)
export const sha384sum = hashing('sha384sum', 'SHA384', sha384, 96)
export const sha512sum = hashing('sha512sum', 'SHA512', sha512, 128)
export const b2sum = hashing('b2sum', 'BLAKE2b', (data) => blake2b(data, { dkLen: 64 }), 128)

/** The CRC of cksum(1), POSIX: polynomial 0x04c11db7, then the length. */
export function posixCrc(data: Uint8Array): number {
  let crc = 0
  const step = (byte: number): void => {
    crc ^= byte << 24
    for (let i = 0; i < 8; i++) crc = (crc & 0x80000000) !== 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  }
  for (const b of data) step(b)
  for (let n = data.length; n > 0; n = Math.floor(n / 256)) step(n & 0xff)
  return ~crc >>> 0
}

/** cksum(1) */
export const cksum = defineProgram({
  name: 'coreutils/cksum',
  usage: '[OPTION]... [FILE]...',
  short: 'a:cl:wz',
  long: 'algorithm=:a check:c length=:l untagged tag base64 zero:z quiet status strict ignore-missing warn:w debug',
  *run(ctx) {
    const algorithm = ctx.value('a') ?? 'crc'
    const hashes: Record<string, readonly [string, Hash]> = {
      md5: ['MD5', md5],
      sha1: ['SHA1', sha1],
      sha224: ['SHA224', sha224],
      sha256: ['SHA256', sha256],
      sha384: ['SHA384', sha384],
      sha512: ['SHA512', sha512],
      blake2b: ['BLAKE2b', (d) => blake2b(d, { dkLen: 64 })],
    }
    const hash = hashes[algorithm]
    if (hash === undefined && !['crc', 'bsd', 'sysv'].includes(algorithm)) return yield* ctx.notModelled(`--algorithm=${algorithm}`)
    yield* ctx.eachInput(ctx.operands, function* (fd, file) {
      const data = yield* readAll(ctx.proc, fd)
      const name = ctx.operands.length === 0 ? '' : ` ${file}`
      if (hash !== undefined) {
        const digest = hex(hash[1](data))
        ctx.out.put(ctx.has('untagged') ? `${digest}  ${file}\n` : `${hash[0]} (${file}) = ${digest}\n`)
      } else if (algorithm === 'crc') ctx.out.put(`${posixCrc(data)} ${data.length}${name}\n`)
      else
        ctx.out.put(
          algorithm === 'bsd'
            ? `${bsdSum(data)} ${String(Math.ceil(data.length / 1024)).padStart(5)}${name}\n`
            : `${sysvSum(data)} ${Math.ceil(data.length / 512)}${name}\n`,
        )
    })
    return ctx.status
  },
})

function bsdSum(data: Uint8Array): string {
  let sum = 0
  for (const b of data) sum = ((sum >> 1) + ((sum & 1) << 15) + b) & 0xffff
  return String(sum).padStart(5, '0')
}

function sysvSum(data: Uint8Array): number {
  let s = 0
  for (const b of data) s = (s + b) % 0x1_0000_0000
  const r = (s & 0xffff) + ((s >>> 16) & 0xffff)
  return (r & 0xffff) + (r >> 16)
}

/** sum(1) */
export const sum = defineProgram({
  name: 'coreutils/sum',
  usage: '[OPTION]... [FILE]...',
  short: 'rs',
  long: 'sysv:s',
  *run(ctx) {
    yield* ctx.eachInput(ctx.operands, function* (fd, file) {
      const data = yield* readAll(ctx.proc, fd)
      const name = ctx.operands.length === 0 ? '' : ` ${file}`
      ctx.out.put(
        ctx.has('s')
          ? `${sysvSum(data)} ${Math.ceil(data.length / 512)}${name}\n`
          : `${bsdSum(data)} ${String(Math.ceil(data.length / 1024)).padStart(5)}${name}\n`,
      )
    })
    return ctx.status
  },
})

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

export function toBase32(data: Uint8Array): string {
  let out = ''
  for (let i = 0; i < data.length; i += 5) {
    let n = 0n
    for (let k = 0; k < 5; k++) n = (n << 8n) | BigInt(data[i + k] ?? 0)
    const have = Math.min(5, data.length - i)
    const chars = Math.ceil((have * 8) / 5)
    for (let k = 0; k < 8; k++) out += k < chars ? BASE32.charAt(Number((n >> BigInt(35 - 5 * k)) & 31n)) : '='
  }
  return out
}

export function fromBase32(text: string): Uint8Array | undefined {
  const clean = text.replace(/[\n=]/g, '')
  if (!/^[A-Z2-7]*$/.test(clean)) return undefined
  const out: number[] = []
  let bits = 0
  let acc = 0
  for (const c of clean) {
    acc = ((acc << 5) | BASE32.indexOf(c)) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      out.push((acc >> bits) & 0xff)
    }
  }
  return new Uint8Array(out)
}

function encoding(
  name: string,
  to: (data: Uint8Array) => string,
  from: (text: string) => Uint8Array | undefined,
  alphabet: RegExp,
): Program {
  return defineProgram({
    name: `coreutils/${name}`,
    usage: '[OPTION]... [FILE]',
    short: 'diw:',
    long: 'decode:d ignore-garbage:i wrap=:w',
    *run(ctx) {
      if (ctx.operands.length > 1) return yield* ctx.usage(`extra operand ${quote(ctx.operands[1] ?? '')}`)
      const wrapText = ctx.value('w') ?? '76'
      if (!/^\d+$/.test(wrapText)) return yield* ctx.die(`invalid wrap size: ${quote(wrapText)}`)
      const data = concat(yield* ctx.inputs(ctx.operands))
      if (ctx.status !== 0) return ctx.status
      if (ctx.has('d')) {
        let text = latin(data).replaceAll('\n', '')
        if (ctx.has('i')) text = text.replace(new RegExp(`[^${alphabet.source}=]`, 'g'), '')
        const bytes = from(text)
        if (bytes === undefined || !new RegExp(`^[${alphabet.source}]*=*$`).test(text) || (name === 'base64' && text.length % 4 !== 0)) {
          const valid = new RegExp(`^[${alphabet.source}]*`).exec(text)?.[0] ?? ''
          ctx.out.bytes(from(valid.slice(0, valid.length - (valid.length % 4))) ?? new Uint8Array(0))
          return yield* ctx.die('invalid input')
        }
        ctx.out.bytes(bytes)
        return 0
      }
      const wrap = Number(wrapText)
      const text = to(data)
      if (wrap === 0) ctx.out.put(text)
      else for (let i = 0; i < text.length; i += wrap) ctx.out.put(`${text.slice(i, i + wrap)}\n`)
      return 0
    },
  })
}

/** base64(1), base32(1) */
export const base64 = encoding('base64', toBase64, (text) => fromBase64(text), /A-Za-z0-9+\//)
export const base32 = encoding('base32', toBase32, fromBase32, /A-Z2-7/)
