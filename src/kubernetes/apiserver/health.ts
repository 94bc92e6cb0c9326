/** /healthz, /livez and /readyz with their checks. */
import type { HttpResponse } from '#http/message.ts'
import type { RequestContext } from './context.ts'
import { plainResponse } from './response.ts'

/** In the order they are run; `apiservice-...` at the end as the aggregator adds them. */
const HOOKS: readonly string[] = [
  'start-apiserver-admission-initializer',
  'generic-apiserver-start-informers',
  'priority-and-fairness-config-consumer',
  'priority-and-fairness-filter',
  'storage-object-count-tracker-hook',
  'start-apiextensions-informers',
  'start-apiextensions-controllers',
  'crd-informer-synced',
  'start-system-namespaces-controller',
  'peer-endpoint-reconciler-controller',
  'start-cluster-authentication-info-controller',
  'start-kube-apiserver-identity-lease-controller',
  'start-kube-apiserver-identity-lease-garbage-collector',
  'storage-readiness',
  'start-legacy-token-tracking-controller',
  'start-service-ip-repair-controllers',
  'rbac/bootstrap-roles',
  'scheduling/bootstrap-system-priority-classes',
  'priority-and-fairness-config-producer',
  'bootstrap-controller',
  'start-kubernetes-service-cidr-controller',
  'aggregator-reload-proxy-client-cert',
  'start-kube-aggregator-informers',
  'apiservice-status-local-available-controller',
  'apiservice-status-remote-available-controller',
  'apiservice-registration-controller',
  'apiservice-wait-for-first-sync',
  'apiservice-discovery-controller',
  'kube-apiserver-autoregistration',
]
const LAST = ['autoregister-completion', 'poststarthook/apiservice-openapi-controller', 'poststarthook/apiservice-openapiv3-controller']
const CHECKS = [...HOOKS.map((h) => `poststarthook/${h}`), ...LAST]

const ENDPOINTS: { readonly [name: string]: readonly string[] } = {
  healthz: ['ping', 'log', 'loopback-serving-certificate', 'etcd', ...CHECKS],
  livez: ['ping', 'log', 'loopback-serving-certificate', 'etcd', ...CHECKS],
  readyz: ['ping', 'log', 'informer-sync', ...CHECKS, 'shutdown'],
}

export function serveHealth(context: RequestContext, parts: readonly string[]): HttpResponse | undefined {
  const name = parts[0] ?? ''
  const checks = ENDPOINTS[name]
  if (checks === undefined) return undefined
  const single = parts.slice(1).join('/')
  if (single !== '') return checks.includes(single) ? plainResponse(200, 'ok') : undefined
  if (!context.query.has('verbose')) return plainResponse(200, 'ok')
  const excluded = context.query.getAll('exclude')
  const lines = checks.map((c) => (excluded.includes(c) ? `[+]${c} excluded: ok` : `[+]${c} ok`))
  return plainResponse(200, `${lines.join('\n')}\n${name} check passed\n`)
}

export function healthPaths(): string[] {
  return Object.keys(ENDPOINTS).flatMap((name) => [`/${name}`, ...(ENDPOINTS[name] ?? []).map((c) => `/${name}/${c}`)])
}
