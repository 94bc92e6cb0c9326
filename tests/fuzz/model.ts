import { elf } from '#linux/elf.ts'
import { buildTree, type ImageEntry } from '#linux/fs/memory/image.ts'
import { Kernel } from '#linux/kernel.ts'
import type { Process } from '#linux/process/process.ts'
import { O, type Proc, S } from '#linux/syscalls.ts'
import type { FileDescription } from '#linux/vfs/types.ts'
import { Simulation } from '#sim/simulation.ts'
import { MINUTE } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { programs } from '#userland/shell/index.ts'
import { ENVIRON, FILE_LIMIT, NOBODY, OUTPUT_LIMIT, type Result, SCRIPT, WORK } from './result.ts'

const CHUNK = 65_536
/** Virtual time a script may take. */
const LIMIT = MINUTE
/** Real time after which a script counts as hung, unless it blocks the thread: the parent sees to that. */
const REAL_LIMIT_MS = 8000

const DEV_NULL = (1 << 8) | 3

/** The counterpart of the chroot: bash, /dev/null, /tmp and the work folder, nothing else. */
function root(script: string): readonly ImageEntry[] {
  return [
    { path: '/bin/bash', mode: S.IFREG | 0o755, content: elf({ program: 'bash/bash' }) },
    { path: '/dev/null', mode: S.IFCHR | 0o666, rdev: DEV_NULL },
    { path: '/tmp', mode: S.IFDIR | 0o1777 },
    { path: WORK, mode: S.IFDIR | 0o755, uid: NOBODY, gid: NOBODY },
    { path: SCRIPT, mode: S.IFREG | 0o644, content: Uint8Array.from(script, (c) => c.charCodeAt(0)) },
  ]
}

/** Runs a script (a byte string) in the model's bash, on a machine of its own. Never throws. */
export function runModel(script: string): Result {
  try {
    return run(script)
  } catch (error) {
    return { stdout: '', stderr: '', exit: `crash: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` }
  }
}

function run(script: string): Result {
  const sim = new Simulation({ seed: 1, start: Date.UTC(2026, 0, 1) * 1000 })
  const kernel = new Kernel({ sim, hostname: 'fuzz', programs: program, root: buildTree(root(script)), kernelThreads: false })
  const init = kernel.start('/init', ['init'], [], { main: wait })
  const streams: [string, string] = ['', '']
  const ends = [collect(kernel, init, streams, 0), collect(kernel, init, streams, 1)]
  const shell = kernel.spawn({
    parent: init,
    path: '/bin/bash',
    argv: ['/bin/bash', SCRIPT],
    environ: [...Object.entries(ENVIRON).map(([k, v]) => `${k}=${v}`)],
    cwd: '/',
    uid: NOBODY,
    gid: NOBODY,
    groups: [NOBODY],
    prepare: (proc) => proc.setrlimit('fsize', FILE_LIMIT, FILE_LIMIT),
    files: [kernel.vfs.openNow(init.fs, '/dev/null', O.RDWR), ...ends.map((e) => e.write)],
  })
  for (const { write } of ends) if (--write.refs === 0) write.release()
  const deadline = performance.now() + REAL_LIMIT_MS
  let events = 0
  const endless = (): boolean => streams.some((s) => s.length >= OUTPUT_LIMIT)
  const late = (): boolean => (++events & 0xfff) === 0 && performance.now() > deadline
  const over = (): boolean => shell.exited && ends.every((e) => e.ended())
  sim.run({ until: sim.now + LIMIT, stop: () => over() || endless() || late() })
  if (!over() || endless()) return { stdout: streams[0], stderr: streams[1], exit: 'hang' }
  const { exit, signal } = shell.exitStatus
  return { stdout: streams[0], stderr: streams[1], exit: signal === undefined ? (exit ?? 0) : 128 + signal }
}

function program(name: string): (typeof programs)[number] | undefined {
  return programs.find((p) => p.name === name)
}

/** PID 1: there so that orphans have a parent. */
function* wait(proc: Proc): Sim<number> {
  return yield* proc.pause()
}

/** One output stream: a pipe of the machine whose reader gathers the bytes. */
function collect(kernel: Kernel, init: Process, into: [string, string], at: 0 | 1): { write: FileDescription; ended: () => boolean } {
  const [read, write] = kernel.vfs.pipe(init.fs)
  let ended = false
  const pump = function* (): Sim<void> {
    for (;;) {
      const data = yield* read.read(init.fs, CHUNK)
      if (data.length === 0) break
      for (const byte of data) into[at] += String.fromCharCode(byte)
    }
    ended = true
  }
  kernel.sim.spawn(`stream ${at + 1}`, pump())
  return { write, ended: () => ended }
}
