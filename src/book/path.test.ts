import { describe, expect, it } from 'vitest'
import { parsePath, valuesAt } from './path.ts'

const POD = {
  metadata: { labels: { 'app.kubernetes.io/name': 'web' } },
  spec: {
    containers: [
      { name: 'a', image: 'nginx' },
      { name: 'b', image: 'redis' },
    ],
  },
  status: {
    ready: 0,
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Initialized', status: 'False' },
    ],
  },
}

describe('a path leads to', () => {
  it.each([
    ['status.ready', [0]],
    ['spec.containers[1].image', ['redis']],
    ['spec.containers[7].image', []],
    ['spec.containers[*].image', ['nginx', 'redis']],
    ['status.conditions[type=Ready].status', ['True']],
    ['status.conditions[type=Nope].status', []],
    ["metadata.labels['app.kubernetes.io/name']", ['web']],
    ['metadata.labels[*]', ['web']],
    ['spec.containers.image', []],
    ['metadata.constructor', []],
  ])('%s', (path, values) => {
    expect(valuesAt(POD, path)).toEqual(values)
  })
})

it.each([
  ['', 'an empty path'],
  ['a..b', 'cannot read the path "a..b" at "..b"'],
  ['a[', 'cannot read the path "a[" at "["'],
])('refuses "%s"', (path, message) => {
  expect(() => parsePath(path)).toThrow(message)
})
