import { IMAGE } from './addons.ts'

interface Component {
  readonly name: string
  readonly image: string
  readonly command: readonly string[]
  readonly cpu: string
  readonly memory?: string
  /** Host folders it sees: path → name. */
  readonly mounts: Readonly<Record<string, string>>
}

const KUBECONFIG = '/etc/kubernetes'
const PKI = '/etc/kubernetes/pki'

/** The control plane's components as kubeadm starts them. */
function components(address: string): Component[] {
  return [
    {
      name: 'etcd',
      image: IMAGE.etcd,
      command: [
        'etcd',
        `--advertise-client-urls=https://${address}:2379`,
        `--cert-file=${PKI}/etcd/server.crt`,
        '--client-cert-auth=true',
        '--data-dir=/var/lib/etcd',
        `--initial-advertise-peer-urls=https://${address}:2380`,
        `--initial-cluster=kind-control-plane=https://${address}:2380`,
        `--key-file=${PKI}/etcd/server.key`,
        `--listen-client-urls=https://127.0.0.1:2379,https://${address}:2379`,
        `--listen-peer-urls=https://${address}:2380`,
        '--name=kind-control-plane',
        `--peer-cert-file=${PKI}/etcd/peer.crt`,
        '--peer-client-cert-auth=true',
        `--peer-key-file=${PKI}/etcd/peer.key`,
        `--peer-trusted-ca-file=${PKI}/etcd/ca.crt`,
        '--snapshot-count=10000',
        `--trusted-ca-file=${PKI}/etcd/ca.crt`,
        '--watch-progress-notify-interval=5s',
      ],
      cpu: '100m',
      memory: '100Mi',
      mounts: { '/var/lib/etcd': 'etcd-data', [`${PKI}/etcd`]: 'etcd-certs' },
    },
    {
      name: 'kube-apiserver',
      image: IMAGE.apiserver,
      command: [
        'kube-apiserver',
        `--advertise-address=${address}`,
        '--allow-privileged=true',
        '--authorization-mode=Node,RBAC',
        `--client-ca-file=${PKI}/ca.crt`,
        '--enable-admission-plugins=NodeRestriction',
        `--etcd-cafile=${PKI}/etcd/ca.crt`,
        `--etcd-certfile=${PKI}/apiserver-etcd-client.crt`,
        `--etcd-keyfile=${PKI}/apiserver-etcd-client.key`,
        '--etcd-servers=https://127.0.0.1:2379',
        '--runtime-config=',
        '--secure-port=6443',
        '--service-cluster-ip-range=10.96.0.0/16',
        `--tls-cert-file=${PKI}/apiserver.crt`,
        `--tls-private-key-file=${PKI}/apiserver.key`,
      ],
      cpu: '250m',
      mounts: { [PKI]: 'k8s-certs' },
    },
    {
      name: 'kube-controller-manager',
      image: IMAGE.controllerManager,
      command: [
        'kube-controller-manager',
        '--allocate-node-cidrs=true',
        '--bind-address=127.0.0.1',
        '--cluster-cidr=10.244.0.0/16',
        '--cluster-name=kind',
        '--controllers=*,bootstrapsigner,tokencleaner',
        `--kubeconfig=${KUBECONFIG}/controller-manager.conf`,
        '--leader-elect=true',
        `--root-ca-file=${PKI}/ca.crt`,
        '--service-cluster-ip-range=10.96.0.0/16',
        '--use-service-account-credentials=true',
      ],
      cpu: '200m',
      mounts: { [`${KUBECONFIG}/controller-manager.conf`]: 'kubeconfig', [PKI]: 'k8s-certs' },
    },
    {
      name: 'kube-scheduler',
      image: IMAGE.scheduler,
      command: ['kube-scheduler', '--bind-address=127.0.0.1', `--kubeconfig=${KUBECONFIG}/scheduler.conf`, '--leader-elect=true'],
      cpu: '100m',
      mounts: { [`${KUBECONFIG}/scheduler.conf`]: 'kubeconfig' },
    },
  ]
}

function manifest(c: Component): unknown {
  const mounts = Object.entries(c.mounts)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { labels: { component: c.name, tier: 'control-plane' }, name: c.name, namespace: 'kube-system' },
    spec: {
      containers: [
        {
          command: c.command,
          image: c.image,
          imagePullPolicy: 'IfNotPresent',
          name: c.name,
          resources: { requests: { cpu: c.cpu, ...(c.memory === undefined ? {} : { memory: c.memory }) } },
          volumeMounts: mounts.map(([mountPath, name]) => ({ mountPath, name, ...(name === 'etcd-data' ? {} : { readOnly: true }) })),
        },
      ],
      hostNetwork: true,
      priority: 2_000_001_000,
      priorityClassName: 'system-node-critical',
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      volumes: mounts.map(([path, name]) => ({
        hostPath: { path, type: path.endsWith('.conf') ? 'FileOrCreate' : 'DirectoryOrCreate' },
        name,
      })),
    },
  }
}

/** Files of /etc/kubernetes/manifests: name and content (JSON, which is YAML). */
export function staticPodManifests(address: string): { readonly name: string; readonly content: string }[] {
  return components(address).map((c) => ({ name: `${c.name}.yaml`, content: `${JSON.stringify(manifest(c), null, 2)}\n` }))
}
