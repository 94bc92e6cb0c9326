/**
 * What kubeadm and kind put into a new cluster besides what the control plane makes by itself: as data, applied to the
 * store before the machines boot, since the cluster has been running for a while when the reader arrives.
 */

/** An object to create, without what the server fills in. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

export const VERSION = 'v1.36.2'

export const IMAGE = {
  etcd: 'registry.k8s.io/etcd:3.6.8-0',
  apiserver: `registry.k8s.io/kube-apiserver:${VERSION}`,
  controllerManager: `registry.k8s.io/kube-controller-manager:${VERSION}`,
  scheduler: `registry.k8s.io/kube-scheduler:${VERSION}`,
  proxy: `registry.k8s.io/kube-proxy:${VERSION}`,
  coredns: 'registry.k8s.io/coredns/coredns:v1.14.2',
  kindnet: 'docker.io/kindest/kindnetd:v20260528-aaaaaaaa',
  localPath: 'docker.io/kindest/local-path-provisioner:v20260213-aaaaaaaa',
} as const

const linux = { 'kubernetes.io/os': 'linux' }

function serviceAccount(namespace: string, name: string): Manifest {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } }
}

function bindings(): Manifest[] {
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'kubeadm:cluster-admins' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'kubeadm:cluster-admins' }],
    },
  ]
}

function coredns(): Manifest[] {
  const labels = { 'k8s-app': 'kube-dns' }
  const ports = [
    { containerPort: 53, name: 'dns', protocol: 'UDP' },
    { containerPort: 53, name: 'dns-tcp', protocol: 'TCP' },
  ]
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'kube-dns',
        namespace: 'kube-system',
        labels: { ...labels, 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
      },
      spec: {
        clusterIP: '10.96.0.10',
        selector: labels,
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
          { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
          { name: 'metrics', port: 9153, protocol: 'TCP', targetPort: 9153 },
        ],
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'coredns', namespace: 'kube-system', labels },
      spec: {
        replicas: 2,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: 'coredns',
            priorityClassName: 'system-cluster-critical',
            tolerations: [
              { key: 'CriticalAddonsOnly', operator: 'Exists' },
              { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
            ],
            nodeSelector: linux,
            containers: [
              {
                name: 'coredns',
                image: IMAGE.coredns,
                args: ['-conf', '/etc/coredns/Corefile'],
                resources: { limits: { memory: '170Mi' }, requests: { cpu: '100m', memory: '70Mi' } },
                ports,
              },
            ],
          },
        },
      },
    },
  ]
}

function daemonSets(): Manifest[] {
  const everywhere = { hostNetwork: true, nodeSelector: linux, tolerations: [{ operator: 'Exists' }] }
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'kube-proxy', namespace: 'kube-system', labels: { 'k8s-app': 'kube-proxy' } },
      spec: {
        selector: { matchLabels: { 'k8s-app': 'kube-proxy' } },
        template: {
          metadata: { labels: { 'k8s-app': 'kube-proxy' } },
          spec: {
            serviceAccountName: 'kube-proxy',
            priorityClassName: 'system-node-critical',
            ...everywhere,
            containers: [
              {
                name: 'kube-proxy',
                image: IMAGE.proxy,
                command: ['/usr/local/bin/kube-proxy', '--config=/var/lib/kube-proxy/config.conf', '--hostname-override=$(NODE_NAME)'],
                env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } }],
                securityContext: { privileged: true },
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'kindnet', namespace: 'kube-system', labels: { app: 'kindnet' } },
      spec: {
        selector: { matchLabels: { app: 'kindnet' } },
        template: {
          metadata: { labels: { app: 'kindnet' } },
          spec: {
            ...everywhere,
            containers: [
              {
                name: 'kindnet-cni',
                image: IMAGE.kindnet,
                env: [
                  { name: 'HOST_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
                  { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
                  { name: 'POD_SUBNET', value: '10.244.0.0/16' },
                  { name: 'CONTROL_PLANE_ENDPOINT', value: 'kind-control-plane:6443' },
                ],
                resources: { requests: { cpu: '100m', memory: '50Mi' }, limits: { cpu: '100m', memory: '50Mi' } },
                securityContext: { privileged: false, capabilities: { add: ['NET_RAW', 'NET_ADMIN'] } },
                volumeMounts: [{ name: 'cni-cfg', mountPath: '/etc/cni/net.d' }],
              },
            ],
            volumes: [{ name: 'cni-cfg', hostPath: { path: '/etc/cni/net.d' } }],
          },
        },
      },
    },
  ]
}

/** With the annotation that `kubectl apply` leaves, by which kind installs its storage class. */
function applied(manifest: Manifest): Manifest {
  const { apiVersion, kind, metadata, ...rest } = manifest
  const { name, annotations } = metadata
  const text = JSON.stringify({ apiVersion, kind, metadata: { annotations: annotations ?? {}, name }, ...rest })
  return {
    ...manifest,
    metadata: { ...metadata, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `${text}\n`, ...annotations } },
  }
}

function localPath(): Manifest[] {
  const labels = { app: 'local-path-provisioner' }
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'local-path-storage' } },
    applied({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'rancher.io/local-path',
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'WaitForFirstConsumer',
    }),
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'local-path-provisioner', namespace: 'local-path-storage' },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            nodeSelector: linux,
            tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Equal', effect: 'NoSchedule' }],
            containers: [{ name: 'local-path-provisioner', image: IMAGE.localPath, command: ['local-path-provisioner', 'start'] }],
          },
        },
      },
    },
  ]
}

/** All add-ons, in an order in which they can be created. */
export function addons(): Manifest[] {
  return [
    ...localPath().slice(0, 2),
    serviceAccount('kube-system', 'coredns'),
    serviceAccount('kube-system', 'kube-proxy'),
    ...bindings(),
    ...coredns(),
    ...daemonSets(),
    ...localPath().slice(2),
  ]
}
