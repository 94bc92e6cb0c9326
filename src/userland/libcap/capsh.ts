import { Errno, strerror } from '#linux/errno.ts'
import { CAPABILITIES } from '#linux/process/capability.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { Accounts } from '../lib/accounts.ts'
import { say, slurp } from '../lib/io.ts'
import { capMask, capNames, formatCapSets, parseCaps } from './text.ts'

/** capsh(1): shows and changes capabilities, then runs a shell. */
export const capsh: Program = {
  name: 'libcap2-bin/capsh',
  *main(proc) {
    const args = proc.argv.slice(1)
    const fail = function* (text: string): Sim<number> {
      yield* say(proc, 2, `${text}\n`)
      return 1
    }
    for (let i = 0; i < args.length; i++) {
      const arg = args[i] as string
      const value = arg.slice(arg.indexOf('=') + 1)
      try {
        if (arg === '--print') yield* print(proc)
        else if (arg.startsWith('--drop=')) {
          const mask = capMask(value)
          if (mask === undefined) return yield* fail(`Unable to drop capability [${value}]: Invalid argument`)
          for (const name of capNames(mask)) {
            try {
              proc.capset({
                bounding: proc.capget().bounding & ~(capMask(name) ?? 0n),
              })
            } catch (error) {
              if (!(error instanceof Errno)) throw error
              return yield* fail(`failed to drop [${name}=${CAPABILITIES.findIndex((n) => `cap_${n}` === name)}]: ${strerror(error)}`)
            }
          }
        } else if (arg.startsWith('--caps=')) {
          const sets = parseCaps(value)
          if (sets === undefined) return yield* fail(`unable to interpret [${value}]`)
          proc.capset(sets)
        } else if (arg.startsWith('--inh='))
          proc.capset({
            inheritable: value === '' ? 0n : (capMask(value) ?? 0n),
          })
        else if (arg.startsWith('--addamb='))
          proc.capset({
            ambient: proc.capget().ambient | (capMask(value) ?? 0n),
          })
        else if (arg.startsWith('--delamb='))
          proc.capset({
            ambient: proc.capget().ambient & ~(capMask(value) ?? 0n),
          })
        else if (arg === '--noamb') proc.capset({ ambient: 0n })
        else if (arg.startsWith('--secbits=')) proc.setSecurebits(Number(value))
        else if (arg === '--no-new-privs') proc.setNoNewPrivs()
        else if (arg.startsWith('--keep=')) proc.setSecurebits((proc.getSecurebits() & ~16) | (value === '1' ? 16 : 0))
        else if (arg.startsWith('--uid=')) proc.setresuid(Number(value), Number(value), Number(value))
        else if (arg.startsWith('--gid=')) proc.setresgid(Number(value), Number(value), Number(value))
        else if (arg.startsWith('--groups=')) proc.setgroups(value === '' ? [] : value.split(',').map(Number))
        else if (arg.startsWith('--user=')) {
          const accounts = new Accounts((yield* slurp(proc, '/etc/passwd')) ?? '', (yield* slurp(proc, '/etc/group')) ?? '')
          const user = accounts.user(value)
          if (user === undefined) return yield* fail(`User [${value}] not known`)
          proc.setgroups(accounts.groupsOf(user))
          proc.setresgid(user.gid, user.gid, user.gid)
          proc.setresuid(user.uid, user.uid, user.uid)
        } else if (arg.startsWith('--chroot=')) {
          proc.chroot(value)
          proc.chdir('/')
        } else if (arg.startsWith('--has-p=')) {
          if ((proc.capget().permitted & (capMask(value) ?? 0n)) === 0n) return yield* fail(`cap[${value}] not permitted`)
        } else if (arg.startsWith('--has-b=')) {
          if ((proc.capget().bounding & (capMask(value) ?? 0n)) === 0n) return yield* fail(`cap[${value}] not in bounding vector`)
        } else if (arg.startsWith('--has-a=')) {
          if ((proc.capget().ambient & (capMask(value) ?? 0n)) === 0n) return yield* fail(`cap[${value}] not in ambient vector`)
        } else if (arg.startsWith('--supports=')) {
          if (capMask(value) === undefined) return yield* fail(`cap[${value}] not recognized by library`)
        } else if (arg.startsWith('--decode=')) {
          const mask = BigInt(`0x${value.replace(/^0x/, '')}`)
          yield* say(proc, 1, `0x${mask.toString(16).padStart(16, '0')}=${capNames(mask).join(',')}\n`)
        } else if (arg === '--current') yield* say(proc, 1, `Current: ${formatCapSets(proc.capget())}\nCurrent IAB: ${iab(proc)}\n`)
        else if (arg === '--' || arg === '==' || arg === '+' || arg === '=+') {
          if (arg !== '--') return yield* fail(`podlab: capsh ${arg} is not modelled`)
          return yield* proc.exec('/bin/bash', ['/bin/bash', ...args.slice(i + 1)], proc.environ)
        } else return yield* fail(`usage: ${proc.argv[0]} [args ...]\npodlab: capsh ${arg} is not modelled`)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        return yield* fail(`Unable to set capabilities [${arg.replace(/^--\w+=/, '')}]: ${strerror(error)}`)
      }
    }
    return 0
  },
}

/** The IAB tuple: `!` marks what is dropped from the bounding set, `%` inheritable, `^` ambient. */
function iab(proc: Proc): string {
  const { bounding, inheritable, ambient } = proc.capget()
  const out: string[] = []
  for (const [n, name] of CAPABILITIES.entries()) {
    const bit = 1n << BigInt(n)
    const flags = `${(bounding & bit) === 0n ? '!' : ''}${(ambient & bit) !== 0n ? '^' : (inheritable & bit) !== 0n && (bounding & bit) === 0n ? '%' : ''}`
    if (flags !== '' || (inheritable & bit) !== 0n) out.push(`${flags}cap_${name}`)
  }
  return out.join(',')
}

function* print(proc: Proc): Sim<void> {
  const caps = proc.capget()
  const ids = proc.credentials()
  const bits = proc.getSecurebits()
  const accounts = new Accounts((yield* slurp(proc, '/etc/passwd')) ?? '', (yield* slurp(proc, '/etc/group')) ?? '')
  const yesNo = (bit: number): string => `${(bits & bit) === 0 ? 'no' : 'yes'} (${(bits & (bit << 1)) === 0 ? 'unlocked' : 'locked'})`
  const user = (id: number): string => `${id}(${accounts.userById(id)?.name ?? '???'})`
  const group = (id: number): string => `${id}(${accounts.groupById(id)?.name ?? '???'})`
  const nnp = /NoNewPrivs:\t1/.test((yield* slurp(proc, '/proc/self/status')) ?? '')
  yield* say(
    proc,
    1,
    `Current: ${formatCapSets(caps)}\nBounding set =${capNames(caps.bounding).join(',')}\nAmbient set =${capNames(caps.ambient).join(',')}\nCurrent IAB: ${iab(proc)}\n` +
      `Securebits: ${bits.toString(8).padStart(2, '0')}/0x${bits.toString(16)}/${8}'b${bits.toString(2)} (no-new-privs=${nnp ? 1 : 0})\n`.replace(
        "8'b",
        `${Math.max(1, bits.toString(2).length)}'b`,
      ) +
      ` secure-noroot: ${yesNo(1)}\n secure-no-suid-fixup: ${yesNo(4)}\n secure-keep-caps: ${yesNo(16)}\n secure-no-ambient-raise: ${yesNo(64)}\n` +
      `uid=${user(ids.uid)} euid=${user(ids.euid)}\ngid=${group(ids.gid)}\ngroups=${ids.groups.map(group).join(',')}\nGuessed mode: ${bits === 0 && ids.uid === 0 ? 'HYBRID (4)' : 'UNCERTAIN (0)'}\n`,
  )
}
