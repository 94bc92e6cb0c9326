/** A machine with a container runtime and little else, for unit tests: programs are functions. */
import { elf } from '#linux/elf.ts'
import { buildTree, type ImageEntry } from '#linux/fs/memory/image.ts'
import { Kernel } from '#linux/kernel.ts'
import { MachineNetwork } from '#linux/net/network.ts'
import { MS, type Proc, type Program, S } from '#linux/syscalls.ts'
import { makedev } from '#linux/vfs/inode.ts'
import { encode } from '#sim/bytes.ts'
import { Simulation } from '#sim/simulation.ts'
import type { Sim } from '#sim/wait.ts'
import type { CniPlugin } from '../cni/types.ts'
import { containerd } from './containerd.ts'
import { ImageStore, type Registry, type RegistryImage } from './images.ts'
import { CriEndpoint, type ImageService, type RuntimeService } from './types.ts'

const DIRECTORIES = ['/bin', '/dev', '/etc/cni/net.d', '/proc', '/run', '/sys', '/tmp', '/var/lib', '/var/log', '/usr/local/bin', '/root']

/** An image whose files are these programs. */
export function makeImage(reference: string, programs: readonly string[], cmd: readonly string[], sizeBytes = 1_000_000): RegistryImage {
  return {
    references: [reference],
    config: { cmd, env: ['PATH=/bin'] },
    layers: [
      {
        sizeBytes,
        entries: () => [
          { path: '/etc/passwd', type: 'file', mode: 0o644, content: encode('root:x:0:0:root:/root:/bin/sh\n') },
          { path: '/etc/group', type: 'file', mode: 0o644, content: encode('root:x:0:\n') },
          { path: '/tmp', type: 'dir', mode: 0o1777 },
          ...programs.map((name) => ({ path: `/bin/${name}`, type: 'file', mode: 0o755, content: elf({ program: name }) }) as const),
        ],
      },
    ],
  }
}

/** A plugin that gives addresses in turn and connects nothing. */
export function fakeCni(prefix = '10.244.1'): CniPlugin {
  let next = 2
  return {
    type: 'fake',
    *add() {
      return { interfaces: [], ips: [{ address: `${prefix}.${next++}/24` }], routes: [] }
    },
    *del() {},
  }
}

export class TestNode {
  readonly sim: Simulation
  readonly kernel: Kernel
  readonly images: ImageStore
  readonly endpoint = new CriEndpoint()
  readonly programs = new Map<string, Program>()

  constructor(
    images: readonly RegistryImage[],
    programs: Readonly<Record<string, (proc: Proc) => Sim<number>>>,
    sim = new Simulation({ seed: 1, start: 1_795_400_000_000_000 }),
    hostname = 'node',
  ) {
    this.sim = sim
    const known = new Map(images.flatMap((image) => image.references.map((r) => [r, image] as const)))
    const registry: Registry = {
      *resolve(reference) {
        const image = known.get(reference)
        return image === undefined ? { problem: 'not-found' } : { image }
      },
    }
    for (const [name, main] of Object.entries(programs)) this.programs.set(name, { name, main })
    this.programs.set('pause', { name: 'pause', main: (proc) => sleepForever(proc) })
    const conf = { cniVersion: '0.3.1', name: 'kindnet', plugins: [{ type: 'fake' }] }
    const entries: ImageEntry[] = [
      ...DIRECTORIES.map((path) => ({ path, mode: S.IFDIR | 0o755 })),
      { path: '/dev/null', mode: S.IFCHR | 0o666, rdev: makedev(1, 3) },
      { path: '/var/run', mode: S.IFLNK | 0o777, target: '/run' },
      { path: '/etc/cni/net.d/10-fake.conflist', mode: S.IFREG | 0o644, content: JSON.stringify(conf) },
    ]
    this.kernel = new Kernel({
      sim: this.sim,
      hostname,
      programs: (name) => this.programs.get(name),
      root: buildTree(entries),
      network: (kernel) => new MachineNetwork(kernel),
      cpus: 16,
      memoryBytes: 8 * 1024 * 1024 * 1024,
    })
    this.images = new ImageStore(this.sim, registry)
    this.images.load({ ...makeImage('registry.k8s.io/pause:3.10', ['pause'], []), config: { entrypoint: ['/bin/pause'] } })
    const cni = fakeCni()
    const program = containerd({
      kernel: this.kernel,
      images: this.images,
      cni: (type) => (type === 'fake' ? cni : undefined),
      endpoint: this.endpoint,
      sandboxImage: 'registry.k8s.io/pause:3.10',
    })
    this.kernel.spawn({ argv: ['/sbin/init'], main: (proc) => init(proc) })
    this.sim.run({ until: this.sim.now + 1000 })
    this.kernel.spawn({ argv: ['/usr/local/bin/containerd'], main: (proc) => program.main(proc) })
    this.sim.run({ until: this.sim.now + 1000 })
  }

  get runtime(): RuntimeService {
    if (this.endpoint.runtime === undefined) throw new Error('the runtime is down')
    return this.endpoint.runtime
  }

  get imageService(): ImageService {
    if (this.endpoint.images === undefined) throw new Error('the runtime is down')
    return this.endpoint.images
  }

  /** Runs a coroutine to its end, at most `seconds`. */
  do<T>(body: Sim<T>, seconds = 60): T {
    const task = this.sim.spawn('test', guarded(body))
    this.sim.run({ until: this.sim.now + seconds * 1_000_000, stop: () => task.ended })
    if (!task.ended) throw new Error(`not done after ${seconds} s`)
    const result = task.result
    if (result === undefined || 'error' in result) throw result?.error
    return result.value
  }

  go(seconds: number): void {
    this.sim.run({ until: this.sim.now + seconds * 1_000_000 })
  }
}

function* guarded<T>(body: Sim<T>): Sim<{ readonly value: T } | { readonly error: unknown }> {
  try {
    return { value: yield* body }
  } catch (error) {
    return { error }
  }
}

export function* sleepForever(proc: Proc): Sim<number> {
  for (;;) yield* proc.nanosleep(1_000_000_000_000)
}

function* init(proc: Proc): Sim<number> {
  proc.mount('proc', '/proc', 'proc', 0, '')
  proc.mount('sysfs', '/sys', 'sysfs', 0, '')
  proc.mount('cgroup2', '/sys/fs/cgroup', 'cgroup2', 0, '')
  proc.mount('none', '/', '', MS.REC | MS.SHARED, '')
  for (;;) {
    try {
      yield* proc.wait(-1)
    } catch {
      yield* proc.nanosleep(1_000_000)
    }
  }
}

export function* say(proc: Proc, text: string, fd = 1): Sim<void> {
  yield* proc.write(fd, encode(text))
}
