/** A machine with kubectl and an API server behind it, without a network: for unit tests. */
import { directTransport } from '#http/direct.ts'
import { ApiServer, type ApiServerOptions } from '#kubernetes/apiserver/server.ts'
import { elf } from '#linux/elf.ts'
import { buildTree, type ImageEntry } from '#linux/fs/memory/image.ts'
import { Kernel } from '#linux/kernel.ts'
import { MachineNetwork } from '#linux/net/network.ts'
import { type Proc, type Program, S } from '#linux/syscalls.ts'
import { makedev } from '#linux/vfs/inode.ts'
import { decode, encode } from '#sim/bytes.ts'
import { Simulation } from '#sim/simulation.ts'
import type { Sim } from '#sim/wait.ts'
import { readFile, writeFile } from './io.ts'
import { kubectlProgram } from './main.ts'

const HOME = '/home/learner'
const WORK = `${HOME}/tutorial`
const BASE64_PEM = 'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFBQUEKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo='

const KUBECONFIG = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${BASE64_PEM}
    server: https://127.0.0.1:6443
  name: kind-kind
contexts:
- context:
    cluster: kind-kind
    user: kind-kind
  name: kind-kind
current-context: kind-kind
kind: Config
users:
- name: kind-kind
  user:
    client-certificate-data: ${BASE64_PEM}
    client-key-data: ${BASE64_PEM}
`

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly exit: number
}

export interface RunOptions {
  readonly stdin?: string
  readonly files?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  /** Seconds after which it is killed. */
  readonly seconds?: number
}

/** Token that the machine's own requests carry: a member of system:masters. */
export const ADMIN_TOKEN = 'admin'
const ADMIN = { name: 'kubernetes-admin', groups: ['kubeadm:cluster-admins', 'system:masters', 'system:authenticated'] }

export class TestMachine {
  readonly sim: Simulation
  readonly kernel: Kernel
  readonly server: ApiServer

  constructor(options: Partial<ApiServerOptions> = {}, extra: readonly Program[] = []) {
    this.sim = options.sim ?? new Simulation({ seed: 1, start: 1_795_400_000_000_000 })
    const { sim } = this
    this.server = new ApiServer({ ...options, sim, authentication: { tokens: new Map([[ADMIN_TOKEN, ADMIN]]) } })
    const program = kubectlProgram((_, target) => {
      const inner = directTransport(sim, (request) => this.server.handle(request), { address: '127.0.0.1', port: 40_000, tls: true })
      const token = `Bearer ${ADMIN_TOKEN}`
      return {
        roundTrip: (request) =>
          inner.roundTrip(target.token === undefined ? { ...request, headers: request.headers.set('authorization', token) } : request),
        upgrade: (request, protocols) => inner.upgrade({ ...request, headers: request.headers.set('authorization', token) }, protocols),
      }
    })
    const entries: ImageEntry[] = [
      ...['/dev', '/proc', '/sys', '/tmp', '/usr', '/usr/bin', '/home', HOME, `${HOME}/.kube`, WORK].map((path) => ({
        path,
        mode: S.IFDIR | 0o755,
      })),
      { path: '/dev/null', mode: S.IFCHR | 0o666, rdev: makedev(1, 3) },
      { path: '/usr/bin/kubectl', mode: S.IFREG | 0o755, content: elf({ program: program.name }) },
      ...extra.map((p) => ({ path: `/usr/bin/${p.name}`, mode: S.IFREG | 0o755, content: elf({ program: p.name }) })),
      { path: `${HOME}/.kube/config`, mode: S.IFREG | 0o600, content: KUBECONFIG },
    ]
    this.kernel = new Kernel({
      sim,
      hostname: 'laptop',
      programs: (name) => (name === program.name ? program : extra.find((p) => p.name === name)),
      root: buildTree(entries),
      network: (kernel) => new MachineNetwork(kernel),
      cpus: 4,
      memoryBytes: 2 ** 31,
    })
    this.kernel.spawn({
      argv: ['/sbin/init'],
      *main(proc) {
        for (;;) yield* proc.nanosleep(3_600_000_000)
      },
    })
    sim.run({ until: sim.now + 1000 })
  }

  /** Runs `kubectl …` to its end. */
  run(argv: readonly string[], options: RunOptions = {}): Outcome {
    let outcome: Outcome | undefined
    const { files = {}, stdin = '', env = {} } = options
    this.kernel.spawn({
      argv: ['/bin/sh'],
      cwd: WORK,
      *main(proc) {
        for (const [name, text] of Object.entries(files)) {
          makeFolders(proc, name)
          yield* writeFile(proc, name, encode(text), 0o755)
        }
        for (const [name, text] of [
          ['in', stdin],
          ['out', ''],
          ['err', ''],
        ] as const)
          yield* writeFile(proc, `/tmp/${name}`, encode(text), 0o644)
        const child = proc.fork(function* (kid) {
          for (const fd of kid.fds()) kid.close(fd)
          yield* kid.open('/tmp/in', 0)
          yield* kid.open('/tmp/out', 1 | 0o2000)
          yield* kid.open('/tmp/err', 1 | 0o2000)
          const environ = Object.entries({ HOME, PATH: '/usr/bin', ...env }).map(([k, v]) => `${k}=${v}`)
          return yield* kid.exec('/usr/bin/kubectl', ['kubectl', ...argv], environ)
        })
        const status = yield* proc.wait(child)
        const read = function* (name: string): Sim<string> {
          return decode(yield* readFile(proc, `/tmp/${name}`))
        }
        outcome = { stdout: yield* read('out'), stderr: yield* read('err'), exit: status?.exit ?? -1 }
        return 0
      },
    })
    this.sim.run({ until: this.sim.now + (options.seconds ?? 60) * 1_000_000, stop: () => outcome !== undefined })
    if (outcome === undefined) {
      const err = decode(this.#peek('/tmp/err'))
      return { stdout: decode(this.#peek('/tmp/out')), stderr: `${err}(killed after a time)`, exit: 124 }
    }
    return outcome
  }

  #peek(path: string): Uint8Array {
    let bytes: Uint8Array = new Uint8Array(0)
    this.kernel.spawn({
      argv: ['/bin/cat'],
      *main(proc) {
        bytes = yield* readFile(proc, path)
        return 0
      },
    })
    this.sim.run({ until: this.sim.now + 1000 })
    return bytes
  }
}

function makeFolders(proc: Proc, file: string): void {
  const parts = file.split('/').slice(0, -1)
  parts.forEach((_, i) => {
    const path = parts.slice(0, i + 1).join('/')
    if (path !== '' && !proc.access(path, '')) proc.mkdir(path, 0o755)
  })
}
