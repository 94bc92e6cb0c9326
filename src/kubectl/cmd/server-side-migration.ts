/**
 * After a server-side apply: fields that `kubectl apply` owned from the client's side go to the applier.
 * Source: kubectl pkg/cmd/apply (saveLastApplyAnnotationIfNecessary, migrateToSSAIfNecessary), client-go util/csaupgrade.
 */
import { FieldSet } from '#kubernetes/api/field-set.ts'
import { isObj, type Obj } from '#kubernetes/api/json.ts'
import type { Sim } from '#sim/wait.ts'
import { type Info, infoPath } from '../builder.ts'
import { ServerError } from '../errors.ts'
import { printError } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { groupVersion } from '../mapping.ts'
import type { KubeObject, RestClient } from '../rest.ts'
import { LAST_APPLIED } from './apply-patch.ts'

const APPLY_PATCH = 'application/apply-patch+yaml'
const DEFAULT_MANAGER = 'kubectl'
const ANNOTATION_MANAGER = 'kubectl-last-applied'
/** How often a patch is tried against a newer version. */
const TRIES = 5

interface ManagedFields {
  readonly manager?: string
  readonly operation?: string
  readonly apiVersion?: string
  readonly subresource?: string
  readonly fieldsV1?: Obj
}

const entriesOf = (object: KubeObject): readonly ManagedFields[] =>
  (object.metadata?.managedFields as readonly ManagedFields[] | undefined) ?? []

/** Those that own the last-applied annotation by an operation. */
function owners(object: KubeObject, operation: string): readonly ManagedFields[] {
  return entriesOf(object).filter((entry) => {
    const meta = entry.fieldsV1?.['f:metadata']
    const annotations = isObj(meta) ? meta['f:annotations'] : undefined
    return entry.operation === operation && isObj(annotations) && annotations[`f:${LAST_APPLIED}`] !== undefined
  })
}

/** The list without the entries of one client-side manager: the applier has their fields. */
function upgraded(entries: readonly ManagedFields[], clientSide: string, applier: string): readonly ManagedFields[] {
  const isOld = (e: ManagedFields): boolean => e.manager === clientSide && e.operation === 'Update' && (e.subresource ?? '') === ''
  const own = entries.findIndex((e) => e.manager === applier && e.operation === 'Apply' && (e.subresource ?? '') === '')
  const at = own >= 0 ? own : entries.findIndex(isOld)
  const target = entries[at]
  if (target === undefined) return entries
  const old = entries.find((e) => isOld(e) && e.apiVersion === target.apiVersion)
  const union = FieldSet.fromJson(target.fieldsV1 ?? {}).union(FieldSet.fromJson(old?.fieldsV1 ?? {}))
  const taken = { ...target, manager: applier, operation: 'Apply', fieldsV1: union.toJson() }
  return entries.map((e, i) => (i === at ? taken : e)).filter((e) => !isOld(e))
}

/**
 * Does what is needed for an object just applied; the object as it is then. `reapply` sends the configuration once more. Failures are
 * only warned of.
 */
export function* migrate(
  k: Kubectl,
  info: Info,
  applied: KubeObject,
  manager: string,
  query: Readonly<Record<string, string | undefined>>,
  reapply: () => Sim<KubeObject>,
): Sim<KubeObject> {
  const rest = yield* k.rest()
  let object = applied
  let warning = 'failed to migrate kubectl.kubernetes.io/last-applied-configuration for Server-Side Apply'
  try {
    object = yield* keepAnnotation(rest, info, object, manager, query)
    warning = 'server rejected managed fields migration to Server-Side Apply'
    const migrated = yield* moveFields(rest, info, object, manager, query)
    if (migrated === undefined) return object
    object = migrated
    warning = 'failed to re-apply configuration after performing Server-Side Apply migration'
    return yield* reapply()
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    yield* printError(k.proc, `Warning: ${warning}. This is non-fatal and will be retried next time you apply. Error: ${error.message}\n`)
    return object
  }
}

/** Applies the annotation by a manager of its own, so that nobody drops it. */
function* keepAnnotation(
  rest: RestClient,
  info: Info,
  object: KubeObject,
  manager: string,
  query: Readonly<Record<string, string | undefined>>,
): Sim<KubeObject> {
  const text = object.metadata?.annotations?.[LAST_APPLIED]
  if (manager !== DEFAULT_MANAGER || text === undefined || owners(object, 'Apply').length > 0) return object
  const { name, namespace } = object.metadata ?? {}
  const annotation = {
    apiVersion: groupVersion(info.mapping),
    kind: info.mapping.kind,
    metadata: { annotations: { [LAST_APPLIED]: text }, name, ...(namespace === undefined ? {} : { namespace }) },
  }
  const asked = { ...query, fieldManager: ANNOTATION_MANAGER, force: undefined }
  return yield* rest.json('PATCH', infoPath(info), annotation, { contentType: APPLY_PATCH, query: asked })
}

/** Moves the fields of client-side managers; undefined when there are none. */
function* moveFields(
  rest: RestClient,
  info: Info,
  applied: KubeObject,
  manager: string,
  query: Readonly<Record<string, string | undefined>>,
): Sim<KubeObject | undefined> {
  const managers = new Set(owners(applied, 'Update').map((entry) => entry.manager ?? ''))
  if (managers.size === 0) return undefined
  let object = applied
  for (let attempt = 1; ; attempt++) {
    const value = [...managers].reduce((list, name) => upgraded(list, name, manager), entriesOf(object))
    const body = [
      { op: 'replace', path: '/metadata/managedFields', value },
      { op: 'replace', path: '/metadata/resourceVersion', value: object.metadata?.resourceVersion },
    ]
    try {
      return yield* rest.json('PATCH', infoPath(info), body, {
        contentType: 'application/json-patch+json',
        query: { ...query, fieldManager: manager, force: undefined },
      })
    } catch (error) {
      if (!(error instanceof ServerError) || error.status.reason !== 'Conflict' || attempt === TRIES) throw error
    }
    object = yield* rest.json('GET', infoPath(info))
  }
}
