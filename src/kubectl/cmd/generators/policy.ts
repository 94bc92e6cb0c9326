/** Quotas, priority classes, disruption budgets, ingresses. */
import { canonicalQuantity } from '#kubernetes/api/quantity.ts'
import { CommandError } from '../../errors.ts'
import { array, flag, generator, text } from './generator.ts'

export const BAD_QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

/** `cpu=1,memory=1Gi` as a resource list. */
export function resourceList(spec: string): Record<string, string> {
  const out: Record<string, string> = {}
  for (const statement of spec.split(',').filter((s) => s !== '')) {
    const parts = statement.split('=')
    if (parts.length !== 2) throw new CommandError(`Invalid argument syntax ${statement}, expected <resource>=<value>`)
    const [name = '', amount = ''] = parts
    const value = canonicalQuantity(amount)
    if (value === undefined) throw new CommandError(BAD_QUANTITY)
    out[name] = value
  }
  return out
}

export const quota = generator({
  name: 'quota',
  aliases: ['resourcequota'],
  use: 'NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none]',
  short: 'Create a quota with the specified name',
  long: 'Create a resource quota with the specified name, hard limits, and optional scopes.',
  flags: [
    text('hard', 'A comma-delimited set of resource=quantity pairs that define a hard limit.'),
    text('scopes', 'A comma-delimited set of quota scopes that must all match each object tracked by the quota.'),
  ],
  failure: 'failed to create quota:',
  *build(call, name) {
    const hard = resourceList(call.flags.string('hard'))
    const scopes = call.flags
      .string('scopes')
      .split(',')
      .filter((s) => s !== '')
    const spec = { ...(Object.keys(hard).length === 0 ? {} : { hard }), ...(scopes.length === 0 ? {} : { scopes }) }
    return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec, status: {} }
  },
})

export const priorityclass = generator({
  name: 'priorityclass',
  aliases: ['pc'],
  use: 'NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]',
  short: 'Create a priority class with the specified name',
  long: 'Create a priority class with the specified name, value, globalDefault and description.',
  flags: [
    text('description', 'description is an arbitrary string that usually provides guidelines on when this priority class should be used.'),
    flag('global-default', 'global-default specifies whether this PriorityClass should be considered as the default priority.'),
    text('preemption-policy', 'preemption-policy is the policy for preempting pods with lower priority.', "'PreemptLowerPriority'"),
    { name: 'value', type: 'int', default: '0', usage: 'the value of this priority class.' },
  ],
  failure: 'failed to create priorityclass:',
  *build(call, name) {
    const { flags } = call
    const description = flags.string('description')
    return {
      apiVersion: 'scheduling.k8s.io/v1',
      ...(description === '' ? {} : { description }),
      ...(flags.bool('global-default') ? { globalDefault: true } : {}),
      kind: 'PriorityClass',
      metadata: { name },
      preemptionPolicy: flags.string('preemption-policy'),
      value: flags.int('value'),
    }
  },
})

const amount = (value: string): string | number => (/^\d+$/.test(value) ? Number(value) : value)

export const poddisruptionbudget = generator({
  name: 'poddisruptionbudget',
  aliases: ['pdb'],
  use: 'NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none]',
  short: 'Create a pod disruption budget with the specified name',
  long: 'Create a pod disruption budget with the specified name, selector, and desired minimum available pods.',
  flags: [
    text('max-unavailable', 'The maximum number or percentage of unavailable pods this budget requires.'),
    text('min-available', 'The minimum number or percentage of available pods this budget requires.'),
    text('selector', 'A label selector to use for this budget. Only equality-based selector requirements are supported.'),
  ],
  failure: 'failed to create poddisruptionbudget:',
  *build(call, name) {
    const { flags } = call
    const min = flags.string('min-available')
    const max = flags.string('max-unavailable')
    const selector = flags.string('selector')
    if (selector === '') throw new CommandError('a selector must be specified')
    if (min === '' && max === '') throw new CommandError('one of min-available or max-unavailable must be specified')
    if (min !== '' && max !== '') throw new CommandError('min-available and max-unavailable cannot be both specified')
    const matchLabels = Object.fromEntries(selector.split(',').map((pair) => pair.split(/==?/) as [string, string]))
    const spec = {
      ...(max === '' ? {} : { maxUnavailable: amount(max) }),
      ...(min === '' ? {} : { minAvailable: amount(min) }),
      selector: { matchLabels },
    }
    return {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name },
      spec,
      status: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 },
    }
  },
})

const RULE = /^([^/]*)(\/.*)?=([^=:]+):([^,]+?)(?:,tls(?:=(.*))?)?$/

function backend(service: string, port: string): object {
  return { service: { name: service, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } }
}

export const ingress = generator({
  name: 'ingress',
  aliases: ['ing'],
  use: 'NAME --rule=host/path=service:port[,tls[=secret]]',
  short: 'Create an ingress with the specified name',
  long: 'Create an ingress with the specified name.',
  flags: [
    array('annotation', 'Annotation to insert in the ingress object, in the format annotation=value'),
    text('class', 'Ingress Class to be used'),
    text('default-backend', 'Default service for backend, in format of svcname:port'),
    array(
      'rule',
      "Rule in format host/path=service:port[,tls=secretname]. Paths containing the leading character '*' are considered pathType=Prefix. tls argument is optional.",
    ),
  ],
  failure: 'failed to create ingress:',
  *build(call, name) {
    const { flags } = call
    const fallback = flags.string('default-backend')
    const wanted = flags.list('rule')
    if (fallback === '' && wanted.length === 0)
      throw new CommandError(
        'not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)',
      )
    const rules = new Map<string, object[]>()
    const tls = new Map<string, string[]>()
    for (const text of wanted) {
      const m = RULE.exec(text)
      if (m === null) throw new CommandError(`rule ${text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`)
      const [, host = '', path = '', service = '', port = '', secret] = m
      const prefix = path.endsWith('*')
      const bare = prefix ? path.slice(0, -1) : path
      rules.set(host, [...(rules.get(host) ?? []), { backend: backend(service, port), path: bare, pathType: prefix ? 'Prefix' : 'Exact' }])
      if (/,tls(=|$)/.test(text))
        tls.set(secret ?? '', [...(tls.get(secret ?? '') ?? []), ...(host === '' || tls.get(secret ?? '')?.includes(host) ? [] : [host])])
    }
    if (fallback !== '' && fallback.split(':').length !== 2)
      throw new CommandError(`default-backend should be in format servicename:serviceport`)
    const [service = '', port = ''] = fallback.split(':')
    const annotations = Object.fromEntries(
      flags.list('annotation').map((pair) => {
        const eq = pair.indexOf('=')
        if (eq < 1) throw new CommandError(`annotation ${pair} is invalid and should be in format key=[value]`)
        return [pair.slice(0, eq), pair.slice(eq + 1)]
      }),
    )
    const className = flags.string('class')
    return {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { ...(Object.keys(annotations).length === 0 ? {} : { annotations }), name },
      spec: {
        ...(fallback === '' ? {} : { defaultBackend: backend(service, port) }),
        ...(className === '' ? {} : { ingressClassName: className }),
        ...(rules.size === 0 ? {} : { rules: [...rules].map(([host, paths]) => ({ ...(host === '' ? {} : { host }), http: { paths } })) }),
        ...(tls.size === 0
          ? {}
          : {
              tls: [...tls].map(([secret, hosts]) => ({
                ...(hosts.length === 0 ? {} : { hosts }),
                ...(secret === '' ? {} : { secretName: secret }),
              })),
            }),
      },
      status: { loadBalancer: {} },
    }
  },
})
