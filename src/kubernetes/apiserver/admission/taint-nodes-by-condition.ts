/** A new node is not ready until its conditions say so. */
import { draft, objs } from '#kubernetes/api/json.ts'
import type { Plugin } from './admission.ts'

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }

export const taintNodesByCondition: Plugin = {
  name: 'TaintNodesByCondition',
  admit(context, { operation, kind, object }) {
    if (kind.plural !== 'nodes' || operation !== 'CREATE' || object === undefined || context.info.subresource !== '') return
    const spec = draft(object, 'spec')
    const taints = objs(spec, 'taints')
    if (!taints.some((t) => t.key === NOT_READY.key && t.effect === NOT_READY.effect)) spec.taints = [...taints, NOT_READY]
  },
}
