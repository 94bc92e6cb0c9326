import { expect, it } from 'vitest'
import { Errno } from '../errno.ts'
import { SIGNALS } from '../signal.ts'
import type { Proc, TraceEvent } from '../syscalls.ts'
import { Machine, say } from './test-machine.ts'

const short = (e: TraceEvent): string => {
  if (e.kind === 'enter' || e.kind === 'exit' || e.kind === 'call') return `${e.kind} ${e.call}`
  if (e.kind === 'signal') return `signal ${e.info.signal} ${e.info.code}`
  if (e.kind === 'ended') return `ended ${e.exit ?? `by ${e.signal}`}`
  return e.kind
}

function code(fn: () => void): string {
  try {
    fn()
    return 'ok'
  } catch (error) {
    if (error instanceof Errno) return error.code
    throw error
  }
}

it('reports the calls and signals of a process and its end', () => {
  const m = new Machine()
  m.run(function* (proc) {
    const child = proc.fork(function* (c) {
      c.getppid()
      yield* c.nanosleep(1000)
      c.kill(c.pid, SIGNALS.TERM)
      return 0
    })
    const tracer = proc.ptrace()
    tracer.seize(child, false)
    const seen: string[] = []
    for (let e = yield* tracer.next(); e !== undefined; e = yield* tracer.next()) seen.push(short(e))
    yield* say(proc, seen.join(', '))
    return 0
  })
  m.go()
  expect(m.out.text).toBe('attached, call getppid, enter nanosleep, exit nanosleep, signal 15 SI_USER, ended by 15')
})

it('takes one tracer a process, the own user or CAP_SYS_PTRACE, and nobody itself', () => {
  const m = new Machine()
  function* sleeper(c: Proc) {
    yield* c.nanosleep(1_000_000)
    return 0
  }
  m.run(function* (proc) {
    const roots = proc.fork(sleeper)
    const tracer = proc.ptrace()
    const own = [code(() => tracer.seize(roots, false)), code(() => tracer.seize(roots, false)), code(() => tracer.seize(proc.pid, false))]
    const other = proc.fork(function* (c) {
      c.setresuid(1000, 1000, 1000)
      const mine = c.fork(sleeper)
      yield* say(
        c,
        `${code(() => c.ptrace().seize(1, false))} ${code(() => c.ptrace().seize(mine, false))} ${code(() => c.ptrace().seize(99, false))}; `,
      )
      return 0
    })
    yield* proc.wait(other)
    yield* say(proc, own.join(' '))
    return 0
  })
  m.go()
  expect(m.out.text).toBe('EPERM ok ESRCH; ok EPERM EPERM')
})

it('finds a process in the call that it waits in', () => {
  const m = new Machine()
  m.run(function* (proc) {
    const child = proc.fork(function* (c) {
      yield* c.nanosleep(1_000_000)
      return 0
    })
    yield* proc.nanosleep(1000)
    proc.ptrace().seize(child, false)
    const seen: string[] = []
    for (let e = yield* proc.ptrace().next(); e !== undefined; e = yield* proc.ptrace().next()) seen.push(short(e))
    yield* say(proc, seen.join(', '))
    return 0
  })
  m.go()
  expect(m.out.text).toBe('attached, enter nanosleep, exit nanosleep, ended 0')
})
