import { parse } from 'yaml'
import { Headers, textResponse } from '#http/message.ts'
import { Client } from '#kubernetes/client/client.ts'
import { InformerFactory } from '#kubernetes/client/informer.ts'
import { ENDPOINT_SLICES, SERVICES } from '#kubernetes/client/resources.ts'
import { Scope } from '#kubernetes/client/scope.ts'
import { Errno } from '#linux/errno.ts'
import { readText } from '#linux/http/resolver.ts'
import { serve } from '#linux/http/server.ts'
import { type InCluster, inCluster } from '#linux/http/service-account.ts'
import { parseCommand, restore, saveRule, splitLine } from '#linux/net/iptables.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import type { Simulation } from '#sim/simulation.ts'
import { civil } from '#sim/time.ts'
import { type Sim, WaitQueue } from '#sim/wait.ts'
import { JUMPS, type ProxyConfig, planIptables, type ServicePortPlan, servicePorts } from './plan.ts'

const API_SERVER = 'kind-control-plane:6443'
const CONFIG_DIR = '/var/lib/kube-proxy'
const HEALTH_PORT = 10_256
/** At most one write of rules in this time: minSyncPeriod. */
const MIN_SYNC = 1_000_000

interface KubeProxyConfiguration {
  readonly clusterCIDR?: string
  readonly hostnameOverride?: string
  readonly clientConnection?: { readonly kubeconfig?: string }
}

/** The connection to the server that the kubeconfig names, with the credentials of the service account where there are some. */
function* connect(proc: Proc, kubeconfig: string | undefined): Sim<InCluster | undefined> {
  const text = kubeconfig === undefined ? undefined : yield* readText(proc, kubeconfig)
  const server = /server:\s*https:\/\/(\S+)/.exec(text ?? '')?.[1] ?? proc.getenv('CONTROL_PLANE_ENDPOINT') ?? API_SERVER
  return yield* inCluster(proc, server.includes(':') ? server : `${server}:443`)
}

function klog(proc: Proc, file: string, text: string): Sim<unknown> {
  const c = civil(proc.now())
  const two = (n: number): string => String(n).padStart(2, '0')
  return proc.write(
    2,
    encode(
      `I${two(c.month)}${two(c.day)} ${two(c.hour)}:${two(c.minute)}:${two(c.second)}.${String(c.micros).padStart(6, '0')} ${String(proc.pid).padStart(7)} ${file}] ${text}\n`,
    ),
  )
}

/** kube-proxy in iptables mode: keeps the node's rules equal to Services and EndpointSlices. */
export function kubeProxyProgram(sim: Simulation): Program {
  return {
    name: 'kubernetes/kube-proxy',
    *main(proc): Sim<number> {
      proc.setMemory(33 << 20)
      const configPath = proc.argv.find((a) => a.startsWith('--config='))?.slice(9) ?? `${CONFIG_DIR}/config.conf`
      const text = yield* readText(proc, configPath)
      const file = (text === undefined ? {} : parse(text)) as KubeProxyConfiguration
      const connection = yield* connect(proc, file.clientConnection?.kubeconfig ?? `${CONFIG_DIR}/kubeconfig.conf`)
      if (connection === undefined) {
        yield* klog(proc, 'server.go:1', '"Error running ProxyServer" err="no configuration and no service account"')
        return 1
      }
      const nodeName =
        proc.argv.find((a) => a.startsWith('--hostname-override='))?.slice(20) ?? file.hostnameOverride ?? proc.getenv('NODE_NAME')
      const config: ProxyConfig = {
        nodeName: nodeName === undefined || nodeName === '' || nodeName.startsWith('$(') ? proc.uname().nodename : nodeName,
        clusterCidr: file.clusterCIDR ?? '10.244.0.0/16',
      }
      yield* klog(proc, 'server_linux.go:137', '"Using iptables proxy"')
      return yield* new Proxier(proc, sim, connection, config).run()
    },
  }
}

class Proxier {
  readonly #proc: Proc
  readonly #sim: Simulation
  readonly #connection: InCluster
  readonly #config: ProxyConfig
  readonly #wanted = new WaitQueue()
  #dirty = true
  #last = ''
  #ports: readonly ServicePortPlan[] = []
  #synced = false

  constructor(proc: Proc, sim: Simulation, connection: InCluster, config: ProxyConfig) {
    this.#proc = proc
    this.#sim = sim
    this.#connection = connection
    this.#config = config
  }

  *run(): Sim<number> {
    const proc = this.#proc
    const scope = new Scope(this.#sim, (name, body) => proc.thread(name, body))
    const client = new Client(this.#sim, this.#connection.transport, { userAgent: 'kube-proxy', token: this.#connection.token })
    try {
      this.#prepare()
      proc.thread('healthz', this.#healthz())
      const informers = new InformerFactory(client, scope, this.#sim.random(`kube-proxy/${this.#config.nodeName}`))
      const services = informers.of(SERVICES, {
        labelSelector: '!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name',
      })
      const slices = informers.of(ENDPOINT_SLICES, {
        labelSelector: '!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name',
      })
      const touch = (): void => {
        this.#dirty = true
        this.#wanted.wakeAll()
      }
      for (const informer of [services, slices]) informer.addHandler({ add: touch, update: touch, delete: touch })
      yield* informers.waitForSync()
      for (;;) {
        while (!this.#dirty) yield* this.#wanted.wait()
        this.#dirty = false
        this.#sync(servicePorts(services.store.list(), slices.store.list(), this.#config))
        yield* this.#sim.sleep(MIN_SYNC)
      }
    } finally {
      scope.cancel()
    }
  }

  #prepare(): void {
    const { net } = this.#proc
    for (const [name, value] of [
      ['net.ipv4.ip_forward', '1'],
      ['net.ipv4.conf.all.route_localnet', '1'],
    ] as const) {
      try {
        net.setSysctl(name, value)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
      }
    }
  }

  /** Puts the planned rules into the kernel, when they differ from what was put there last. */
  #sync(ports: readonly ServicePortPlan[]): void {
    const { net } = this.#proc
    const nf = net.netfilter
    const existing = [...(nf.tables.get('nat')?.chains.keys() ?? [])]
    const text = planIptables(ports, this.#config, existing)
    if (text !== this.#last) {
      restore(nf, text, { noflush: true, counters: true })
      // A second writing has no chains to delete any more.
      this.#last = planIptables(ports, this.#config, [...(nf.tables.get('nat')?.chains.keys() ?? [])])
    }
    this.#ensureJumps()
    this.#forgetUdp(ports)
    this.#ports = ports
    this.#synced = true
  }

  #ensureJumps(): void {
    const nf = this.#proc.net.netfilter
    for (const { table, from, rule } of [...JUMPS].reverse()) {
      const chain = nf.table(table).chains.get(from)
      const wanted = parseCommand(['-I', from, ...splitLine(rule)], table).rules[0]
      if (chain === undefined || wanted === undefined) continue
      const text = saveRule(wanted)
      if (chain.rules.some((r) => saveRule(r) === text)) continue
      chain.rules = [wanted, ...chain.rules]
      nf.changed()
    }
  }

  /** UDP flows to endpoints that are gone (or that were refused before there was one) must start anew. */
  #forgetUdp(ports: readonly ServicePortPlan[]): void {
    const { net } = this.#proc
    for (const old of this.#ports) {
      if (old.protocol !== 'udp') continue
      const now = ports.find((p) => p.name === old.name && p.protocol === 'udp')
      const gone = old.cluster.filter((e) => now?.cluster.some((n) => n.chain === e.chain) !== true)
      const fresh = old.cluster.length === 0 && (now?.cluster.length ?? 0) > 0
      if (gone.length === 0 && !fresh) continue
      net.deleteConntrack(
        (e) =>
          e.proto === 'udp' &&
          e.original.dst === old.clusterIp &&
          e.original.dport === old.port &&
          (fresh || gone.some((g) => g.address === e.reply.src)),
      )
    }
  }

  /** What probes ask for: 200 once the rules are in place. */
  *#healthz(): Sim<void> {
    try {
      yield* serve(this.#proc, {
        address: '0.0.0.0',
        port: HEALTH_PORT,
        handler: function* (this: Proxier, request: { readonly target: string }) {
          if (!/^\/(healthz|livez)/.test(request.target)) return textResponse(404, '404 page not found\n')
          const status = this.#synced ? 200 : 503
          return {
            status,
            headers: new Headers([['content-type', 'application/json']]),
            body: encode(`{"lastUpdated": "","currentTime": "", "nodeEligible": true}`),
          }
        }.bind(this),
      })
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
}
