// recorded: apt 2.6.1 on Debian 12, refused by an empty answer; before that in an image without lists
import { expect, it } from 'vitest'
import { elf } from '#linux/elf.ts'
import { buildTree } from '#linux/fs/memory/image.ts'
import { Kernel } from '#linux/kernel.ts'
import { O, S } from '#linux/syscalls.ts'
import { Simulation } from '#sim/simulation.ts'
import { programs } from './index.ts'

it('a package is known once lists have been fetched', () => {
  const sim = new Simulation({ seed: 1, start: 1_795_397_760_000_000 })
  const dirs = ['bin', 'etc/apt', 'var/lib/apt/lists', 'var/lib/dpkg/info'].map((d) => ({ path: `/${d}`, mode: S.IFDIR | 0o755 }))
  const files = {
    '/etc/apt/sources.list': 'deb http://deb.debian.org/debian bookworm main\n',
    '/var/lib/dpkg/status': '',
    '/bin/apt-get': elf({ program: 'apt/apt-get' }),
    '/null': '',
  }
  const kernel = new Kernel({
    sim,
    hostname: 'box',
    programs: (name) => programs.find((p) => p.name === name),
    root: buildTree([...dirs, ...Object.entries(files).map(([path, content]) => ({ path, mode: S.IFREG | 0o755, content }))]),
  })
  const codes: number[] = []
  kernel.spawn({
    argv: ['init'],
    main: function* (proc) {
      for (let i = 0; i < 3; i++) yield* proc.open('/null', O.RDWR)
      for (const words of [['install', 'vim'], ['update'], ['install', 'vim']]) {
        const child = proc.fork((c) => c.exec('/bin/apt-get', ['apt-get', ...words], []))
        codes.push((yield* proc.wait(child))?.exit ?? -1)
      }
      return 0
    },
  })
  sim.run({ until: sim.now + 60_000_000 })
  expect(codes).toEqual([100, 0, 1])
})
