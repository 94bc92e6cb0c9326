/** A hollow node: a true kubelet over a runtime and a machine that are not there. */
import type { Transport } from '#http/transport.ts'
import type { Launcher } from '#kubernetes/client/scope.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import type { Simulation } from '#sim/simulation.ts'
import type { Sim } from '#sim/wait.ts'
import type { PodHost } from '../kubelet/host.ts'
import { Kubelet } from '../kubelet/kubelet.ts'
import { HollowRuntime } from './runtime.ts'

export interface HollowNodeOptions {
  readonly sim: Simulation
  readonly transport: Transport
  readonly name: string
  readonly ip: string
  /** First three numbers of its pods' addresses. */
  readonly podPrefix: string
  readonly launch?: Launcher | undefined
}

/** The kubelet of a hollow node; run it with `sim.spawn(name, kubelet.run())`. */
export function hollowNode(options: HollowNodeOptions): Kubelet {
  const { sim, transport, name, ip } = options
  const amounts = { cpu: '16', memory: '8059232Ki', 'ephemeral-storage': '263174212Ki', pods: '110' }
  return new Kubelet({
    sim,
    transport,
    cri: new HollowRuntime(sim, name, options.podPrefix).endpoint(),
    host: () => HOST,
    facts: {
      name,
      ip,
      labels: { 'hollow-node': 'true' },
      taints: [],
      providerId: `hollow://${name}`,
      capacity: amounts,
      allocatable: amounts,
      nodeInfo: {
        architecture: 'amd64',
        bootID: '',
        containerRuntimeVersion: 'fakeRuntime://0.1.0',
        kernelVersion: '',
        kubeProxyVersion: '',
        kubeletVersion: 'v1.36.2',
        machineID: '',
        operatingSystem: 'linux',
        osImage: 'Hollow',
        systemUUID: '',
      },
      port: 10250,
    },
    clusterDns: '10.96.0.10',
    clusterDomain: 'cluster.local',
    launch: options.launch,
  })
}

/** A machine on which everything succeeds. */
const HOST: PodHost = {
  *setUpVolumes(pod: Pod): Sim<ReadonlyMap<string, string>> {
    return new Map((pod.spec.volumes ?? []).map((v) => [v.name, '/']))
  },
  *tearDownVolumes() {},
  *makePodCgroup() {
    return ''
  },
  *removePodCgroup() {},
  *hostsFile() {
    return undefined
  },
  *resolvConf() {
    return ''
  },
  *terminationFile() {
    return undefined
  },
  *lastWords() {
    return ''
  },
  *subPath() {
    return '/'
  },
  linkLog() {},
  unlinkLog() {},
  removePodDirectory() {},
  *httpGet() {
    return { status: 200, body: '' }
  },
  *tcpConnect() {},
}
