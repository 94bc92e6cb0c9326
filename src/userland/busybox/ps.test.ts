// Not recorded: the layout follows busybox's procps/ps.c (columns pid 5, user 8, time 5, args).
import { expect, it } from 'vitest'
import { elf } from '#linux/elf.ts'
import { buildTree } from '#linux/fs/memory/image.ts'
import { Kernel } from '#linux/kernel.ts'
import { O, S } from '#linux/syscalls.ts'
import { Simulation } from '#sim/simulation.ts'
import { programs } from './index.ts'

it('lists every process, with a number for a user without a name', () => {
  const sim = new Simulation({ seed: 1, start: 1_795_397_760_000_000 })
  const dirs = ['bin', 'etc', 'proc'].map((d) => ({ path: `/${d}`, mode: S.IFDIR | 0o755 }))
  const files = { '/bin/ps': elf({ program: 'busybox/ps' }), '/etc/passwd': 'root:x:0:0::/root:/bin/sh\n', '/out': '' }
  const kernel = new Kernel({
    sim,
    hostname: 'box',
    programs: (name) => programs.find((p) => p.name === name),
    root: buildTree([...dirs, ...Object.entries(files).map(([path, content]) => ({ path, mode: S.IFREG | 0o755, content }))]),
  })
  let said = ''
  kernel.spawn({
    argv: ['/pause'],
    main: function* (proc) {
      for (let i = 0; i < 3; i++) yield* proc.open('/out', O.RDWR | O.APPEND)
      proc.mount('proc', '/proc', 'proc', 0, '')
      const user = proc.fork(function* (c) {
        c.setresuid(65_535, 65_535, 65_535)
        yield* c.nanosleep(5_000_000)
        return 0
      })
      yield* proc.wait(proc.fork((c) => c.exec('/bin/ps', ['ps', 'aux'], [])))
      yield* proc.wait(user)
      const fd = yield* proc.open('/out', O.RDONLY)
      said = String.fromCharCode(...(yield* proc.read(fd, 1000)))
      return 0
    },
  })
  sim.run({ until: sim.now + 10_000_000 })
  expect(said).toBe(`PID   USER     TIME  COMMAND
    1 root      0:00 /pause
    2 65535     0:00 /pause
    3 root      0:00 ps aux
`)
})
