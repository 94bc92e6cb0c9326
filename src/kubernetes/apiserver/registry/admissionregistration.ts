import { type Draft, draft, drafts, isObj, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { celOf } from '../cel/loading.ts'
import type { RequestContext } from '../context.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { validateWebhooks } from '../validation/webhooks.ts'
import { builtIn, type Kind, type Strategy } from './kind.ts'

const base = {
  group: 'admissionregistration.k8s.io',
  pkg: 'admissionregistration',
  namespaced: false,
  categories: ['api-extensions'],
} as const

/** Source: k8s.io/kubernetes pkg/apis/admissionregistration/v1/defaults.go. */
function webhookDefaults(o: Draft): void {
  for (const hook of drafts(o, 'webhooks')) {
    hook.failurePolicy ??= 'Fail'
    hook.matchPolicy ??= 'Equivalent'
    hook.namespaceSelector ??= {}
    hook.objectSelector ??= {}
    hook.timeoutSeconds ??= 10
    if (o.kind === 'MutatingWebhookConfiguration') hook.reinvocationPolicy ??= 'Never'
    for (const rule of drafts(hook, 'rules')) rule.scope ??= '*'
    const service = isObj(hook.clientConfig) ? hook.clientConfig.service : undefined
    if (isObj(service)) (service as Draft).port ??= 443
  }
}

const webhooks = (kind: string, plural: string): Kind =>
  builtIn({
    ...base,
    kind,
    plural,
    columns: [NAME, { name: 'Webhooks', type: 'integer' }, AGE],
    row: (o, { now }) => [str(o, 'metadata', 'name'), objs(o, 'webhooks').length, ageOf(o, now)],
    strategy: {
      generationOf: (o) => o.webhooks,
      defaults: webhookDefaults,
      validate: validateWebhooks,
      validateUpdate: validateWebhooks,
      warnings: (o) =>
        objs(o, 'webhooks').length === 0 ? [] : ['podlab: admission webhooks are not modelled: this one will not be called'],
    },
  })

/** Source: pkg/apis/admissionregistration/v1/defaults.go. */
function defaultMatch(holder: Draft, name: string): void {
  if (!isObj(holder[name])) return
  const match = draft(holder, name)
  match.matchPolicy ??= 'Equivalent'
  match.namespaceSelector ??= {}
  match.objectSelector ??= {}
  for (const list of ['resourceRules', 'excludeResourceRules']) for (const rule of drafts(match, list)) rule.scope ??= '*'
}

const validate = (o: Obj, context: RequestContext) => celOf(context.server).validatePolicy(o)

/** What policies and bindings have in common. */
const strategy = (defaults: (spec: Draft) => void, status: boolean): Strategy => ({
  generationOf: (o) => o.spec,
  defaults: (o) => defaults(draft(o, 'spec')),
  validate,
  validateUpdate: (o, _old, context) => validate(o, context),
  ...(status ? { prepareForCreate: (o: Draft) => void delete o.status } : {}),
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
    strategy: strategy((spec) => {
      spec.failurePolicy ??= 'Fail'
      defaultMatch(spec, 'matchConstraints')
    }, kind.startsWith('Validating')),
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
    strategy: strategy((spec) => defaultMatch(spec, 'matchResources'), false),
  })

export const ADMISSION_REGISTRATION: readonly Kind[] = [
  webhooks('MutatingWebhookConfiguration', 'mutatingwebhookconfigurations'),
  webhooks('ValidatingWebhookConfiguration', 'validatingwebhookconfigurations'),
  policy('ValidatingAdmissionPolicy', 'validatingadmissionpolicies'),
  policy('MutatingAdmissionPolicy', 'mutatingadmissionpolicies'),
  binding('ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings'),
  binding('MutatingAdmissionPolicyBinding', 'mutatingadmissionpolicybindings'),
]
