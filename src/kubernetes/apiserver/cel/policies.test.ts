import { describe, expect, it, test } from 'vitest'
import { obj, objs } from '#kubernetes/api/json.ts'
import { engine } from './engine.ts'
import { celCluster, type Reply } from './test-cluster.ts'

const ADMISSION = '/apis/admissionregistration.k8s.io/v1'
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments'
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'

const DEPLOYMENT_RULE = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['deployments'] }
const MAP_RULE = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE', 'DELETE'], resources: ['configmaps'] }

const policy = (spec: object, rule: object = DEPLOYMENT_RULE) => ({
  metadata: { name: 'demo-policy.example.com' },
  spec: { matchConstraints: { resourceRules: [rule] }, ...spec },
})
const binding = (spec: object = {}) => ({
  metadata: { name: 'demo-binding-test.example.com' },
  spec: { policyName: 'demo-policy.example.com', validationActions: ['Deny'], ...spec },
})

const deployment = (replicas: number, name = 'nginx') => ({
  metadata: { name, labels: { app: 'x' } },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'x' } },
    template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
  },
})

/** A server with a policy and a binding of it. */
function bound(spec: object, bindingSpec: object = {}, rule?: object) {
  const cluster = celCluster()
  expect(cluster.call('POST', `${ADMISSION}/validatingadmissionpolicies`, policy(spec, rule)).message).toBe('')
  expect(cluster.call('POST', `${ADMISSION}/validatingadmissionpolicybindings`, binding(bindingSpec)).message).toBe('')
  return cluster
}

const map = (data: object = {}, labels: object = {}) => ({ metadata: { name: 'm', labels }, data })
const WHO = "ValidatingAdmissionPolicy 'demo-policy.example.com' with binding 'demo-binding-test.example.com' denied request"

describe('ValidatingAdmissionPolicy', () => {
  it('refuses what does not hold', () => {
    const { call, loads } = bound({ validations: [{ expression: 'object.spec.replicas <= 5' }] })
    const reply = call('POST', DEPLOYMENTS, deployment(6))
    const text = `${WHO}: failed expression: object.spec.replicas <= 5`
    expect(reply.message).toBe(`deployments.apps "nginx" is forbidden: ${text}`)
    expect(reply.body).toMatchObject({
      code: 422,
      reason: 'Invalid',
      details: { name: 'nginx', group: 'apps', kind: 'deployments', causes: [{ message: text }] },
    })
    expect(call('POST', DEPLOYMENTS, deployment(5)).message).toBe('')
    expect(call('PATCH', `${DEPLOYMENTS}/nginx`, { spec: { replicas: 9 } }, 'application/merge-patch+json').message).toBe(
      `deployments.apps "nginx" is forbidden: ${text}`,
    )
    expect(loads()).toBe(1)
  })

  it('warns instead', () => {
    const { call } = bound(
      { validations: [{ expression: 'object.spec.replicas <= 5', message: 'too many' }] },
      { validationActions: ['Warn', 'Audit'] },
    )
    const reply = call('POST', DEPLOYMENTS, deployment(6))
    expect([reply.status, reply.warnings]).toEqual([
      201,
      ["Validation failed for ValidatingAdmissionPolicy 'demo-policy.example.com' with binding 'demo-binding-test.example.com': too many"],
    ])
  })

  test.each<readonly [string, object, string]>([
    ['a message', { validations: [{ expression: 'false', message: ' no ' }] }, 'no'],
    [
      'a computed message with variables',
      {
        variables: [
          { name: 'n', expression: 'object.spec.replicas' },
          { name: 'twice', expression: 'variables.n * 2' },
        ],
        validations: [{ expression: 'variables.twice < 10', messageExpression: "'twice is ' + string(variables.twice)" }],
      },
      'twice is 12',
    ],
    [
      'a message that fails falls back',
      { validations: [{ expression: 'false', message: 'plain', messageExpression: 'object.nope' + '.x + ""' }] },
      'plain',
    ],
    [
      'an expression that fails',
      { validations: [{ expression: "object.metadata.labels['nope'] == 'x'" }] },
      "expression 'object.metadata.labels['nope'] == 'x'' resulted in error: no such key: nope",
    ],
    [
      'a variable that fails',
      { variables: [{ name: 'v', expression: 'object.nope' }], validations: [{ expression: 'variables.v == 1' }] },
      `expression 'variables.v == 1' resulted in error: composited variable "v" fails to evaluate: no such key: nope`,
    ],
    [
      'the request',
      { validations: [{ expression: "request.operation != 'CREATE' || request.userInfo.username != 'admin'" }] },
      "failed expression: request.operation != 'CREATE' || request.userInfo.username != 'admin'",
    ],
    [
      'the namespace',
      { validations: [{ expression: "namespaceObject.metadata.name == 'prod'" }] },
      "failed expression: namespaceObject.metadata.name == 'prod'",
    ],
    ['no old object', { validations: [{ expression: 'oldObject != null' }] }, 'failed expression: oldObject != null'],
    [
      'the authoriser',
      {
        validations: [
          {
            expression:
              "authorizer.serviceAccount('default', 'sa').group('apps').resource('deployments').namespace('default').check('create').allowed()",
            message: 'sa may not',
          },
        ],
      },
      'sa may not',
    ],
    [
      'the requested resource',
      { validations: [{ expression: "authorizer.requestResource.check('scale').allowed() && false", message: 'asked' }] },
      'asked',
    ],
    [
      'a condition that fails',
      { matchConditions: [{ name: 'c', expression: 'object.nope' + ' == 1' }], validations: [{ expression: 'true' }] },
      "expression 'object.nope == 1' resulted in error: no such key: nope",
    ],
    [
      'audit annotations',
      { auditAnnotations: [{ key: 'k', valueExpression: 'string(object.nope)' }] },
      "expression 'string(object.nope)' resulted in error: no such key: nope",
    ],
  ])('%s', (_, spec, message) => {
    expect(bound(spec).call('POST', DEPLOYMENTS, deployment(6)).message).toBe(`deployments.apps "nginx" is forbidden: ${WHO}: ${message}`)
  })

  test.each<readonly [string, object]>([
    [
      'conditions that do not hold',
      { matchConditions: [{ name: 'c', expression: "request.userInfo.username == 'x'" }], validations: [{ expression: 'false' }] },
    ],
    ['errors that are ignored', { failurePolicy: 'Ignore', validations: [{ expression: 'object.nope == 1' }] }],
    [
      'labels that are not selected',
      {
        matchConstraints: { resourceRules: [DEPLOYMENT_RULE], objectSelector: { matchLabels: { app: 'y' } } },
        validations: [{ expression: 'false' }],
      },
    ],
    [
      'namespaces that are not selected',
      {
        matchConstraints: { resourceRules: [DEPLOYMENT_RULE], namespaceSelector: { matchLabels: { env: 'prod' } } },
        validations: [{ expression: 'false' }],
      },
    ],
    [
      'excluded resources',
      {
        matchConstraints: { resourceRules: [{ ...DEPLOYMENT_RULE, resources: ['*'] }], excludeResourceRules: [DEPLOYMENT_RULE] },
        validations: [{ expression: 'false' }],
      },
    ],
    [
      'other names',
      { matchConstraints: { resourceRules: [{ ...DEPLOYMENT_RULE, resourceNames: ['apache'] }] }, validations: [{ expression: 'false' }] },
    ],
    [
      'cluster scope',
      { matchConstraints: { resourceRules: [{ ...DEPLOYMENT_RULE, scope: 'Cluster' }] }, validations: [{ expression: 'false' }] },
    ],
  ])('lets pass: %s', (_, spec) => {
    expect(bound(spec).call('POST', DEPLOYMENTS, deployment(6)).message).toBe('')
  })

  test.each([
    ['Forbidden', 403],
    ['Unauthorized', 401],
    ['RequestEntityTooLarge', 413],
  ])('reason %s is code %d', (reason, code) => {
    const reply = bound({ validations: [{ expression: 'false', reason }] }).call('POST', DEPLOYMENTS, deployment(1))
    expect([reply.body.code, reply.body.reason]).toEqual([code, reason])
  })

  it('sees what is deleted', () => {
    const { call } = bound(
      { validations: [{ expression: "request.operation != 'DELETE' || !has(oldObject.data.keep)", message: 'kept' }] },
      {},
      MAP_RULE,
    )
    call('POST', CONFIG_MAPS, map({ keep: '1' }))
    expect(call('DELETE', `${CONFIG_MAPS}/m`).message).toBe(`configmaps "m" is forbidden: ${WHO}: kept`)
  })

  it('asks for the version of its rules', () => {
    const rule = { apiGroups: ['autoscaling'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['horizontalpodautoscalers'] }
    const { call } = bound(
      { validations: [{ expression: "object.apiVersion != 'autoscaling/v1' || request.requestKind.version != 'v2'" }] },
      {},
      rule,
    )
    const hpa = {
      metadata: { name: 'h' },
      spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' } },
    }
    expect(call('POST', '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers', hpa).message).toContain('failed expression')
  })

  it('sees scales and connections as what they are', () => {
    const scales = { ...DEPLOYMENT_RULE, resources: ['deployments/scale'] }
    const scaling = bound(
      { validations: [{ expression: "request.kind.kind == 'Scale' && object.spec.replicas <= oldObject.spec.replicas" }] },
      {},
      scales,
    )
    scaling.call('POST', DEPLOYMENTS, deployment(3))
    const scale = (replicas: number) =>
      scaling.call('PATCH', `${DEPLOYMENTS}/nginx/scale`, { spec: { replicas } }, 'application/merge-patch+json').message
    expect([scale(2), scale(4)]).toEqual(['', expect.stringContaining('denied request: failed expression')])

    const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CONNECT'], resources: ['pods/exec'] }
    const { call } = bound({ validations: [{ expression: "object.command != ['sh']", message: 'no shells' }] }, {}, rule)
    call('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } })
    call('POST', '/api/v1/namespaces/default/pods', { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'nginx' }] } })
    expect(call('GET', '/api/v1/namespaces/default/pods/p/exec?command=sh&stdout=true').message).toBe(
      `pods "p" is forbidden: ${WHO}: no shells`,
    )
    expect(call('GET', '/api/v1/namespaces/default/pods/p/exec?command=ls&stdout=true').message).not.toContain('forbidden')
  })

  it.each([
    ['pods/eviction', 'pods/p/eviction', { metadata: { name: 'p' } }, "request.kind.kind == 'Eviction' && object.kind == 'Eviction'"],
    ['pods/binding', 'pods/p/binding', { target: { name: 'node-1' } }, "object.target.name == 'node-1' && request.operation == 'CREATE'"],
    [
      'serviceaccounts/token',
      'serviceaccounts/default/token',
      { spec: { expirationSeconds: 700 } },
      "request.kind.group == 'authentication.k8s.io' && object.spec.expirationSeconds == 700",
    ],
  ])('sees what is created on an object: %s', (resource, path, body, expression) => {
    const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: [resource] }
    const { call } = bound({ validations: [{ expression: `!(${expression})`, message: 'seen' }] }, {}, rule)
    call('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } })
    call('POST', '/api/v1/namespaces/default/pods', { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'nginx' }] } })
    expect(call('POST', `/api/v1/namespaces/default/${path}`, body).message).toContain('seen')
  })

  it('sees a namespace that is finalized', () => {
    const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['namespaces/finalize'] }
    const { call } = bound({ validations: [{ expression: 'has(object.spec.finalizers)', message: 'keep one' }] }, {}, rule)
    call('POST', '/api/v1/namespaces', { metadata: { name: 'n' } })
    expect(call('PUT', '/api/v1/namespaces/n/finalize', { metadata: { name: 'n' }, spec: {} }).message).toContain('keep one')
  })

  describe('parameters', () => {
    const PARAMS = {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      validations: [{ expression: 'object.spec.replicas <= int(params.data.max)' }],
    }
    const ref = (more: object) => ({ paramRef: { parameterNotFoundAction: 'Deny', ...more } })
    const limits = { metadata: { name: 'limits', labels: { use: 'limits' } }, data: { max: '3' } }

    it.each([
      ['by name', ref({ name: 'limits' })],
      ['by name and namespace', ref({ name: 'limits', namespace: 'default' })],
      ['by selector', ref({ selector: { matchLabels: { use: 'limits' } } })],
    ])('%s', (_, bindingSpec) => {
      const { call } = bound(PARAMS, bindingSpec)
      call('POST', CONFIG_MAPS, limits)
      expect(call('POST', DEPLOYMENTS, deployment(4)).message).toBe(
        `deployments.apps "nginx" is forbidden: ${WHO}: failed expression: object.spec.replicas <= int(params.data.max)`,
      )
      expect(call('POST', DEPLOYMENTS, deployment(3)).message).toBe('')
    })

    it('missing', () => {
      const missing = `deployments.apps "nginx" is forbidden: ${WHO}: failed to configure binding: no params found for policy binding with \`Deny\` parameterNotFoundAction`
      expect(bound(PARAMS, ref({ name: 'limits' })).call('POST', DEPLOYMENTS, deployment(4)).message).toBe(missing)
      expect(
        bound(PARAMS, ref({ name: 'limits', parameterNotFoundAction: 'Allow' })).call('POST', DEPLOYMENTS, deployment(4)).message,
      ).toBe('')
    })

    it('of no known kind', () => {
      const { call } = bound({ ...PARAMS, paramKind: { apiVersion: 'x.io/v1', kind: 'Limit' } }, ref({ name: 'limits' }))
      expect(call('POST', DEPLOYMENTS, deployment(4)).message).toBe(
        `deployments.apps "nginx" is forbidden: ValidatingAdmissionPolicy 'demo-policy.example.com' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'x.io/v1, Kind=Limit'`,
      )
    })
  })

  it('never stands in its own way', () => {
    const rule = { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }
    const { call } = bound({ validations: [{ expression: 'false' }] }, {}, rule)
    expect(call('POST', CONFIG_MAPS, map()).message).toContain('denied request')
    expect(call('DELETE', `${ADMISSION}/validatingadmissionpolicybindings/demo-binding-test.example.com`).status).toBe(200)
    expect(call('POST', CONFIG_MAPS, map()).message).toBe('')
  })
})

describe('validation of policies', () => {
  const VAP = 'ValidatingAdmissionPolicy.admissionregistration.k8s.io "demo-policy.example.com" is invalid: '
  const create = (spec: object): Reply => celCluster().call('POST', `${ADMISSION}/validatingadmissionpolicies`, policy(spec))
  test.each<readonly [object, string]>([
    [
      { validations: [{ expression: 'object.spec.replicas <=' }] },
      `spec.validations[0].expression: Invalid value: "object.spec.replicas <=": compilation failed: ERROR: <input>:1:24: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | object.spec.replicas <=\n | .......................^`,
    ],
    [
      { validations: [{ expression: 'object.spec.replicas' }] },
      'spec.validations[0].expression: Invalid value: "object.spec.replicas": must evaluate to bool but got dyn',
    ],
    [
      { validations: [{ expression: 'true', messageExpression: '1' }] },
      'spec.validations[0].messageExpression: Invalid value: "1": must evaluate to string but got int',
    ],
    [
      { validations: [{ expression: 'params.x == 1' }] },
      `spec.validations[0].expression: Invalid value: "params.x == 1": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params.x == 1\n | ^`,
    ],
    [
      { validations: [{ expression: 'request.nope == 1' }] },
      `spec.validations[0].expression: Invalid value: "request.nope == 1": compilation failed: ERROR: <input>:1:8: undefined field 'nope'\n | request.nope == 1\n | .......^`,
    ],
    [
      { variables: [{ name: 'a', expression: 'variables.b' }], validations: [{ expression: 'true' }] },
      `spec.variables[0].expression: Invalid value: "variables.b": compilation failed: ERROR: <input>:1:10: undefined field 'b'\n | variables.b\n | .........^`,
    ],
    [
      { variables: [{ name: 'a-b', expression: '1' }], validations: [{ expression: 'true' }] },
      'spec.variables[0].name: Invalid value: "a-b": name is not a valid CEL identifier',
    ],
    [
      {},
      '[spec.validations: Required value: validations or auditAnnotations must contain at least one item, spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item]',
    ],
    [{ validations: [{ expression: ' ' }] }, 'spec.validations[0].expression: Required value: expression is not specified'],
    [
      { validations: [{ expression: 'true', reason: 'Nope' }] },
      'spec.validations[0].reason: Unsupported value: "Nope": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"',
    ],
    [
      { auditAnnotations: [{ key: 'k', valueExpression: 'true' }] },
      'spec.auditAnnotations[0].valueExpression: Invalid value: "true": must evaluate to one of [string null_type] but got bool',
    ],
    [
      {
        matchConstraints: { resourceRules: [{ apiGroups: ['*', 'apps'], apiVersions: ['v1'], operations: ['MAKE'], resources: [] }] },
        validations: [{ expression: 'true' }],
      },
      `[spec.matchConstraints.resourceRules[0].operations[0]: Unsupported value: "MAKE": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE", spec.matchConstraints.resourceRules[0].apiGroups: Invalid value: ["*","apps"]: if '*' is present, must not specify other API groups, spec.matchConstraints.resourceRules[0].resources: Required value]`,
    ],
  ])('%j', (spec, message) => expect(create(spec).message).toBe(VAP + message))

  it('fills in defaults', () => {
    expect(create({ validations: [{ expression: 'true' }] }).body.spec).toEqual({
      failurePolicy: 'Fail',
      matchConstraints: {
        matchPolicy: 'Equivalent',
        namespaceSelector: {},
        objectSelector: {},
        resourceRules: [{ ...DEPLOYMENT_RULE, scope: '*' }],
      },
      validations: [{ expression: 'true' }],
    })
  })

  test.each<readonly [object, string]>([
    [{ validationActions: [] }, 'spec.validationActions: Required value: at least one validation action is required'],
    [
      { validationActions: ['Deny', 'Warn'] },
      'spec.validationActions: Invalid value: ["Deny","Warn"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    ],
    [{ policyName: '' }, 'spec.policyName: Required value'],
    [{ paramRef: { parameterNotFoundAction: 'Deny' } }, 'spec.paramRef: Required value: one of name or selector must be specified'],
    [{ paramRef: { name: 'x' } }, 'spec.paramRef.parameterNotFoundAction: Required value'],
  ])('of bindings: %j', (spec, message) => {
    expect(celCluster().call('POST', `${ADMISSION}/validatingadmissionpolicybindings`, binding(spec)).message).toBe(
      `ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io "demo-binding-test.example.com" is invalid: ${message}`,
    )
  })
})

describe('MutatingAdmissionPolicy', () => {
  function mutating(spec: object, rule: object = MAP_RULE) {
    const cluster = celCluster()
    const only = { ...rule, operations: ['CREATE', 'UPDATE'] }
    const made = cluster.call('POST', `${ADMISSION}/mutatingadmissionpolicies`, policy({ reinvocationPolicy: 'Never', ...spec }, only))
    const bind = { metadata: { name: 'demo-binding-test.example.com' }, spec: { policyName: 'demo-policy.example.com' } }
    if (made.message === '') expect(cluster.call('POST', `${ADMISSION}/mutatingadmissionpolicybindings`, bind).message).toBe('')
    return { ...cluster, made }
  }
  const json = (expression: string) => ({ mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }] })
  const config = (expression: string) => ({ mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }] })

  it('patches', () => {
    const { call, made } = mutating(
      json('[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("x.io/of"), value: object.metadata.name}]'),
    )
    expect(made.message).toBe('')
    expect(call('POST', CONFIG_MAPS, map({}, { app: 'x' })).body.metadata).toMatchObject({ labels: { app: 'x', 'x.io/of': 'm' } })
  })

  it('applies configurations, lists by their keys', () => {
    const expression = `Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{
      containers: [Object.spec.template.spec.containers{name: "side", image: "envoy"}]}}}}`
    const { call, made } = mutating(config(expression), DEPLOYMENT_RULE)
    expect(made.message).toBe('')
    const reply = call('POST', DEPLOYMENTS, deployment(1))
    expect(reply.body).toMatchObject({
      spec: { template: { spec: { containers: [{ name: 'c' }, { name: 'side', imagePullPolicy: 'Always' }] } } },
    })
    expect(reply.body.metadata).toMatchObject({ name: 'nginx', generation: 1 })
  })

  it('has the other plugins look again, and policies that ask for it', () => {
    const { call, server } = celCluster()
    const made = (name: string, expression: string, reinvocationPolicy: string): void => {
      const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }
      const spec = { matchConstraints: { resourceRules: [rule] }, reinvocationPolicy, ...config(expression) }
      expect(call('POST', `${ADMISSION}/mutatingadmissionpolicies`, { metadata: { name }, spec }).message).toBe('')
      call('POST', `${ADMISSION}/mutatingadmissionpolicybindings`, { metadata: { name }, spec: { policyName: name } })
    }
    const count = 'Object{metadata: Object.metadata{annotations: {"%": string(object.spec.containers.size())}}}'
    made('a', count.replace('%', 'again'), 'IfNeeded')
    made('b', count.replace('%', 'once'), 'Never')
    made('c', 'Object{spec: Object.spec{containers: [Object.spec.containers{name: "side", image: "envoy"}]}}', 'Never')
    call('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } })
    const pod = call('POST', '/api/v1/namespaces/default/pods', {
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'c', image: 'nginx' }] },
    })
    expect(pod.body.metadata).toMatchObject({ annotations: { again: '2', once: '1' } })
    const spec = obj(server.object('', 'pods', 'default', 'p'), 'spec')
    const mounts = objs(spec, 'containers').map((c) => objs(c, 'volumeMounts').length)
    expect([mounts, objs(spec, 'volumes').length]).toEqual([[1, 1], 1])
  })

  it('adds labels', () => {
    const { call } = mutating(config('Object{metadata: Object.metadata{labels: {"by": request.userInfo.username}}}'))
    expect(call('POST', CONFIG_MAPS, map({}, { app: 'x' })).body.metadata).toMatchObject({ labels: { app: 'x', by: 'admin' } })
  })

  it('fails as its policy says', () => {
    const { call } = mutating(json('[JSONPatch{op: "replace", path: "/data/x", value: object.nope}]'))
    const reply = call('POST', CONFIG_MAPS, map())
    expect([reply.body.code, reply.body.reason, reply.message]).toEqual([
      403,
      'Invalid',
      `policy 'demo-policy.example.com' with binding 'demo-binding-test.example.com' denied request: expression '[JSONPatch{op: "replace", path: "/data/x", value: object.nope}]' resulted in error: no such key: nope`,
    ])
    const ignored = mutating({ failurePolicy: 'Ignore', ...json('[JSONPatch{op: "replace", path: "/data/x", value: object.nope}]') })
    expect(ignored.call('POST', CONFIG_MAPS, map()).message).toBe('')
  })

  test.each<readonly [object, string]>([
    [
      json('{"a": "b"}'),
      'spec.mutations[0].jsonPatch.expression: Invalid value: "{\\"a\\": \\"b\\"}": must evaluate to list(JSONPatch) but got map(string, string)',
    ],
    [config('1'), 'spec.mutations[0].applyConfiguration.expression: Invalid value: "1": must evaluate to Object but got int'],
    [{ mutations: [] }, 'spec.mutations: Required value: mutations must contain at least one item'],
    [
      { mutations: [{ patchType: 'JSONPatch' }] },
      'spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch',
    ],
    [json('[]'), 'spec.mutations[0].jsonPatch.expression: Invalid value: "[]": must evaluate to list(JSONPatch) but got list(dyn)'],
    [{ ...config('Object{}'), reinvocationPolicy: '' }, 'spec.reinvocationPolicy: Required value'],
  ])('is validated: %j', (spec, message) => {
    expect(mutating(spec).made.message).toBe(
      `MutatingAdmissionPolicy.admissionregistration.k8s.io "demo-policy.example.com" is invalid: ${message}`,
    )
  })
})

describe('type checking', () => {
  test.each<readonly [string, string | undefined]>([
    ['object.spec.replicas <= 5', undefined],
    ["object.metadata.namespace == 'x' && object.spec.template.spec.containers.all(c, c.resources.limits['cpu'] != '')", undefined],
    [
      "object.spec.replicas <= '5'",
      "apps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_<=_' applied to '(int, string)'\n | object.spec.replicas <= '5'\n | .....................^\n",
    ],
    [
      'object.replicas > 1',
      "apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'replicas'\n | object.replicas > 1\n | ......^\n",
    ],
    ['variables.t.nope', "apps/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'nope'\n | variables.t.nope\n | ...........^\n"],
  ])('%s', (expression, warning) => {
    const variables = [{ name: 't', expression: 'object.spec.template' }]
    expect(engine.typeCheckPolicy(policy({ variables, validations: [{ expression }] }), '1')).toEqual(
      warning === undefined ? [] : [{ fieldRef: 'spec.validations[0].expression', warning }],
    )
  })
})
