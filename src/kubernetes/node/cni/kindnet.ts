import { Client } from '#kubernetes/client/client.ts'
import { InformerFactory } from '#kubernetes/client/informer.ts'
import { NODES } from '#kubernetes/client/resources.ts'
import { Scope } from '#kubernetes/client/scope.ts'
import type { Node } from '#kubernetes/client/types/node.ts'
import { Errno } from '#linux/errno.ts'
import { readText } from '#linux/http/resolver.ts'
import { inCluster } from '#linux/http/service-account.ts'
import { restore } from '#linux/net/iptables.ts'
import { O, type Proc, type Program } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import type { Simulation } from '#sim/simulation.ts'
import { civil } from '#sim/time.ts'
import { type Sim, WaitQueue } from '#sim/wait.ts'

const CONFLIST = '/etc/cni/net.d/10-kindnet.conflist'

function log(proc: Proc, file: string, text: string): Sim<unknown> {
  const c = civil(proc.now())
  const two = (n: number): string => String(n).padStart(2, '0')
  return proc.write(
    2,
    encode(
      `I${two(c.month)}${two(c.day)} ${two(c.hour)}:${two(c.minute)}:${two(c.second)}.${String(c.micros).padStart(6, '0')} ${String(proc.pid).padStart(7)} ${file}] ${text}\n`,
    ),
  )
}

/** The CNI configuration that gives Pods of this node addresses of `podCidr`. */
export function conflist(podCidr: string): string {
  const config = {
    cniVersion: '0.3.1',
    name: 'kindnet',
    plugins: [
      {
        type: 'ptp',
        ipMasq: false,
        ipam: { type: 'host-local', dataDir: '/run/cni-ipam-state', routes: [{ dst: '0.0.0.0/0' }], ranges: [[{ subnet: podCidr }]] },
        mtu: 1500,
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  }
  return `${JSON.stringify(config, undefined, '\t')}\n`
}

/** Rules that hide Pods behind the node when they talk to the outside. */
export function masqueradeRules(podSubnet: string): string {
  return [
    '*nat',
    ':KIND-MASQ-AGENT - [0:0]',
    `-A KIND-MASQ-AGENT -d ${podSubnet} -m comment --comment "kind-masq-agent: local traffic is not subject to MASQUERADE" -j RETURN`,
    '-A KIND-MASQ-AGENT -m comment --comment "kind-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain)" -j MASQUERADE',
    'COMMIT',
    '',
  ].join('\n')
}

const MASQUERADE_JUMP =
  '-m addrtype ! --dst-type LOCAL -m comment --comment "kind-masq-agent: ensure nat POSTROUTING directs all non-LOCAL destination traffic to our custom KIND-MASQ-AGENT chain" -j KIND-MASQ-AGENT'

/** Routes to the Pods of other nodes: destination and next hop. */
export function planRoutes(nodes: readonly Node[], own: string): { readonly dst: string; readonly via: string; readonly node: string }[] {
  return nodes.flatMap((node) => {
    const dst = node.spec?.podCIDR
    const via = node.status?.addresses?.find((a) => a.type === 'InternalIP')?.address
    return node.metadata.name === own || dst === undefined || via === undefined || via.includes(':')
      ? []
      : [{ dst, via, node: node.metadata.name }]
  })
}

/** kindnetd: writes the CNI configuration of its node, routes to the other nodes' Pods, masquerades what leaves. */
export function kindnetProgram(sim: Simulation): Program {
  return {
    name: 'kubernetes/kindnetd',
    *main(proc): Sim<number> {
      proc.setMemory(13 << 20)
      const connection = yield* inCluster(proc, proc.getenv('CONTROL_PLANE_ENDPOINT') ?? 'kind-control-plane:6443')
      if (connection === undefined) {
        yield* proc.write(
          2,
          encode('panic: unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined\n'),
        )
        return 2
      }
      const own = proc.getenv('NODE_NAME') ?? proc.uname().nodename
      const podSubnet = proc.getenv('POD_SUBNET') ?? '10.244.0.0/16'
      const scope = new Scope(sim, (name, body) => proc.thread(name, body))
      const client = new Client(sim, connection.transport, { userAgent: 'kindnetd', token: connection.token })
      const wanted = new WaitQueue()
      let dirty = true
      try {
        prepare(proc, podSubnet)
        const informers = new InformerFactory(client, scope, sim.random(`kindnet/${own}`))
        const nodes = informers.of(NODES)
        const touch = (): void => {
          dirty = true
          wanted.wakeAll()
        }
        nodes.addHandler({
          add: touch,
          delete: touch,
          update: (old, node) => {
            if (
              old.spec?.podCIDR !== node.spec?.podCIDR ||
              JSON.stringify(old.status?.addresses) !== JSON.stringify(node.status?.addresses)
            )
              touch()
          },
        })
        yield* informers.waitForSync()
        yield* log(proc, 'main.go:139', `hostIP = ${proc.getenv('HOST_IP') ?? ''}\npodIP = ${proc.getenv('POD_IP') ?? ''}`)
        for (;;) {
          while (!dirty) yield* wanted.wait()
          dirty = false
          yield* sync(proc, nodes.store.list(), own)
        }
      } finally {
        scope.cancel()
      }
    },
  }
}

function prepare(proc: Proc, podSubnet: string): void {
  const { net } = proc
  try {
    net.setSysctl('net.ipv4.ip_forward', '1')
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  const rules = masqueradeRules(podSubnet)
  const nf = net.netfilter
  const there =
    nf.tables
      .get('nat')
      ?.chains.get('POSTROUTING')
      ?.rules.some((r) => r.jump === 'KIND-MASQ-AGENT') === true
  restore(nf, there ? rules : rules.replace('COMMIT', `-A POSTROUTING ${MASQUERADE_JUMP}\nCOMMIT`), { noflush: true })
}

function* sync(proc: Proc, nodes: readonly Node[], own: string): Sim<void> {
  const podCidr = nodes.find((n) => n.metadata.name === own)?.spec?.podCIDR
  if (podCidr !== undefined) yield* writeConfig(proc, podCidr)
  const { net } = proc
  const wanted = planRoutes(nodes, own)
  for (const { dst, via, node } of wanted) {
    if (net.routes().some((r) => r.dst === dst && r.via === via)) continue
    yield* log(proc, 'main.go:297', `Handling node with IPs: map[${via}:{}]`)
    yield* log(proc, 'main.go:324', `Node ${node} has CIDR [${dst}]`)
    try {
      net.addRoute({ dst, via }, true)
      yield* log(proc, 'routes.go:62', `Adding route {Ifindex: 0 Dst: ${dst} Src: <nil> Gw: ${via} Flags: [] Table: 0 Realm: 0}`)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
  for (const route of net.routes()) {
    const stale =
      route.via !== undefined &&
      route.dst !== 'default' &&
      nodes.every((n) => n.spec?.podCIDR !== route.dst) &&
      route.dst.startsWith('10.244.') &&
      route.proto === 'boot'
    if (stale) net.deleteRoute(route)
  }
}

function* writeConfig(proc: Proc, podCidr: string): Sim<void> {
  const text = conflist(podCidr)
  if ((yield* readText(proc, CONFLIST)) === text) return
  let folder = ''
  for (const part of ['etc', 'cni', 'net.d']) {
    folder += `/${part}`
    if (!proc.access(folder, '')) proc.mkdir(folder, 0o755)
  }
  // Written aside and renamed, so that the runtime never reads half of it.
  const fd = yield* proc.open(`${CONFLIST}.temp`, O.WRONLY | O.CREAT | O.TRUNC, 0o644)
  yield* proc.write(fd, encode(text))
  proc.close(fd)
  proc.rename(`${CONFLIST}.temp`, CONFLIST)
}
