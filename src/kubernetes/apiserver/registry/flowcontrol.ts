import { num, obj, objs, str } from '#kubernetes/api/json.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { validateFlowSchema, validatePriorityLevel } from '../validation/flowcontrol.ts'
import { builtIn, type Kind } from './kind.ts'

const base = {
  group: 'flowcontrol.apiserver.k8s.io',
  pkg: 'flowcontrol',
  namespaced: false,
  status: true,
} as const

export const FLOW_CONTROL: readonly Kind[] = [
  builtIn({
    ...base,
    kind: 'FlowSchema',
    plural: 'flowschemas',
    columns: [
      NAME,
      { name: 'PriorityLevel' },
      { name: 'MatchingPrecedence', type: 'integer' },
      { name: 'DistinguisherMethod' },
      AGE,
      { name: 'MissingPL' },
    ],
    row: (o, { now }) => [
      str(o, 'metadata', 'name'),
      str(o, 'spec', 'priorityLevelConfiguration', 'name'),
      num(o, 'spec', 'matchingPrecedence') ?? 0,
      str(o, 'spec', 'distinguisherMethod', 'type') || '<none>',
      ageOf(o, now),
      str(objs(o, 'status', 'conditions').find((c) => c.type === 'Dangling') ?? {}, 'status') || '?',
    ],
    rowOrder: (a, b) => (num(a, 'spec', 'matchingPrecedence') ?? 0) - (num(b, 'spec', 'matchingPrecedence') ?? 0),
    strategy: { generationOf: (o) => o.spec, validate: validateFlowSchema, validateUpdate: validateFlowSchema },
  }),
  builtIn({
    ...base,
    kind: 'PriorityLevelConfiguration',
    plural: 'prioritylevelconfigurations',
    columns: [
      NAME,
      { name: 'Type' },
      { name: 'NominalConcurrencyShares' },
      { name: 'Queues' },
      { name: 'HandSize' },
      { name: 'QueueLengthLimit' },
      AGE,
    ],
    row: (o, { now }) => {
      const limited = obj(o, 'spec', 'limited')
      const queuing = obj(limited, 'limitResponse', 'queuing')
      const text = (v: unknown): string => (v === undefined ? '<none>' : String(v))
      return [
        str(o, 'metadata', 'name'),
        str(o, 'spec', 'type'),
        text(limited.nominalConcurrencyShares),
        text(queuing.queues),
        text(queuing.handSize),
        text(queuing.queueLengthLimit),
        ageOf(o, now),
      ]
    },
    strategy: { generationOf: (o) => o.spec, validate: validatePriorityLevel, validateUpdate: validatePriorityLevel },
  }),
]
