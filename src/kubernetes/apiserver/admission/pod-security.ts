/** Pod Security Standards by namespace labels. Source: k8s.io/pod-security-admission. */
import { newForbidden, newInvalid } from '#kubernetes/api/errors.ts'
import { invalid } from '#kubernetes/api/field.ts'
import { type Obj, obj, str } from '#kubernetes/api/json.ts'
import type { RequestContext } from '../context.ts'
import type { Attributes, Plugin } from './admission.ts'
import { type Violation, violations } from './pod-security-checks.ts'

const PREFIX = 'pod-security.kubernetes.io/'
const LEVELS = ['privileged', 'baseline', 'restricted'] as const
type Level = (typeof LEVELS)[number]

const TEMPLATES: { readonly [plural: string]: readonly string[] } = {
  deployments: ['spec', 'template'],
  replicasets: ['spec', 'template'],
  daemonsets: ['spec', 'template'],
  statefulsets: ['spec', 'template'],
  jobs: ['spec', 'template'],
  cronjobs: ['spec', 'jobTemplate', 'spec', 'template'],
  replicationcontrollers: ['spec', 'template'],
  podtemplates: ['template'],
}

interface Policy {
  readonly level: Level
  readonly version: string
}

function policy(namespace: Obj | undefined, mode: string): Policy {
  const level = str(namespace, 'metadata', 'labels', `${PREFIX}${mode}`)
  const version = str(namespace, 'metadata', 'labels', `${PREFIX}${mode}-version`) || 'latest'
  return {
    level: LEVELS.find((l) => l === level) ?? (level === '' ? 'privileged' : 'restricted'),
    version,
  }
}

const describe = (list: readonly Violation[]): string =>
  list.map((v) => (v.detail === '' ? v.reason : `${v.reason} (${v.detail})`)).join(', ')

export const podSecurity: Plugin = {
  name: 'PodSecurity',
  validate(context, attributes) {
    const { operation, kind, object, old } = attributes
    if (object === undefined) return
    if (kind.plural === 'namespaces') {
      if (context.info.subresource === '') checkNamespace(context, attributes)
      return
    }
    if (context.info.subresource !== '' && context.info.subresource !== 'ephemeralcontainers') return
    const path = TEMPLATES[kind.plural]
    if (kind.plural !== 'pods' && path === undefined) return
    const namespace = context.server.object('', 'namespaces', '', str(object, 'metadata', 'namespace'))
    const enforce = policy(namespace, 'enforce')
    const warn = policy(namespace, 'warn')
    if (enforce.level === 'privileged' && warn.level === 'privileged') return
    if (kind.plural === 'pods') {
      if (operation === 'UPDATE' && context.info.subresource === '' && sameSpec(object, old)) return
      const found = violations(object, enforce.level)
      if (found.length > 0)
        throw newForbidden(
          { group: '', resource: 'pods' },
          str(object, 'metadata', 'name'),
          `violates PodSecurity "${enforce.level}:${enforce.version}": ${describe(found)}`,
        )
    }
    const target = path === undefined ? object : obj(object, ...path)
    const level =
      warn.level === 'privileged' && path !== undefined
        ? str(namespace, 'metadata', 'labels', `${PREFIX}warn`) === ''
          ? enforce
          : warn
        : warn
    const found = violations(target, level.level)
    if (found.length > 0) context.warnings.push(`would violate PodSecurity "${level.level}:${level.version}": ${describe(found)}`)
  },
}

function sameSpec(object: Obj, old: Obj | undefined): boolean {
  const images = (o: Obj | undefined): string => JSON.stringify([obj(o, 'spec').containers, obj(o, 'spec').initContainers])
  return images(object) === images(old)
}

function checkNamespace(context: RequestContext, { object, old }: Attributes): void {
  const labels = obj(object, 'metadata', 'labels')
  const problems = []
  for (const key of Object.keys(labels).sort()) {
    if (!key.startsWith(PREFIX)) continue
    const value = String(labels[key])
    const field = `metadata.labels[${key}]`
    if (key.endsWith('-version')) {
      if (value !== 'latest' && !/^v1\.([0-9]|[1-9][0-9]*)$/.test(value)) problems.push(invalid(field, value, 'must be "latest" or "v1.x"'))
    } else if (!LEVELS.some((l) => l === value)) problems.push(invalid(field, value, `must be one of ${LEVELS.join(', ')}`))
  }
  const name = str(object, 'metadata', 'name')
  if (problems.length > 0) throw newInvalid({ group: '', kind: 'Namespace' }, name, problems)
  if (old === undefined) return
  const before = policy(old, 'enforce')
  const now = policy(object, 'enforce')
  if (before.level === now.level || LEVELS.indexOf(now.level) <= LEVELS.indexOf(before.level)) return
  const groups = new Map<string, string[]>()
  for (const pod of context.server.objects('', 'pods', name)) {
    const found = violations(pod, now.level)
    if (found.length === 0) continue
    const key = found.map((v) => v.reason).join(', ')
    groups.set(key, [...(groups.get(key) ?? []), str(pod, 'metadata', 'name')])
  }
  if (groups.size === 0) return
  context.warnings.push(`existing pods in namespace "${name}" violate the new PodSecurity enforce level "${now.level}:${now.version}"`)
  const lines = [...groups].map(([reasons, pods]) => {
    const [first, ...others] = pods.sort()
    return `${first}${others.length === 0 ? '' : others.length === 1 ? ' (and 1 other pod)' : ` (and ${others.length} other pods)`}: ${reasons}`
  })
  context.warnings.push(...lines.sort())
}
