import { buildTree, type ImageEntry, type ImageTree } from '#linux/fs/memory/image.ts'
import { Kernel, type KernelOptions } from '#linux/kernel.ts'
import type { Process } from '#linux/process/process.ts'
import { type Program, S } from '#linux/syscalls.ts'
import type { Simulation } from '#sim/simulation.ts'
import { INIT } from '#userland/debian/boot.ts'
import { type DebianOptions, debianRoot } from '#userland/debian/root.ts'
import type { TreeEntry } from '#userland/debian/tree.ts'

export interface MachineOptions extends DebianOptions {
  readonly sim: Simulation
  readonly programs: (name: string) => Program | undefined
  readonly network?: KernelOptions['network']
  readonly cpus?: number
  readonly memoryBytes?: number
  readonly diskBytes?: number
  readonly release?: string
  readonly version?: string
  /** Files beyond Debian's, e.g. a kubeconfig. */
  readonly extra?: readonly TreeEntry[]
}

/** A Debian machine: a kernel and the root file system it boots from. */
export class Machine {
  readonly name: string
  readonly kernel: Kernel
  init: Process | undefined

  constructor(options: MachineOptions) {
    this.name = options.hostname
    const { sim, programs, network, cpus, memoryBytes, diskBytes, release, version } = options
    this.kernel = new Kernel({
      sim,
      hostname: options.hostname,
      programs,
      root: rootTree(options, sim.now),
      ...(network === undefined ? {} : { network }),
      ...(cpus === undefined ? {} : { cpus }),
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      ...(diskBytes === undefined ? {} : { diskBytes }),
      ...(release === undefined ? {} : { release }),
      ...(version === undefined ? {} : { version }),
    })
  }

  /** Starts PID 1. The machine is up once the events that follow have run. */
  boot(): void {
    this.init = this.kernel.start(INIT.path, INIT.argv, INIT.environ)
  }
}

function rootTree(options: MachineOptions, mtime: number): ImageTree {
  return buildTree([...debianRoot(options), ...(options.extra ?? [])].map(imageEntry), mtime)
}

/** A row of the root file system's table as the kernel's image format has it. */
export function imageEntry(entry: TreeEntry): ImageEntry {
  const { path, uid = 0, gid = 0, what } = entry
  switch (what.kind) {
    case 'dir':
      return { path, mode: S.IFDIR | (entry.mode ?? 0o755), uid, gid }
    case 'link':
      return { path, mode: S.IFLNK | 0o777, uid, gid, target: what.target }
    case 'file':
      return { path, mode: S.IFREG | (entry.mode ?? 0o644), uid, gid, content: what.content, ...(what.size === undefined ? {} : { size: what.size }) }
  }
}
