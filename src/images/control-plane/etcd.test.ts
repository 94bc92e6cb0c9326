import { expect, test } from 'vitest'
import { memberIds } from './etcd.ts'

test('ids of a cluster of one are those etcd computes', () => {
  // recorded: etcd with its default flags
  const { id, clusterId } = memberIds(['http://localhost:2380'])
  expect([id.toString(16), clusterId.toString(16)]).toEqual(['8e9e05c52164694d', 'cdf818194e3a8c32'])
})
