import { describe, expect, it } from 'vitest'
import { decode, encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { SIGNALS } from '../signal.ts'
import { CLONE, type Proc, S, W } from '../syscalls.ts'
import { executable, Machine, say } from './test-machine.ts'

describe('fork, exec, wait', () => {
  it('runs a program, waits for it and says how it ended', () => {
    const m = new Machine([
      executable('/bin/three', 'three'),
      {
        path: '/bin/script',
        mode: S.IFREG | 0o755,
        content: '#!/bin/three -x\n',
      },
    ])
    m.programs.set('three', {
      name: 'three',
      *main(proc) {
        yield* say(proc, `${proc.argv.join(' ')} pid ${proc.pid} ppid ${proc.getppid()}\n`)
        return 3
      },
    })
    m.run(function* (proc) {
      for (const path of ['/bin/three', '/bin/script', '/bin/none']) {
        const pid = proc.fork(function* (child) {
          try {
            return yield* child.exec(path, [path, 'a'], [])
          } catch (error) {
            yield* say(child, `${(error as Error).message}\n`)
            return 127
          }
        })
        const status = yield* proc.wait(pid)
        yield* say(proc, `${JSON.stringify(status)}\n`)
      }
      return 0
    })
    m.go()
    expect(m.out.text).toBe(
      '/bin/three a pid 2 ppid 1\n{"pid":2,"exit":3}\n' +
        '/bin/three -x /bin/script a pid 3 ppid 1\n{"pid":3,"exit":3}\nENOENT\n{"pid":4,"exit":127}\n',
    )
  })
})

describe('signals', () => {
  it('kills, stops, continues and interrupts', () => {
    const m = new Machine()
    m.run(function* (proc) {
      const sleeper = proc.fork(function* (child) {
        yield* child.nanosleep(100_000_000)
        return 0
      })
      yield* proc.nanosleep(1000)
      proc.kill(sleeper, SIGNALS.STOP)
      yield* say(proc, `${JSON.stringify(yield* proc.wait(-1, W.UNTRACED))}\n`)
      proc.kill(sleeper, SIGNALS.CONT)
      yield* say(proc, `${JSON.stringify(yield* proc.wait(-1, W.CONTINUED))}\n`)
      proc.kill(sleeper, SIGNALS.TERM)
      yield* say(proc, `${JSON.stringify(yield* proc.wait(-1))}\n`)
      let seen = 0
      proc.sigaction(SIGNALS.ALRM, () => seen++)
      proc.alarm(2_000_000)
      try {
        yield* proc.nanosleep(10_000_000)
      } catch (error) {
        yield* say(proc, `${(error as Error).message} ${seen} ${proc.uptime() > 2_000_000}\n`)
      }
      proc.kill(1, SIGNALS.KILL)
      yield* say(proc, 'init is immune\n')
      const self = proc.fork(function* (child) {
        try {
          child.kill(child.pid, SIGNALS.TERM)
          yield* say(child, 'not reached\n')
        } finally {
          child.unlink('/bin')
        }
        return 0
      })
      yield* say(proc, `${JSON.stringify(yield* proc.wait(self))}\n`)
      return 0
    })
    m.go()
    expect(m.out.text).toBe(
      '{"pid":2,"stopped":19}\n{"pid":2,"continued":true}\n{"pid":2,"signal":15,"coreDumped":false}\nEINTR 1 true\ninit is immune\n' +
        '{"pid":3,"signal":15,"coreDumped":false}\n',
    )
  })

  it('reaps a pid namespace when its init ends, and refuses to fork in it', () => {
    const m = new Machine()
    m.run(function* (proc) {
      proc.unshare(CLONE.NEWPID)
      const init = proc.fork(function* (child) {
        child.fork(function* (grandchild) {
          yield* grandchild.nanosleep(100_000_000)
          return 0
        })
        yield* say(child, `${child.pid} ${child.getppid()}\n`)
        yield* child.nanosleep(1_000_000)
        return 5
      })
      yield* say(proc, `${JSON.stringify(yield* proc.wait(-1))} ${init}\n`)
      try {
        proc.fork(function* () {
          return 0
        })
      } catch (error) {
        yield* say(proc, `${(error as Error).message}\n`)
      }
      yield* say(proc, `${m.kernel.pidns.processes.size}\n`)
      return 0
    })
    m.go()
    expect(m.out.text).toBe('1 0\n{"pid":2,"exit":5} 2\nENOMEM\n1\n')
  })
})

describe('cpu', () => {
  it('shares two CPUs among four, and throttles by quota', () => {
    const m = new Machine()
    const { kernel } = m
    const used: string[] = []
    const burn = function* (proc: Proc): Sim<number> {
      yield* proc.cpu(1_000_000)
      used.push(String(Math.round((proc.now() - start) / 1000)))
      return 0
    }
    const start = m.sim.now
    m.run(function* (proc) {
      return yield* proc.pause()
    })
    for (let i = 0; i < 4; i++) kernel.spawn({ argv: ['burn'], main: burn })
    m.go(10)
    expect(used).toEqual(['2000', '2000', '2000', '2000'])
    used.length = 0
    const limited = kernel.cgroups.ensure('/limited')
    kernel.cgroups.top.subtreeControl.add('cpu')
    limited.cpu.quota = 20_000
    const from = m.sim.now - start
    kernel.spawn({ argv: ['burn'], main: burn, cgroup: '/limited' })
    m.go(20)
    expect(used.map((t) => Math.round(Number(t) - from / 1000))).toEqual([4920])
    expect([limited.cpu.periods, limited.cpu.throttledPeriods, limited.cpu.throttledMicros, limited.cpu.userMicros]).toEqual([
      50, 49, 3_920_000, 1_000_000,
    ])
  })
})

describe('terminals', () => {
  it('edits lines, echoes, sends signals and job control stops', () => {
    const m = new Machine()
    m.run(function* (proc) {
      yield* proc.nanosleep(100_000_000)
      return 0
    })
    const terminal = m.kernel.openTerminal({ rows: 24, cols: 80 })
    let screen = ''
    terminal.onOutput((bytes) => {
      screen += decode(bytes)
    })
    m.kernel.spawnOn(terminal, {
      argv: ['shell'],
      *main(proc) {
        for (;;) {
          const line = decode(yield* proc.read(0, 100))
          if (line === '') return 0
          yield* proc.write(1, encode(`<${line.trim()}> ${proc.getpgid() === proc.tcgetpgrp(0)}\n`))
          if (line !== 'job\n') continue
          const job = proc.fork(function* (child) {
            child.setpgid(0, 0)
            child.sigaction(SIGNALS.TTOU, 'ignore')
            child.tcsetpgrp(0, child.pid)
            yield* child.nanosleep(10_000_000)
            return 0
          })
          const status = yield* proc.wait(job, W.UNTRACED)
          proc.sigaction(SIGNALS.TTOU, 'ignore')
          proc.tcsetpgrp(0, proc.getpgid())
          yield* proc.write(1, encode(`${JSON.stringify(status)}\n`))
        }
      },
    })
    const type = (text: string): void => {
      terminal.write(encode(text))
      m.go(1)
    }
    type('helxx\x7f\x7flo\r')
    type('one two\x17three\r')
    type('job\r')
    type('\x03')
    type('job\r')
    type('\x1a')
    type('\x04')
    expect(screen).toBe(
      'helxx\b \b\b \blo\r\n<hello> true\r\none two\b \b\b \b\b \bthree\r\n<one three> true\r\njob\r\n<job> true\r\n^C{"pid":3,"signal":2,"coreDumped":false}\r\n' +
        'job\r\n<job> true\r\n^Z{"pid":4,"stopped":20}\r\n',
    )
  })

  it('interrupts a raw reader whose input ^C takes away again', () => {
    const m = new Machine()
    m.run(function* (proc) {
      yield* proc.nanosleep(100_000_000)
      return 0
    })
    const terminal = m.kernel.openTerminal({ rows: 24, cols: 80 })
    let screen = ''
    terminal.onOutput((bytes) => {
      screen += decode(bytes)
    })
    m.kernel.spawnOn(terminal, {
      argv: ['reader'],
      *main(proc) {
        proc.tcsetattr(0, { ...proc.tcgetattr(0), icanon: false, echo: false, vmin: 1, vtime: 0 }, 'now')
        proc.sigaction(SIGNALS.INT, () => {})
        try {
          yield* proc.read(0, 100)
        } catch (error) {
          yield* proc.write(1, encode(String(error)))
        }
        return 0
      },
    })
    m.go(1)
    terminal.write(encode('typed\x03'))
    m.go(1)
    expect(screen).toBe('Errno: EINTR')
  })
})

it('ends a process whose handler of a signal kills it', () => {
  const m = new Machine()
  m.run(function* (proc) {
    const child = proc.fork(function* (c) {
      c.sigaction(SIGNALS.ALRM, () => c.kill(0, SIGNALS.KILL))
      c.setpgid(0, 0)
      c.alarm(1000)
      yield* c.nanosleep(100_000_000)
      return 0
    })
    yield* say(proc, JSON.stringify(yield* proc.wait(child)))
    return 0
  })
  m.go()
  expect(m.out.text).toBe('{"pid":2,"signal":9,"coreDumped":false}')
})
