import { type Draft, drafts, isObj, obj, str } from '#kubernetes/api/json.ts'
import { NAME } from '../table.ts'
import { validateLimitRange } from '../validation/limit-range.ts'
import { builtIn } from './kind.ts'

export const limitRanges = builtIn({
  group: '',
  pkg: 'core',
  kind: 'LimitRange',
  plural: 'limitranges',
  shortNames: ['limits'],
  namespaced: true,
  columns: [NAME, { name: 'Created At', type: 'date' }],
  row: (o) => [str(o, 'metadata', 'name'), str(o, 'metadata', 'creationTimestamp')],
  strategy: {
    /** For containers: a maximum is the default limit; a default limit, else a minimum, is the default request. */
    defaults(o) {
      for (const item of drafts(o.spec as Draft, 'limits')) {
        if (item.type !== 'Container') continue
        const limits: Draft = isObj(item.default) ? { ...item.default } : {}
        const max = obj(item, 'max')
        for (const name of Object.keys(max)) limits[name] ??= max[name]
        const requests: Draft = isObj(item.defaultRequest) ? { ...item.defaultRequest } : {}
        for (const name of Object.keys(limits)) requests[name] ??= limits[name]
        const min = obj(item, 'min')
        for (const name of Object.keys(min)) requests[name] ??= min[name]
        if (Object.keys(limits).length > 0) item.default = limits
        if (Object.keys(requests).length > 0) item.defaultRequest = requests
      }
    },
    validate: validateLimitRange,
    validateUpdate: validateLimitRange,
  },
})
