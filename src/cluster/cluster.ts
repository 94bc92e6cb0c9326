import type { HttpHandler } from '#http/message.ts'
import type { ApiServer } from '#kubernetes/apiserver/server.ts'
import { Segment } from '#linux/net/wire.ts'
import type { Program } from '#linux/syscalls.ts'
import type { Simulation } from '#sim/simulation.ts'
import type { Micros } from '#sim/wait.ts'
import { executable } from '#userland/debian/root.ts'
import { dir, file, link, type TreeEntry } from '#userland/debian/tree.ts'
import { type DockerContainer, type DockerHost, laptopPrograms } from './docker.ts'
import { dockerProxy } from './docker-proxy.ts'
import { kubeconfig } from './kubeconfig.ts'
import { Machine } from './machine.ts'
import { type ClusterPki, clusterPki, type KeyMaker, modelKeys } from './pki.ts'
import type { Programs } from './programs.ts'

/** First three octets of the network the machines share. */
export const NETWORK = '172.18.0'
export const API_PORT = 6443
export const CONTROL_PLANE = 'kind-control-plane'

export interface LaptopOptions {
  /** What stands before docker and kind: a lab has them wait until their cluster is there. */
  readonly gate?: (program: Program) => Program
  readonly sim: Simulation
  readonly programs: Programs
  /** Where keys come from; the model's own unless real clients have to be served. */
  readonly keys?: KeyMaker
}

/** The nodes of a kind cluster and what can be seen of its control plane. */
export interface Kind {
  readonly nodes: readonly Machine[]
  /** Nodes without a machine. */
  readonly hollow: number
  /** The API server while its process serves. */
  readonly serving: { readonly server: ApiServer; readonly handler: HttpHandler } | undefined
  /** Revision of the store. */
  readonly revision: number
}

interface Conditioned {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

function isReady(object: Conditioned): boolean {
  return object.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false
}

/** The laptop and, once it has joined, the kind cluster it runs. */
export class Cluster {
  readonly sim: Simulation
  readonly laptop: Machine
  readonly segment: Segment
  readonly docker: Docker
  readonly pki: ClusterPki
  /** The laptop's programs that come with the cluster, by name. */
  readonly programs: Map<string, Program>
  readonly #machines = new Map<string, Machine>()
  #kind: Kind | undefined
  #seen: { readonly changes: number; readonly state: 'starting' | 'ready' | 'settled' } | undefined

  constructor(sim: Simulation, laptop: Machine, segment: Segment, docker: Docker, pki: ClusterPki, programs: Map<string, Program>) {
    this.sim = sim
    this.programs = programs
    this.laptop = laptop
    this.segment = segment
    this.docker = docker
    this.pki = pki
    this.#machines.set(laptop.name, laptop)
  }

  /** The nodes are switched on. */
  join(kind: Kind): void {
    this.#kind = kind
    this.#seen = undefined
    this.docker.adopt(kind.nodes)
    for (const node of kind.nodes) this.#machines.set(node.name, node)
  }

  get machines(): ReadonlyMap<string, Machine> {
    return this.#machines
  }

  machine(name: string): Machine | undefined {
    return this.machines.get(name)
  }

  /** The API server's handler while its process serves. */
  get apiHandler(): HttpHandler | undefined {
    return this.#kind?.serving?.handler
  }

  /** Objects of a kind, of one namespace or all; empty while no API server runs. */
  objects(apiVersion: string, kind: string, namespace: string | undefined): readonly object[] {
    const server = this.#kind?.serving?.server
    const slash = apiVersion.indexOf('/')
    const endpoint = server?.kinds.byKind(slash < 0 ? '' : apiVersion.slice(0, slash), kind)
    if (server === undefined || endpoint === undefined) return []
    return server.storage(endpoint.kind).list({ namespace: namespace ?? '', labels: [], fields: [] })
  }

  /** Grows whenever the cluster's objects or a machine's processes have changed. */
  get changes(): number {
    let sum = this.#kind?.revision ?? 0
    for (const machine of this.machines.values()) sum += machine.kernel.exits
    return sum
  }

  /** Laptop up and, if there is a cluster, every node (hollow ones too) Ready. */
  get ready(): boolean {
    return this.#look() !== 'starting'
  }

  /** Ready, and so are all Pods: the cluster as a reader finds it. */
  get settled(): boolean {
    return this.#look() === 'settled'
  }

  /** How far the cluster is; looked up again only after a change, for it is asked after every event. */
  #look(): 'starting' | 'ready' | 'settled' {
    const { changes } = this
    if (this.#seen?.changes !== changes) this.#seen = { changes, state: this.#stateNow() }
    return this.#seen.state
  }

  #stateNow(): 'starting' | 'ready' | 'settled' {
    if (this.laptop.init === undefined) return 'starting'
    if (this.#kind === undefined) return 'settled'
    const nodes = this.objects('v1', 'Node', undefined) as readonly Conditioned[]
    if (nodes.filter(isReady).length < this.#kind.nodes.length + this.#kind.hollow) return 'starting'
    return (this.objects('v1', 'Pod', undefined) as readonly Conditioned[]).every(isReady) ? 'settled' : 'ready'
  }

  /** Stops a node's kubelet, as `systemctl stop kubelet` does; false when there is no such node. */
  stopKubelet(name: string): boolean {
    return this.#systemctl(name, 'stop')
  }

  startKubelet(name: string): boolean {
    return this.#systemctl(name, 'start')
  }

  #systemctl(name: string, verb: 'start' | 'stop'): boolean {
    const machine = this.#kind?.nodes.find((n) => n.name === name)
    if (machine?.init === undefined) return false
    machine.kernel.spawn({ path: '/usr/bin/systemctl', argv: ['systemctl', verb, 'kubelet'], parent: machine.init })
    return true
  }
}

export class Docker implements DockerHost {
  readonly startedAt: Micros
  readonly #ids = new Map<Machine, string>()
  readonly #sim: Simulation
  #nodes: readonly Machine[] = []
  /** Containers besides the nodes; none until something can run them. */
  others: () => readonly DockerContainer[] = () => []

  constructor(sim: Simulation) {
    this.#sim = sim
    this.startedAt = sim.now
  }

  adopt(nodes: readonly Machine[]): void {
    this.#nodes = nodes
    for (const node of nodes) this.#ids.set(node, this.#sim.random(`docker/${node.name}`).string(64, '0123456789abcdef'))
  }

  nodes(): readonly Machine[] {
    return this.#nodes
  }

  containers(): readonly DockerContainer[] {
    return this.others()
  }

  idOf(machine: Machine): string {
    return this.#ids.get(machine) ?? ''
  }
}

const UID = 1000

function laptopMachine(options: LaptopOptions, segment: Segment, own: ReadonlyMap<string, Program>, pki: ClusterPki | undefined): Machine {
  const { sim } = options
  const config =
    pki === undefined
      ? []
      : [
          dir('/home/learner/.kube', 0o750, UID, UID),
          file('/home/learner/.kube/config', kubeconfig(pki, `https://127.0.0.1:${API_PORT}`), 0o600, UID, UID),
        ]
  const extra: TreeEntry[] = [
    executable('/usr/local/bin/kubectl', 'kubernetes/kubectl', [], 59_556_002),
    executable('/usr/local/bin/kind', 'kind/kind', [], 10_300_000),
    executable('/usr/bin/vim.basic', 'vim/vim.basic', [], 3_787_000),
    link('/etc/alternatives/vim', '/usr/bin/vim.basic'),
    link('/usr/bin/vim', '/etc/alternatives/vim'),
    executable('/usr/bin/docker', 'docker/docker', [], 42_000_000),
    executable('/usr/bin/docker-proxy', 'docker/docker-proxy', [], 2_900_000),
    executable('/usr/local/bin/cloud-provider-kind', 'cloud-provider-kind/cloud-provider-kind', [], 62_000_000),
    ...config,
  ]
  const machine = new Machine({
    sim,
    hostname: 'laptop',
    variant: 'laptop',
    programs: (name) => own.get(name) ?? options.programs(name),
    cpus: 8,
    memoryBytes: 16 * 1024 ** 3,
    nameservers: ['192.168.1.1'],
    extra,
  })
  machine.plug(segment, { name: 'br-kind', address: `${NETWORK}.1`, prefix: 16 })
  machine.boot()
  if (pki !== undefined) {
    machine.kernel.spawn({
      path: '/usr/bin/docker-proxy',
      argv: [
        '/usr/bin/docker-proxy',
        '-proto',
        'tcp',
        '-host-ip',
        '127.0.0.1',
        '-host-port',
        String(API_PORT),
        '-container-ip',
        `${NETWORK}.2`,
        '-container-port',
        String(API_PORT),
      ],
      ...(machine.init === undefined ? {} : { parent: machine.init }),
    })
  }
  return machine
}

/** The reader's laptop. With `cluster` it is set up for a kind cluster, whose nodes `joinKind` (`kind.ts`) switches on. */
export function laptop(options: LaptopOptions, cluster: boolean): Cluster {
  const { sim } = options
  const random = sim.random('pki')
  const pki = clusterPki({
    random,
    keys: options.keys ?? modelKeys(random),
    now: sim.now,
    dnsNames: [
      CONTROL_PLANE,
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      'kubernetes.default.svc.cluster.local',
      'localhost',
    ],
    addresses: ['10.96.0.1', `${NETWORK}.2`, '127.0.0.1'],
    etcd: { hostname: CONTROL_PLANE, address: `${NETWORK}.2` },
  })
  const segment = new Segment(sim, 'kind')
  const docker = new Docker(sim)
  const gate = options.gate ?? ((program: Program) => program)
  const own = new Map([...laptopPrograms(docker).map(gate), dockerProxy].map((p) => [p.name, p]))
  return new Cluster(sim, laptopMachine(options, segment, own, cluster ? pki : undefined), segment, docker, pki, own)
}
