// recorded: util-linux 2.38.1
import { expect, it } from 'vitest'
import { elf } from '#linux/elf.ts'
import { buildTree } from '#linux/fs/memory/image.ts'
import { Kernel } from '#linux/kernel.ts'
import { MS, type Program, S } from '#linux/syscalls.ts'
import { Simulation } from '#sim/simulation.ts'
import { unshare } from './unshare.ts'

it.each([
  [['--mount-proc=/box/proc'], 0],
  [['--propagation', 'shared', '--mount-proc=/box/proc'], 0],
  [['--mount-proc=/nosuch'], 1],
])('%j: the directory for proc need not be a mount point, but it has to exist', (options, code) => {
  const seen: boolean[] = []
  const look: Program = {
    name: 'look',
    *main(proc) {
      seen.push(proc.readdir('/box/proc').some((entry) => entry.name === '1'))
      return 0
    },
  }
  const sim = new Simulation({ seed: 1, start: 1_795_397_760_000_000 })
  const programs: readonly Program[] = [unshare, look]
  const kernel = new Kernel({
    sim,
    hostname: 'box',
    programs: (name) => programs.find((p) => p.name === name),
    root: buildTree([
      ...['/bin', '/box', '/box/proc', '/etc'].map((path) => ({ path, mode: S.IFDIR | 0o755 })),
      ...programs.map((p) => ({ path: `/bin/${p.name.replace(/.*\//, '')}`, mode: S.IFREG | 0o755, content: elf({ program: p.name }) })),
    ]),
  })
  let status: number | undefined
  kernel.spawn({
    argv: ['init'],
    main: function* (proc) {
      proc.mount('none', '/', '', MS.SHARED, '')
      const child = proc.fork((c) => c.exec('/bin/unshare', ['unshare', '-p', '-f', ...options, '/bin/look'], []))
      status = (yield* proc.wait(child))?.exit
      return 0
    },
  })
  sim.run({ until: sim.now + 10_000_000 })
  expect([status, seen]).toEqual([code, code === 0 ? [true] : []])
})
