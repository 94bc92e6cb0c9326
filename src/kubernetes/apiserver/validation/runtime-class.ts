/** Runtime classes. Source: k8s.io/kubernetes pkg/apis/node/validation. */
import { duplicate, type FieldError } from '#kubernetes/api/field.ts'
import { internalJson } from '#kubernetes/api/internal-json.ts'
import { equal, isObj, type Obj, obj, objs, str, strMap } from '#kubernetes/api/json.ts'
import { dnsLabel, immutable } from './check.ts'
import { validateLabels } from './meta.ts'
import { validateResources } from './resources.ts'
import { validateTolerations } from './scheduling.ts'

export function validateRuntimeClass(o: Obj): FieldError[] {
  const out = dnsLabel(str(o, 'handler'), 'handler')
  if (isObj(o.overhead)) out.push(...validateResources({ limits: obj(o, 'overhead', 'podFixed') }, 'overhead.podFixed', new Set()))
  if (!isObj(o.scheduling)) return out
  out.push(...validateLabels(strMap(o, 'scheduling', 'nodeSelector'), 'scheduling.nodeSelector'))
  const tolerations = objs(o, 'scheduling', 'tolerations')
  for (const [i, t] of tolerations.entries()) {
    const at = `scheduling.tolerations[${i}]`
    if (tolerations.findIndex((other) => equal(other, t)) < i) out.push(duplicate(at, internalJson(t, 'io.k8s.api.core.v1.Toleration')))
  }
  return [...out, ...validateTolerations(tolerations, 'scheduling.tolerations')]
}

export const validateRuntimeClassUpdate = (o: Obj, old: Obj): FieldError[] => [
  ...validateRuntimeClass(o),
  ...immutable(o.handler, old.handler, 'handler'),
]
