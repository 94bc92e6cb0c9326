import { describe, expect, it } from 'vitest'
import type { Sim } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import { ALL_CAPS, CAP, capBit, encodeFileCaps } from '../process/capability.ts'
import { executable, Machine } from '../process/test-machine.ts'
import { CLONE, MS, O, type Proc } from '../syscalls.ts'
import { writeIdMap, writeSetgroups } from './maps.ts'
import { formatIdMap } from './user.ts'

function outcome(fn: () => unknown): string {
  try {
    fn()
    return 'ok'
  } catch (error) {
    if (error instanceof Errno) return error.code
    throw error
  }
}

/** Runs `body` in a child of PID 1; what it returns is the result. */
function run<T>(body: (proc: Proc, m: Machine) => Sim<T>, m = new Machine([{ path: '/mnt', mode: 0o040755 }])): T | undefined {
  let result: T | undefined
  m.run(function* (init) {
    const pid = init.fork(function* (proc) {
      result = yield* body(proc, m)
      return 0
    })
    yield* init.wait(pid)
    return 0
  })
  m.go()
  return result
}

describe('user namespaces', () => {
  it('give every capability inside, none outside, and map ids', () => {
    const seen = run(function* (proc, m) {
      proc.setresgid(1000, 1000, 1000)
      proc.setresuid(1000, 1000, 1000)
      const out: unknown[] = [outcome(() => proc.unshare(CLONE.NEWUTS)), outcome(() => proc.unshare(CLONE.NEWUSER))]
      out.push(proc.credentials().uid, proc.capget().effective === ALL_CAPS)
      const p = m.kernel.process(proc.pid)
      if (p === undefined) throw new Error('gone')
      const ns = p.cred.userns
      out.push(outcome(() => writeIdMap(p, ns, 'gid', '0 1000 1')))
      writeSetgroups(p, ns, 'deny')
      out.push(
        outcome(() => writeIdMap(p, ns, 'gid', '0 1000 1')),
        outcome(() => writeIdMap(p, ns, 'uid', '0 0 1')),
        outcome(() => writeIdMap(p, ns, 'uid', '0 1000 1')),
      )
      out.push(
        outcome(() => writeIdMap(p, ns, 'uid', '0 1000 1')),
        formatIdMap(ns, 'uid', ns),
        proc.credentials().uid,
      )
      out.push(
        outcome(() => proc.sethostname('x')),
        outcome(() => proc.unshare(CLONE.NEWUTS)),
        outcome(() => proc.sethostname('x')),
        proc.uname().nodename,
      )
      out.push(
        outcome(() => proc.mount('t', '/mnt', 'tmpfs', 0, '')),
        outcome(() => proc.chown('/tmp', 1, 1)),
        outcome(() => proc.setgroups([])),
      )
      return out
    })
    expect(seen).toEqual([
      'EPERM',
      'ok',
      65534,
      true,
      'EPERM',
      'ok',
      'EPERM',
      'ok',
      'EPERM',
      '         0       1000          1\n',
      0,
      'EPERM',
      'ok',
      'ok',
      'x',
      'EPERM',
      'EINVAL',
      'EPERM',
    ])
  })

  it('are refused in a chroot', () => {
    expect(
      run(function* (proc) {
        proc.mount('/mnt', '/mnt', '', MS.BIND, '')
        proc.chroot('/mnt')
        return outcome(() => proc.unshare(CLONE.NEWUSER))
      }),
    ).toBe('EPERM')
  })
})

describe('setns', () => {
  it("enters another process's namespaces by their files", () => {
    const m = new Machine([{ path: '/proc', mode: 0o040755 }])
    const seen = run(function* (proc) {
      proc.mount('proc', '/proc', 'proc', 0, '')
      const pid = proc.fork(function* (child) {
        child.unshare(CLONE.NEWUTS | CLONE.NEWPID)
        child.sethostname('podbox')
        child.fork(function* (init) {
          return yield* init.pause()
        })
        return yield* child.pause()
      })
      yield* proc.nanosleep(1000)
      const uts = yield* proc.open(`/proc/${pid}/ns/uts`, O.RDONLY)
      const forChildren = yield* proc.open(`/proc/${pid}/ns/pid_for_children`, O.RDONLY)
      const out: unknown[] = [
        proc.uname().nodename,
        outcome(() => proc.setns(uts, CLONE.NEWNET)),
        outcome(() => proc.setns(uts, CLONE.NEWUTS)),
        proc.uname().nodename,
      ]
      proc.setns(forChildren, CLONE.NEWPID)
      let inner: readonly number[] = []
      yield* proc.wait(
        proc.fork(function* (child) {
          inner = [child.pid, child.getppid()]
          return 0
        }),
      )
      out.push(
        inner,
        proc.readlink(`/proc/${pid}/ns/uts`) === proc.readlink('/proc/self/ns/uts'),
        outcome(() => proc.setns(0, 0)),
      )
      return out
    }, m)
    expect(seen).toEqual(['box', 'EINVAL', 'ok', 'podbox', [2, 0], true, 'EINVAL'])
  })
})

describe('capabilities over exec', () => {
  const net = capBit(CAP.net_raw)
  const ping = {
    ...executable('/bin/ping', 'ping'),
    xattrs: {
      'security.capability': encodeFileCaps({
        permitted: net,
        inheritable: 0n,
        effective: true,
      }),
    },
  }
  const sudo = executable('/bin/sudo', 'ping', {}, 0o4755)

  function caps(path: string, prepare: (proc: Proc) => void): string {
    const m = new Machine([ping, sudo, executable('/bin/plain', 'ping')])
    m.programs.set('ping', {
      name: 'ping',
      *main(proc) {
        seen = `uid ${proc.credentials().uid} euid ${proc.credentials().euid} ${proc.capget().effective.toString(16)}`
        return 0
      },
    })
    let seen = ''
    run(function* (proc) {
      prepare(proc)
      try {
        return yield* proc.exec(path, [path], [])
      } catch (error) {
        if (error instanceof Errno) seen = error.code
        else throw error
      }
      return 0
    }, m)
    return seen
  }

  const asUser = (proc: Proc): void => proc.setresuid(1000, 1000, 1000)
  const rows: readonly (readonly [what: string, path: string, prepare: (proc: Proc) => void, seen: string])[] = [
    ['root keeps all', '/bin/plain', () => {}, `uid 0 euid 0 ${ALL_CAPS.toString(16)}`],
    ['a user has none', '/bin/plain', asUser, 'uid 1000 euid 1000 0'],
    ['a file capability gives its own', '/bin/ping', asUser, `uid 1000 euid 1000 ${net.toString(16)}`],
    ['a set-user-ID program is root', '/bin/sudo', asUser, `uid 1000 euid 0 ${ALL_CAPS.toString(16)}`],
    [
      'no_new_privs forbids both',
      '/bin/sudo',
      (proc) => {
        asUser(proc)
        proc.setNoNewPrivs()
      },
      'uid 1000 euid 1000 0',
    ],
    ['what the bounding set lacks makes the file unstartable', '/bin/ping', (proc) => proc.capset({ bounding: ALL_CAPS & ~net }), 'EPERM'],
    [
      'ambient capabilities survive',
      '/bin/plain',
      (proc) => {
        proc.capset({ inheritable: net })
        proc.setSecurebits(16)
        asUser(proc)
        proc.capset({ ambient: net })
      },
      `uid 1000 euid 1000 ${net.toString(16)}`,
    ],
  ]
  for (const [what, path, prepare, seen] of rows) it(what, () => expect(caps(path, prepare)).toBe(seen))
})
