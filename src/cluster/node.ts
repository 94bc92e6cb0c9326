import { clusterImages } from '#images/control-plane/images.ts'
import type { ControlPlaneWorld } from '#images/control-plane/world.ts'
import { pause } from '#images/pause.ts'
import { IMAGES } from '#images/registry.ts'
import type { Image } from '#images/types.ts'
import { corednsProgram } from '#kubernetes/dns/coredns.ts'
import { kindnetProgram } from '#kubernetes/node/cni/kindnet.ts'
import { CNI_PLUGINS, cniPlugin } from '#kubernetes/node/cni/plugins.ts'
import { containerd } from '#kubernetes/node/cri/containerd.ts'
import { crictlProgram } from '#kubernetes/node/cri/crictl.ts'
import { ctrProgram } from '#kubernetes/node/cri/ctr.ts'
import { ImageStore, normalizeReference, type Registry } from '#kubernetes/node/cri/images.ts'
import { CriEndpoint } from '#kubernetes/node/cri/types.ts'
import { kubeletProgram } from '#kubernetes/node/kubelet/main.ts'
import type { NodeFacts } from '#kubernetes/node/kubelet/node-status.ts'
import { kubeProxyProgram } from '#kubernetes/node/proxy/kube-proxy.ts'
import { serve } from '#linux/http/server.ts'
import { fromKubeconfig } from '#linux/http/service-account.ts'
import type { Program } from '#linux/syscalls.ts'
import type { Simulation } from '#sim/simulation.ts'
import { executable } from '#userland/debian/root.ts'
import { dir, file, link, type TreeEntry } from '#userland/debian/tree.ts'
import { VERSION } from './addons.ts'
import { componentConfig, kubeconfig } from './kubeconfig.ts'
import { Machine } from './machine.ts'
import type { Certificate, ClusterPki } from './pki.ts'
import type { Programs } from './programs.ts'
import { staticPodManifests } from './static-pods.ts'

export interface NodeOptions {
  readonly sim: Simulation
  readonly programs: Programs
  readonly world: ControlPlaneWorld
  readonly pki: ClusterPki
  /** The control plane first. */
  readonly names: readonly string[]
  /** First three octets of the network of machines. */
  readonly network: string
  readonly apiPort: number
  /** Id of the store that etcd finds in its data directory. */
  readonly db: string
}

export interface NodeParts {
  machine(name: string, index: number): Machine
}

const SERVER_NAME = 'kind-control-plane'
const CPUS = 16
const MEMORY_BYTES = 8_059_232 * 1024
const DISK_BYTES = 263_174_212 * 1024
const KERNEL = '6.12.0-generic'

/** Everything a kind node has beyond Debian, shared by the nodes of one cluster. */
export function nodeParts(options: NodeOptions): NodeParts {
  const { sim, world, pki, names } = options
  const addOns = { kubeProxy: kubeProxyProgram(sim), kindnet: kindnetProgram(sim), coredns: corednsProgram(sim) }
  // Pods reach the API server as all Pods do, by its Service; what is on the node's network can't before kube-proxy has written its rules.
  const [byName, byService] = [`https://${SERVER_NAME}:${options.apiPort}`, 'https://10.96.0.1:443']
  const proxy = pki.client({ commonName: 'system:kube-proxy' })
  const provisioner = pki.client({
    commonName: 'system:serviceaccount:local-path-storage:local-path-provisioner',
    organizations: ['system:masters'],
  })
  const own = clusterImages(world, addOns, {
    node: componentConfig(pki, byName, proxy),
    pod: componentConfig(pki, byService, proxy),
    provisioner: componentConfig(pki, byService, provisioner),
  })
  const registry = registryOf([...IMAGES, ...own])
  const programs = new Map<string, Program>()
  for (const image of [...IMAGES, ...own]) for (const p of image.programs) programs.set(p.name, p)
  return {
    machine(name, index) {
      const table = new Map(programs)
      const machine = new Machine({
        sim,
        hostname: name,
        variant: 'node',
        programs: (wanted) => table.get(wanted) ?? options.programs(wanted),
        cpus: CPUS,
        memoryBytes: MEMORY_BYTES,
        diskBytes: DISK_BYTES,
        release: KERNEL,
        version: '#1 SMP PREEMPT_DYNAMIC Debian 6.12.0',
        people: [],
        nameservers: [`${options.network}.1`],
        hosts: names.map((n, i) => `${options.network}.${i + 2}\t${n}`),
        machineId: sim.random(`machine-id/${name}`).string(32, '0123456789abcdef'),
        extra: nodeFiles(options, name, index),
      })
      const endpoint = new CriEndpoint()
      const images = new ImageStore(sim, registry)
      for (const image of [...own, pause]) images.load(image)
      const { kernel } = machine
      const runtime = containerd({ kernel, images, cni: cniPlugin, endpoint, sandboxImage: 'registry.k8s.io/pause:3.10.1' })
      table.set(runtime.name, runtime)
      const crictl = crictlProgram(endpoint)
      table.set(crictl.name, crictl)
      const ctr = ctrProgram(endpoint)
      table.set(ctr.name, ctr)
      const kubelet = kubeletProgram({
        kernel,
        cri: endpoint,
        facts: nodeFacts(options, name, index),
        clusterDns: '10.96.0.10',
        clusterDomain: 'cluster.local',
        *connect(proc, kubeconfig) {
          const connection = yield* fromKubeconfig(proc, kubeconfig)
          if (connection === undefined) throw new Error(`no kubeconfig ${kubeconfig}`)
          return connection.transport
        },
        serve: (proc, port, handler) => serve(proc, { port, handler, tls: { cert: pki.apiserver.pem } }),
      })
      table.set(kubelet.name, kubelet)
      return machine
    },
  }
}

/** What the kubelet says of its node. Source: the recordings of a kind cluster. */
function nodeFacts(options: NodeOptions, name: string, index: number): NodeFacts {
  const resources = {
    cpu: String(CPUS),
    'ephemeral-storage': `${DISK_BYTES / 1024}Ki`,
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: `${MEMORY_BYTES / 1024}Ki`,
    pods: '110',
  }
  const random = options.sim.random(`node/${name}`)
  return {
    name,
    ip: `${options.network}.${index + 2}`,
    labels:
      index === 0 ? { 'node-role.kubernetes.io/control-plane': '', 'node.kubernetes.io/exclude-from-external-load-balancers': '' } : {},
    taints: index === 0 ? [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] : [],
    providerId: `kind://docker/kind/${name}`,
    capacity: resources,
    allocatable: resources,
    nodeInfo: {
      architecture: 'amd64',
      bootID: random.uuid(),
      containerRuntimeVersion: 'containerd://2.2.2',
      kernelVersion: KERNEL,
      kubeProxyVersion: '',
      kubeletVersion: VERSION,
      machineID: random.string(32, '0123456789abcdef'),
      operatingSystem: 'linux',
      osImage: 'Debian GNU/Linux 13 (trixie)',
      systemUUID: random.uuid(),
    },
    port: 10_250,
  }
}

function registryOf(images: readonly Image[]): Registry {
  const byReference = new Map(images.flatMap((image) => image.references.map((r) => [normalizeReference(r), image] as const)))
  const repositories = new Set([...byReference.keys()].map((r) => r.slice(0, r.lastIndexOf(':'))))
  return {
    *resolve(reference) {
      const image = byReference.get(reference)
      if (image !== undefined) return { image }
      return { problem: repositories.has(reference.slice(0, reference.lastIndexOf(':'))) ? 'not-found' : 'denied' }
    },
  }
}

const CONTAINERD_UNIT = `[Unit]
Description=containerd container runtime
Documentation=https://containerd.io
After=network.target local-fs.target

[Service]
ExecStart=/usr/local/bin/containerd
Restart=always
RestartSec=1
Delegate=yes
KillMode=process

[Install]
WantedBy=multi-user.target
`

const KUBELET_UNIT = `[Unit]
Description=kubelet: The Kubernetes Node Agent
Documentation=http://kubernetes.io/docs/
After=containerd.service

[Service]
ExecStart=/usr/bin/kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml --container-runtime-endpoint=unix:///run/containerd/containerd.sock --node-ip=NODE_IP --node-labels=NODE_LABELS --pod-infra-container-image=registry.k8s.io/pause:3.10.1 --provider-id=kind://docker/kind/NODE_NAME --runtime-cgroups=/system.slice/containerd.service
Restart=always
RestartSec=10
CPUAccounting=true
MemoryAccounting=true
Slice=kubelet.slice
KillMode=process

[Install]
WantedBy=multi-user.target
`

const KUBELET_CONFIG = `apiVersion: kubelet.config.k8s.io/v1beta1
authentication:
  anonymous:
    enabled: false
  webhook:
    cacheTTL: 0s
    enabled: true
  x509:
    clientCAFile: /etc/kubernetes/pki/ca.crt
authorization:
  mode: Webhook
cgroupDriver: systemd
cgroupRoot: /kubelet
clusterDNS:
- 10.96.0.10
clusterDomain: cluster.local
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
evictionHard:
  imagefs.available: 0%
  nodefs.available: 0%
  nodefs.inodesFree: 0%
failSwapOn: false
healthzBindAddress: 127.0.0.1
healthzPort: 10248
imageGCHighThresholdPercent: 100
kind: KubeletConfiguration
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
`

function nodeFiles(options: NodeOptions, name: string, index: number): TreeEntry[] {
  const { pki, network, apiPort } = options
  const address = `${network}.${index + 2}`
  const server = `https://${SERVER_NAME}:${apiPort}`
  const kubelet = pki.client({ commonName: `system:node:${name}`, organizations: ['system:nodes'] })
  const labels = index === 0 ? 'node-role.kubernetes.io/control-plane=,node.kubernetes.io/exclude-from-external-load-balancers=' : ''
  const unit = KUBELET_UNIT.replace('NODE_IP', address).replace('NODE_LABELS', labels).replace('NODE_NAME', name)
  const wants = '/etc/systemd/system/multi-user.target.wants'
  return [
    executable('/usr/local/bin/containerd', 'containerd/containerd', [], 40_000_000),
    executable('/usr/local/bin/crictl', 'cri-tools/crictl', [], 40_000_000),
    executable('/usr/local/bin/ctr', 'containerd/ctr', [], 22_000_000),
    executable('/usr/bin/kubelet', 'kubernetes/kubelet', [], 60_000_000),
    executable('/usr/bin/kubectl', 'kubernetes/kubectl', [], 59_556_002),
    file('/usr/lib/systemd/system/containerd.service', CONTAINERD_UNIT),
    file('/usr/lib/systemd/system/kubelet.service', unit),
    link(`${wants}/containerd.service`, '/usr/lib/systemd/system/containerd.service'),
    link(`${wants}/kubelet.service`, '/usr/lib/systemd/system/kubelet.service'),
    file('/kind/version', `${VERSION}\n`),
    file('/kind/product_uuid', `${options.sim.random(`product-uuid/${name}`).uuid()}\n`),
    dir('/etc/cni'),
    dir('/etc/cni/net.d'),
    dir('/opt/cni'),
    dir('/opt/cni/bin'),
    ...['host-local', ...CNI_PLUGINS].map((plugin) => executable(`/opt/cni/bin/${plugin}`, `cni/${plugin}`, [], 4_000_000)),
    dir('/etc/kubernetes'),
    dir('/etc/kubernetes/manifests'),
    dir('/etc/kubernetes/pki'),
    file('/etc/kubernetes/pki/ca.crt', pki.ca.pem),
    file('/etc/kubernetes/kubelet.conf', componentConfig(pki, server, kubelet), 0o600),
    dir('/var/lib/kubelet'),
    file('/var/lib/kubelet/config.yaml', KUBELET_CONFIG),
    file(
      '/var/lib/kubelet/instance-config.yaml',
      'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncontainerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n',
    ),
    ...(index === 0 ? controlPlaneFiles(options, address, server) : []),
  ]
}

function etcdFiles({ etcd }: ClusterPki): TreeEntry[] {
  const folder = '/etc/kubernetes/pki/etcd'
  const pair = (path: string, { pem, key }: Certificate): TreeEntry[] => [
    file(`${path}.crt`, pem),
    file(`${path}.key`, key.privateKeyPem, 0o600),
  ]
  return [
    dir(folder),
    ...pair(`${folder}/ca`, etcd.ca),
    ...pair(`${folder}/healthcheck-client`, etcd.healthcheckClient),
    ...pair(`${folder}/peer`, etcd.peer),
    ...pair(`${folder}/server`, etcd.server),
    ...pair('/etc/kubernetes/pki/apiserver-etcd-client', etcd.apiserverClient),
  ]
}

function controlPlaneFiles(options: NodeOptions, address: string, server: string): TreeEntry[] {
  const { pki } = options
  const component = (name: string): string => componentConfig(pki, server, pki.client({ commonName: name }))
  return [
    file('/etc/kubernetes/pki/ca.key', pki.ca.key.privateKeyPem, 0o600),
    file('/etc/kubernetes/pki/apiserver.crt', pki.apiserver.pem),
    file('/etc/kubernetes/pki/apiserver.key', pki.apiserver.key.privateKeyPem, 0o600),
    ...etcdFiles(pki),
    file('/etc/kubernetes/admin.conf', kubeconfig(pki, server), 0o600),
    file('/etc/kubernetes/controller-manager.conf', component('system:kube-controller-manager'), 0o600),
    file('/etc/kubernetes/scheduler.conf', component('system:kube-scheduler'), 0o600),
    dir('/var/lib/etcd', 0o700),
    dir('/var/lib/etcd/member', 0o700),
    dir('/var/lib/etcd/member/snap', 0o700),
    file('/var/lib/etcd/member/snap/db', `${options.db}\n`, 0o600),
    ...staticPodManifests(address).map(({ name, content }) => file(`/etc/kubernetes/manifests/${name}`, content, 0o600)),
  ]
}
