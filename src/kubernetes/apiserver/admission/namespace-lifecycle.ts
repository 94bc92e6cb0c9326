/** Nothing is created in a namespace that is missing or going; some namespaces stay for ever. */
import { newForbidden, newNotFound, StatusError } from '#kubernetes/api/errors.ts'
import { obj, str } from '#kubernetes/api/json.ts'
import type { Plugin } from './admission.ts'

const IMMORTAL = new Set(['default', 'kube-system', 'kube-public'])

export const namespaceLifecycle: Plugin = {
  name: 'NamespaceLifecycle',
  admit(context, { operation, kind, object, old, endpoint }) {
    if (kind.plural === 'namespaces' && operation === 'DELETE' && IMMORTAL.has(str(old, 'metadata', 'name'))) {
      throw newForbidden({ group: '', resource: 'namespaces' }, str(old, 'metadata', 'name'), 'this namespace may not be deleted')
    }
    if (operation !== 'CREATE' || !kind.namespaced || kind.plural.endsWith('accessreviews')) return
    const name = str(object, 'metadata', 'namespace')
    const namespace = context.server.object('', 'namespaces', '', name)
    if (namespace === undefined) throw newNotFound({ group: '', resource: 'namespaces' }, name)
    if (str(namespace, 'status', 'phase') !== 'Terminating') return
    const gr = { group: endpoint.served.group, resource: kind.plural }
    const refused = newForbidden(
      gr,
      str(object, 'metadata', 'name'),
      `unable to create new content in namespace ${name} because it is being terminated`,
    )
    throw new StatusError(403, 'Forbidden', refused.message, {
      ...obj(refused.status, 'details'),
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${name} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    })
  },
}
