/** The number behind a pod's priority class. */
import { newForbidden } from '#kubernetes/api/errors.ts'
import { draft, num, str } from '#kubernetes/api/json.ts'
import type { Plugin } from './admission.ts'

const GROUP = 'scheduling.k8s.io'

export const priority: Plugin = {
  name: 'Priority',
  admit(context, { operation, kind, object, old }) {
    if (kind.plural !== 'pods' || object === undefined || context.info.subresource !== '') return
    const spec = draft(object, 'spec')
    if (operation === 'UPDATE') {
      const before = num(old, 'spec', 'priority')
      if (spec.priority === undefined && before !== undefined) spec.priority = before
      if (spec.preemptionPolicy === undefined && str(old, 'spec', 'preemptionPolicy') !== '')
        spec.preemptionPolicy = str(old, 'spec', 'preemptionPolicy')
      return
    }
    if (operation !== 'CREATE') return
    const refuse = (why: string) => newForbidden({ group: '', resource: 'pods' }, str(object, 'metadata', 'name'), why)
    let name = str(spec, 'priorityClassName')
    let value = 0
    let policy = 'PreemptLowerPriority'
    if (name === '') {
      const dflt = context.server.objects(GROUP, 'priorityclasses').filter((c) => c.globalDefault === true)[0]
      if (dflt !== undefined) {
        name = str(dflt, 'metadata', 'name')
        value = num(dflt, 'value') ?? 0
        policy = str(dflt, 'preemptionPolicy') || policy
        spec.priorityClassName = name
      }
    } else {
      const found = context.server.object(GROUP, 'priorityclasses', '', name)
      if (found === undefined) throw refuse(`no PriorityClass with name ${name} was found`)
      value = num(found, 'value') ?? 0
      policy = str(found, 'preemptionPolicy') || policy
    }
    const asked = num(spec, 'priority')
    if (asked !== undefined && asked !== value)
      throw refuse(
        `the integer value of priority (${asked}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
      )
    spec.priority = value
    const askedPolicy = str(spec, 'preemptionPolicy')
    if (askedPolicy !== '' && askedPolicy !== policy)
      throw refuse(
        `the string value of PreemptionPolicy (${askedPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
      )
    spec.preemptionPolicy = policy
  },
}
