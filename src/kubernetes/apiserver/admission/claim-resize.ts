/** Claims grow only when they are bound and their class allows it. Source: persistentvolume/resize. */
import { newForbidden } from '#kubernetes/api/errors.ts'
import { obj, str } from '#kubernetes/api/json.ts'
import { compareQuantities } from '#kubernetes/api/quantity.ts'
import type { Plugin } from './admission.ts'

export const claimResize: Plugin = {
  name: 'PersistentVolumeClaimResize',
  validate(context, { operation, kind, object, old }) {
    if (kind.plural !== 'persistentvolumeclaims' || operation !== 'UPDATE' || object === undefined || old === undefined) return
    if (context.info.subresource !== '') return
    const [before, after] = [old, object].map((claim) => obj(claim, 'spec', 'resources', 'requests').storage)
    if (compareQuantities(after, before) <= 0) return
    const refuse = (text: string): never => {
      throw newForbidden({ group: '', resource: 'persistentvolumeclaims' }, str(object, 'metadata', 'name'), text)
    }
    if (str(old, 'status', 'phase') !== 'Bound') refuse('Only bound persistent volume claims can be expanded')
    const name = str(object, 'spec', 'storageClassName')
    const storageClass = name === '' ? undefined : context.server.object('storage.k8s.io', 'storageclasses', '', name)
    if (obj(storageClass ?? {}).allowVolumeExpansion !== true)
      refuse('only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize')
  },
}
