/** API groups in the order discovery lists them, with the priorities that make it. */
export const GROUP_ORDER: readonly string[] = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
]

/** By place in the list; groups of custom resources follow by name. */
export function compareGroups(a: string, b: string): number {
  const x = GROUP_ORDER.indexOf(a)
  const y = GROUP_ORDER.indexOf(b)
  if (x >= 0 && y >= 0) return x - y
  if (x >= 0 || y >= 0) return x >= 0 ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}

/** Newest and most stable first: v2, v1, v1beta1, v1alpha1. */
export function compareVersions(a: string, b: string): number {
  const rank = (v: string): readonly number[] => {
    const m = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(v)
    return m === null ? [-1, 0, 0] : [m[2] === undefined ? 2 : m[2] === 'beta' ? 1 : 0, Number(m[1]), Number(m[3] ?? 0)]
  }
  const x = rank(a)
  const y = rank(b)
  for (let i = 0; i < 3; i++) if (x[i] !== y[i]) return (y[i] ?? 0) - (x[i] ?? 0)
  return a < b ? -1 : 1
}
