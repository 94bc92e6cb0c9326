/** What is allowed in pods, but probably not meant. Source: k8s.io/kubernetes pkg/api/pod/warnings.go. */
import { equal, isObj, num, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { quantity } from '#kubernetes/api/quantity.ts'

export function podWarnings(o: Obj, old: Obj | undefined): string[] {
  if (old !== undefined && equal(obj(o, 'spec'), obj(old, 'spec'))) return []
  return specWarnings(obj(o, 'spec'), 'spec')
}

/** The same for the pod template of a workload. */
export function templateWarnings(o: Obj, old: Obj | undefined): string[] {
  if (old !== undefined && equal(obj(o, 'spec', 'template'), obj(old, 'spec', 'template'))) return []
  return specWarnings(obj(o, 'spec', 'template', 'spec'), 'spec.template.spec')
}

const OLD_LABELS: { readonly [label: string]: string } = {
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
}

function specWarnings(spec: Obj, path: string): string[] {
  const out: string[] = []
  for (const key of Object.keys(obj(spec, 'nodeSelector')).sort())
    if (OLD_LABELS[key] !== undefined) out.push(`${path}.nodeSelector[${key}]: deprecated since v1.14; use "${OLD_LABELS[key]}" instead`)
  const grace = num(spec, 'terminationGracePeriodSeconds')
  if (grace !== undefined && grace < 0)
    out.push(`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`)
  for (const [i, v] of objs(spec, 'volumes').entries())
    if (isObj(v.gitRepo)) out.push(`${path}.volumes[${i}].gitRepo: deprecated in v1.11, and disabled by default in v1.33+`)
  for (const part of ['initContainers', 'containers']) {
    for (const [i, c] of objs(spec, part).entries()) out.push(...containerWarnings(c, `${path}.${part}[${i}]`))
  }
  return out
}

function containerWarnings(c: Obj, path: string): string[] {
  const out: string[] = []
  for (const part of ['limits', 'requests']) {
    const list = obj(c, 'resources', part)
    for (const name of ['memory', 'ephemeral-storage']) {
      if (list[name] !== undefined && quantity(list[name]).nanos % 1_000_000_000n !== 0n)
        out.push(
          `${path}.resources.${part}[${name}]: fractional byte value ${JSON.stringify(String(list[name]))} is invalid, must be an integer`,
        )
    }
  }
  const names = new Map<string, number>()
  for (const [i, e] of objs(c, 'env').entries()) {
    const name = str(e, 'name')
    const first = names.get(name)
    if (first === undefined) names.set(name, i)
    else if (!str(e, 'value').includes(`$(${name})`))
      out.push(`${path}.env[${i}]: hides previous definition of "${name}", which may be dropped when using apply`)
  }
  const ports = objs(c, 'ports')
  for (const [i, p] of ports.entries()) {
    const twin = ports
      .slice(0, i)
      .findIndex(
        (q) => q.containerPort === p.containerPort && q.protocol === p.protocol && q.hostPort === p.hostPort && q.hostIP === p.hostIP,
      )
    if (twin >= 0) out.push(`${path}.ports[${i}]: duplicate port definition with ${path}.ports[${twin}]`)
  }
  return out
}
