import { CAP, CAPABILITIES, type CapabilityName, capBit } from '#linux/process/capability.ts'
import { signalNumber } from '#linux/signal.ts'
import type { Proc } from '#linux/syscalls.ts'
import { Accounts } from '../lib/accounts.ts'
import { say, slurp } from '../lib/io.ts'
import { execute, Fatal, orDie, tool } from './common.ts'

const HELP = `
Usage:
 setpriv [options] <program> [<argument>...]

Run a program with different privilege settings.

Options:
 -d, --dump                  show current state (and do not exec)
 --nnp, --no-new-privs       disallow granting new privileges
 --ambient-caps <caps>       set ambient capabilities
 --inh-caps <caps>           set inheritable capabilities
 --bounding-set <caps>       set capability bounding set
 --ruid <uid|user>           set real uid
 --euid <uid|user>           set effective uid
 --rgid <gid|group>          set real gid
 --egid <gid|group>          set effective gid
 --reuid <uid|user>          set real and effective uid
 --regid <gid|group>         set real and effective gid
 --clear-groups              clear supplementary groups
 --keep-groups               keep supplementary groups
 --init-groups               initialize supplementary groups
 --groups <group>[,...]      set supplementary group(s) by GID or name
 --securebits <bits>         set securebits
 --pdeathsig keep|clear|<signame>
                             set or clear parent death signal
 --reset-env                 clear all environment and initialize
                               HOME, SHELL, USER, LOGNAME and PATH

 -h, --help                  display this help
 -V, --version               display version

For more details see setpriv(1).
`

/** A list like `-all,+net_raw,cap_kill` applied to a set. */
function applyCaps(old: bigint, text: string): bigint {
  let out = old
  for (const word of text.split(',')) {
    const m = /^([+-])(?:cap_)?(\w+)$/.exec(word)
    const name = m?.[2] ?? ''
    const all = name === 'all' ? CAPABILITIES.reduce((bits, n) => bits | capBit(CAP[n]), 0n) : undefined
    const bits = all ?? (Object.hasOwn(CAP, name) ? capBit(CAP[name as CapabilityName]) : undefined)
    if (m === null || bits === undefined) throw new Fatal(m === null ? 'bad capability string' : `unknown capability "${name}"`)
    out = m[1] === '+' ? out | bits : out & ~bits
  }
  return out
}

function names(caps: bigint): string {
  if (caps === 0n) return '[none]'
  return CAPABILITIES.filter((n) => (caps & capBit(CAP[n])) !== 0n).join(',')
}

/** setpriv(1) */
export const setpriv = tool({
  name: 'util-linux/setpriv',
  help: HELP,
  usageStatus: 1,
  short: 'dhV',
  long:
    'dump:d nnp no-new-privs:nnp ambient-caps= inh-caps= bounding-set= list-caps ruid= euid= rgid= egid= reuid= regid= clear-groups keep-groups init-groups groups= ' +
    'securebits= pdeathsig= selinux-label= apparmor-profile= reset-env',
  *run(proc, opts) {
    if (opts.has('list-caps')) {
      yield* say(proc, 1, CAPABILITIES.map((n) => `${n}\n`).join(''))
      return 0
    }
    if (opts.has('d')) {
      yield* say(proc, 1, dump(proc, (yield* slurp(proc, '/proc/self/status')) ?? ''))
      return 0
    }
    if (opts.has('selinux-label', 'apparmor-profile')) throw new Fatal('podlab: setpriv with LSM labels is not modelled')
    if (opts.operands.length === 0) throw new Fatal('No program specified')
    const accounts = new Accounts((yield* slurp(proc, '/etc/passwd')) ?? '', (yield* slurp(proc, '/etc/group')) ?? '')
    const user = (text: string): number => accounts.user(text)?.uid ?? numeric(text, 'failed to parse reuid')
    const group = (text: string): number => accounts.group(text)?.gid ?? numeric(text, 'failed to parse rgid')
    const uids = ['ruid', 'euid', 'reuid'].map((n) => opts.value(n))
    const gids = ['rgid', 'egid', 'regid'].map((n) => opts.value(n))
    const now = proc.credentials()
    const ruid = uids[0] ?? uids[2]
    const euid = uids[1] ?? uids[2]
    const rgid = gids[0] ?? gids[2]
    const egid = gids[1] ?? gids[2]
    if ((rgid !== undefined || egid !== undefined) && !opts.has('clear-groups', 'keep-groups', 'init-groups', 'groups')) {
      throw new Fatal('--[re]gid requires --keep-groups, --clear-groups, --init-groups, or --groups')
    }
    let environ: readonly string[] = proc.environ
    if (opts.has('nnp')) proc.setNoNewPrivs()
    const bounding = opts.value('bounding-set')
    const newRuid = ruid === undefined ? -1 : user(ruid)
    const newEuid = euid === undefined ? -1 : user(euid)
    if (opts.has('reset-env')) {
      const who = accounts.userById(newRuid === -1 ? now.uid : newRuid)
      const path = who?.uid === 0 ? '/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin' : '/usr/local/bin:/bin:/usr/bin'
      environ = [
        `TERM=${proc.getenv('TERM') ?? 'dumb'}`,
        `SHELL=${who?.shell ?? '/bin/sh'}`,
        `HOME=${who?.home ?? '/'}`,
        `USER=${who?.name ?? ''}`,
        `LOGNAME=${who?.name ?? ''}`,
        `PATH=${path}`,
      ]
    }
    const keep = proc.capget()
    if (bounding !== undefined) orDie('apply bounding set', () => proc.capset({ bounding: applyCaps(keep.bounding, bounding) }))
    if (opts.has('clear-groups')) orDie('setgroups failed', () => proc.setgroups([]))
    else if (opts.has('groups')) orDie('setgroups failed', () => proc.setgroups((opts.value('groups') ?? '').split(',').map(group)))
    else if (opts.has('init-groups')) {
      const who = accounts.userById(newRuid === -1 ? now.uid : newRuid)
      if (who === undefined) throw new Fatal(`uid ${newRuid} not found, --init-groups requires an user that can be found on the system`)
      orDie('initgroups failed', () => proc.setgroups(accounts.groupsOf(who)))
    }
    if (rgid !== undefined || egid !== undefined) {
      orDie('setresgid failed', () =>
        proc.setresgid(rgid === undefined ? -1 : group(rgid), egid === undefined ? -1 : group(egid), egid === undefined ? -1 : group(egid)),
      )
    }
    if (newRuid !== -1 || newEuid !== -1) {
      proc.setSecurebits(proc.getSecurebits() | KEEP_CAPS)
      orDie('setresuid failed', () => proc.setresuid(newRuid, newEuid, newEuid))
      // PR_SET_KEEPCAPS keeps the permitted set only.
      const { effective, permitted } = keep
      orDie('apply capabilities', () => proc.capset({ effective, permitted }))
    }
    const inheritable = opts.value('inh-caps')
    if (inheritable !== undefined)
      orDie('apply capabilities', () =>
        proc.capset({
          inheritable: applyCaps(proc.capget().inheritable, inheritable),
        }),
      )
    const ambient = opts.value('ambient-caps')
    if (ambient !== undefined) orDie('set ambient capabilities', () => proc.capset({ ambient: applyCaps(proc.capget().ambient, ambient) }))
    const death = opts.value('pdeathsig')
    if (death !== undefined && death !== 'keep') proc.setParentDeathSignal(death === 'clear' ? 0 : (signalNumber(death) ?? 0))
    const bits = opts.value('securebits')
    if (bits !== undefined) orDie('set process securebits failed', () => proc.setSecurebits(securebits(proc.getSecurebits(), bits)))
    return yield* execute(proc, opts.operands, environ)
  },
})

const KEEP_CAPS = 16

const SECUREBITS: Readonly<Record<string, number>> = {
  noroot: 1,
  noroot_locked: 2,
  no_setuid_fixup: 4,
  no_setuid_fixup_locked: 8,
  keep_caps: 16,
  keep_caps_locked: 32,
  no_cap_ambient_raise: 64,
  no_cap_ambient_raise_locked: 128,
}

function securebits(old: number, text: string): number {
  let out = old
  for (const word of text.split(',')) {
    const bit = SECUREBITS[word.slice(1)]
    if (bit === undefined) throw new Fatal('unrecognized securebit')
    out = word.startsWith('+') ? out | bit : out & ~bit
  }
  return out
}

function numeric(text: string, what: string): number {
  if (!/^\d+$/.test(text)) throw new Fatal(`${what}: '${text}'`)
  return Number(text)
}

function dump(proc: Proc, status: string): string {
  const c = proc.credentials()
  const caps = proc.capget()
  const bits = Object.entries(SECUREBITS)
    .filter(([, bit]) => (proc.getSecurebits() & bit) !== 0)
    .map(([name]) => name)
  return (
    `uid: ${c.uid}\neuid: ${c.euid}\ngid: ${c.gid}\negid: ${c.egid}\nSupplementary groups: ${c.groups.length === 0 ? '[none]' : c.groups.join(',')}\n` +
    `no_new_privs: ${/NoNewPrivs:\t1/.test(status) ? 1 : 0}\nInheritable capabilities: ${names(caps.inheritable)}\nAmbient capabilities: ${names(caps.ambient)}\n` +
    `Capability bounding set: ${names(caps.bounding)}\nSecurebits: ${bits.length === 0 ? '[none]' : bits.join(',')}\nParent death signal: [none]\n`
  )
}
