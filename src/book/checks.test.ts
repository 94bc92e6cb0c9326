import { describe, expect, it } from 'vitest'
import type { Check, CheckWorld } from './checks.ts'
import { evaluate, sameImage } from './checks.ts'
import type { JsonObject } from './path.ts'

const deployment = (name: string, replicas: number, image: string, namespace = 'default'): JsonObject => ({
  metadata: { name, namespace, generation: 2, labels: { app: name } },
  spec: {
    replicas,
    template: { spec: { containers: [{ name: 'c', image }] } },
  },
  status: { observedGeneration: 2, readyReplicas: replicas },
})

const OBJECTS: Readonly<Record<string, readonly JsonObject[]>> = {
  'apps/v1 Deployment default': [deployment('web', 3, 'nginx:1.27'), deployment('api', 1, 'docker.io/library/redis')],
  'apps/v1 Deployment': [deployment('web', 3, 'nginx:1.27'), deployment('far', 1, 'nginx', 'elsewhere')],
  'v1 Node': [{ metadata: { name: 'kind-worker' } }],
}

const MACHINE: Readonly<Record<string, readonly JsonObject[]>> = {
  'node process': [
    { comm: 'systemd', root: '/', namespaces: { pid: 'host' } },
    { comm: 'bash', root: '/box', namespaces: { pid: 'own' } },
  ],
}

const WORLD: CheckWorld = {
  list: (apiVersion, kind, namespace) => OBJECTS[[apiVersion, kind, namespace].filter((word) => word !== undefined).join(' ')] ?? [],
  readFile: (machine, path) => (machine === 'laptop' && path === '/etc/motd' ? 'hello\nworld\n' : undefined),
  machine: (name, subject) => MACHINE[`${name} ${subject}`] ?? [],
  http: (_from, url) => (url.includes('web') ? { status: 200, body: 'Welcome' } : undefined),
}

const get = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const file = { kind: 'file', machine: 'laptop', path: '/etc/motd' } as const

const ROWS: readonly [string, Check, true | string][] = [
  ['an object is there', { kind: 'resource', get }, true],
  ['none is there', { kind: 'resource', get: { ...get, name: 'nope' } }, 'There is no Deployment named nope in the namespace default yet.'],
  ['none, in the words of the author', { kind: 'resource', get: { ...get, name: 'nope' }, missing: 'Make it.' }, 'Make it.'],
  [
    'in another namespace',
    { kind: 'resource', get: { ...get, namespace: 'elsewhere' } },
    'There is no Deployment named web in the namespace elsewhere yet.',
  ],
  ['in any namespace', { kind: 'resource', get: { ...get, name: 'far', namespace: '*' } }, true],
  [
    'of a cluster-wide kind',
    {
      kind: 'resource',
      get: { apiVersion: 'v1', kind: 'Node', name: 'kind-worker' },
    },
    true,
  ],
  [
    'by label',
    {
      kind: 'resource',
      get: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        selector: { app: 'api' },
      },
    },
    true,
  ],
  [
    'by a label nobody has',
    {
      kind: 'resource',
      get: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        selector: { app: 'x' },
      },
    },
    'There is no Deployment with app=x in the namespace default yet.',
  ],
  ['equals', { kind: 'resource', get, where: [{ path: 'spec.replicas', equals: 3 }] }, true],
  [
    'equals says what it found',
    {
      kind: 'resource',
      get,
      where: [{ path: 'spec.replicas', equals: 4, else: 'It asks for {value}.' }],
    },
    'It asks for 3.',
  ],
  [
    'equals of objects, in any order of fields',
    {
      kind: 'resource',
      get,
      where: [
        {
          path: 'spec.template.spec.containers[0]',
          equals: { image: 'nginx:1.27', name: 'c' },
        },
      ],
    },
    true,
  ],
  [
    'a missing field',
    {
      kind: 'resource',
      get,
      where: [{ path: 'spec.paused', equals: true, else: 'Found {value}.' }],
    },
    'Found nothing.',
  ],
  [
    'notEquals of a missing field',
    {
      kind: 'resource',
      get,
      where: [{ path: 'spec.paused', notEquals: true, else: 'no' }],
    },
    'no',
  ],
  [
    'exists: false',
    {
      kind: 'resource',
      get,
      where: [{ path: 'metadata.deletionTimestamp', exists: false }],
    },
    true,
  ],
  [
    'atLeast, atMost',
    {
      kind: 'resource',
      get,
      where: [{ path: 'status.readyReplicas', atLeast: 3, atMost: 3 }],
    },
    true,
  ],
  [
    'atLeast of words',
    {
      kind: 'resource',
      get,
      where: [{ path: 'metadata.name', atLeast: 1, else: 'no' }],
    },
    'no',
  ],
  [
    'oneOf',
    {
      kind: 'resource',
      get,
      where: [{ path: 'spec.replicas', oneOf: [1, 3] }],
    },
    true,
  ],
  [
    'contains',
    {
      kind: 'resource',
      get,
      where: [{ path: 'metadata.name', contains: 'eb' }],
    },
    true,
  ],
  [
    'matches',
    {
      kind: 'resource',
      get,
      where: [{ path: 'metadata.name', matches: '^w.b$' }],
    },
    true,
  ],
  [
    'equalsPath',
    {
      kind: 'resource',
      get,
      where: [
        {
          path: 'status.observedGeneration',
          equalsPath: 'metadata.generation',
        },
      ],
    },
    true,
  ],
  [
    'image',
    {
      kind: 'resource',
      get,
      where: [{ path: 'spec.template.spec.containers[*].image', image: 'nginx' }],
    },
    true,
  ],
  [
    'a condition without words of its own',
    { kind: 'resource', get, where: [{ path: 'spec.replicas', equals: 4 }] },
    'Deployment named web in the namespace default: spec.replicas is not as asked.',
  ],
  [
    'every',
    {
      kind: 'resource',
      get,
      where: [
        {
          path: 'spec.template.spec.containers[*].name',
          equals: 'c',
          of: 'every',
        },
      ],
    },
    true,
  ],
  [
    'count exactly',
    {
      kind: 'resource',
      get: { apiVersion: 'apps/v1', kind: 'Deployment' },
      count: { exactly: 2 },
    },
    true,
  ],
  [
    'count too few',
    {
      kind: 'resource',
      get: { apiVersion: 'apps/v1', kind: 'Deployment' },
      count: { atLeast: 3 },
      else: 'Only {value}.',
    },
    'Only 2.',
  ],
  ['count at most none', { kind: 'resource', get: { ...get, name: 'nope' }, count: { atMost: 0 } }, true],
  ['count at most none, but there is one', { kind: 'resource', get, count: { atMost: 0 }, else: 'Still there.' }, 'Still there.'],
  ['a file is there', file, true],
  ['a file contains', { ...file, contains: 'wor' }, true],
  ['a file matches by line', { ...file, matches: '^world$' }, true],
  ['a file lacks', { ...file, contains: 'moon', else: 'No moon.' }, 'No moon.'],
  ['no such file', { ...file, path: '/nope' }, 'There is no file /nope on laptop yet.'],
  ['a file must go', { ...file, exists: false }, '/etc/motd is still on laptop.'],
  ['http answers', { kind: 'http', from: 'laptop', url: 'http://web/', contains: 'Welcome' }, true],
  [
    'http answers another status',
    { kind: 'http', from: 'laptop', url: 'http://web/', status: 404 },
    'http://web/ answers with status 200.',
  ],
  ['nobody answers', { kind: 'http', from: 'laptop', url: 'http://x/' }, 'Nobody answers at http://x/ (asked from laptop).'],
  [
    'all: the first that fails speaks',
    {
      all: [file, { ...file, path: '/a', else: 'A.' }, { ...file, path: '/b', else: 'B.' }],
    },
    'A.',
  ],
  ['any: one is enough', { any: [{ ...file, path: '/a' }, file] }, true],
  [
    'any: the last speaks',
    {
      any: [
        { ...file, path: '/a', else: 'A.' },
        { ...file, path: '/b', else: 'B.' },
      ],
    },
    'B.',
  ],
  [
    'process',
    {
      kind: 'process',
      machine: 'node',
      where: [
        { path: 'root', equals: '/box' },
        { path: 'namespaces.pid', equals: 'own' },
      ],
    },
    true,
  ],
  [
    'process: none like it',
    { kind: 'process', machine: 'node', where: [{ path: 'root', equals: '/jail', else: 'Not there.' }] },
    'Not there.',
  ],
  ['process: too many', { kind: 'process', machine: 'node', count: { atMost: 1 }, else: 'Too many.' }, 'Too many.'],
  ['mount: none', { kind: 'mount', machine: 'node' }, 'There is no mount on node yet.'],
  ['any: its own words', { any: [{ ...file, path: '/a', else: 'A.' }], else: 'Either way.' }, 'Either way.'],
  ['not', { not: file, else: 'Take it away.' }, 'Take it away.'],
]

describe('evaluate', () => {
  it.each(ROWS)('%s', (_name, check, expected) => {
    expect(evaluate(check, WORLD)).toEqual(expected === true ? { done: true } : { done: false, message: expected })
  })

  it('throws what the world throws, and for what the world cannot answer', () => {
    const broken: CheckWorld = {
      list: () => {
        throw new Error('boom')
      },
      readFile: () => undefined,
      machine: () => [],
    }
    expect(() => evaluate({ kind: 'resource', get }, broken)).toThrow('boom')
    expect(() => evaluate({ kind: 'http', from: 'laptop', url: 'http://x/' }, broken)).toThrow('cannot make HTTP requests')
  })
})

it.each([
  ['nginx:1.27', 'nginx', true],
  ['nginx', 'nginx:latest', true],
  ['docker.io/library/nginx:1.27', 'nginx:1.27', true],
  ['nginx:1.27', 'nginx:1.28', false],
  ['example.com/nginx', 'nginx', false],
  ['localhost:5000/a/b:2', 'localhost:5000/a/b', true],
  ['bitnami/nginx', 'nginx', false],
])('sameImage(%s, %s) is %s', (actual, wanted, same) => {
  expect(sameImage(actual, wanted)).toBe(same)
})
