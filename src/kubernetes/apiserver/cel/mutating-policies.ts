/**
 * MutatingAdmissionPolicy: changes objects before they are checked. Source: apiserver pkg/admission/plugin/policy/mutating.
 * Differs: a scale can't be changed, which is said.
 */
import { DecodeError, decodeAs } from '#kubernetes/api/decode.ts'
import { newForbidden, newInternalError, StatusError } from '#kubernetes/api/errors.ts'
import { type Draft, draft, equal, isObj, type Obj, obj, str } from '#kubernetes/api/json.ts'
import { applyJsonPatch } from '#kubernetes/api/json-patch.ts'
import { definition } from '#kubernetes/api/schema.ts'
import { merge, type Shape, shapeOf, UNTYPED } from '#kubernetes/api/typed-value.ts'
import type { Attributes } from '../admission/admission.ts'
import type { RequestContext } from '../context.ts'
import { convertIn, convertOut } from '../convert.ts'
import { jsonOf } from './json-values.ts'
import type { Part } from './policy-environment.ts'
import { type ConfigurationError, type Invocation, invocationsOf } from './policy-hooks.ts'
import { PolicyRequest } from './policy-request.ts'
import { nameOf, PolicyError, PolicyRun } from './policy-run.ts'
import { EvaluationError, List, MapValue, type Value } from './values.ts'

interface Failure extends ConfigurationError {
  readonly reason?: string
}

/** The runs that were made in a request's first round and may be made again. */
const invoked = new WeakMap<Attributes, Set<string>>()

const keyOf = ({ policy, binding, params }: Invocation): string => [policy, binding, params].map((o) => nameOf(o ?? {})).join('/')

/** Applies all policies to the request's object, in place; whether they changed it. Throws StatusErrors. */
export function mutateByPolicies(context: RequestContext, attributes: Attributes, again: boolean): boolean {
  if (attributes.object === undefined) return false
  const request = new PolicyRequest(context, attributes)
  const failures: Failure[] = []
  const before = invoked.get(attributes) ?? new Set<string>()
  invoked.set(attributes, before)
  let changed = false
  for (const invocation of invocationsOf(request, 'mutating')) {
    if ('message' in invocation) {
      failures.push(invocation)
      continue
    }
    const key = keyOf(invocation)
    if (again && !before.has(key)) continue
    const outcome = apply(request, invocation, failures)
    if (outcome === 'changed') changed = true
    if (outcome !== 'skipped' && str(invocation.policy, 'spec', 'reinvocationPolicy') === 'IfNeeded') before.add(key)
  }
  const fatal = failures.filter((f) => str(f.policy, 'spec', 'failurePolicy') !== 'Ignore')
  if (fatal.length > 0) throw refusal(request, fatal)
  return changed
}

const textOf = ({ policy, binding, message }: Failure): string =>
  binding === undefined
    ? `policy "${nameOf(policy)}" denied request: ${message}`
    : `policy '${nameOf(policy)}' with binding '${nameOf(binding)}' denied request: ${message}`

function refusal(request: PolicyRequest, failures: readonly Failure[]): StatusError {
  const { kind, endpoint, object } = request.attributes
  const name = request.name || str(object, 'metadata', 'generateName') || 'Unknown'
  const refused = newForbidden({ group: endpoint.served.group, resource: kind.plural }, name, 'admission request denied by policy')
  const texts = failures.map(textOf)
  const causes = texts.map((message) => ({ message }))
  return new StatusError(403, failures[0]?.reason ?? 'Forbidden', texts[0] ?? '', { ...obj(refused.status, 'details'), causes })
}

/** Runs a policy's mutations. */
function apply(request: PolicyRequest, invocation: Invocation, failures: Failure[]): 'skipped' | 'same' | 'changed' {
  const { policy, binding, served } = invocation
  const run = new PolicyRun(request, invocation)
  const fail = (message: string): void => {
    failures.push({ policy, binding, message, reason: 'Invalid' })
  }
  let changed = false
  try {
    if (!run.matches()) return 'skipped'
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    fail(error.message)
    return 'skipped'
  }
  for (const mutation of run.program.mutations) {
    const { kind, object } = request.attributes
    if (object === undefined) break
    const endpoint = { kind, served }
    if (request.isScale) {
      fail('podlab: mutations of the scale subresource are not modelled')
      break
    }
    try {
      const before = convertOut(endpoint, object)
      const after = mutated(mutation, before, run.expressions({ namespace: true, authorizer: true })(mutation), shape(request))
      if (equal(before, after)) continue
      const decoded = kind.custom === undefined ? decodeAs(after, definition(served.def)).value : after
      replace(object, convertIn(endpoint, decoded))
      kind.strategy?.defaults?.(object)
      request.changed()
      changed = true
    } catch (error) {
      if (error instanceof DecodeError) throw newInternalError(error.message)
      if (!(error instanceof PolicyError)) throw error
      fail(error.message)
    }
  }
  return changed ? 'changed' : 'same'
}

const shape = (request: PolicyRequest): Shape => {
  const { kind } = request.attributes
  return kind.custom === undefined ? shapeOf(definition(kind.served[0].def)) : UNTYPED
}

/** Gives the object other contents. Its metadata stays the same draft: whoever creates the object holds it. */
function replace(object: Draft, by: Obj): void {
  const metadata = draft(object, 'metadata')
  for (const holder of [object, metadata]) for (const key of Object.keys(holder)) delete holder[key]
  Object.assign(metadata, obj(by, 'metadata'))
  Object.assign(object, by, { metadata })
}

/** The object after one mutation. Throws PolicyErrors. */
function mutated(mutation: Part, object: Obj, value: Value, form: Shape): Obj {
  try {
    return mutation.of.patchType === 'JSONPatch' ? patched(object, value) : applied(object, value, form)
  } catch (error) {
    if (error instanceof EvaluationError) throw new PolicyError(error.message)
    throw error
  }
}

function patched(object: Obj, value: Value): Obj {
  if (!(value instanceof List)) throw new PolicyError('type mismatch: JSONPatchType.expression should evaluate to array')
  const operations = value.items.map((item) => {
    if (item instanceof MapValue) checkNames(item.get('value') ?? null, undefined)
    return jsonOf(item)
  })
  try {
    const result = applyJsonPatch(object, operations)
    if (!isObj(result)) throw new PolicyError('JSON Patch: the result is no object')
    return result
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    // A test that fails leaves the object as it was.
    if (operations.some((o) => isObj(o) && o.op === 'test')) return object
    throw new PolicyError(`JSON Patch: ${error.message}`)
  }
}

function applied(object: Obj, value: Value, form: Shape): Obj {
  checkNames(value, 'Object')
  const config = jsonOf(value)
  if (!isObj(config)) throw new PolicyError('invalid return type')
  const atomics = atomicPaths(config, form, '')
  if (atomics.length > 0)
    throw new PolicyError(
      `error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`,
    )
  const result = merge(object, config, form)
  return isObj(result) ? result : object
}

/** `Object.spec{…}` may only stand where its name says. */
function checkNames(value: Value, path: string | undefined): void {
  if (value instanceof List) for (const item of value.items) checkNames(item, path)
  if (!(value instanceof MapValue)) return
  const { typeName } = value
  if (path !== undefined && typeName.startsWith('Object') && typeName !== path)
    throw new PolicyError(
      `type mismatch: unexpected type name "${typeName}", expected "${path}", which matches field name path from root Object type`,
    )
  const here = typeName.startsWith('Object') ? typeName : path
  for (const [key, member] of value.entries()) checkNames(member, here === undefined ? undefined : `${here}.${String(key)}`)
}

/** Lists and maps of a configuration that could only be replaced as a whole. */
function atomicPaths(config: unknown, form: Shape, path: string): string[] {
  if (form.kind === 'leaf') return Array.isArray(config) || isObj(config) ? [path] : []
  if (form.kind === 'list-map' && Array.isArray(config))
    return config.flatMap((item: unknown, i) => atomicPaths(item, form.item, `${path}[${i}]`))
  if (form.kind !== 'map' || !isObj(config)) return []
  return Object.keys(config).flatMap((key) => atomicPaths(config[key], form.member(key), `${path}.${key}`))
}
