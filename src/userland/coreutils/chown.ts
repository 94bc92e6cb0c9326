import { Errno, strerror } from '#linux/errno.ts'
import type { Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { type Accounts, loadAccounts } from '#userland/lib/accounts.ts'
import { isDir, isLink } from '#userland/lib/mode.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { quote, quoteaf } from '#userland/lib/quote.ts'
import { joinPath } from './copy.ts'

/** -1: leave it. */
interface Owner {
  readonly uid: number
  readonly gid: number
}

/** Parses `user`, `user:group`, `user:`, `:group`, with names or numbers; a message when there is no such one. */
export function parseOwner(accounts: Accounts, spec: string): Owner | 'invalid user' | 'invalid group' {
  const colon = spec.indexOf(':')
  const name = colon < 0 ? spec : spec.slice(0, colon)
  const group = colon < 0 ? undefined : spec.slice(colon + 1)
  let uid = -1
  let gid = -1
  if (name !== '') {
    const user = accounts.user(name)
    if (user !== undefined) uid = user.uid
    else if (/^\d+$/.test(name)) uid = Number(name)
    else return 'invalid user'
    if (group === '') {
      const own = user ?? accounts.userById(uid)
      if (own === undefined) return 'invalid user'
      gid = own.gid
    }
  }
  if (group !== undefined && group !== '') {
    const found = accounts.group(group)
    if (found !== undefined) gid = found.gid
    else if (/^\d+$/.test(group)) gid = Number(group)
    else return 'invalid group'
  }
  return { uid, gid }
}

function* change(ctx: Context, accounts: Accounts, path: string, owner: Owner, asked: string, operand: boolean): Sim<void> {
  const { proc } = ctx
  const isGroup = ctx.prog.endsWith('chgrp')
  const what = isGroup || owner.uid < 0 ? 'group' : 'ownership'
  const follow = !ctx.has('h') && !(ctx.has('R') && !ctx.has('L') && !(operand && ctx.has('H')))
  try {
    const stat = follow ? proc.stat(path) : proc.lstat(path)
    const from = ctx.value('from')
    if (from !== undefined) {
      const wanted = parseOwner(accounts, from)
      if (typeof wanted === 'object' && ((wanted.uid >= 0 && wanted.uid !== stat.uid) || (wanted.gid >= 0 && wanted.gid !== stat.gid)))
        return
    }
    if (ctx.has('R') && isDir(stat.mode) && !(isLink(proc.lstat(path).mode) && !ctx.has('L', 'H'))) {
      for (const e of proc.readdir(path)) yield* change(ctx, accounts, joinPath(path, e.name), owner, asked, false)
    }
    const old =
      isGroup || owner.uid < 0
        ? accounts.groupName(stat.gid)
        : owner.gid < 0
          ? accounts.userName(stat.uid)
          : `${accounts.userName(stat.uid)}:${accounts.groupName(stat.gid)}`
    try {
      proc.chown(path, owner.uid, owner.gid, follow)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      ctx.status = 1
      if (!ctx.has('f')) yield* ctx.warn(`changing ${what} of ${quoteaf(path)}: ${strerror(error)}`)
      if (ctx.has('v')) ctx.out.put(`failed to change ${what} of ${quoteaf(path)} from ${old} to ${asked}\n`)
      return
    }
    const changed = (owner.uid >= 0 && owner.uid !== stat.uid) || (owner.gid >= 0 && owner.gid !== stat.gid)
    if (changed && ctx.has('v', 'c')) ctx.out.put(`changed ${what} of ${quoteaf(path)} from ${old} to ${asked}\n`)
    else if (!changed && ctx.has('v')) ctx.out.put(`${what} of ${quoteaf(path)} retained as ${asked}\n`)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    ctx.status = 1
    if (!ctx.has('f'))
      yield* ctx.warn(
        `cannot ${error.code === 'ENOENT' && operand && isDangling(ctx, path) ? 'dereference' : 'access'} ${quoteaf(path)}: ${strerror(error)}`,
      )
  }
}

function isDangling(ctx: Context, path: string): boolean {
  try {
    return isLink(ctx.proc.lstat(path).mode)
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}

function owning(name: 'chown' | 'chgrp', usage: string): Program {
  return defineProgram({
    name: `coreutils/${name}`,
    usage,
    short: 'HLPRcfhv',
    long: 'recursive:R changes:c dereference from= no-dereference:h no-preserve-root preserve-root quiet:f silent:f reference= verbose:v',
    *run(ctx) {
      const accounts = yield* loadAccounts(ctx.proc)
      const operands = [...ctx.operands]
      const reference = ctx.value('reference')
      let owner: Owner
      let asked: string
      if (reference !== undefined) {
        try {
          const stat = ctx.proc.stat(reference)
          owner = { uid: name === 'chgrp' ? -1 : stat.uid, gid: stat.gid }
          asked = name === 'chgrp' ? accounts.groupName(stat.gid) : `${accounts.userName(stat.uid)}:${accounts.groupName(stat.gid)}`
        } catch (error) {
          if (!(error instanceof Errno)) throw error
          return yield* ctx.die(`failed to get attributes of ${quoteaf(reference)}: ${strerror(error)}`)
        }
      } else {
        const spec = operands.shift()
        if (spec === undefined) return yield* ctx.usage('missing operand')
        if (operands.length === 0) return yield* ctx.usage(`missing operand after ${quote(spec)}`)
        const parsed = parseOwner(accounts, name === 'chgrp' ? `:${spec}` : spec)
        if (typeof parsed === 'string') return yield* ctx.die(`${parsed}: ${quote(spec)}`)
        owner = parsed
        const own = spec.endsWith(':') && owner.gid >= 0 ? `${spec}${accounts.groupName(owner.gid)}` : spec
        asked = name === 'chgrp' ? spec : owner.uid < 0 ? spec.slice(1) : own
      }
      if (operands.length === 0) return yield* ctx.usage('missing operand')
      for (const path of operands) yield* change(ctx, accounts, path, owner, asked, true)
      return ctx.status
    },
  })
}

/** chown(1), chgrp(1) */
export const chown = owning('chown', '[OPTION]... [OWNER][:[GROUP]] FILE...\n[OPTION]... --reference=RFILE FILE...')
export const chgrp = owning('chgrp', '[OPTION]... GROUP FILE...\n[OPTION]... --reference=RFILE FILE...')
