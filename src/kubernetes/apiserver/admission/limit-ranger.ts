/** Limit ranges: defaults for containers, bounds for containers, pods and claims. Source: plugin/pkg/admission/limitranger. */
import { newForbidden } from '#kubernetes/api/errors.ts'
import { type Draft, drafts, isObj, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { addQuantities, compareQuantities, quantity } from '#kubernetes/api/quantity.ts'
import type { Plugin } from './admission.ts'

const ANNOTATION = 'kubernetes.io/limit-ranger'

export const limitRanger: Plugin = {
  name: 'LimitRanger',
  admit(context, { operation, kind, object }) {
    if (kind.plural !== 'pods' || operation !== 'CREATE' || object === undefined || context.info.subresource !== '') return
    const ranges = context.server.objects('', 'limitranges', str(object, 'metadata', 'namespace'))
    for (const range of ranges) setDefaults(range, object)
  },
  validate(context, { operation, kind, object }) {
    if (object === undefined || operation === 'DELETE' || (context.info.subresource !== '' && context.info.subresource !== 'resize')) return
    if (kind.plural !== 'pods' && kind.plural !== 'persistentvolumeclaims') return
    if (kind.plural === 'pods' && operation === 'UPDATE' && context.info.subresource !== 'resize') return
    const ranges = context.server.objects('', 'limitranges', str(object, 'metadata', 'namespace'))
    for (const range of ranges) {
      const problems = kind.plural === 'pods' ? checkPod(range, object) : checkClaim(range, object)
      if (problems.length > 0) {
        const text = problems.length === 1 ? (problems[0] ?? '') : `[${problems.join(', ')}]`
        throw newForbidden({ group: '', resource: kind.plural }, str(object, 'metadata', 'name'), text)
      }
    }
  },
}

function setDefaults(range: Obj, pod: Draft): void {
  const requests: Draft = {}
  const limits: Draft = {}
  for (const item of objs(range, 'spec', 'limits')) {
    if (item.type !== 'Container') continue
    Object.assign(requests, obj(item, 'defaultRequest'))
    Object.assign(limits, obj(item, 'default'))
  }
  const notes: string[] = []
  const fill = (container: Draft, what: string): void => {
    const resources = isObj(container.resources) ? (container.resources as Draft) : {}
    container.resources = resources
    const asked = mergeMissing(resources, 'requests', requests)
    const limited = mergeMissing(resources, 'limits', limits)
    if (asked.length > 0) notes.push(`${asked.join(', ')} request for ${what} ${str(container, 'name')}`)
    if (limited.length > 0) notes.push(`${limited.join(', ')} limit for ${what} ${str(container, 'name')}`)
  }
  const spec = obj(pod, 'spec') as Draft
  for (const c of drafts(spec, 'containers')) fill(c, 'container')
  for (const c of drafts(spec, 'initContainers')) fill(c, 'init container')
  if (notes.length === 0) return
  const meta = pod.metadata as Draft
  meta.annotations = {
    ...obj(meta, 'annotations'),
    [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}`,
  }
}

function mergeMissing(resources: Draft, name: 'requests' | 'limits', defaults: Obj): string[] {
  const have: Draft = isObj(resources[name]) ? { ...(resources[name] as Obj) } : {}
  const set: string[] = []
  for (const key of Object.keys(defaults).sort()) {
    if (have[key] !== undefined) continue
    have[key] = defaults[key]
    set.push(key)
  }
  if (set.length > 0) resources[name] = have
  return set
}

const shown = (q: unknown): string => String(q)

function bounds(type: string, item: Obj, requests: Obj, limits: Obj, out: string[]): void {
  const { min, max, maxLimitRequestRatio } = item
  for (const name of Object.keys(obj(min)).sort()) {
    const least = obj(min)[name]
    const asked = requests[name]
    const limited = limits[name]
    if (asked === undefined) out.push(`minimum ${name} usage per ${type} is ${shown(least)}.  No request is specified`)
    else if (compareQuantities(asked, least) < 0)
      out.push(`minimum ${name} usage per ${type} is ${shown(least)}, but request is ${shown(asked)}`)
    if (limited !== undefined && compareQuantities(limited, least) < 0)
      out.push(`minimum ${name} usage per ${type} is ${shown(least)}, but limit is ${shown(limited)}`)
  }
  for (const name of Object.keys(obj(max)).sort()) {
    const most = obj(max)[name]
    const limited = limits[name]
    const asked = requests[name]
    if (type === 'PersistentVolumeClaim') {
      if (asked !== undefined && compareQuantities(asked, most) > 0)
        out.push(`maximum ${name} usage per ${type} is ${shown(most)}, but request is ${shown(asked)}`)
      continue
    }
    if (limited === undefined) out.push(`maximum ${name} usage per ${type} is ${shown(most)}.  No limit is specified`)
    else if (compareQuantities(limited, most) > 0)
      out.push(`maximum ${name} usage per ${type} is ${shown(most)}, but limit is ${shown(limited)}`)
    if (asked !== undefined && compareQuantities(asked, most) > 0 && limited === undefined)
      out.push(`maximum ${name} usage per ${type} is ${shown(most)}, but request is ${shown(asked)}`)
  }
  for (const name of Object.keys(obj(maxLimitRequestRatio)).sort()) {
    const ratio = quantity(obj(maxLimitRequestRatio)[name])
    const asked = quantity(requests[name]).nanos
    const limited = quantity(limits[name]).nanos
    if (limited === 0n)
      out.push(
        `${name} max limit to request ratio per ${type} is ${shown(obj(maxLimitRequestRatio)[name])}, but no limit is specified or limit is 0`,
      )
    else if (asked === 0n)
      out.push(
        `${name} max limit to request ratio per ${type} is ${shown(obj(maxLimitRequestRatio)[name])}, but no request is specified or request is 0`,
      )
    else {
      const observed = Number((limited * 1_000_000n) / asked) / 1_000_000
      if (observed > Number(ratio.nanos) / 1e9)
        out.push(
          `${name} max limit to request ratio per ${type} is ${shown(obj(maxLimitRequestRatio)[name])}, but provided ratio is ${observed.toFixed(6)}`,
        )
    }
  }
}

function sum(containers: readonly Obj[], part: 'requests' | 'limits'): Draft {
  const out: Draft = {}
  for (const c of containers) {
    const list = obj(c, 'resources', part)
    for (const name of Object.keys(list)) out[name] = out[name] === undefined ? list[name] : addQuantities(out[name], list[name])
  }
  return out
}

function checkPod(range: Obj, pod: Obj): string[] {
  const out: string[] = []
  const containers = objs(pod, 'spec', 'containers')
  for (const item of objs(range, 'spec', 'limits')) {
    if (item.type === 'Container') {
      for (const c of [...containers, ...objs(pod, 'spec', 'initContainers')])
        bounds('Container', item, obj(c, 'resources', 'requests'), obj(c, 'resources', 'limits'), out)
    } else if (item.type === 'Pod') bounds('Pod', item, sum(containers, 'requests'), sum(containers, 'limits'), out)
  }
  return out
}

function checkClaim(range: Obj, claim: Obj): string[] {
  const out: string[] = []
  for (const item of objs(range, 'spec', 'limits')) {
    if (item.type === 'PersistentVolumeClaim')
      bounds('PersistentVolumeClaim', item, obj(claim, 'spec', 'resources', 'requests'), obj(claim, 'spec', 'resources', 'limits'), out)
  }
  return out
}
