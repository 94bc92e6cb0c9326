/** Resource quotas: what a new object would use must fit. Source: k8s.io/apiserver pkg/admission/plugin/resourcequota. */
import { newForbidden } from '#kubernetes/api/errors.ts'
import { type Draft, type Obj, obj, str } from '#kubernetes/api/json.ts'
import { addQuantities, compareQuantities, quantity, subtractQuantities } from '#kubernetes/api/quantity.ts'
import type { RequestContext } from '../context.ts'
import type { Kind } from '../registry/kind.ts'
import type { Plugin } from './admission.ts'
import { matchesScopes, missingResources, usageOf } from './quota-usage.ts'

export const resourceQuota: Plugin = {
  name: 'ResourceQuota',
  validate(context, { operation, kind, object, old }) {
    if (!kind.namespaced || object === undefined || operation === 'DELETE' || kind.plural === 'resourcequotas') return
    if (context.info.subresource !== '' && context.info.subresource !== 'resize') return
    if (operation === 'UPDATE' && !['pods', 'services', 'persistentvolumeclaims'].includes(kind.plural)) return
    const quotas = context.server.objects('', 'resourcequotas', str(object, 'metadata', 'namespace'))
    for (const quota of quotas) check(context, kind, quota, object, old)
  },
}

function check(context: RequestContext, kind: Kind, quota: Obj, object: Obj, old: Obj | undefined): void {
  const gr = { group: kind.served[0].group, resource: kind.plural }
  const name = str(object, 'metadata', 'name')
  if (!matchesScopes(quota, kind.plural, object)) return
  const hard = obj(quota, 'status', 'hard')
  const limited = Object.keys(hard).length > 0 ? hard : obj(quota, 'spec', 'hard')
  const names = Object.keys(limited).sort()
  const usage = usageOf(gr, object)
  const before = old === undefined ? {} : usageOf(gr, old)
  const relevant = names.filter((n) => usage[n] !== undefined || before[n] !== undefined)
  const quotaName = str(quota, 'metadata', 'name')
  if (old === undefined && kind.plural === 'pods') {
    const missing = missingResources(object, names)
    if (missing !== '') throw newForbidden(gr, name, `failed quota: ${quotaName}: ${missing}`)
  }
  const used = obj(quota, 'status', 'used')
  const delta: Draft = {}
  for (const n of relevant) {
    const more = subtractQuantities(usage[n] ?? '0', before[n] ?? '0')
    if (quantity(more).nanos !== 0n) delta[n] = more
  }
  const names2 = Object.keys(delta)
  if (names2.length === 0) return
  for (const n of names2) if (used[n] === undefined) throw newForbidden(gr, name, `status unknown for quota: ${quotaName}, resources: ${n}`)
  const exceeded = names2.filter(
    (n) => quantity(delta[n]).nanos > 0n && compareQuantities(addQuantities(used[n], delta[n]), limited[n]) > 0,
  )
  if (exceeded.length > 0) {
    const list = (m: Obj): string => exceeded.map((n) => `${n}=${String(m[n])}`).join(',')
    throw newForbidden(gr, name, `exceeded quota: ${quotaName}, requested: ${list(delta)}, used: ${list(used)}, limited: ${list(limited)}`)
  }
  if (context.dryRun) return
  const next: Draft = { ...used }
  for (const n of names2) next[n] = addQuantities(used[n], delta[n])
  context.server
    .storage(context.server.endpoint('', 'resourcequotas').kind)
    .update({ ...quota, status: { ...obj(quota, 'status'), used: next } }, quota)
}
