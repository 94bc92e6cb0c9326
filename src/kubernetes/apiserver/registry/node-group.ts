import { str } from '#kubernetes/api/json.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { validateRuntimeClass, validateRuntimeClassUpdate } from '../validation/runtime-class.ts'
import { builtIn, type Kind } from './kind.ts'

export const NODE_GROUP: readonly Kind[] = [
  builtIn({
    group: 'node.k8s.io',
    pkg: 'node',
    kind: 'RuntimeClass',
    plural: 'runtimeclasses',
    namespaced: false,
    columns: [NAME, { name: 'Handler' }, AGE],
    row: (o, { now }) => [str(o, 'metadata', 'name'), str(o, 'handler'), ageOf(o, now)],
    strategy: { validate: validateRuntimeClass, validateUpdate: validateRuntimeClassUpdate },
  }),
]
