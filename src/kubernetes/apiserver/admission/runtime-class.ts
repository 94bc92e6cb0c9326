/** A pod's runtime class must exist; its overhead becomes the pod's. */
import { newForbidden } from '#kubernetes/api/errors.ts'
import { draft, isObj, obj, str } from '#kubernetes/api/json.ts'
import type { Plugin } from './admission.ts'

export const runtimeClass: Plugin = {
  name: 'RuntimeClass',
  admit(context, { operation, kind, object }) {
    if (kind.plural !== 'pods' || operation !== 'CREATE' || object === undefined || context.info.subresource !== '') return
    const name = str(object, 'spec', 'runtimeClassName')
    if (name === '') return
    const found = context.server.object('node.k8s.io', 'runtimeclasses', '', name)
    if (found === undefined)
      throw newForbidden({ group: '', resource: 'pods' }, str(object, 'metadata', 'name'), `pod rejected: RuntimeClass "${name}" not found`)
    const spec = draft(object, 'spec')
    const overhead = obj(found, 'overhead').podFixed
    if (isObj(overhead)) spec.overhead = overhead
    const selector = obj(found, 'scheduling').nodeSelector
    if (isObj(selector)) spec.nodeSelector = { ...obj(spec, 'nodeSelector'), ...selector }
  },
}
