/** A control plane without machines: API server, controllers and scheduler over direct connections. */
import { directTransport } from '#http/direct.ts'
import { Headers } from '#http/message.ts'
import type { Transport } from '#http/transport.ts'
import { ApiServer } from '#kubernetes/apiserver/server.ts'
import { Client } from '#kubernetes/client/client.ts'
import { LEASES, NODES } from '#kubernetes/client/resources.ts'
import type { Node } from '#kubernetes/client/types/node.ts'
import { runControllerManager } from '#kubernetes/controllers/manager.ts'
import { runScheduler } from '#kubernetes/scheduler/scheduler.ts'
import { Simulation } from '#sim/simulation.ts'
import { rfc3339Micro, SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'

const START = 1_795_000_000_000_000

const USERS = new Map(
  ['system:kube-controller-manager', 'system:kube-scheduler', 'admin', 'nodes'].map((name) => [name, { name, groups: ['system:masters'] }]),
)

export class ControlPlane {
  readonly sim: Simulation
  readonly server: ApiServer
  readonly admin: Client
  readonly nodes: Client

  constructor(
    options: { readonly seed?: number; readonly qps?: number; readonly burst?: number; readonly log?: (line: string) => void } = {},
  ) {
    this.sim = new Simulation({ seed: options.seed ?? 1, start: START })
    this.server = new ApiServer({ sim: this.sim, authentication: { tokens: USERS } })
    this.admin = new Client(this.sim, this.transport('admin'), { userAgent: 'kubectl' })
    this.nodes = new Client(this.sim, this.transport('nodes'), { userAgent: 'kubelet' })
    const limits = { qps: options.qps, burst: options.burst, log: options.log }
    const { sim } = this
    sim.spawn(
      'kube-controller-manager',
      runControllerManager({
        sim,
        transport: this.transport('system:kube-controller-manager'),
        identity: 'kind-control-plane_1',
        rootCa: 'CA\n',
        ...limits,
      }),
    )
    sim.spawn(
      'kube-scheduler',
      runScheduler({
        sim,
        transport: this.transport('system:kube-scheduler'),
        identity: 'kind-control-plane_2',
        hostname: 'kind-control-plane',
        ...limits,
      }),
    )
  }

  transport(token: string | undefined): Transport {
    const direct = directTransport(this.sim, (request) => this.server.handle(request), { address: '172.18.0.2', port: 40000, tls: true })
    if (token === undefined) return direct
    return {
      ...direct,
      roundTrip: (request) =>
        direct.roundTrip({ ...request, headers: new Headers([...request.headers, ['authorization', `Bearer ${token}`]]) }),
    }
  }

  /** Registers nodes that are Ready and stay so while `lease` renews them. */
  *addNodes(count: number): Sim<void> {
    for (let i = 1; i <= count; i++) {
      yield* this.nodes.create(NODES, undefined, makeNode(`node-${i}`, rfc3339Micro(this.sim.now)))
    }
    const { sim, nodes } = this
    const heartbeats = function* (): Sim<void> {
      for (;;) {
        for (let i = 1; i <= count; i++) {
          const name = `node-${i}`
          const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: rfc3339Micro(sim.now) }
          const lease = yield* nodes.find(LEASES, 'kube-node-lease', name)
          if (lease === undefined)
            yield* nodes.create(LEASES, 'kube-node-lease', { metadata: { name, namespace: 'kube-node-lease' }, spec })
          else yield* nodes.update(LEASES, { ...lease, spec })
        }
        yield* sim.sleep(10 * SECOND)
      }
    }
    sim.spawn('heartbeats', heartbeats())
  }

  /** Runs until `done` holds, at most `seconds`; returns the seconds that took. */
  until(done: () => boolean, seconds = 60): number {
    const from = this.sim.now
    const result = this.sim.run({ until: from + seconds * SECOND, stop: done })
    if (result !== 'stopped') throw new Error(`not done after ${seconds} s`)
    return (this.sim.now - from) / SECOND
  }

  /** Runs a coroutine to its end. */
  do<T>(body: Sim<T>): T {
    const task = this.sim.spawn('test', body)
    this.until(() => task.ended)
    if (task.error !== undefined) throw task.error
    return task.result as T
  }
}

function makeNode(name: string, time: string): Node {
  const at = `${time.slice(0, 19)}Z`
  return {
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    spec: {},
    status: {
      capacity: { cpu: '16', memory: '8059232Ki', pods: '110' },
      allocatable: { cpu: '16', memory: '8059232Ki', pods: '110' },
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'KubeletReady',
          message: 'kubelet is posting ready status',
          lastHeartbeatTime: at,
          lastTransitionTime: at,
        },
      ],
    },
  }
}
