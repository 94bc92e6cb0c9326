import { buildTree, type ImageEntry, type ImageTree } from '#linux/fs/memory/image.ts'
import { Kernel } from '#linux/kernel.ts'
import { MachineNetwork } from '#linux/net/network.ts'
import { EthernetDevice, type Segment } from '#linux/net/wire.ts'
import type { Process } from '#linux/process/process.ts'
import { type Program, S } from '#linux/syscalls.ts'
import type { HostTerminal } from '#linux/tty/terminals.ts'
import type { Simulation } from '#sim/simulation.ts'
import { INIT } from '#userland/debian/boot.ts'
import { type DebianOptions, debianRoot } from '#userland/debian/root.ts'
import type { TreeEntry } from '#userland/debian/tree.ts'

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export interface MachineOptions extends DebianOptions {
  readonly sim: Simulation
  readonly programs: (name: string) => Program | undefined
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
  /** Who sits at its terminals. */
  readonly user: { readonly name: string; readonly uid: number; readonly home: string }
  readonly #endings = new Map<Process, () => void>()

  constructor(options: MachineOptions) {
    this.name = options.hostname
    this.user =
      options.variant === 'laptop' ? { name: 'learner', uid: 1000, home: '/home/learner' } : { name: 'root', uid: 0, home: '/root' }
    const { sim, programs, cpus, memoryBytes, diskBytes, release, version } = options
    this.kernel = new Kernel({
      sim,
      hostname: options.hostname,
      programs,
      root: rootTree(options, sim.now),
      network: (kernel) => new MachineNetwork(kernel),
      // A kind node is a container: it sees no kernel threads.
      kernelThreads: options.variant !== 'node',
      ...(cpus === undefined ? {} : { cpus }),
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      ...(diskBytes === undefined ? {} : { diskBytes }),
      ...(release === undefined ? {} : { release }),
      ...(version === undefined ? {} : { version }),
    })
    this.kernel.onExit = (p) => {
      this.#endings.get(p)?.()
      this.#endings.delete(p)
    }
  }

  get network(): MachineNetwork {
    return this.kernel.network as MachineNetwork
  }

  /** Puts a network card of the machine on a segment, with its address and, where there is one, the way out. */
  plug(
    segment: Segment,
    card: { readonly name: string; readonly address: string; readonly prefix: number; readonly gateway?: string },
  ): void {
    const ns = this.network.host
    const nic = new EthernetDevice(ns, ns.allocateIndex(), card.name, ns.freshMac(), 1500)
    nic.plug(segment)
    ns.addDevice(nic)
    const admin = this.network.hostAdmin()
    admin.setLink('lo', { up: true })
    admin.addAddress(card.name, card.address, card.prefix)
    admin.setLink(card.name, { up: true })
    if (card.gateway !== undefined) admin.addRoute({ dst: 'default', via: card.gateway, dev: card.name })
  }

  /** Starts a login shell on a terminal; `onEnd` is called once it has ended. */
  login(terminal: HostTerminal, onEnd: () => void): Process {
    const { name, uid, home } = this.user
    const files = [terminal.slave(), terminal.slave(), terminal.slave()]
    const shell = this.kernel.spawn({
      path: '/bin/bash',
      argv: ['-bash'],
      environ: [
        `HOME=${home}`,
        `USER=${name}`,
        `LOGNAME=${name}`,
        'SHELL=/bin/bash',
        'TERM=xterm-256color',
        `PATH=${PATH}`,
        'LANG=C.UTF-8',
      ],
      cwd: home,
      uid,
      gid: uid,
      files,
      prepare: (proc) => proc.setControllingTty(0),
      ...(this.init === undefined ? {} : { parent: this.init }),
    })
    for (const file of files) if (--file.refs === 0) file.release()
    this.#endings.set(shell, onEnd)
    return shell
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
      return {
        path,
        mode: S.IFREG | (entry.mode ?? 0o644),
        uid,
        gid,
        content: what.content,
        ...(entry.xattrs === undefined ? {} : { xattrs: entry.xattrs }),
        ...(what.size === undefined ? {} : { size: what.size }),
      }
  }
}
