/** Pods stay five minutes on a node that is not ready or can't be reached. */
import { draft, objs } from '#kubernetes/api/json.ts'
import type { Plugin } from './admission.ts'

const KEYS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']

export const defaultTolerationSeconds: Plugin = {
  name: 'DefaultTolerationSeconds',
  admit(context, { operation, kind, object }) {
    if (kind.plural !== 'pods' || object === undefined || context.info.subresource !== '' || operation === 'DELETE') return
    const spec = draft(object, 'spec')
    const tolerations = objs(spec, 'tolerations')
    const missing = KEYS.filter(
      (key) =>
        !tolerations.some(
          (t) =>
            (t.key === key || t.key === undefined || t.key === '') &&
            (t.effect === 'NoExecute' || t.effect === undefined || t.effect === ''),
        ),
    )
    if (missing.length > 0)
      spec.tolerations = [
        ...tolerations,
        ...missing.map((key) => ({
          key,
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        })),
      ]
  },
}
