/** Every pod runs as a service account, and gets its token. */
import { newForbidden, StatusError } from '#kubernetes/api/errors.ts'
import { bool, type Draft, draft, drafts, isObj, objs, str } from '#kubernetes/api/json.ts'
import { SAFE_ALPHABET } from '#kubernetes/api/names.ts'
import type { Plugin } from './admission.ts'

const MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'
const MIRROR = 'kubernetes.io/config.mirror'
/** An hour and a little, so that kubelets renew in time. */
const EXPIRATION = 3607

export const serviceAccount: Plugin = {
  name: 'ServiceAccount',
  admit(context, { operation, kind, object }) {
    if (kind.plural !== 'pods' || operation !== 'CREATE' || object === undefined || context.info.subresource !== '') return
    if (str(object, 'metadata', 'annotations', MIRROR) !== '') return
    const spec = draft(object, 'spec')
    const name = str(spec, 'serviceAccountName') || str(spec, 'serviceAccount') || 'default'
    spec.serviceAccountName = name
    spec.serviceAccount = name
    const namespace = str(object, 'metadata', 'namespace')
    const account = context.server.object('', 'serviceaccounts', namespace, name)
    if (account === undefined) {
      throw newForbidden(
        { group: '', resource: 'pods' },
        str(object, 'metadata', 'name'),
        `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
      )
    }
    if (objs(spec, 'imagePullSecrets').length === 0 && objs(account, 'imagePullSecrets').length > 0)
      spec.imagePullSecrets = objs(account, 'imagePullSecrets').map((s) => ({
        name: s.name,
      }))
    const wanted = bool(spec, 'automountServiceAccountToken') ?? bool(account, 'automountServiceAccountToken') ?? true
    if (wanted) mountToken(spec, () => `${VOLUME}${context.server.random.string(5, SAFE_ALPHABET)}`)
  },
  validate(context, { operation, kind, object }) {
    if (kind.plural !== 'pods' || operation !== 'CREATE' || context.info.subresource !== '' || object === undefined) return
    if (
      isObj(object.metadata) &&
      str(object, 'metadata', 'annotations', MIRROR) !== '' &&
      str(object, 'spec', 'serviceAccountName') !== ''
    ) {
      throw new StatusError(
        403,
        'Forbidden',
        `pods "${str(object, 'metadata', 'name')}" is forbidden: a mirror pod may not reference service accounts`,
      )
    }
  },
}

const VOLUME = 'kube-api-access-'

/** Mounts the token where nothing else is mounted; a volume for tokens that is there already is used. */
function mountToken(spec: Draft, newName: () => string): void {
  const existing = objs(spec, 'volumes').find((v) => str(v, 'name').startsWith(VOLUME))
  const volume = existing === undefined ? newName() : str(existing, 'name')
  let needed = false
  for (const container of [...drafts(spec, 'initContainers'), ...drafts(spec, 'containers')]) {
    const mounts = objs(container, 'volumeMounts')
    if (mounts.some((m) => m.mountPath === MOUNT)) continue
    container.volumeMounts = [...mounts, { name: volume, readOnly: true, mountPath: MOUNT }]
    needed = true
  }
  if (!needed || existing !== undefined) return
  spec.volumes = [
    ...objs(spec, 'volumes'),
    {
      name: volume,
      projected: {
        sources: [
          {
            serviceAccountToken: {
              expirationSeconds: EXPIRATION,
              path: 'token',
            },
          },
          {
            configMap: {
              name: 'kube-root-ca.crt',
              items: [{ key: 'ca.crt', path: 'ca.crt' }],
            },
          },
          {
            downwardAPI: {
              items: [
                {
                  path: 'namespace',
                  fieldRef: {
                    apiVersion: 'v1',
                    fieldPath: 'metadata.namespace',
                  },
                },
              ],
            },
          },
        ],
        defaultMode: 0o644,
      },
    },
  ]
}
