import type { Sim } from '#sim/wait.ts'
import { type Accounts, loadAccounts } from '#userland/lib/accounts.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { quote, quoteaf } from '#userland/lib/quote.ts'

interface Who {
  readonly uid: number
  readonly euid: number
  readonly gid: number
  readonly egid: number
  readonly groups: readonly number[]
}

function* whoIs(ctx: Context, accounts: Accounts, name: string | undefined): Sim<Who | undefined> {
  if (name === undefined) return ctx.proc.credentials()
  const user = accounts.user(name) ?? (/^\d+$/.test(name) ? accounts.userById(Number(name)) : undefined)
  if (user === undefined) {
    yield* ctx.warn(`${quoteaf(name)}: no such user`)
    return undefined
  }
  return { uid: user.uid, euid: user.uid, gid: user.gid, egid: user.gid, groups: accounts.groupsOf(user) }
}

function allGroups(who: Who): number[] {
  return [...new Set([who.gid, ...(who.egid === who.gid ? [] : [who.egid]), ...who.groups])]
}

/** id(1) */
export const id = defineProgram({
  name: 'coreutils/id',
  usage: '[OPTION]... [USER]...',
  short: 'aGgnruzZ',
  long: 'context:Z group:g groups:G name:n real:r user:u zero:z',
  *run(ctx) {
    const only = ['u', 'g', 'G', 'Z'].filter((o) => ctx.has(o))
    if (only.length > 1) return yield* ctx.usage('cannot print "only" of more than one choice')
    if (ctx.has('Z')) return yield* ctx.die('--context (-Z) works only on an SELinux-enabled kernel')
    if (only.length === 0 && ctx.has('n', 'r')) return yield* ctx.usage('cannot print only names or real IDs in default format')
    if (only.length === 0 && ctx.has('z')) return yield* ctx.usage('option --zero not permitted in default format')
    const accounts = yield* loadAccounts(ctx.proc)
    const end = ctx.has('z') ? '\0' : '\n'
    for (const name of ctx.operands.length === 0 ? [undefined] : ctx.operands) {
      const who = yield* whoIs(ctx, accounts, name)
      if (who === undefined) continue
      const named = function* (kind: 'user' | 'group', n: number): Sim<string> {
        if (!ctx.has('n')) return String(n)
        const found = kind === 'user' ? accounts.userById(n)?.name : accounts.groupById(n)?.name
        if (found === undefined) {
          yield* ctx.warn(`cannot find name for ${kind} ID ${n}`)
          return String(n)
        }
        return found
      }
      const real = ctx.has('r')
      if (only[0] === 'u') ctx.out.put((yield* named('user', real ? who.uid : who.euid)) + end)
      else if (only[0] === 'g') ctx.out.put((yield* named('group', real ? who.gid : who.egid)) + end)
      else if (only[0] === 'G') {
        const texts: string[] = []
        for (const g of allGroups(who)) texts.push(yield* named('group', g))
        ctx.out.put(texts.join(ctx.has('z') ? '\0' : ' ') + (ctx.has('z') && ctx.operands.length > 1 ? '\0\0' : end))
      } else {
        const user = (n: number): string => `${n}${accounts.userById(n) === undefined ? '' : `(${accounts.userName(n)})`}`
        const group = (n: number): string => `${n}${accounts.groupById(n) === undefined ? '' : `(${accounts.groupName(n)})`}`
        let text = `uid=${user(who.uid)} gid=${group(who.gid)}`
        if (who.euid !== who.uid) text += ` euid=${user(who.euid)}`
        if (who.egid !== who.gid) text += ` egid=${group(who.egid)}`
        ctx.out.put(`${text} groups=${allGroups(who).map(group).join(',')}\n`)
      }
    }
    return ctx.status
  },
})

/** groups(1) */
export const groups = defineProgram({
  name: 'coreutils/groups',
  usage: '[OPTION]... [USERNAME]...',
  *run(ctx) {
    const accounts = yield* loadAccounts(ctx.proc)
    for (const name of ctx.operands.length === 0 ? [undefined] : ctx.operands) {
      const who = yield* whoIs(ctx, accounts, name)
      if (who === undefined) continue
      const texts: string[] = []
      for (const g of allGroups(who)) {
        if (accounts.groupById(g) === undefined) yield* ctx.warn(`cannot find name for group ID ${g}`)
        texts.push(accounts.groupName(g))
      }
      ctx.out.put(`${name === undefined ? '' : `${name} : `}${texts.join(' ')}\n`)
    }
    return ctx.status
  },
})

/** whoami(1) */
export const whoami = defineProgram({
  name: 'coreutils/whoami',
  usage: '[OPTION]...',
  *run(ctx) {
    if (ctx.operands.length > 0) return yield* ctx.usage(`extra operand ${quote(ctx.operands[0] ?? '')}`)
    const accounts = yield* loadAccounts(ctx.proc)
    const { euid } = ctx.proc.credentials()
    const user = accounts.userById(euid)
    if (user === undefined) return yield* ctx.die(`cannot find name for user ID ${euid}`)
    ctx.out.put(`${user.name}\n`)
    return 0
  },
})

/** logname(1) */
export const logname = defineProgram({
  name: 'coreutils/logname',
  usage: '[OPTION]',
  *run(ctx) {
    return yield* ctx.die('no login name')
  },
})

/** users(1), who(1): utmp of the modelled machines is empty: nobody logged in through login(1). */
export const users = defineProgram({
  name: 'coreutils/users',
  usage: '[OPTION]... [FILE]',
  *run() {
    return 0
  },
})

export const who = defineProgram({
  name: 'coreutils/who',
  usage: '[OPTION]... [ FILE | ARG1 ARG2 ]',
  short: 'abdlmpqrstuwHT',
  long: 'all:a boot:b count:q dead:d heading:H login:l lookup mesg:w message:w writable:w process:p runlevel:r short:s time:t users:u ips',
  *run(ctx) {
    if (ctx.has('H')) ctx.out.put('NAME     LINE         TIME             COMMENT\n')
    if (ctx.has('q')) ctx.out.put('\n# users=0\n')
    return 0
  },
})

/** tty(1) */
export const tty = defineProgram({
  name: 'coreutils/tty',
  usage: '[OPTION]...',
  short: 's',
  long: 'silent:s quiet:s',
  usageStatus: 2,
  *run(ctx) {
    const is = ctx.proc.isatty(0)
    if (!ctx.has('s')) ctx.out.put(is ? `${ctx.proc.ttyname(0)}\n` : 'not a tty\n')
    return is ? 0 : 1
  },
})

/** uname(1), arch(1) */
export const uname = defineProgram({
  name: 'coreutils/uname',
  usage: '[OPTION]...',
  short: 'asnrvmpio',
  long: 'all:a kernel-name:s sysname:s nodename:n kernel-release:r release:r kernel-version:v machine:m processor:p hardware-platform:i operating-system:o',
  *run(ctx) {
    if (ctx.operands.length > 0) return yield* ctx.usage(`extra operand ${quote(ctx.operands[0] ?? '')}`)
    const u = ctx.proc.uname()
    const all = ctx.has('a')
    const parts: string[] = []
    if (all || ctx.has('s') || ctx.opts.list.length === 0) parts.push(u.sysname)
    if (all || ctx.has('n')) parts.push(u.nodename)
    if (all || ctx.has('r')) parts.push(u.release)
    if (all || ctx.has('v')) parts.push(u.version)
    if (all || ctx.has('m')) parts.push(u.machine)
    if (ctx.has('p') && !all) parts.push('unknown')
    if (ctx.has('i') && !all) parts.push('unknown')
    if (all || ctx.has('o')) parts.push('GNU/Linux')
    ctx.out.put(`${parts.join(' ')}\n`)
    return 0
  },
})

export const arch = defineProgram({
  name: 'coreutils/arch',
  usage: '[OPTION]...',
  *run(ctx) {
    ctx.out.put(`${ctx.proc.uname().machine}\n`)
    return 0
  },
})

/** nproc(1) */
export const nproc = defineProgram({
  name: 'coreutils/nproc',
  usage: '[OPTION]...',
  long: 'all ignore=',
  *run(ctx) {
    const ignore = ctx.value('ignore')
    if (ignore !== undefined && !/^\d+$/.test(ignore)) return yield* ctx.die(`invalid number: ${quote(ignore)}`)
    ctx.out.put(`${Math.max(1, (ctx.has('all') ? ctx.proc.sysinfo().cpus : ctx.proc.getaffinity().length) - Number(ignore ?? 0))}\n`)
    return 0
  },
})

/** hostid(1) */
export const hostid = defineProgram({
  name: 'coreutils/hostid',
  usage: '[OPTION]',
  *run(ctx) {
    ctx.out.put('007f0101\n')
    return 0
  },
})
