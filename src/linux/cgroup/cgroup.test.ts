import { describe, expect, it } from 'vitest'
import { decode, encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import { Machine } from '../process/test-machine.ts'
import { O, type Proc } from '../syscalls.ts'

const ROOT = '/sys/fs/cgroup'

function* put(proc: Proc, file: string, text: string): Sim<string> {
  try {
    const fd = yield* proc.open(`${ROOT}/${file}`, O.WRONLY)
    try {
      yield* proc.write(fd, encode(`${text}\n`))
    } finally {
      proc.close(fd)
    }
    return 'ok'
  } catch (error) {
    if (error instanceof Errno) return error.code
    throw error
  }
}

function* get(proc: Proc, file: string): Sim<string> {
  const fd = yield* proc.open(`${ROOT}/${file}`, O.RDONLY)
  try {
    return decode(yield* proc.read(fd, 4096)).trim()
  } finally {
    proc.close(fd)
  }
}

/** Runs `body` as PID 1 of a machine with cgroup2 mounted; what it returns is the result. */
function inMachine<T>(body: (proc: Proc, m: Machine) => Sim<T>, seconds = 100): T | undefined {
  const m = new Machine([{ path: ROOT, mode: 0o040755 }])
  let result: T | undefined
  m.run(function* (proc) {
    proc.mount('cgroup2', ROOT, 'cgroup2', 0, '')
    result = yield* body(proc, m)
    return 0
  })
  m.go(seconds)
  return result
}

describe('cgroup files', () => {
  // recorded: golden linux/09 (kernel 6.1)
  const rows: readonly (readonly [file: string, written: string, outcome: string, shown?: string])[] = [
    ['pod/cgroup.subtree_control', '+memory +pids +cpu', 'ENOENT', ''],
    ['cgroup.subtree_control', '+memory +pids +cpu +cpuset +io', 'ok', 'cpuset cpu io memory pids'],
    ['pod/cgroup.subtree_control', '+memory +pids +cpu', 'ok', 'cpu memory pids'],
    ['pod/cgroup.subtree_control', '+nosuch', 'EINVAL', 'cpu memory pids'],
    ['pod/c1/cgroup.subtree_control', '+hugetlb', 'ENOENT', ''],
    ['pod/cgroup.procs', '0', 'EBUSY', ''],
    ['lab1/memory.max', '50M', 'ok', '52428800'],
    ['lab1/memory.max', '1000000', 'ok', '999424'],
    ['lab1/memory.max', 'max', 'ok', 'max'],
    ['lab1/memory.max', 'abc', 'EINVAL', 'max'],
    ['lab1/memory.max', '-1', 'EINVAL', 'max'],
    ['lab1/cpu.max', '50000', 'ok', '50000 100000'],
    ['lab1/cpu.max', 'max', 'ok', 'max 100000'],
    ['lab1/cpu.max', 'max 50000', 'ok', 'max 50000'],
    ['lab1/cpu.max', '500 1000', 'EINVAL', 'max 50000'],
    ['lab1/cpu.max', 'abc', 'EINVAL', 'max 50000'],
    ['lab1/cpu.weight', '200', 'ok', '200'],
    ['lab1/cpu.weight', '20000', 'ERANGE', '200'],
    ['lab1/cpuset.cpus', '0', 'ok', '0'],
    ['lab1/cpuset.cpus', '99', 'ERANGE', '0'],
    ['lab1/cgroup.procs', '99999999', 'ESRCH', ''],
    ['lab1/cgroup.procs', 'abc', 'EINVAL', ''],
    ['lab1/nosuch', 'x', 'EACCES'],
  ]

  it('take and refuse what Linux takes and refuses', () => {
    const seen = inMachine(function* (proc) {
      for (const dir of ['lab1', 'pod', 'pod/c1']) proc.mkdir(`${ROOT}/${dir}`)
      const out: (readonly string[])[] = []
      for (const [file, written, , shown] of rows) {
        const fd = file.endsWith('nosuch') ? O.CREAT : 0
        const outcome = fd === 0 ? yield* put(proc, file, written) : yield* create(proc, file)
        out.push(shown === undefined ? [file, written, outcome] : [file, written, outcome, yield* get(proc, file)])
      }
      return out
    })
    expect(seen).toEqual(rows)
  })

  it("come and go with the parent's controllers; a directory goes when it is empty", () => {
    const seen = inMachine(function* (proc) {
      proc.mkdir(`${ROOT}/a`)
      const names = (): string =>
        proc
          .readdir(`${ROOT}/a`)
          .map((e) => e.name)
          .filter((n) => n.startsWith('pids'))
          .sort()
          .join(' ')
      const before = names()
      yield* put(proc, 'cgroup.subtree_control', '+pids')
      const after = names()
      proc.mkdir(`${ROOT}/a/b`)
      let refused = ''
      try {
        proc.rmdir(`${ROOT}/a`)
      } catch (error) {
        refused = (error as Errno).code
      }
      proc.rmdir(`${ROOT}/a/b`)
      proc.rmdir(`${ROOT}/a`)
      return [before, after, refused]
    })
    expect(seen).toEqual(['', 'pids.current pids.events pids.max pids.peak', 'EBUSY'])
  })
})

function* create(proc: Proc, file: string): Sim<string> {
  try {
    proc.close(yield* proc.open(`${ROOT}/${file}`, O.WRONLY | O.CREAT))
    return 'ok'
  } catch (error) {
    return (error as Errno).code
  }
}

describe('cgroup limits', () => {
  it('kill the largest process when memory runs out, or all with memory.oom.group', () => {
    const seen = inMachine(function* (proc, m) {
      yield* put(proc, 'cgroup.subtree_control', '+memory')
      proc.mkdir(`${ROOT}/lab1`)
      yield* put(proc, 'lab1/memory.max', '32M')
      const out: unknown[] = []
      for (const group of ['0', '1']) {
        yield* put(proc, 'lab1/memory.oom.group', group)
        const start = (bytes: number): number =>
          proc.fork(function* (child) {
            yield* put(child, 'lab1/cgroup.procs', '0')
            yield* child.nanosleep(bytes)
            child.setMemory(bytes)
            return yield* child.pause()
          })
        const small = start(4_000_000)
        const large = start(100_000_000)
        out.push((yield* proc.wait(large))?.signal)
        if (group === '0') proc.kill(small, 15)
        out.push((yield* proc.wait(small))?.signal, (yield* get(proc, 'lab1/memory.events')).split('\n').slice(2).join(' '))
      }
      out.push(
        m.kernel.log
          .filter((l) => /^oom-kill|^Tasks in/.test(l.text))
          .map((l) => l.text.replace(/nodemask.*oom_memcg/, '… oom_memcg').replace(/task=.*/, '')),
      )
      out.push(yield* get(proc, 'lab1/memory.current'))
      return out
    }, 1000)
    expect(seen).toEqual([
      9,
      15,
      'max 1 oom 1 oom_kill 1 oom_group_kill 0',
      9,
      9,
      'max 2 oom 2 oom_kill 3 oom_group_kill 1',
      [
        'oom-kill:constraint=CONSTRAINT_MEMCG,… oom_memcg=/lab1,task_memcg=/lab1,',
        'oom-kill:constraint=CONSTRAINT_MEMCG,… oom_memcg=/lab1,task_memcg=/lab1,',
        'Tasks in /lab1 are going to be killed due to memory.oom.group set',
      ],
      '0',
    ])
  })

  it('refuse a fork beyond pids.max, freeze, and kill as a whole', () => {
    const seen = inMachine(function* (proc) {
      yield* put(proc, 'cgroup.subtree_control', '+pids')
      proc.mkdir(`${ROOT}/box`)
      yield* put(proc, 'box/pids.max', '2')
      const out: unknown[] = []
      const first = proc.fork(function* (child) {
        yield* put(child, 'box/cgroup.procs', '0')
        const sleeper = function* (c: Proc): Sim<number> {
          yield* c.cpu(1_000_000)
          return yield* c.pause()
        }
        child.fork(sleeper)
        try {
          child.fork(sleeper)
        } catch (error) {
          out.push((error as Errno).code)
        }
        return yield* child.pause()
      })
      yield* proc.nanosleep(100_000)
      out.push(yield* get(proc, 'box/pids.events'), yield* get(proc, 'box/cgroup.events'))
      yield* put(proc, 'box/cgroup.freeze', '1')
      const usage = function* (): Sim<string> {
        return (yield* get(proc, 'box/cpu.stat')).split('\n')[0] ?? ''
      }
      const before = yield* usage()
      yield* proc.nanosleep(5_000_000)
      out.push(before === (yield* usage()), yield* get(proc, 'box/cgroup.events'))
      yield* put(proc, 'box/cgroup.kill', '1')
      out.push((yield* proc.wait(first))?.signal, yield* get(proc, 'box/cgroup.events'))
      return out
    })
    expect(seen).toEqual(['EAGAIN', 'max 1', 'populated 1\nfrozen 0', true, 'populated 1\nfrozen 1', 9, 'populated 0\nfrozen 1'])
  })
})
