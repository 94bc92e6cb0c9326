// recorded: GNU grep 3.8 on Debian 12, LC_ALL set to the locale
import { expect, test } from 'vitest'
import { elf } from '#linux/elf.ts'
import { buildTree } from '#linux/fs/memory/image.ts'
import { Kernel } from '#linux/kernel.ts'
import { O, S } from '#linux/syscalls.ts'
import { Simulation } from '#sim/simulation.ts'
import { programs } from './index.ts'

/** What grep says, on either stream, of a file of these bytes. */
function found(options: string, bytes: string, locale: string): string {
  const sim = new Simulation({ seed: 1, start: 1_795_397_760_000_000 })
  const file = (path: string, what: string | Uint8Array) => ({ path, mode: S.IFREG | 0o755, content: what })
  const content = Uint8Array.from(bytes, (c) => c.charCodeAt(0))
  const kernel = new Kernel({
    sim,
    hostname: 'box',
    programs: (name) => programs.find((p) => p.name === name),
    root: buildTree([
      { path: '/bin', mode: S.IFDIR | 0o755 },
      file('/bin/grep', elf({ program: 'grep/grep' })),
      file('/f', content),
      file('/out', ''),
    ]),
  })
  let said = ''
  kernel.spawn({
    argv: ['init'],
    main: function* (proc) {
      for (let i = 0; i < 3; i++) yield* proc.open('/out', O.RDWR | O.APPEND)
      yield* proc.wait(proc.fork((c) => c.exec('/bin/grep', ['grep', ...options.split(' '), '/f'], [`LC_ALL=${locale}`])))
      const fd = yield* proc.open('/out', O.RDONLY)
      said = String.fromCharCode(...(yield* proc.read(fd, 1000)))
      return 0
    },
  })
  sim.run({ until: sim.now + 1_000_000 })
  return said
}

const BINARY = 'grep: /f: binary file matches\n'

test.each([
  ['b', 'a\xe2\x80\xa6b\n', 'C.UTF-8', 'a\xe2\x80\xa6b\n'],
  ['b', 'a\xe2\x80\xa6b\n', 'C', 'a\xe2\x80\xa6b\n'],
  ['-o b', 'a\xe2\x80\xa6b\n', 'C.UTF-8', 'b\n'],
  ['b', 'a\xe2\x80b\n', 'C.UTF-8', BINARY],
  ['b', 'a\xe2\x80b\n', 'C', 'a\xe2\x80b\n'],
  ['-o b', 'a\xe2\x80b\n', 'C.UTF-8', 'b\n'],
  ['-c b', 'a\xe2\x80b\n', 'C.UTF-8', '1\n'],
  ['-v zzz', 'a\xe2\x80b\n', 'C.UTF-8', BINARY],
  ['b', 'b\nb\xff\nb\n', 'C.UTF-8', `b\nb\n${BINARY}`],
  ['b', 'b\nb\xff\nb\n', 'C', 'b\nb\xff\nb\n'],
  ['b', 'a\0b\n', 'C.UTF-8', BINARY],
  ['-o b', 'a\0b\n', 'C', BINARY],
])('grep %s of %j in the locale %s', (options, bytes, locale, said) => {
  expect(found(options, bytes, locale)).toBe(said)
})
