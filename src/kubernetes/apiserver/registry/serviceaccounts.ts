import { str } from '#kubernetes/api/json.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { builtIn } from './kind.ts'

export const serviceAccounts = builtIn({
  group: '',
  pkg: 'core',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  namespaced: true,
  subresources: [
    {
      name: 'token',
      kind: 'TokenRequest',
      group: 'authentication.k8s.io',
      version: 'v1',
      verbs: ['create'],
    },
  ],
  columns: [NAME, AGE],
  row: (o, { now }) => [str(o, 'metadata', 'name'), ageOf(o, now)],
  strategy: { returnDeleted: true },
})
