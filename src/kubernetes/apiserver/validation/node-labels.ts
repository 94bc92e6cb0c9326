/** Labels of nodes that have newer names. Source: k8s.io/kubernetes pkg/api/node/util.go. */
import { type Obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { isValidLabelValue } from '#kubernetes/api/names.ts'

const DEPRECATED: { readonly [label: string]: string } = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
}

export const deprecatedLabel = (label: string): string | undefined => DEPRECATED[label]

/** `values`: what they look like is told too. Source: GetWarningsForNodeSelectorTerm. */
export function nodeTermWarnings(term: Obj, values: boolean, path: string): string[] {
  const out: string[] = []
  for (const [i, e] of objs(term, 'matchExpressions').entries()) {
    const at = `${path}.matchExpressions[${i}]`
    const why = DEPRECATED[str(e, 'key')]
    if (why !== undefined) out.push(`${at}.key: ${str(e, 'key')} is ${why}`)
    if (!values) continue
    for (const [k, value] of strs(e, 'values').entries())
      for (const m of isValidLabelValue(value)) out.push(`${at}.values[${k}]: ${value} is invalid, ${m}`)
  }
  return out
}
