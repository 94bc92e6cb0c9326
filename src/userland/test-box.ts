/** For tests: a machine with nothing but the programs and files that a test names. */

import { elf } from '#linux/elf.ts'
import { Errno } from '#linux/errno.ts'
import { buildTree, type ImageEntry } from '#linux/fs/memory/image.ts'
import { Kernel } from '#linux/kernel.ts'
import { O, type Program, S } from '#linux/syscalls.ts'
import { Simulation } from '#sim/simulation.ts'
import { latin, readFile, textOf } from './lib/io.ts'

/** What a command printed, and how it ended. */
export interface Ran {
  readonly out: string
  readonly err: string
  readonly exit: number
}

export interface BoxOptions {
  /** Paths and contents; parents are made. */
  readonly files?: Readonly<Record<string, string>>
  /** Paths and targets of symbolic links. */
  readonly links?: Readonly<Record<string, string>>
  readonly env?: readonly string[]
  /** Time of day the machine starts at, in microseconds since 1970. */
  readonly start?: number
  readonly stdin?: string
}

/** Runs one command line after another as root in the same machine; every program is in /bin under its own name. */
export function box(programs: readonly Program[], options: BoxOptions = {}): (...argv: string[]) => Ran {
  const sim = new Simulation({ seed: 1, start: options.start ?? 1_795_397_760_000_000 })
  const files: Record<string, string | Uint8Array> = {
    '/stdin': options.stdin ?? '',
    '/out': '',
    '/err': '',
    '/tmp/.keep': '',
    ...options.files,
  }
  for (const p of programs) files[`/bin/${p.name.slice(p.name.lastIndexOf('/') + 1)}`] = elf({ program: p.name })
  const dirs = new Set<string>()
  for (const path of [...Object.keys(files), ...Object.keys(options.links ?? {})]) {
    const parts = path.split('/')
    for (let i = 2; i < parts.length; i++) dirs.add(parts.slice(0, i).join('/'))
  }
  const entries: ImageEntry[] = [
    ...[...dirs].map((path) => ({ path, mode: S.IFDIR | 0o755 })),
    ...Object.entries(files).map(([path, content]) => ({ path, mode: S.IFREG | 0o755, content })),
    ...Object.entries(options.links ?? {}).map(([path, target]) => ({ path, mode: S.IFLNK | 0o777, target })),
  ]
  const kernel = new Kernel({ sim, hostname: 'box', programs: (name) => programs.find((p) => p.name === name), root: buildTree(entries) })
  // Process 1, without which there are no others.
  const init = kernel.spawn({
    argv: ['init'],
    main: function* (proc) {
      yield* proc.nanosleep(Number.MAX_SAFE_INTEGER / 4)
      return 0
    },
  })
  return (...argv) => {
    let ran: Ran | undefined
    kernel.spawn({
      argv: ['test'],
      parent: init,
      main: function* (proc) {
        yield* proc.open('/stdin', O.RDONLY)
        yield* proc.open('/out', O.WRONLY | O.TRUNC)
        yield* proc.open('/err', O.WRONLY | O.TRUNC)
        const child = proc.fork((c) => c.exec(`/bin/${argv[0] ?? ''}`, argv, options.env ?? []))
        const exit = (yield* proc.wait(child))?.exit ?? -1
        ran = { out: textOf(latin(yield* readFile(proc, '/out'))), err: textOf(latin(yield* readFile(proc, '/err'))), exit }
        return 0
      },
    })
    sim.run({ until: sim.now + 60_000_000 })
    if (ran === undefined) throw new Errno('EINVAL', argv.join(' '))
    return ran
  }
}
