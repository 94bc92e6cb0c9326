/** Claims and ingresses that name no class get the default one. */
import { newForbidden } from '#kubernetes/api/errors.ts'
import { draft, str } from '#kubernetes/api/json.ts'
import { isDefaultClass } from '../registry/storage.ts'
import type { Plugin } from './admission.ts'

export const defaultStorageClass: Plugin = {
  name: 'DefaultStorageClass',
  admit(context, { operation, kind, object }) {
    if (kind.plural !== 'persistentvolumeclaims' || operation !== 'CREATE' || object === undefined) return
    const spec = draft(object, 'spec')
    if (spec.storageClassName !== undefined || str(object, 'metadata', 'annotations', 'volume.beta.kubernetes.io/storage-class') !== '')
      return
    const defaults = context.server.objects('storage.k8s.io', 'storageclasses').filter(isDefaultClass)
    // The newest default wins; of those of one second, the first by name.
    const newest = [...defaults].sort((a, b) =>
      str(a, 'metadata', 'creationTimestamp') > str(b, 'metadata', 'creationTimestamp') ? -1 : 1,
    )[0]
    if (newest !== undefined) spec.storageClassName = str(newest, 'metadata', 'name')
  },
}

const ANNOTATION = 'ingressclass.kubernetes.io/is-default-class'

export const defaultIngressClass: Plugin = {
  name: 'DefaultIngressClass',
  admit(context, { operation, kind, object }) {
    if (kind.plural !== 'ingresses' || operation !== 'CREATE' || object === undefined) return
    const spec = draft(object, 'spec')
    if (spec.ingressClassName !== undefined || str(object, 'metadata', 'annotations', 'kubernetes.io/ingress.class') !== '') return
    const defaults = context.server
      .objects('networking.k8s.io', 'ingressclasses')
      .filter((c) => str(c, 'metadata', 'annotations', ANNOTATION) === 'true')
    if (defaults.length > 1)
      throw newForbidden(
        { group: 'networking.k8s.io', resource: 'ingresses' },
        str(object, 'metadata', 'name'),
        `${defaults.length} default IngressClasses were found, only 1 allowed`,
      )
    const only = defaults[0]
    if (only !== undefined) spec.ingressClassName = str(only, 'metadata', 'name')
  },
}
