/** The objects a new cluster has before anybody asks: what the API server itself makes at its start. */

import { sha256 } from '@noble/hashes/sha2.js'
import type { Obj } from '#kubernetes/api/json.ts'
import { encode } from '#sim/bytes.ts'
import { rfc3339 } from '#sim/time.ts'
import type { ApiServer } from '../server.ts'
import { FLOW_CONTROL_OBJECTS } from './flow-control.ts'
import { RBAC_OBJECTS } from './rbac.ts'

export const SYSTEM_NAMESPACES: readonly Obj[] = ['kube-system', 'kube-public', 'kube-node-lease', 'default'].map((name) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
}))

/** A namespace as its strategy completes it. */
export const NAMESPACE_FILLED = { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }

const priorityClass = (name: string, value: number, description: string): Obj => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
  preemptionPolicy: 'PreemptLowerPriority',
  description,
})

/** All but the namespaces and the service `kubernetes`, in the order they are made. */
export function bootstrapObjects(server: ApiServer): readonly Obj[] {
  const address = server.options.advertiseAddress ?? '172.18.0.2'
  const port = server.options.securePort ?? 6443
  return [
    ...FLOW_CONTROL_OBJECTS,
    priorityClass('system-node-critical', 2_000_001_000, 'Used for system critical pods that must not be moved from their current node.'),
    priorityClass(
      'system-cluster-critical',
      2_000_000_000,
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    ),
    ...RBAC_OBJECTS,
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'ServiceCIDR',
      metadata: {
        name: 'kubernetes',
        finalizers: ['networking.k8s.io/service-cidr-finalizer'],
      },
      spec: { cidrs: ['10.96.0.0/16'] },
      status: {
        conditions: [
          {
            type: 'Ready',
            status: 'True',
            lastTransitionTime: rfc3339(server.sim.now),
            reason: '',
            message: 'Kubernetes Service CIDR is ready',
          },
        ],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'extension-apiserver-authentication',
        namespace: 'kube-system',
      },
      data: authenticationConfig(server),
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'kube-apiserver-legacy-service-account-token-tracking',
        namespace: 'kube-system',
      },
      data: { since: rfc3339(server.sim.now).slice(0, 10) },
    },
    {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: {
        name: 'kubernetes',
        namespace: 'default',
        labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
      },
      subsets: [
        {
          addresses: [{ ip: address }],
          ports: [{ name: 'https', port, protocol: 'TCP' }],
        },
      ],
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: 'kubernetes',
        namespace: 'default',
        labels: { 'kubernetes.io/service-name': 'kubernetes' },
      },
      addressType: 'IPv4',
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: [{ name: 'https', port, protocol: 'TCP' }],
    },
    identityLease(server),
    ...apiServices(server),
  ]
}

function authenticationConfig(server: ApiServer): Obj {
  const ca = server.options.caBundle ?? ''
  return {
    'client-ca-file': ca,
    'requestheader-allowed-names': '["front-proxy-client"]',
    'requestheader-client-ca-file': ca,
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-username-headers': '["X-Remote-User"]',
  }
}

/** Base 32 of RFC 4648 in small letters, without padding. */
function base32(bytes: Uint8Array): string {
  let [out, bits, left] = ['', 0, 0]
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xfff
    for (left += 8; left >= 5; left -= 5) out += BASE32.charAt((bits >> (left - 5)) & 31)
  }
  return left === 0 ? out : out + BASE32.charAt((bits << (5 - left)) & 31)
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** The lease by which an API server is known to others. */
function identityLease(server: ApiServer): Obj {
  const id = base32(sha256(encode('kind-control-plane')).subarray(0, 16))
  const name = `apiserver-${id}`
  const now = rfc3339(server.sim.now).replace('Z', '.000000Z')
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name,
      namespace: 'kube-system',
      labels: {
        'apiserver.kubernetes.io/identity': 'kube-apiserver',
        'kubernetes.io/hostname': 'kind-control-plane',
      },
    },
    spec: {
      holderIdentity: `${name}_${server.random.uuid()}`,
      leaseDurationSeconds: 3600,
      renewTime: now,
    },
  }
}

function apiServices(server: ApiServer): Obj[] {
  const seen = new Set<string>()
  const out: Obj[] = []
  for (const kind of server.kinds.all) {
    for (const { group, version } of kind.served) {
      const name = `${version}.${group}`
      // The aggregator's own group is not behind it.
      if (seen.has(name) || group === 'apiregistration.k8s.io') continue
      seen.add(name)
      out.push(apiService(server, group, version))
    }
  }
  return out
}

/** How the aggregator shows a group-version that is served here. */
export function apiService(server: ApiServer, group: string, version: string): Obj {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: {
      name: `${version}.${group}`,
      labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' },
    },
    spec: {
      ...(group === '' ? {} : { group }),
      version,
      groupPriorityMinimum: group === '' ? 18_000 : 17_000,
      versionPriority: 15,
    },
    status: {
      conditions: [
        {
          type: 'Available',
          status: 'True',
          lastTransitionTime: rfc3339(server.sim.now),
          reason: 'Local',
          message: 'Local APIServices are always available',
        },
      ],
    },
  }
}
