import { type Draft, obj, objs, str } from '#kubernetes/api/json.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { builtIn } from './kind.ts'

const MOUNTABLE = 'kubernetes.io/enforce-mountable-secrets'

function secretNames(o: Draft): void {
  if (Array.isArray(o.secrets)) o.secrets = objs(o, 'secrets').map((secret) => ({ name: str(secret, 'name') }))
}

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
  strategy: {
    returnDeleted: true,
    /** Of its secrets only the names are kept. */
    prepareForCreate: secretNames,
    prepareForUpdate: secretNames,
    warnings: (o) =>
      obj(o, 'metadata', 'annotations')[MOUNTABLE] === undefined
        ? []
        : [`metadata.annotations[${MOUNTABLE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`],
  },
})
