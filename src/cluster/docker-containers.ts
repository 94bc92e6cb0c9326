/** What `docker run` does beside the kind nodes: a process with namespaces of its own on the laptop and a card on kind's network. */
import { EthernetDevice, type Segment } from '#linux/net/wire.ts'
import type { Process } from '#linux/process/process.ts'
import { SIGNALS } from '#linux/signal.ts'
import { CLONE, MS, type Proc } from '#linux/syscalls.ts'
import type { Simulation } from '#sim/simulation.ts'
import type { Sim } from '#sim/wait.ts'
import type { DockerContainer } from './docker.ts'
import type { Machine } from './machine.ts'

export interface RunOptions {
  readonly name: string
  readonly image: string
  /** As `docker ps` shows it. */
  readonly entrypoint: string
  readonly argv: readonly string[]
  readonly main: (proc: Proc) => Sim<number>
  /** Ports published on free ports of the laptop. */
  readonly publish: readonly number[]
  /** A folder of its own, empty at first. */
  readonly home: string
}

interface Running extends DockerContainer {
  readonly process: Process
  readonly proxies: readonly Process[]
}

/** Where docker begins to look for free ports of the host. */
const FIRST_HOST_PORT = 32_768

/**
 * The docker daemon's containers that are not kind nodes.
 * Differs: their root file system and PIDs are the laptop's, images need no pulling, IPv4 alone is published.
 */
export class Containers {
  readonly #sim: Simulation
  readonly #laptop: Machine
  readonly #segment: Segment
  /** First three octets of kind's network, and how many of its addresses the gateway and the nodes have. */
  readonly #network: string
  readonly #taken: number
  readonly #running = new Map<string, Running>()
  #started = 0

  constructor(sim: Simulation, laptop: Machine, segment: Segment, network: string, taken: number) {
    this.#sim = sim
    this.#laptop = laptop
    this.#segment = segment
    this.#network = network
    this.#taken = taken
  }

  /** Those that run, oldest first. */
  list(): readonly DockerContainer[] {
    return [...this.#running.values()].filter((c) => !c.process.exited)
  }

  find(name: string): DockerContainer | undefined {
    return this.list().find((c) => c.name === name)
  }

  /** `docker run --detach --net kind`. The name must be free. */
  run(options: RunOptions): DockerContainer {
    const { name } = options
    this.remove(name)
    const { kernel, init } = this.#laptop
    const address = this.#freeAddress()
    const published = options.publish.map((port, i) => ({ port, hostPort: this.#freePort() + i }))
    const process = kernel.spawn({
      argv: options.argv,
      environ: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', `HOSTNAME=${name}`, 'HOME=/root'],
      cwd: '/',
      main: options.main,
      prepare: (proc) => {
        proc.unshare(CLONE.NEWNS | CLONE.NEWNET | CLONE.NEWUTS | CLONE.NEWIPC)
        proc.sethostname(name)
        proc.mount('none', '/', '', MS.REC | MS.PRIVATE, '')
        proc.mount('tmpfs', '/home', 'tmpfs', 0, '')
        proc.mkdir(options.home, 0o755)
        this.#plug(proc, address)
      },
      ...(init === undefined ? {} : { parent: init }),
    })
    const proxies = published.map(({ port, hostPort }) =>
      kernel.spawn({
        path: '/usr/bin/docker-proxy',
        argv: [
          '/usr/bin/docker-proxy',
          ...['-proto', 'tcp', '-host-ip', '0.0.0.0', '-host-port', String(hostPort)],
          ...['-container-ip', address, '-container-port', String(port)],
        ],
        ...(init === undefined ? {} : { parent: init }),
      }),
    )
    const container: Running = {
      id: this.#sim.random(`docker/${name}/${++this.#started}`).string(64, '0123456789abcdef'),
      name,
      image: options.image,
      entrypoint: options.entrypoint,
      startedAt: this.#sim.now,
      ports: published.map(({ port, hostPort }) => `0.0.0.0:${hostPort}->${port}/tcp`),
      address,
      machine: this.#laptop,
      process,
      proxies,
    }
    this.#running.set(name, container)
    return container
  }

  /** `docker rm -f`; nothing when there is no such container. */
  remove(name: string): void {
    const container = this.#running.get(name)
    if (container === undefined) return
    this.#running.delete(name)
    for (const process of [container.process, ...container.proxies]) if (!process.exited) this.#kill(process)
  }

  #kill(process: Process): void {
    this.#laptop.init?.kill(process.globalPid, SIGNALS.KILL)
  }

  #plug(proc: Process, address: string): void {
    const { network } = this.#laptop
    const ns = network.of(proc).net
    const nic = new EthernetDevice(ns, ns.allocateIndex(), 'eth0', ns.freshMac(), 1500)
    nic.plug(this.#segment)
    ns.addDevice(nic)
    const admin = network.admin(proc)
    admin.setLink('lo', { up: true })
    admin.addAddress('eth0', address, 16)
    admin.setLink('eth0', { up: true })
    admin.addRoute({ dst: 'default', via: `${this.#network}.1`, dev: 'eth0' })
  }

  #freeAddress(): string {
    const used = new Set(this.list().map((c) => c.address))
    for (let i = this.#taken + 1; i < 254; i++) if (!used.has(`${this.#network}.${i}`)) return `${this.#network}.${i}`
    throw new Error('no available IPv4 addresses on this network')
  }

  #freePort(): number {
    const used = this.list().flatMap((c) => c.ports.map((p) => Number(/:(\d+)->/.exec(p)?.[1])))
    return Math.max(FIRST_HOST_PORT - 1, ...used) + 1
  }
}
