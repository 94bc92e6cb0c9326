import { forbidden } from '#kubernetes/api/field.ts'
import { num, str } from '#kubernetes/api/json.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { immutable, oneOf } from '../validation/check.ts'
import { builtIn, type Kind } from './kind.ts'

/** User-made classes may not be higher. */
const HIGHEST_USER_PRIORITY = 1_000_000_000

export const SCHEDULING: readonly Kind[] = [
  builtIn({
    group: 'scheduling.k8s.io',
    pkg: 'scheduling',
    kind: 'PriorityClass',
    plural: 'priorityclasses',
    shortNames: ['pc'],
    namespaced: false,
    columns: [NAME, { name: 'Value', type: 'integer' }, { name: 'Global-Default', type: 'boolean' }, AGE, { name: 'PreemptionPolicy' }],
    row: (o, { now }) => [
      str(o, 'metadata', 'name'),
      num(o, 'value') ?? 0,
      o.globalDefault === true,
      ageOf(o, now),
      str(o, 'preemptionPolicy'),
    ],
    strategy: {
      generationOf: (o) => o.value,
      defaults(o) {
        o.preemptionPolicy ??= 'PreemptLowerPriority'
      },
      validate(o) {
        const name = str(o, 'metadata', 'name')
        if (name.startsWith('system-') && name !== 'system-node-critical' && name !== 'system-cluster-critical')
          return [
            forbidden(
              'metadata.name',
              `priority class names with 'system-' prefix are reserved for system use only. error: ${name} is not a known system priority class`,
            ),
          ]
        const value = num(o, 'value') ?? 0
        const out = oneOf(o.preemptionPolicy, 'preemptionPolicy', ['PreemptLowerPriority', 'Never'])
        return !name.startsWith('system-') && value > HIGHEST_USER_PRIORITY
          ? [forbidden('value', `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`), ...out]
          : out
      },
      validateUpdate: (o, old) => [
        ...(o.value === old.value ? [] : [forbidden('value', 'may not be changed in an update.')]),
        ...immutable(o.preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy'),
      ],
    },
  }),
]
