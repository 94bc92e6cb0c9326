/** policy */
import { num, obj, str } from '#kubernetes/api/json.ts'
import { isPathSegmentName } from '#kubernetes/api/names.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { validateDisruptionBudget, validateDisruptionBudgetStatus } from '../validation/policy.ts'
import { builtIn, type Kind } from './kind.ts'

export const POLICY: readonly Kind[] = [
  builtIn({
    group: 'policy',
    pkg: 'policy',
    kind: 'PodDisruptionBudget',
    plural: 'poddisruptionbudgets',
    shortNames: ['pdb'],
    namespaced: true,
    status: true,
    columns: [NAME, { name: 'Min Available' }, { name: 'Max Unavailable' }, { name: 'Allowed Disruptions', type: 'integer' }, AGE],
    row: (o, { now }) => [
      str(o, 'metadata', 'name'),
      String(obj(o, 'spec').minAvailable ?? 'N/A'),
      String(obj(o, 'spec').maxUnavailable ?? 'N/A'),
      num(o, 'status', 'disruptionsAllowed') ?? 0,
      ageOf(o, now),
    ],
    strategy: {
      generationOf: (o) => o.spec,
      prepareForCreate(o) {
        o.status = {
          disruptionsAllowed: 0,
          currentHealthy: 0,
          desiredHealthy: 0,
          expectedPods: 0,
        }
      },
      validate: validateDisruptionBudget,
      validateUpdate: validateDisruptionBudget,
      validateStatusUpdate: validateDisruptionBudgetStatus,
      validateName: isPathSegmentName,
    },
  }),
]
