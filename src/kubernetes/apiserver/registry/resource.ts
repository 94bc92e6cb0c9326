/** Dynamic resource allocation: stored and listed; no driver allocates. */
import { type Draft, isObj, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import {
  validateResourceClaim,
  validateResourceClaimTemplate,
  validateResourceClaimTemplateUpdate,
  validateResourceClaimUpdate,
} from '../validation/resource-claims.ts'
import { builtIn, type Kind } from './kind.ts'

const base = { group: 'resource.k8s.io', pkg: 'resource' } as const
const plain = {
  columns: [NAME, AGE],
  row: (o: { readonly [key: string]: unknown }, { now }: { readonly now: number }) => [str(o, 'metadata', 'name'), ageOf(o, now)],
} as const

/** A request asks for one device. */
function requestDefaults(spec: Obj): void {
  for (const request of objs(spec, 'devices', 'requests')) {
    const exact = isObj(request.exactly) ? [request.exactly] : []
    for (const r of [...exact, ...objs(request, 'firstAvailable')]) {
      const asked = r as Draft
      asked.allocationMode ??= 'ExactCount'
      if (asked.allocationMode === 'ExactCount') asked.count ??= 1
    }
  }
}

export const RESOURCE: readonly Kind[] = [
  builtIn({
    ...base,
    ...plain,
    kind: 'DeviceClass',
    plural: 'deviceclasses',
    namespaced: false,
    strategy: { generationOf: (o) => o.spec },
  }),
  builtIn({
    ...base,
    kind: 'ResourceClaim',
    plural: 'resourceclaims',
    namespaced: true,
    status: true,
    columns: [NAME, { name: 'State' }, AGE],
    row: (o, { now }) => {
      const states: string[] = []
      if (str(o, 'metadata', 'deletionTimestamp') !== '') states.push('deleted')
      if (obj(o, 'status').allocation === undefined) {
        if (states.length === 0) states.push('pending')
      } else {
        states.push('allocated', ...(objs(o, 'status', 'reservedFor').length > 0 ? ['reserved'] : []))
      }
      return [str(o, 'metadata', 'name'), states.join(','), ageOf(o, now)]
    },
    strategy: {
      defaults: (o) => requestDefaults(obj(o, 'spec')),
      prepareForCreate(o) {
        o.status = {}
      },
      validate: validateResourceClaim,
      validateUpdate: validateResourceClaimUpdate,
    },
  }),
  builtIn({
    ...base,
    ...plain,
    kind: 'ResourceClaimTemplate',
    plural: 'resourceclaimtemplates',
    namespaced: true,
    strategy: {
      defaults: (o) => requestDefaults(obj(o, 'spec', 'spec')),
      validate: validateResourceClaimTemplate,
      validateUpdate: validateResourceClaimTemplateUpdate,
    },
  }),
  builtIn({
    ...base,
    kind: 'ResourceSlice',
    plural: 'resourceslices',
    namespaced: false,
    fields: {
      'spec.nodeName': (o) => str(o, 'spec', 'nodeName'),
      'spec.driver': (o) => str(o, 'spec', 'driver'),
    },
    columns: [NAME, { name: 'Node' }, { name: 'Driver' }, { name: 'Pool' }, AGE],
    row: (o, { now }) => [
      str(o, 'metadata', 'name'),
      str(o, 'spec', 'nodeName') || '<unset>',
      str(o, 'spec', 'driver'),
      str(o, 'spec', 'pool', 'name'),
      ageOf(o, now),
    ],
    strategy: { generationOf: (o) => o.spec },
  }),
]
