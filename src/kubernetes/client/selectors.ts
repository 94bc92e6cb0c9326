import type { LabelSelector, Labels, SelectorRequirement } from './types/meta.ts'
import type { NodeSelectorTerm } from './types/pod.ts'

export type Selector = (labels: Labels | undefined) => boolean

/** Compiles a label selector. An absent one matches nothing, an empty one everything. Source: LabelSelectorAsSelector. */
export function compileSelector(selector: LabelSelector | undefined): Selector {
  if (selector === undefined) return () => false
  const equal = Object.entries(selector.matchLabels ?? {})
  const requirements = selector.matchExpressions ?? []
  return (labels) => {
    for (const [key, value] of equal) if (labels?.[key] !== value) return false
    for (const requirement of requirements) if (!matchesRequirement(labels ?? {}, requirement)) return false
    return true
  }
}

/** True for a selector that selects everything. */
export function isEmptySelector(selector: LabelSelector): boolean {
  return Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0
}

export function matchesRequirement(labels: Labels, { key, operator, values = [] }: SelectorRequirement): boolean {
  const value = labels[key]
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
    case 'Lt': {
      const bound = values[0]
      if (value === undefined || bound === undefined || !/^-?\d+$/.test(value) || !/^-?\d+$/.test(bound)) return false
      return operator === 'Gt' ? Number(value) > Number(bound) : Number(value) < Number(bound)
    }
    default:
      return false
  }
}

/** Node selector terms are alternatives; an empty term matches nothing. Source: component-helpers nodeaffinity. */
export function matchesNodeSelectorTerms(
  terms: readonly NodeSelectorTerm[],
  node: { readonly name: string; readonly labels: Labels },
): boolean {
  return terms.some((term) => matchesNodeSelectorTerm(term, node))
}

export function matchesNodeSelectorTerm(term: NodeSelectorTerm, node: { readonly name: string; readonly labels: Labels }): boolean {
  const expressions = term.matchExpressions ?? []
  const fields = term.matchFields ?? []
  if (expressions.length === 0 && fields.length === 0) return false
  return (
    expressions.every((requirement) => matchesRequirement(node.labels, requirement)) &&
    fields.every((requirement) => matchesRequirement({ 'metadata.name': node.name }, requirement))
  )
}

/** A label selector in the form of the query parameter `labelSelector`. */
export function formatSelector(selector: LabelSelector): string {
  const parts = Object.entries(selector.matchLabels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    if (operator === 'In' || operator === 'NotIn')
      parts.push(`${key} ${operator === 'In' ? 'in' : 'notin'} (${[...values].sort().join(',')})`)
    else parts.push(operator === 'Exists' ? key : `!${key}`)
  }
  return parts.join(',')
}
