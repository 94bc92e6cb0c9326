import { obj, objs, str } from '#kubernetes/api/json.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { builtIn, type Kind } from './kind.ts'

const base = {
  group: 'admissionregistration.k8s.io',
  pkg: 'admissionregistration',
  namespaced: false,
  categories: ['api-extensions'],
} as const

const webhooks = (kind: string, plural: string): Kind =>
  builtIn({
    ...base,
    kind,
    plural,
    columns: [NAME, { name: 'Webhooks', type: 'integer' }, AGE],
    row: (o, { now }) => [str(o, 'metadata', 'name'), objs(o, 'webhooks').length, ageOf(o, now)],
    strategy: { generationOf: (o) => o.webhooks },
  })

const policy = (kind: string, plural: string): Kind =>
  builtIn({
    ...base,
    kind,
    plural,
    status: kind.startsWith('Validating'),
    columns: [
      NAME,
      {
        name: kind.startsWith('Validating') ? 'Validations' : 'Mutations',
        type: 'integer',
      },
      { name: 'ParamKind' },
      AGE,
    ],
    row: (o, { now }) => {
      const param = obj(o, 'spec', 'paramKind')
      return [
        str(o, 'metadata', 'name'),
        objs(o, 'spec', kind.startsWith('Validating') ? 'validations' : 'mutations').length,
        param.kind === undefined ? '<unset>' : `${str(param, 'apiVersion')}/${str(param, 'kind')}`,
        ageOf(o, now),
      ]
    },
    strategy: { generationOf: (o) => o.spec },
  })

const binding = (kind: string, plural: string): Kind =>
  builtIn({
    ...base,
    kind,
    plural,
    columns: [NAME, { name: 'PolicyName' }, { name: 'ParamRef' }, AGE],
    row: (o, { now }) => {
      const ref = obj(o, 'spec').paramRef
      return [
        str(o, 'metadata', 'name'),
        str(o, 'spec', 'policyName'),
        ref === undefined ? '<unset>' : `${str(ref, 'namespace') || '*'}/${str(ref, 'name')}`,
        ageOf(o, now),
      ]
    },
    strategy: { generationOf: (o) => o.spec },
  })

export const ADMISSION_REGISTRATION: readonly Kind[] = [
  webhooks('MutatingWebhookConfiguration', 'mutatingwebhookconfigurations'),
  webhooks('ValidatingWebhookConfiguration', 'validatingwebhookconfigurations'),
  policy('ValidatingAdmissionPolicy', 'validatingadmissionpolicies'),
  policy('MutatingAdmissionPolicy', 'mutatingadmissionpolicies'),
  binding('ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings'),
  binding('MutatingAdmissionPolicyBinding', 'mutatingadmissionpolicybindings'),
]
