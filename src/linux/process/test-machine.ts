import { decode } from '#sim/bytes.ts'
import { Simulation } from '#sim/simulation.ts'
import type { Sim } from '#sim/wait.ts'
import { elf } from '../elf.ts'
import { buildTree, type ImageEntry } from '../fs/memory/image.ts'
import { Kernel } from '../kernel.ts'
import type { Proc, Program } from '../syscalls.ts'
import { S } from '../syscalls.ts'
import { BaseFile } from '../vfs/file.ts'
import { makedev } from '../vfs/inode.ts'
import type { IoContext } from '../vfs/types.ts'
import type { Process } from './process.ts'

/** An open file that gathers what is written, for unit tests. */
export class Sink extends BaseFile {
  text = ''

  override *write(_io: IoContext, data: Uint8Array): Sim<number> {
    this.text += decode(data)
    return data.length
  }
}

/** A machine with nothing but a kernel, for unit tests: programs are functions, run as PID 1 or as its children. */
export class Machine {
  readonly sim = new Simulation({ seed: 1, start: 1_795_400_000_000_000 })
  readonly programs = new Map<string, Program>()
  readonly kernel: Kernel
  readonly out: Sink

  constructor(entries: readonly ImageEntry[] = []) {
    const directories: ImageEntry[] = ['/bin', '/dev', '/proc', '/sys', '/tmp', '/run'].map((path) => ({ path, mode: S.IFDIR | 0o755 }))
    directories.push({
      path: '/dev/null',
      mode: S.IFCHR | 0o666,
      rdev: makedev(1, 3),
    })
    this.kernel = new Kernel({
      sim: this.sim,
      hostname: 'box',
      programs: (name) => this.programs.get(name),
      root: buildTree([...directories, ...entries]),
    })
    this.out = new Sink(
      this.kernel.vfs.anonymous('pipe', S.IFIFO | 0o600).dentry.inode,
      1,
      this.kernel.vfs.anonymous('pipe', S.IFIFO | 0o600),
    )
  }

  /** Starts `main` as a process of its own session whose output goes to `out`. The first one is PID 1. */
  run(main: (proc: Proc) => Sim<number>, parent?: Process): Process {
    const options = {
      argv: ['test'],
      files: [this.out, this.out, this.out],
      main,
    }
    return this.kernel.spawn(parent === undefined ? options : { ...options, parent })
  }

  /** Runs until `seconds` have passed or nothing is left. */
  go(seconds = 3600): void {
    this.sim.run({ until: this.sim.now + seconds * 1_000_000 })
  }
}

/** An executable of the model at `path`. */
export function executable(path: string, program: string, extra: object = {}, mode = 0o755): ImageEntry {
  return { path, mode: S.IFREG | mode, content: elf({ program, ...extra }) }
}

export function* say(proc: Proc, text: string): Sim<void> {
  yield* proc.write(1, new Uint8Array([...text].map((c) => c.charCodeAt(0))))
}
