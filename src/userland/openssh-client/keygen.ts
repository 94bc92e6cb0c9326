import { sha256 } from '@noble/hashes/sha2.js'
import { Errno, strerror } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import { concat, encode, fromBase64, toBase64 } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { loadAccounts } from '../lib/accounts.ts'
import { say, slurp, writeFile } from '../lib/io.ts'
import { type Context, defineProgram } from '../lib/program.ts'

interface Kind {
  /** As the public key names it. */
  readonly algorithm: string
  /** As the messages name it. */
  readonly label: string
  readonly bits: number
}

const KINDS: Readonly<Record<string, Kind | undefined>> = {
  rsa: { algorithm: 'ssh-rsa', label: 'RSA', bits: 3072 },
  ed25519: { algorithm: 'ssh-ed25519', label: 'ED25519', bits: 256 },
}

/** A string of the SSH wire format: its length in four bytes, then its bytes. RFC 4251, 5 */
function wire(bytes: Uint8Array): Uint8Array {
  const n = bytes.length
  return concat([new Uint8Array([n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]), bytes])
}

/** A public key of the right form: chance where the numbers would be. */
function publicKey(proc: Proc, kind: Kind, bits: number): Uint8Array {
  const name = wire(encode(kind.algorithm))
  if (kind.algorithm === 'ssh-ed25519') return concat([name, wire(proc.getrandom(32))])
  const modulus = proc.getrandom(bits / 8)
  modulus[0] = (modulus[0] ?? 0) | 0x80
  return concat([name, wire(new Uint8Array([1, 0, 1])), wire(concat([new Uint8Array(1), modulus]))])
}

function privateKey(proc: Proc, key: Uint8Array): string {
  const body = concat([
    encode('openssh-key-v1\0'),
    wire(encode('none')),
    wire(encode('none')),
    wire(new Uint8Array(0)),
    new Uint8Array([0, 0, 0, 1]),
    wire(key),
    wire(proc.getrandom(key.length + 64)),
  ])
  const lines = toBase64(body).match(/.{1,70}/g) ?? []
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`
}

const fingerprint = (key: Uint8Array): string => `SHA256:${toBase64(sha256(key)).replace(/=+$/, '')}`

const COLUMNS = 17
const ROWS = 9

/** The picture of a key: a bishop walks over a board by the digest's bits. Source: sshkey.c, fingerprint_randomart. */
export function randomart(digest: Uint8Array, title: string, hash: string): string {
  const symbols = ' .o+=*BOX@%&#/^SE'
  const last = symbols.length - 1
  const board = Array.from({ length: ROWS }, () => new Array<number>(COLUMNS).fill(0))
  let x = COLUMNS >> 1
  let y = ROWS >> 1
  for (const byte of digest) {
    for (let bits = byte, i = 0; i < 4; i++, bits >>= 2) {
      x = Math.min(COLUMNS - 1, Math.max(0, x + (bits & 1 ? 1 : -1)))
      y = Math.min(ROWS - 1, Math.max(0, y + (bits & 2 ? 1 : -1)))
      const row = board[y]
      if (row !== undefined && (row[x] ?? 0) < last - 2) row[x] = (row[x] ?? 0) + 1
    }
  }
  const start = board[ROWS >> 1]
  if (start !== undefined) start[COLUMNS >> 1] = last - 1
  const end = board[y]
  if (end !== undefined) end[x] = last
  const edge = (text: string): string => {
    const left = (COLUMNS - text.length) >> 1
    return `+${'-'.repeat(left)}${text}${'-'.repeat(COLUMNS - left - text.length)}+\n`
  }
  const lines = board.map((row) => `|${row.map((n) => symbols.charAt(n)).join('')}|\n`)
  return `${edge(`[${title}]`)}${lines.join('')}${edge(`[${hash}]`)}`
}

function* ask(ctx: Context, prompt: string): Sim<string> {
  ctx.out.put(prompt)
  yield* ctx.out.flush()
  return (yield* ctx.lines(0).next()) ?? ''
}

/** -l: fingerprint of a public key file. */
function* list(ctx: Context, path: string): Sim<number> {
  const text = (yield* slurp(ctx.proc, path.endsWith('.pub') ? path : `${path}.pub`)) ?? (yield* slurp(ctx.proc, path))
  if (text === undefined) return yield* ctx.die(`${path}: No such file or directory`, 255)
  const [algorithm = '', encoded = '', ...comment] = text.trim().split(' ')
  const kind = Object.values(KINDS).find((k) => k?.algorithm === algorithm)
  const key = fromBase64(encoded)
  if (kind === undefined || key === undefined) return yield* ctx.die(`${path} is not a public key file.`, 255)
  const bits = kind.label === 'RSA' ? (key.length - 22) * 8 : kind.bits
  ctx.out.put(`${bits} ${fingerprint(key)} ${comment.join(' ') || 'no comment'} (${kind.label})\n`)
  return 0
}

/** ssh-keygen(1) in outline: makes and lists key pairs. Differs: the keys are chance in the right form, never encrypted. */
export const sshKeygen = defineProgram({
  name: 'openssh-client/ssh-keygen',
  usage: '[-q] [-b bits] [-C comment] [-f output_keyfile] [-N new_passphrase] [-t ed25519 | rsa]\n-l [-f input_keyfile]',
  short: 'qb:C:f:N:t:l',
  missing: 'p i e y c B D F H K R r M I L A k Q Y a m v E O P s w Z z h n V g o u U',
  tryHelp: false,
  *run(ctx) {
    const { proc } = ctx
    const { uid } = proc.credentials()
    const user = (yield* loadAccounts(proc)).userName(uid)
    const home = proc.getenv('HOME') ?? '/'
    const type = ctx.value('t') ?? 'rsa'
    const kind = KINDS[type]
    if (ctx.has('l')) return yield* list(ctx, ctx.value('f') ?? `${home}/.ssh/id_${type}`)
    if (kind === undefined) {
      if (type === 'ecdsa' || type === 'dsa' || type.endsWith('-sk')) return yield* ctx.notModelled(`-t ${type}`)
      yield* say(proc, 2, `unknown key type ${type}\n`)
      return 255
    }
    const bits = kind.label === 'RSA' ? Number(ctx.value('b') ?? kind.bits) : kind.bits
    if (!(bits >= 1024 && bits <= 16_384 && bits % 8 === 0) && kind.label === 'RSA')
      return yield* ctx.die(`Invalid RSA key length: minimum is 1024 bits`, 255)
    const quiet = ctx.has('q')
    if (!quiet) ctx.out.put(`Generating public/private ${type} key pair.\n`)
    const usual = `${home}/.ssh/id_${type}`
    const path = ctx.value('f') ?? ((yield* ask(ctx, `Enter file in which to save the key (${usual}): `)) || usual)
    if (proc.access(path, '')) {
      ctx.out.put(`${path} already exists.\n`)
      if (!/^y/i.test(yield* ask(ctx, 'Overwrite (y/n)? '))) return 1
    }
    if (ctx.value('N') === undefined) {
      const first = yield* ask(ctx, 'Enter passphrase (empty for no passphrase): ')
      if (first !== '') return yield* ctx.notModelled('with a passphrase')
      yield* ask(ctx, 'Enter same passphrase again: ')
    } else if (ctx.value('N') !== '') return yield* ctx.notModelled('-N with a passphrase')
    const folder = path.slice(0, path.lastIndexOf('/'))
    const comment = ctx.value('C') ?? `${user}@${proc.uname().nodename}`
    try {
      if (folder === `${home}/.ssh` && !proc.access(folder, '')) {
        proc.mkdir(folder, 0o700)
        if (!quiet) ctx.out.put(`Created directory '${folder}'.\n`)
      }
      const key = publicKey(proc, kind, bits)
      yield* writeFile(proc, path, privateKey(proc, key), 0o600)
      yield* writeFile(proc, `${path}.pub`, `${kind.algorithm} ${toBase64(key)} ${comment}\n`, 0o644)
      if (quiet) return 0
      ctx.out.put(`Your identification has been saved in ${path}\nYour public key has been saved in ${path}.pub\n`)
      ctx.out.put(`The key fingerprint is:\n${fingerprint(key)} ${comment}\nThe key's randomart image is:\n`)
      ctx.out.put(randomart(sha256(key), `${kind.label} ${bits}`, 'SHA256'))
      return 0
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* ctx.out.flush()
      yield* say(proc, 2, `Saving key "${path}" failed: ${strerror(error)}\n`)
      return 1
    }
  },
})
