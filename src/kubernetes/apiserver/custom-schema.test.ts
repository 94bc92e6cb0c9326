import { expect, it } from 'vitest'
import type { Obj } from '#kubernetes/api/json.ts'
import { duplicates, validateCustom } from './custom-schema.ts'

const told = (schema: Obj, spec: unknown): string[] => {
  const whole = { type: 'object', properties: { spec: schema } }
  return [...validateCustom({ spec }, whole), ...duplicates({ spec }, whole)].map(String)
}

it.each<[string, Obj, unknown, string[]]>([
  [
    'members before what is missing',
    { type: 'object', required: ['a'], properties: { b: { type: 'integer' } } },
    { b: 'x' },
    ['spec.b: Invalid value: "string": spec.b in body must be of type integer: "string"', 'spec.a: Required value'],
  ],
  ['a factor', { type: 'integer', multipleOf: 5 }, 12, ['spec: Invalid value: 12: spec in body should be a multiple of 5']],
  [
    'formats',
    { type: 'string', format: 'ipv4' },
    '300.1.1.1',
    ['spec: Invalid value: "300.1.1.1": spec in body must be of type ipv4: "300.1.1.1"'],
  ],
  ['a good date', { type: 'string', format: 'date-time' }, '2026-11-23T00:00:00Z', []],
  [
    'a set',
    { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
    ['a', 'b', 'a'],
    ['spec[2]: Duplicate value: "a"'],
  ],
  [
    'a map',
    {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: { type: 'object', properties: { name: { type: 'string' } } },
    },
    [{ name: 'x', v: 1 }, { name: 'x' }],
    ['spec[1]: Duplicate value: {"name":"x"}'],
  ],
  [
    'oneOf',
    { type: 'object', oneOf: [{ required: ['a'] }, { required: ['b'] }] },
    { a: 1, b: 1 },
    ['<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
  ],
  [
    'anyOf',
    { type: 'object', anyOf: [{ required: ['a'] }, { required: ['b', 'c'] }] },
    {},
    ['<nil>: Invalid value: "": "spec" must validate at least one schema (anyOf)', 'spec.a: Required value'],
  ],
  [
    'int-or-string',
    { 'x-kubernetes-int-or-string': true },
    true,
    ['spec: Invalid value: "boolean": spec in body must be of type integer,string: "boolean"'],
  ],
])('%s', (_, schema, spec, errors) => expect(told(schema, spec)).toEqual(errors))
