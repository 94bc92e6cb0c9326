import type { Proc } from '#linux/syscalls.ts'
import { DAY } from '#sim/time.ts'
import { latin, readAll, slurp, textOf, writeFile } from '../lib/io.ts'
import { defineProgram } from '../lib/program.ts'

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const SALT_LENGTH = 22
const HASH_LENGTH = 43

/** A password's field of /etc/shadow in the form of crypt(5)'s yescrypt. Differs: random text; nothing compares passwords. */
function yescrypt(proc: Proc): string {
  const word = (length: number): string => [...proc.getrandom(length)].map((b) => ALPHABET[b % ALPHABET.length]).join('')
  return `$y$j9T$${word(SALT_LENGTH)}$${word(HASH_LENGTH)}`
}

/** chpasswd(8): `name:password` lines; all of them or, with any wrong, none. */
export const chpasswd = defineProgram({
  name: 'login/chpasswd',
  usage: '[options]',
  missing: 'R',
  short: 'c:eh:mR:s:',
  long: 'crypt-method=:c encrypted:e md5:m root=:R sha-rounds=:s',
  *run(ctx) {
    const { proc } = ctx
    if (proc.credentials().euid !== 0) {
      yield* ctx.warn('Permission denied.')
      return yield* ctx.die('cannot lock /etc/passwd; try again later.')
    }
    const shadow = ((yield* slurp(proc, '/etc/shadow')) ?? '').split('\n')
    const input = textOf(latin(yield* readAll(proc, 0))).split('\n')
    if (input.at(-1) === '') input.pop()
    for (const [i, line] of input.entries()) {
      const colon = line.indexOf(':')
      if (colon < 0) {
        yield* ctx.warn(`line ${i + 1}: missing new password`)
        continue
      }
      const name = line.slice(0, colon)
      const at = shadow.findIndex((l) => l.startsWith(`${name}:`))
      const fields = shadow[at]?.split(':')
      if (fields === undefined) {
        yield* ctx.warn(`line ${i + 1}: user '${name}' does not exist`)
        continue
      }
      fields[1] = ctx.has('e') ? line.slice(colon + 1) : yescrypt(proc)
      fields[2] = String(Math.floor(proc.now() / DAY))
      shadow[at] = fields.join(':')
    }
    if (ctx.status !== 0) return yield* ctx.die('error detected, changes ignored')
    yield* writeFile(proc, '/etc/shadow', shadow.join('\n'), 0o640)
    return 0
  },
})
