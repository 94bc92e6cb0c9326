import { expect, it } from 'vitest'
import { buildTree } from '#linux/fs/memory/image.ts'
import { Kernel } from '#linux/kernel.ts'
import { O, S } from '#linux/syscalls.ts'
import { Simulation } from '#sim/simulation.ts'
import { LineReader } from './io.ts'

/** Reads /dev/zero to its end, which it has not, on a machine with `memoryBytes`; how that ended. */
function readZeros(memoryBytes: number): string {
  const sim = new Simulation({ seed: 1, start: 1_795_397_760_000_000 })
  const root = buildTree([{ path: '/dev', mode: S.IFDIR | 0o755 }])
  const kernel = new Kernel({ sim, hostname: 'box', programs: () => undefined, root, memoryBytes })
  let ended = ''
  kernel.spawn({
    argv: ['init'],
    main: function* (proc) {
      proc.mount('udev', '/dev', 'devtmpfs', 0, '')
      const pid = proc.fork(function* (child) {
        const fd = yield* child.open('/dev/zero', O.RDONLY)
        yield* new LineReader(child, fd).rest()
        return 0
      })
      const status = yield* proc.wait(pid)
      ended = `signal ${status?.signal}`
      for (;;) yield* proc.nanosleep(1_000_000_000)
    },
  })
  sim.run({ until: sim.now + 600_000_000, stop: () => ended !== '' })
  return ended
}

it('what a reader holds is memory of its process', () => {
  expect(readZeros(128 * 1024 * 1024)).toBe('signal 9')
})
