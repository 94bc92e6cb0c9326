import type { Program } from '#linux/syscalls.ts'
import { baseFiles, binary, folder, layer, text } from '../layer.ts'
import type { Image, LayerEntry } from '../types.ts'
import { etcdProgram } from './etcd.ts'
import { etcdctl } from './etcdctl/etcdctl.ts'
import { apiServerProgram } from './kube-apiserver.ts'
import { localPathProvisioner } from './local-path-provisioner.ts'
import { managerPrograms } from './managers.ts'
import type { ControlPlaneWorld } from './world.ts'

/** Differs: kind's forwards to its Pod's resolv.conf; here the Pods have the cluster's own DNS in it, so the nodes' server is named. */
const COREFILE = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . 172.18.0.1 {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`

/** Where the add-ons' images carry their credentials. Differs: kind's add-ons use the tokens of their service accounts. */
const KUBECONFIG = '/etc/kubernetes/kubeconfig'

interface Part {
  readonly reference: string
  readonly path: string
  readonly sizeBytes: number
  readonly program: Program
  /** Other programs in the image. */
  readonly clients?: readonly { readonly path: string; readonly sizeBytes: number; readonly program: Program }[]
  readonly files?: readonly LayerEntry[]
  /** Content of its kubeconfig. */
  readonly credentials?: string
}

/** The images a kind node is shipped with: control plane, kube-proxy, kindnet, CoreDNS, provisioner. `credentials`: kubeconfigs. */
export function clusterImages(
  world: ControlPlaneWorld,
  programs: { readonly kubeProxy: Program; readonly kindnet: Program; readonly coredns: Program },
  credentials: { readonly node: string; readonly pod: string; readonly provisioner: string },
): Image[] {
  const [controllerManager, scheduler] = managerPrograms(world) as [Program, Program]
  const parts: Part[] = [
    {
      reference: 'registry.k8s.io/etcd:3.6.8-0',
      path: '/usr/local/bin/etcd',
      sizeBytes: 23_641_797,
      program: etcdProgram(world),
      clients: [{ path: '/usr/local/bin/etcdctl', sizeBytes: 16_600_000, program: etcdctl }],
    },
    {
      reference: 'registry.k8s.io/kube-apiserver:v1.36.2',
      path: '/usr/local/bin/kube-apiserver',
      sizeBytes: 27_671_920,
      program: apiServerProgram(world),
    },
    {
      reference: 'registry.k8s.io/kube-controller-manager:v1.36.2',
      path: '/usr/local/bin/kube-controller-manager',
      sizeBytes: 23_119_069,
      program: controllerManager,
    },
    {
      reference: 'registry.k8s.io/kube-scheduler:v1.36.2',
      path: '/usr/local/bin/kube-scheduler',
      sizeBytes: 17_382_979,
      program: scheduler,
    },
    {
      reference: 'registry.k8s.io/kube-proxy:v1.36.2',
      path: '/usr/local/bin/kube-proxy',
      sizeBytes: 25_788_229,
      program: programs.kubeProxy,
      credentials: credentials.node,
    },
    {
      reference: 'docker.io/kindest/kindnetd:v20260528-aaaaaaaa',
      path: '/bin/kindnetd',
      sizeBytes: 36_793_393,
      program: programs.kindnet,
      credentials: credentials.node,
    },
    {
      reference: 'docker.io/kindest/local-path-provisioner:v20260213-aaaaaaaa',
      path: '/usr/bin/local-path-provisioner',
      sizeBytes: 19_295_110,
      program: localPathProvisioner(world.sim),
      credentials: credentials.provisioner,
    },
    {
      reference: 'registry.k8s.io/coredns/coredns:v1.14.2',
      path: '/coredns',
      sizeBytes: 23_553_139,
      program: programs.coredns,
      credentials: credentials.pod,
      files: [folder('/etc/coredns'), text('/etc/coredns/Corefile', COREFILE)],
    },
  ]
  return parts.map(image)
}

function credentialFiles(part: Part): LayerEntry[] {
  return part.credentials === undefined ? [] : [folder('/etc/kubernetes'), text(KUBECONFIG, part.credentials, 0o600)]
}

function image(part: Part): Image {
  return {
    references: [part.reference],
    config: {
      entrypoint: [part.path],
      env: [
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        ...(part.credentials === undefined ? [] : [`KUBECONFIG=${KUBECONFIG}`]),
      ],
    },
    layers: [
      layer(`COPY ${part.path}`, part.sizeBytes, () => [
        ...baseFiles(),
        ...credentialFiles(part),
        ...(part.files ?? []),
        binary(part.path, part.program.name, part.sizeBytes * 2),
        ...(part.clients ?? []).map((c) => binary(c.path, c.program.name, c.sizeBytes)),
      ]),
    ],
    programs: [part.program, ...(part.clients ?? []).map((c) => c.program)],
  }
}
