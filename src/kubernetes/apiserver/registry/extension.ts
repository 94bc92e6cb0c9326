/** Custom resource definitions and API services. */
import type { FieldError } from '#kubernetes/api/field.ts'
import { draft, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { isPathSegmentName } from '#kubernetes/api/names.ts'
import { celOf, mentionsRules } from '../cel/loading.ts'
import type { RequestContext } from '../context.ts'
import { establish } from '../custom.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { validateApiService } from '../validation/api-service.ts'
import { validateDefinition } from '../validation/definition.ts'
import { builtIn, type Kind } from './kind.ts'

/** The definition, and its rules when it is well-formed otherwise. */
function validate(o: Obj, context: RequestContext): readonly FieldError[] {
  const problems = validateDefinition(o)
  if (problems.length > 0 || !mentionsRules(o)) return problems
  return celOf(context.server).validateDefinitionRules(o, `selfType${(context.now % 1_000_000) * 1000}`)
}

export const EXTENSION: readonly Kind[] = [
  builtIn({
    group: 'apiextensions.k8s.io',
    pkg: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    namespaced: false,
    status: true,
    prefix: '/registry/apiextensions.k8s.io/customresourcedefinitions',
    columns: [NAME, { name: 'Created At', type: 'date' }],
    row: (o) => [str(o, 'metadata', 'name'), str(o, 'metadata', 'creationTimestamp')],
    strategy: {
      generationOf: (o) => o.spec,
      defaults(o) {
        const spec = draft(o, 'spec')
        const names = draft(spec, 'names')
        if (str(names, 'singular') === '') names.singular = str(names, 'kind').toLowerCase()
        if (str(names, 'listKind') === '' && str(names, 'kind') !== '') names.listKind = `${str(names, 'kind')}List`
        spec.conversion ??= { strategy: 'None' }
      },
      prepareForCreate: (o, context) => establish(o, context.now),
      prepareForUpdate(o, old, context) {
        const before = obj(old, 'status')
        establish(o, context.now)
        const stored = [...strs(before, 'storedVersions')]
        for (const v of strs(o, 'status', 'storedVersions')) if (!stored.includes(v)) stored.push(v)
        o.status = {
          ...before,
          acceptedNames: obj(o, 'spec', 'names'),
          storedVersions: stored,
        }
      },
      validate,
      validateUpdate: (o, _old, context) => validate(o, context),
      warnings: (o) =>
        str(o, 'spec', 'conversion', 'strategy') === 'Webhook'
          ? ['podlab: conversion webhooks are not modelled: objects are served in every version as they are']
          : [],
      afterDelete(o, context) {
        const { server } = context
        const prefix = `/registry/${str(o, 'spec', 'group')}/${str(o, 'spec', 'names', 'plural')}/`
        for (const kv of server.store.range(prefix).kvs) server.store.delete(kv.key)
      },
    },
  }),
  builtIn({
    group: 'apiregistration.k8s.io',
    pkg: 'io.k8s.kube-aggregator.pkg.apis.apiregistration',
    kind: 'APIService',
    plural: 'apiservices',
    categories: ['api-extensions'],
    namespaced: false,
    status: true,
    prefix: '/registry/apiregistration.k8s.io/apiservices',
    columns: [NAME, { name: 'Service' }, { name: 'Available' }, AGE],
    row: (o, { now }) => {
      const service = obj(o, 'spec').service
      const condition = objs(o, 'status', 'conditions').find((c) => c.type === 'Available')
      const available =
        condition === undefined
          ? 'Unknown'
          : condition.status === 'True'
            ? 'True'
            : `${str(condition, 'status')} (${str(condition, 'reason')})`
      return [
        str(o, 'metadata', 'name'),
        service === undefined ? 'Local' : `${str(service, 'namespace')}/${str(service, 'name')}`,
        available,
        ageOf(o, now),
      ]
    },
    strategy: {
      generationOf: false,
      validateName: isPathSegmentName,
      validate: validateApiService,
      validateUpdate: validateApiService,
      warnings: (o) =>
        obj(o, 'spec').service === undefined ? [] : ['podlab: aggregated API servers are not modelled: nothing is passed on to this one'],
    },
  }),
]
