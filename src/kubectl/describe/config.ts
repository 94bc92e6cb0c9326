import type { Obj } from '#kubernetes/api/json.ts'
import { at, num, obj, objs, str, strMap, strs } from '#kubernetes/api/json.ts'
import { decode, fromBase64 } from '#sim/bytes.ts'
import { type Describer, head, labelsAndAnnotations, pairs, tryListItems } from './context.ts'
import type { Description } from './writer.ts'

export const configMap: Describer = function* (_, d, cm) {
  head(d, cm)
  labelsAndAnnotations(d, cm)
  d.line(0, '\nData\n====')
  const data = strMap(cm, 'data')
  for (const key of Object.keys(data).sort()) d.line(0, `${key}:\n----\n${data[key]}\n`)
  d.line(0, '\nBinaryData\n====')
  const binary = strMap(cm, 'binaryData')
  for (const key of Object.keys(binary).sort()) d.line(0, `${key}: ${fromBase64(binary[key] ?? '')?.length ?? 0} bytes`)
  d.line(0, '')
}

export const secret: Describer = function* (_, d, object) {
  head(d, object)
  labelsAndAnnotations(d, object)
  const type = str(object, 'type')
  d.line(0, `\nType:\t${type}`)
  d.line(0, '\nData\n====')
  const data = strMap(object, 'data')
  for (const key of Object.keys(data).sort()) {
    const bytes = fromBase64(data[key] ?? '') ?? new Uint8Array(0)
    d.line(
      0,
      key === 'token' && type === 'kubernetes.io/service-account-token' ? `${key}:\t${decode(bytes)}` : `${key}:\t${bytes.length} bytes`,
    )
  }
}

export const serviceAccount: Describer = function* (_, d, sa) {
  head(d, sa)
  labelsAndAnnotations(d, sa)
  const names = objs(sa, 'imagePullSecrets').map((s) => str(s, 'name'))
  if (names.length === 0) d.line(0, 'Image pull secrets:\t<none>')
  names.forEach((name, i) => {
    d.line(0, `${i === 0 ? 'Image pull secrets:' : '                   '}\t${name}`)
  })
}

const SCOPES: Readonly<Record<string, string>> = {
  Terminating:
    'Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.',
  NotTerminating:
    'Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.',
  BestEffort: 'Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.',
  NotBestEffort:
    'Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.',
}

function quotaRows(d: Description, level: number, quota: unknown, bullet: string, dashes: string): void {
  const scopes = [...strs(quota, 'spec', 'scopes')].sort()
  if (scopes.length > 0) {
    d.line(level, `Scopes:\t${scopes.join(', ')}`)
    for (const scope of scopes) if (SCOPES[scope] !== undefined) d.line(level, `${bullet}${SCOPES[scope]}`)
  }
  d.line(level, 'Resource\tUsed\tHard')
  d.line(level, `--------\t${dashes}\t${dashes}`)
  const hard = strMap(quota, 'status', 'hard')
  const used = strMap(quota, 'status', 'used')
  for (const key of Object.keys(hard).sort()) d.line(level, `${key}\t${used[key] ?? '0'}\t${hard[key]}`)
}

export const resourceQuota: Describer = function* (_, d, quota) {
  head(d, quota)
  quotaRows(d, 0, quota, ' * ', '----')
}

const COLUMNS = 'Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio'
const DASHES = '----\t--------\t---\t---\t---------------\t-------------\t-----------------------'

function limitRows(d: Description, range: unknown, prefix: string): void {
  for (const item of objs(range, 'spec', 'limits')) {
    const keys = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const
    const names = [...new Set(keys.flatMap((key) => Object.keys(obj(item, key))))].sort()
    const value = (key: string, name: string): string => String(at(item, key, name) ?? '-')
    for (const name of names) {
      d.line(
        0,
        `${prefix}${str(item, 'type')}\t${name}\t${value('min', name)}\t${value('max', name)}\t${value('defaultRequest', name)}\t${value('default', name)}\t${value('maxLimitRequestRatio', name)}`,
      )
    }
  }
}

export const limitRange: Describer = function* (_, d, range) {
  head(d, range)
  d.line(0, COLUMNS)
  d.line(0, DASHES)
  limitRows(d, range, '')
}

export const namespace: Describer = function* (k, d, ns) {
  head(d, ns, false)
  labelsAndAnnotations(d, ns)
  d.line(0, `Status:\t${str(ns, 'status', 'phase')}`)
  const conditions = objs(ns, 'status', 'conditions')
  if (conditions.length > 0) d.conditions(conditions)
  const name = ns.metadata?.name ?? ''
  const quotas = [...(yield* tryListItems(k, `/api/v1/namespaces/${name}/resourcequotas`))]
  d.line(0, '')
  if (quotas.length === 0) d.line(0, 'No resource quota.')
  else {
    d.line(0, 'Resource Quotas')
    quotas.sort((a, b) => ((a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1))
    for (const quota of quotas) {
      d.line(1, `Name:\t${quota.metadata?.name}`)
      quotaRows(d, 1, quota, '* ', '---')
    }
  }
  const ranges = yield* tryListItems(k, `/api/v1/namespaces/${name}/limitranges`)
  d.line(0, '')
  if (ranges.length === 0) d.line(0, 'No LimitRange resource.')
  else {
    d.line(0, `Resource Limits\n ${COLUMNS}`)
    d.line(0, ` ${DASHES}`)
    for (const range of ranges) limitRows(d, range, ' ')
  }
}

export const priorityClass: Describer = function* (_, d, pc) {
  head(d, pc, false)
  d.line(0, `Value:\t${num(pc, 'value') ?? 0}`)
  d.line(0, `GlobalDefault:\t${pc.globalDefault === true}`)
  d.line(0, `PreemptionPolicy:\t${str(pc, 'preemptionPolicy')}`)
  d.line(0, `Description:\t${str(pc, 'description')}`)
  d.line(0, `Annotations:\t${pairs(strMap(pc, 'metadata', 'annotations'))}`)
}

interface Rule {
  readonly group: string | undefined
  readonly resource: string | undefined
  readonly url: string | undefined
  readonly names: readonly string[]
  verbs: string[]
}

/** Rules taken apart to one resource each, then those alike in all but verbs joined. Source: component-helpers, rbac. */
function compact(rules: readonly Obj[]): Rule[] {
  const out: Rule[] = []
  for (const rule of rules) {
    const split: Omit<Rule, 'verbs'>[] = []
    const names = strs(rule, 'resourceNames')
    for (const group of strs(rule, 'apiGroups')) {
      for (const resource of strs(rule, 'resources')) {
        if (names.length === 0) split.push({ group, resource, url: undefined, names: [] })
        for (const name of names) split.push({ group, resource, url: undefined, names: [name] })
      }
    }
    for (const url of strs(rule, 'nonResourceURLs')) split.push({ group: undefined, resource: undefined, url, names: [] })
    for (const part of split) {
      const same =
        part.url === undefined
          ? out.find(
              (r) => r.group === part.group && r.resource === part.resource && r.names.join() === part.names.join() && r.url === undefined,
            )
          : undefined
      if (same === undefined) out.push({ ...part, verbs: [...strs(rule, 'verbs')] })
      else for (const verb of strs(rule, 'verbs')) same.verbs.push(verb)
    }
  }
  return out
}

export const role: Describer = function* (_, d, object) {
  head(d, object, false)
  labelsAndAnnotations(d, object)
  d.line(0, 'PolicyRule:')
  d.line(1, 'Resources\tNon-Resource URLs\tResource Names\tVerbs')
  d.line(1, '---------\t-----------------\t--------------\t-----')
  const key = (r: Rule): string =>
    `Verbs:[${r.verbs.join(' ')}],APIGroups:[${r.group ?? ''}],Resources:[${r.resource ?? ''}],ResourceNames:[${r.names.join(' ')}],NonResourceURLs:[${r.url ?? ''}],`
  const sorted = compact(objs(object, 'rules'))
    .map((rule) => ({ rule, key: key(rule) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  for (const { rule } of sorted) {
    const [main = '', sub] = (rule.resource ?? '').split(/\/(.*)/s)
    const resource =
      rule.resource === undefined
        ? ''
        : `${main}${rule.group === undefined || rule.group === '' ? '' : `.${rule.group}`}${sub === undefined ? '' : `/${sub}`}`
    d.line(1, `${resource}\t[${rule.url ?? ''}]\t[${rule.names.join(' ')}]\t[${rule.verbs.join(' ')}]`)
  }
}

export const roleBinding: Describer = function* (_, d, binding) {
  head(d, binding, false)
  labelsAndAnnotations(d, binding)
  d.line(0, 'Role:')
  d.line(1, `Kind:\t${str(binding, 'roleRef', 'kind')}`)
  d.line(1, `Name:\t${str(binding, 'roleRef', 'name')}`)
  d.line(0, 'Subjects:')
  d.line(1, 'Kind\tName\tNamespace')
  d.line(1, '----\t----\t---------')
  for (const s of objs(binding, 'subjects')) d.line(1, `${str(s, 'kind')}\t${str(s, 'name')}\t${str(s, 'namespace')}`)
}
