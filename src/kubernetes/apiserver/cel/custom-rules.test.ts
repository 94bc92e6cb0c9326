import { describe, expect, it, test } from 'vitest'
import { celCluster, type Reply } from './test-cluster.ts'

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const PLOTS = '/apis/example.com/v1/namespaces/default/plots'

const definition = (spec: object, root: object = {}) => ({
  metadata: { name: 'plots.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'plots', kind: 'Plot' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', ...spec } }, ...root } },
      },
    ],
  },
})

const rules = (...list: readonly object[]) => ({ 'x-kubernetes-validations': list })

/** A server with a definition whose spec has these properties and rules. */
function plots(properties: object, ...list: readonly object[]) {
  const cluster = celCluster()
  const made = cluster.call('POST', CRDS, definition({ properties, ...rules(...list) }))
  expect(made.message).toBe('')
  const create = (spec: object, name = 'leek'): Reply => cluster.call('POST', PLOTS, { metadata: { name }, spec })
  const update = (spec: object, name = 'leek'): Reply => cluster.call('PATCH', `${PLOTS}/${name}`, { spec }, 'application/merge-patch+json')
  return { ...cluster, create, update }
}

const INT = { type: 'integer' }
const STRING = { type: 'string' }
const refused = (text: string): string => `Plot.example.com "leek" is invalid: ${text}`

describe('rules of custom objects', () => {
  test.each<readonly [string, object, object, object, string]>([
    ['a rule with a message', { n: INT }, { rule: 'self.n > 3', message: 'more than 3' }, { n: 1 }, 'spec: Invalid value: more than 3'],
    ['without one', { n: INT }, { rule: 'self.n > 3' }, { n: 1 }, 'spec: Invalid value: failed rule: self.n > 3'],
    ['that holds', { n: INT }, { rule: 'self.n > 3' }, { n: 4 }, ''],
    [
      'a message that is computed',
      { n: INT },
      { rule: 'self.n > 3', messageExpression: "'got ' + string(self.n)" },
      { n: 1 },
      'spec: Invalid value: got 1',
    ],
    [
      'fieldPath and reason',
      { n: INT },
      { rule: 'self.n > 3', message: 'no', fieldPath: '.n', reason: 'FieldValueForbidden' },
      { n: 1 },
      'spec.n: Forbidden: no',
    ],
    [
      'a scalar shows its value',
      { n: { ...INT, ...rules({ rule: 'self > 3' }) } },
      { rule: 'true' },
      { n: 1 },
      'spec.n: Invalid value: 1: failed rule: self > 3',
    ],
    ['absent fields', { n: INT }, { rule: 'self.n > 3' }, {}, 'spec: Invalid value: "object": no such key: n evaluating rule: self.n > 3'],
    ['has', { n: INT }, { rule: '!has(self.n) || self.n > 3' }, {}, ''],
    ['defaults are there', { n: { ...INT, default: 2 } }, { rule: 'self.n > 3' }, {}, 'spec: Invalid value: failed rule: self.n > 3'],
    [
      'int or string',
      { p: { 'x-kubernetes-int-or-string': true } },
      { rule: "type(self.p) == int ? self.p < 5 : self.p.endsWith('%')" },
      { p: '5' },
      "spec: Invalid value: failed rule: type(self.p) == int ? self.p < 5 : self.p.endsWith('%')",
    ],
    [
      'escaped names',
      { 'a-b': INT, namespace: STRING },
      { rule: "self.a__dash__b > 1 && self.__namespace__ == 'x'" },
      { 'a-b': 2, namespace: 'x' },
      '',
    ],
    [
      'reserved words as they are',
      { namespace: STRING },
      { rule: "has(self.namespace) && self.namespace == 'y'" },
      { namespace: 'x' },
      "spec: Invalid value: failed rule: has(self.namespace) && self.namespace == 'y'",
    ],
    [
      'times and durations',
      { t: { type: 'string', format: 'date-time' }, d: { type: 'string', format: 'duration' } },
      { rule: "self.t < timestamp('2030-01-01T00:00:00Z') && self.d > duration('1h')" },
      { t: '2029-01-01T00:00:00Z', d: '90m' },
      '',
    ],
    ['bytes', { b: { type: 'string', format: 'byte' } }, { rule: "self.b == b'hi'" }, { b: 'aGk=' }, ''],
    ['numbers are doubles', { x: { type: 'number' } }, { rule: 'self.x > 1.5' }, { x: 2 }, ''],
    [
      'sets',
      { s: { type: 'array', items: STRING, 'x-kubernetes-list-type': 'set' } },
      { rule: "self.s == ['b', 'a']" },
      { s: ['a', 'b'] },
      '',
    ],
    ['maps', { m: { type: 'object', additionalProperties: INT } }, { rule: 'self.m.all(k, self.m[k] > 0)' }, { m: { a: 1, 'b c': 2 } }, ''],
    [
      'rules of items',
      { l: { type: 'array', items: { ...INT, ...rules({ rule: 'self > 0' }) } } },
      { rule: 'true' },
      { l: [1, -1] },
      'spec.l[1]: Invalid value: -1: failed rule: self > 0',
    ],
    [
      'no rules after a blocking error',
      { n: INT },
      { rule: 'self.n > 3' },
      { n: 'x' },
      '[spec.n: Invalid value: "string": spec.n in body must be of type integer: "string", <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation]',
    ],
  ])('%s', (_, properties, rule, spec, message) => {
    expect(plots(properties, rule).create(spec).message).toBe(message === '' ? '' : refused(message))
  })

  it('see the name at the root, and nothing else of the metadata', () => {
    const { call } = celCluster()
    expect(call('POST', CRDS, definition({}, rules({ rule: "self.metadata.name.startsWith('p')" }))).message).toBe('')
    expect(call('POST', PLOTS, { metadata: { name: 'leek' } }).message).toBe(
      refused("<nil>: Invalid value: failed rule: self.metadata.name.startsWith('p')"),
    )
    const labels = celCluster().call('POST', CRDS, definition({}, rules({ rule: 'has(self.metadata.labels)' })))
    expect(labels.message).toContain("undefined field 'labels'")
  })

  it('compare old and new on updates', () => {
    const { create, update } = plots({ n: INT }, { rule: 'self.n >= oldSelf.n', message: 'never less' })
    expect(create({ n: 5 }).message).toBe('')
    expect(update({ n: 6 }).message).toBe('')
    expect(update({ n: 1 }).message).toBe(refused('spec: Invalid value: never less'))
  })

  it('run on creation too where oldSelf is optional', () => {
    const { create, update } = plots(
      { n: INT },
      { rule: 'oldSelf.hasValue() || self.n == 0', optionalOldSelf: true, message: 'begin at 0' },
    )
    expect(create({ n: 5 }).message).toBe(refused('spec: Invalid value: begin at 0'))
    expect(create({ n: 0 }).message).toBe('')
    expect(update({ n: 6 }).message).toBe('')
  })

  it('compare items of lists with keys', () => {
    const items = {
      type: 'object',
      required: ['k'],
      properties: { k: STRING, v: INT },
      ...rules({ rule: 'self.v == oldSelf.v', message: 'v stays' }),
    }
    const list = { type: 'array', items, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] }
    const { create, update } = plots({ l: list }, { rule: 'true' })
    create({ l: [{ k: 'a', v: 1 }] })
    expect(
      update({
        l: [
          { k: 'b', v: 7 },
          { k: 'a', v: 1 },
        ],
      }).message,
    ).toBe('')
    expect(
      update({
        l: [
          { k: 'b', v: 7 },
          { k: 'a', v: 2 },
        ],
      }).message,
    ).toBe(refused('spec.l[1]: Invalid value: v stays'))
  })

  it('only warn of what an update left as it was', () => {
    const { call, create, update } = plots({ n: INT, m: { ...STRING } }, { rule: 'true' })
    create({ n: 1, m: 'x' })
    const stored = call('GET', `${CRDS}/plots.example.com`).body
    const stricter = definition({ properties: { n: { ...INT, ...rules({ rule: 'self > 3' }) }, m: STRING } })
    expect(call('PUT', `${CRDS}/plots.example.com`, { ...stored, spec: stricter.spec }).message).toBe('')
    const reply = update({ m: 'y' })
    expect([reply.message, reply.warnings]).toEqual(['', ['spec.n: Invalid value: 1: failed rule: self > 3']])
    expect(update({ n: 2 }).message).toBe(refused('spec.n: Invalid value: 2: failed rule: self > 3'))
  })

  it('are run for the status subresource', () => {
    const { call } = celCluster()
    const root = { properties: { status: { type: 'object', properties: { ready: INT }, ...rules({ rule: 'self.ready >= 0' }) } } }
    call('POST', CRDS, definition({}, root))
    call('POST', PLOTS, { metadata: { name: 'leek' } })
    const reply = call('PATCH', `${PLOTS}/leek/status`, { status: { ready: -1 } }, 'application/merge-patch+json')
    expect(reply.message).toBe(refused('status: Invalid value: failed rule: self.ready >= 0'))
  })

  it('load the engine once, and only when there are rules', () => {
    const { call, loads } = celCluster()
    call('POST', CRDS, definition({ properties: { n: INT } }))
    call('POST', PLOTS, { metadata: { name: 'leek' }, spec: { n: 1 } })
    expect(loads()).toBe(0)
    const stored = call('GET', `${CRDS}/plots.example.com`).body
    call('PUT', `${CRDS}/plots.example.com`, {
      ...stored,
      spec: definition({ properties: { n: INT }, ...rules({ rule: 'self.n > 0' }) }).spec,
    })
    call('POST', PLOTS, { metadata: { name: 'kale' }, spec: { n: 1 } })
    expect(loads()).toBe(1)
  })
})

describe('rules of definitions', () => {
  const shown = (rule: object): string =>
    JSON.stringify({ Rule: '', Message: '', MessageExpression: '', Reason: null, FieldPath: '', OptionalOldSelf: null, ...rule })
      .replaceAll('<', '\\u003c')
      .replaceAll('>', '\\u003e')
      .replaceAll('&', '\\u0026')
  const at = 'spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0]'
  test.each<readonly [object, string]>([
    [
      { rule: 'self.foo > 1' },
      `${at}.rule: Invalid value: ${shown({ Rule: 'self.foo > 1' })}: compilation failed: ERROR: <input>:1:5: undefined field 'foo'\n | self.foo > 1\n | ....^`,
    ],
    [
      { rule: "'a' > self.n" },
      `${at}.rule: Invalid value: ${shown({ Rule: "'a' > self.n" })}: compilation failed: ERROR: <input>:1:5: found no matching overload for '_>_' applied to '(string, int)'\n | 'a' > self.n\n | ....^`,
    ],
    [{ rule: 'self.n' }, `${at}.rule: Invalid value: ${shown({ Rule: 'self.n' })}: cel expression must evaluate to a bool`],
    [{ rule: '' }, `${at}.rule: Required value: rule is not specified`],
    [{ rule: 'true', message: 'a\nb' }, `${at}.message: Invalid value: "a\\nb": must not contain line breaks`],
    [
      { rule: 'true', messageExpression: 'self.n' },
      `${at}.messageExpression: Invalid value: ${shown({ Rule: 'true', MessageExpression: 'self.n' })}: messageExpression must evaluate to a string`,
    ],
    [
      { rule: 'true', reason: 'No' },
      `${at}.reason: Unsupported value: "No": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"`,
    ],
    [{ rule: 'true', fieldPath: '.x' }, `${at}.fieldPath: Invalid value: ".x": must be a valid path`],
    [{ rule: 'true', optionalOldSelf: true }, `${at}.optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule`],
  ])('%j', (rule, message) => {
    const reply = celCluster().call('POST', CRDS, definition({ properties: { n: INT }, ...rules(rule) }))
    expect(reply.message).toBe(`CustomResourceDefinition.apiextensions.k8s.io "plots.example.com" is invalid: ${message}`)
  })

  it('may not use oldSelf where items have no identity', () => {
    const l = { type: 'array', items: { ...INT, ...rules({ rule: 'self > oldSelf' }) } }
    const reply = celCluster().call('POST', CRDS, definition({ properties: { l } }))
    const path = 'spec.validation.openAPIV3Schema.properties[spec].properties[l]'
    expect(reply.message).toContain(
      `${path}.items.x-kubernetes-validations[0].rule: Invalid value: "self > oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within ${path}`,
    )
  })
})
