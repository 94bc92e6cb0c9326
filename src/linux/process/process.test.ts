import { describe, expect, it } from 'vitest'
import { S } from '../syscalls.ts'
import { executable, Machine, say } from './test-machine.ts'

describe('fork, exec, wait', () => {
  it('runs a program, waits for it and says how it ended', () => {
    const m = new Machine([executable('/bin/three', 'three'), { path: '/bin/script', mode: S.IFREG | 0o755, content: '#!/bin/three -x\n' }])
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
