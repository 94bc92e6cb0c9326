import { Errno } from '#linux/errno.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import { civil, DAY } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { loadAccounts } from '../lib/accounts.ts'
import { say, slurp, writeFile } from '../lib/io.ts'
import { type Context, defineProgram } from '../lib/program.ts'
import { chage } from './chage.ts'
import { chpasswd } from './chpasswd.ts'

/** Rewrites a colon-separated file of /etc line by line. */
function* edit(proc: Proc, path: string, change: (lines: string[]) => string[]): Sim<void> {
  const text = (yield* slurp(proc, path)) ?? ''
  const lines = change(text.split('\n').filter((l) => l !== ''))
  yield* writeFile(proc, path, lines.map((l) => `${l}\n`).join(''))
}

function* mayEdit(ctx: Context): Sim<void> {
  if (ctx.proc.credentials().euid === 0) return
  yield* ctx.warn('Permission denied.')
  yield* ctx.die(`cannot lock /etc/${ctx.prog.includes('group') ? 'group' : 'passwd'}; try again later.`)
}

function nextId(used: readonly number[], from: number, to: number, down: boolean): number {
  if (down) for (let id = to; id >= from; id--) if (!used.includes(id)) return id
  return Math.max(from - 1, ...used.filter((n) => n >= from && n <= to)) + 1
}

const GOOD_NAME = /^[a-z_][a-z0-9_-]*\$?$/

/** useradd(8): the account, its group, its home with -m. */
const useradd = defineProgram({
  name: 'login/useradd',
  short: 'c:d:e:f:g:G:k:mMNrs:u:Up:o',
  long: 'comment=:c home-dir=:d gid=:g groups=:G skel=:k create-home:m no-create-home:M no-user-group:N system:r shell=:s uid=:u user-group:U password=:p non-unique:o',
  missing: 'D N R b defaults root base-dir',
  usageStatus: 2,
  *run(ctx) {
    const { proc, opts } = ctx
    const name = ctx.operands[0]
    if (name === undefined) {
      yield* say(proc, 2, 'Usage: useradd [options] LOGIN\n')
      return 2
    }
    yield* mayEdit(ctx)
    const accounts = yield* loadAccounts(proc)
    if (!GOOD_NAME.test(name)) return yield* ctx.die(`invalid user name '${name}': use --badname to ignore`, 3)
    if (accounts.user(name) !== undefined) return yield* ctx.die(`user '${name}' already exists`, 9)
    const system = opts.has('r')
    const range = system ? ([100, 999] as const) : ([1000, 60_000] as const)
    const uid = opts.has('u')
      ? Number(opts.value('u'))
      : nextId(
          accounts.users.map((u) => u.uid),
          range[0],
          range[1],
          system,
        )
    if (opts.has('u') && !opts.has('o') && accounts.userById(uid) !== undefined) return yield* ctx.die(`UID ${uid} is not unique`, 4)
    const asked = opts.value('g')
    const group = asked === undefined ? undefined : (accounts.group(asked) ?? accounts.groupById(Number(asked)))
    if (asked !== undefined && group === undefined) return yield* ctx.die(`group '${asked}' does not exist`, 6)
    const extra = (opts.value('G') ?? '').split(',').filter((g) => g !== '')
    for (const g of extra) if (accounts.group(g) === undefined) return yield* ctx.die(`group '${g}' does not exist`, 6)
    if (asked === undefined && accounts.group(name) !== undefined)
      return yield* ctx.die(`group ${name} exists - if you want to add this user to that group, use -g.`, 9)
    const gids = accounts.groups.map((g) => g.gid)
    const gid = group?.gid ?? (gids.includes(uid) ? nextId(gids, range[0], range[1], system) : uid)
    const home = opts.value('d') ?? `/home/${name}`
    yield* edit(proc, '/etc/passwd', (l) => [
      ...l,
      `${name}:x:${uid}:${gid}:${opts.value('c') ?? ''}:${home}:${opts.value('s') ?? '/bin/sh'}`,
    ])
    yield* edit(proc, '/etc/shadow', (l) => [
      ...l,
      `${name}:${opts.value('p') ?? '!'}:${Math.floor(proc.now() / DAY)}:${system ? '::::' : '0:99999:7::'}:`,
    ])
    yield* edit(proc, '/etc/group', (l) => {
      const out = l.map((line) => (extra.includes(line.split(':')[0] ?? '') ? `${line}${line.endsWith(':') ? '' : ','}${name}` : line))
      return group === undefined ? [...out, `${name}:x:${gid}:`] : out
    })
    if (group === undefined) yield* edit(proc, '/etc/gshadow', (l) => [...l, `${name}:!::`])
    if (!opts.has('m')) return 0
    if (proc.access(home, '')) {
      yield* ctx.warn(`warning: the home directory ${home} already exists.\nuseradd: Not copying any file from skel directory into it.`, 0)
      return 0
    }
    proc.mkdir(home, 0o755)
    for (const entry of proc.readdir(opts.value('k') ?? '/etc/skel')) {
      const text = yield* slurp(proc, `${opts.value('k') ?? '/etc/skel'}/${entry.name}`)
      if (text === undefined) continue
      yield* writeFile(proc, `${home}/${entry.name}`, text, 0o644)
      proc.chown(`${home}/${entry.name}`, uid, gid)
    }
    proc.chown(home, uid, gid)
    return 0
  },
})

function removeTree(proc: Proc, path: string): void {
  for (const entry of proc.readdir(path)) {
    if (entry.type === 0o040000) removeTree(proc, `${path}/${entry.name}`)
    else proc.unlink(`${path}/${entry.name}`)
  }
  proc.rmdir(path)
}

/** userdel(8). */
const userdel = defineProgram({
  name: 'login/userdel',
  short: 'rf',
  long: 'remove:r force:f',
  usageStatus: 2,
  *run(ctx) {
    const { proc } = ctx
    const name = ctx.operands[0]
    if (name === undefined) {
      yield* say(proc, 2, 'Usage: userdel [options] LOGIN\n')
      return 2
    }
    yield* mayEdit(ctx)
    const accounts = yield* loadAccounts(proc)
    const user = accounts.user(name)
    if (user === undefined) return yield* ctx.die(`user '${name}' does not exist`, 6)
    if (!ctx.has('f')) {
      for (const entry of proc.readdir('/proc').filter((e) => /^\d+$/.test(e.name))) {
        const owner = /^Uid:\s+(\d+)/m.exec((yield* slurp(proc, `/proc/${entry.name}/status`)) ?? '')?.[1]
        if (owner === String(user.uid)) return yield* ctx.die(`user ${name} is currently used by process ${entry.name}`, 8)
      }
    }
    for (const path of ['/etc/passwd', '/etc/shadow']) yield* edit(proc, path, (l) => l.filter((line) => !line.startsWith(`${name}:`)))
    yield* edit(proc, '/etc/group', (l) =>
      l
        .filter((line) => !(line.startsWith(`${name}:`) && line.endsWith(':')))
        .map((line) => {
          const fields = line.split(':')
          fields[3] = (fields[3] ?? '')
            .split(',')
            .filter((m) => m !== name)
            .join(',')
          return fields.join(':')
        }),
    )
    if (ctx.has('r')) {
      yield* ctx.warn(`${name} mail spool (/var/mail/${name}) not found`, 0)
      try {
        removeTree(proc, user.home)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* ctx.warn(`${name} home directory (${user.home}) not found`, 0)
      }
    }
    return 0
  },
})

/** groupadd(8), groupdel(8). */
const groupadd = defineProgram({
  name: 'login/groupadd',
  short: 'g:rfo',
  long: 'gid=:g system:r force:f',
  usageStatus: 2,
  *run(ctx) {
    const { proc, opts } = ctx
    const name = ctx.operands[0] ?? ''
    yield* mayEdit(ctx)
    const accounts = yield* loadAccounts(proc)
    if (!GOOD_NAME.test(name)) return yield* ctx.die(`'${name}' is not a valid group name`, 3)
    if (accounts.group(name) !== undefined) return opts.has('f') ? 0 : yield* ctx.die(`group '${name}' already exists`, 9)
    const gids = accounts.groups.map((g) => g.gid)
    const system = opts.has('r')
    const gid = opts.has('g') ? Number(opts.value('g')) : nextId(gids, system ? 100 : 1000, system ? 999 : 60_000, system)
    if (opts.has('g') && !opts.has('o') && gids.includes(gid)) return yield* ctx.die(`GID '${gid}' already exists`, 4)
    yield* edit(proc, '/etc/group', (l) => [...l, `${name}:x:${gid}:`])
    yield* edit(proc, '/etc/gshadow', (l) => [...l, `${name}:!::`])
    return 0
  },
})

const groupdel = defineProgram({
  name: 'login/groupdel',
  short: 'f',
  usageStatus: 2,
  *run(ctx) {
    const { proc } = ctx
    const name = ctx.operands[0] ?? ''
    yield* mayEdit(ctx)
    const accounts = yield* loadAccounts(proc)
    const group = accounts.group(name)
    if (group === undefined) return yield* ctx.die(`group '${name}' does not exist`, 6)
    const owner = accounts.users.find((u) => u.gid === group.gid)
    if (owner !== undefined) return yield* ctx.die(`cannot remove the primary group of user '${owner.name}'`, 8)
    for (const path of ['/etc/group', '/etc/gshadow']) yield* edit(proc, path, (l) => l.filter((line) => !line.startsWith(`${name}:`)))
    return 0
  },
})

/** usermod(8) in outline: -aG, -G, -s, -d, -L, -U, -c. */
const usermod = defineProgram({
  name: 'login/usermod',
  short: 'aG:s:d:LUc:g:',
  long: 'append:a groups=:G shell=:s home=:d lock:L unlock:U comment=:c gid=:g',
  missing: 'l u m e f p login uid move-home',
  usageStatus: 2,
  *run(ctx) {
    const { proc, opts } = ctx
    const name = ctx.operands[0] ?? ''
    yield* mayEdit(ctx)
    const accounts = yield* loadAccounts(proc)
    if (accounts.user(name) === undefined) return yield* ctx.die(`user '${name}' does not exist`, 6)
    const groups = opts
      .value('G')
      ?.split(',')
      .filter((g) => g !== '')
    for (const g of groups ?? []) if (accounts.group(g) === undefined) return yield* ctx.die(`group '${g}' does not exist`, 6)
    const gid = opts.has('g') ? (accounts.group(opts.value('g') ?? '')?.gid ?? Number(opts.value('g'))) : undefined
    yield* edit(proc, '/etc/passwd', (l) =>
      l.map((line) => {
        const f = line.split(':')
        if (f[0] !== name) return line
        return [f[0], f[1], f[2], gid ?? f[3], opts.value('c') ?? f[4], opts.value('d') ?? f[5], opts.value('s') ?? f[6]].join(':')
      }),
    )
    if (groups !== undefined) {
      yield* edit(proc, '/etc/group', (l) =>
        l.map((line) => {
          const f = line.split(':')
          const members = (f[3] ?? '').split(',').filter((m) => m !== '')
          const wanted = groups.includes(f[0] ?? '') || (opts.has('a') && members.includes(name))
          f[3] = [...members.filter((m) => m !== name || wanted), ...(wanted && !members.includes(name) ? [name] : [])].join(',')
          return f.join(':')
        }),
      )
    }
    if (opts.has('L', 'U')) {
      yield* edit(proc, '/etc/shadow', (l) =>
        l.map((line) => {
          const f = line.split(':')
          if (f[0] === name) f[1] = opts.has('L') ? `!${(f[1] ?? '').replace(/^!/, '')}` : (f[1] ?? '').replace(/^!/, '')
          return f.join(':')
        }),
      )
    }
    return 0
  },
})

/** passwd(1) in outline: -d, -l, -u, -S; setting one is not modelled, for nothing compares passwords. */
const passwd = defineProgram({
  name: 'login/passwd',
  short: 'dluS',
  long: 'delete:d lock:l unlock:u status:S',
  *run(ctx) {
    const { proc, opts } = ctx
    const accounts = yield* loadAccounts(proc)
    const uid = proc.credentials().uid
    const name = ctx.operands[0] ?? accounts.userName(uid)
    if (accounts.user(name) === undefined) return yield* ctx.die(`user '${name}' does not exist`)
    if (uid !== 0 && name !== accounts.userName(uid)) return yield* ctx.die(`You may not view or modify password information for ${name}.`)
    if (opts.has('S')) {
      const fields =
        ((yield* slurp(proc, '/etc/shadow')) ?? '')
          .split('\n')
          .find((l) => l.startsWith(`${name}:`))
          ?.split(':') ?? []
      const hash = fields[1] ?? ''
      const [changed, min, max, warn, inactive] = fields.slice(2).map((f) => (f === '' ? -1 : Number(f)))
      const day = civil((changed ?? 0) * DAY)
      const date = [day.month, day.day, day.year].map((n) => String(n).padStart(2, '0')).join('/')
      const kind = hash === '' ? 'NP' : /^[!*]/.test(hash) ? 'L' : 'P'
      yield* say(proc, 1, `${name} ${kind} ${date} ${min ?? -1} ${max ?? -1} ${warn ?? -1} ${inactive ?? -1}\n`)
      return 0
    }
    if (!opts.has('d', 'l', 'u')) return yield* ctx.notModelled('setting a password')
    yield* edit(proc, '/etc/shadow', (l) =>
      l.map((line) => {
        const f = line.split(':')
        if (f[0] === name) f[1] = opts.has('d') ? '' : opts.has('l') ? `!${(f[1] ?? '').replace(/^!/, '')}` : (f[1] ?? '').replace(/^!/, '')
        return f.join(':')
      }),
    )
    yield* say(proc, 1, 'passwd: password changed.\n')
    return 0
  },
})

export const programs: readonly Program[] = [chpasswd, useradd, userdel, usermod, groupadd, groupdel, passwd, chage]
