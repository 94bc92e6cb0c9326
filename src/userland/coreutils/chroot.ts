import { Errno, strerror } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { Accounts } from '../lib/accounts.ts'
import { execvp } from '../lib/exec.ts'
import { slurp } from '../lib/io.ts'
import { type Context, defineProgram } from '../lib/program.ts'
import { quote } from '../lib/quote.ts'

/** chroot could not do its part; what it runs could not be run; could not be found. */
const EXIT_CANCELED = 125
const EXIT_CANNOT_INVOKE = 126
const EXIT_ENOENT = 127

/** chroot(1) */
export const chroot = defineProgram({
  name: 'coreutils/chroot',
  usage: '[OPTION] NEWROOT [COMMAND [ARG]...]\nOPTION',
  long: 'groups= userspec= skip-chdir',
  posix: true,
  usageStatus: EXIT_CANCELED,
  *run(ctx) {
    const { proc, operands } = ctx
    const root = operands[0]
    if (root === undefined) return yield* ctx.usage('missing operand')
    const same = isRoot(proc, root)
    if (ctx.has('skip-chdir') && !same) return yield* ctx.usage("option --skip-chdir only permitted if NEWROOT is old '/'")
    // Names are looked up in the old root first, as long as its files are at hand.
    const outside = yield* accounts(proc)
    try {
      proc.chroot(root)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      return yield* ctx.die(`cannot change root directory to ${quote(root)}: ${strerror(error)}`, EXIT_CANCELED)
    }
    try {
      if (!ctx.has('skip-chdir')) proc.chdir('/')
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      return yield* ctx.die(`cannot chdir to root directory: ${strerror(error)}`, EXIT_CANCELED)
    }
    yield* become(ctx, outside)
    const command = operands.length > 1 ? operands.slice(1) : [proc.getenv('SHELL') ?? '/bin/sh', '-i']
    try {
      return yield* execvp(proc, command)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      const status = error.code === 'ENOENT' ? EXIT_ENOENT : EXIT_CANNOT_INVOKE
      return yield* ctx.die(`failed to run command ${quote(command[0] ?? '')}: ${strerror(error)}`, status)
    }
  },
})

function isRoot(proc: Proc, path: string): boolean {
  try {
    return proc.realpath(path) === '/'
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}

function* accounts(proc: Proc): Sim<Accounts> {
  return new Accounts((yield* slurp(proc, '/etc/passwd')) ?? '', (yield* slurp(proc, '/etc/group')) ?? '')
}

/** --userspec and --groups. */
function* become(ctx: Context, outside: Accounts): Sim<void> {
  const { proc } = ctx
  const spec = ctx.value('userspec')
  const list = ctx.value('groups')
  if (spec === undefined && list === undefined) return
  const inside = yield* accounts(proc)
  const user = (name: string): { readonly uid: number; readonly gid: number | undefined } | undefined => {
    const found = inside.user(name) ?? outside.user(name)
    if (found !== undefined) return found
    return /^\+?\d+$/.test(name) ? { uid: Number(name), gid: undefined } : undefined
  }
  const group = (name: string): number | undefined => {
    const found = inside.group(name) ?? outside.group(name)
    return found?.gid ?? (/^\+?\d+$/.test(name) ? Number(name) : undefined)
  }
  const [userName = '', groupName = ''] = (spec ?? '').split(/[:.]/)
  const who = userName === '' ? undefined : user(userName)
  if (userName !== '' && who === undefined) return yield* ctx.die('invalid user', EXIT_CANCELED)
  const gid = groupName === '' ? who?.gid : group(groupName)
  if (groupName !== '' && gid === undefined) return yield* ctx.die('invalid group', EXIT_CANCELED)
  const groups: number[] = []
  for (const name of list === undefined || list === '' ? [] : list.split(',')) {
    const id = group(name)
    if (id === undefined) return yield* ctx.die(`invalid group ${quote(name)}`, EXIT_CANCELED)
    groups.push(id)
  }
  try {
    proc.setgroups(list !== undefined ? groups : gid === undefined ? [] : [gid])
    if (gid !== undefined) proc.setresgid(gid, gid, gid)
    if (who !== undefined) proc.setresuid(who.uid, who.uid, who.uid)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return yield* ctx.die(`failed to set user-ID: ${strerror(error)}`, EXIT_CANCELED)
  }
}
