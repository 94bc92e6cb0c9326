/**
 * Validation of admission policies and their bindings, expressions included.
 * Source: pkg/apis/admissionregistration/validation.
 */

import { duplicate, type FieldError, forbidden, invalid, notSupported, required, tooMany } from '#kubernetes/api/field.ts'
import { parseGroupVersion } from '#kubernetes/api/group-version.ts'
import { isObj, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { isDns1035Label, isDns1123Subdomain, isPathSegmentName, isQualifiedName } from '#kubernetes/api/names.ts'
import { validateLabelSelector } from '../validation/selectors.ts'
import { isIdentifier } from './escaping.ts'
import { APPLY, AUDIT, CONDITION, type Compiled, failed, MESSAGE, PATCH, PolicyCompiler } from './policy-environment.ts'

const MAX_CONDITIONS = 64
const MAX_AUDIT_ANNOTATIONS = 20
const MAX_AUDIT_EXPRESSION_BYTES = 5 * 1024

/** What is wrong with an object of any of the four kinds. */
export function validatePolicyObject(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  switch (o.kind) {
    case 'ValidatingAdmissionPolicy':
      return validateValidating(o, spec)
    case 'MutatingAdmissionPolicy':
      return validateMutating(spec)
    case 'ValidatingAdmissionPolicyBinding':
      // The typo is upstream's.
      return [...validateBinding(spec, 'spec.matchResouces'), ...validateActions(spec, 'spec.validationActions')]
    default:
      return [
        ...validateBinding(spec, 'spec.matchResources'),
        ...validateMutableOperations(obj(spec, 'matchResources'), 'spec.matchResources'),
      ]
  }
}

const compileProblem = (path: string, source: string, compiled: Compiled): FieldError[] =>
  failed(compiled) ? [invalid(path, source, compiled.error)] : []

const hasNewlines = (text: string): boolean => /[\n\r]/.test(text)

function validateValidating(o: Obj, spec: Obj): FieldError[] {
  const compiler = new PolicyCompiler(spec)
  const out = [...validateCommon(spec), ...validateConditions(spec, compiler), ...validateVariables(spec, compiler)]
  const validations = objs(spec, 'validations')
  const annotations = objs(spec, 'auditAnnotations')
  if (validations.length === 0 && annotations.length === 0) {
    const why = 'validations or auditAnnotations must contain at least one item'
    return [...out, required('spec.validations', why), required('spec.auditAnnotations', why)]
  }
  for (const [i, validation] of validations.entries()) out.push(...validateValidation(validation, compiler, `spec.validations[${i}]`))
  if (annotations.length > MAX_AUDIT_ANNOTATIONS)
    out.push(invalid('spec.auditAnnotations', annotations, `must not have more than ${MAX_AUDIT_ANNOTATIONS} auditAnnotations`))
  const keys = new Set<string>()
  for (const [i, annotation] of annotations.entries()) {
    const path = `spec.auditAnnotations[${i}]`
    out.push(...validateAnnotation(annotation, str(o, 'metadata', 'name'), compiler, path))
    const key = str(annotation, 'key')
    if (keys.has(key)) out.push(duplicate(`${path}.key`, key))
    keys.add(key)
  }
  return out
}

function validateMutating(spec: Obj): FieldError[] {
  const compiler = new PolicyCompiler(spec)
  const out = validateCommon(spec)
  out.push(...validateMutableOperations(obj(spec, 'matchConstraints'), 'spec.matchConstraints'))
  out.push(...validateConditions(spec, compiler), ...validateVariables(spec, compiler))
  const mutations = objs(spec, 'mutations')
  if (mutations.length === 0) out.push(required('spec.mutations', 'mutations must contain at least one item'))
  for (const [i, mutation] of mutations.entries()) out.push(...validateMutation(mutation, compiler, `spec.mutations[${i}]`))
  const reinvocation = str(spec, 'reinvocationPolicy')
  if (reinvocation === '') out.push(required('spec.reinvocationPolicy'))
  else if (reinvocation !== 'Never' && reinvocation !== 'IfNeeded')
    out.push(notSupported('spec.reinvocationPolicy', reinvocation, ['Never', 'IfNeeded']))
  return out
}

function validateCommon(spec: Obj): FieldError[] {
  const out: FieldError[] = []
  const failure = str(spec, 'failurePolicy')
  if (failure === '') out.push(required('spec.failurePolicy'))
  else if (failure !== 'Fail' && failure !== 'Ignore') out.push(notSupported('spec.failurePolicy', failure, ['Fail', 'Ignore']))
  if (isObj(spec.paramKind)) out.push(...validateParamKind(spec.paramKind, 'spec.paramKind'))
  const { matchConstraints } = spec
  if (!isObj(matchConstraints)) out.push(required('spec.matchConstraints'))
  else {
    out.push(...validateMatchResources(matchConstraints, 'spec.matchConstraints'))
    if (objs(matchConstraints, 'resourceRules').length === 0) out.push(required('spec.matchConstraints.resourceRules'))
  }
  return out
}

function validateParamKind(kind: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const apiVersion = str(kind, 'apiVersion')
  const parts = apiVersion.split('/')
  const { group, version } = parseGroupVersion(apiVersion)
  if (apiVersion === '') out.push(required(`${path}.apiVersion`))
  else if (parts.length > 2) out.push(invalid(`${path}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`))
  else {
    const groupProblems = group === '' ? [] : isDns1123Subdomain(group)
    if (groupProblems.length > 0) out.push(invalid(`${path}.apiVersion`, group, groupProblems.join(',')))
    const versionProblems = version === '' ? [] : isDns1035Label(version)
    if (version === '') out.push(invalid(`${path}.apiVersion`, apiVersion, 'version must be specified'))
    if (versionProblems.length > 0) out.push(invalid(`${path}.apiVersion`, version, versionProblems.join(',')))
  }
  const name = str(kind, 'kind')
  const problems = isDns1035Label(name.toLowerCase())
  if (name === '') out.push(required(`${path}.kind`))
  else if (problems.length > 0)
    out.push(invalid(`${path}.kind`, name, `may have mixed case, but should otherwise match: ${problems.join(',')}`))
  return out
}

function validateMatchResources(match: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const policy = str(match, 'matchPolicy')
  if (policy === '') out.push(required(`${path}.matchPolicy`))
  else if (policy !== 'Equivalent' && policy !== 'Exact') out.push(notSupported(`${path}.matchPolicy`, policy, ['Equivalent', 'Exact']))
  for (const name of ['namespaceSelector', 'objectSelector'] as const) {
    if (!isObj(match[name])) out.push(required(`${path}.${name}`))
    else out.push(...validateLabelSelector(match[name], `${path}.${name}`))
  }
  for (const name of ['resourceRules', 'excludeResourceRules'] as const)
    for (const [i, rule] of objs(match, name).entries()) out.push(...validateRule(rule, `${path}.${name}[${i}]`))
  return out
}

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']
const SCOPES = ['*', 'Cluster', 'Namespaced']

/** A list that must have something, and nothing besides `*`. */
function validateWildcards(values: readonly string[], path: string, what: string): FieldError[] {
  if (values.length === 0) return [required(path)]
  return values.length > 1 && values.includes('*') ? [invalid(path, values, `if '*' is present, must not specify other ${what}`)] : []
}

function validateRule(rule: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const names = new Set<string>()
  for (const [i, name] of strs(rule, 'resourceNames').entries()) {
    for (const why of isPathSegmentName(name)) out.push(invalid(`${path}.resourceNames[${i}]`, name, why))
    if (names.has(name)) out.push(duplicate(`${path}.resourceNames[${i}]`, name))
    names.add(name)
  }
  const operations = strs(rule, 'operations')
  out.push(...validateWildcards(operations, `${path}.operations`, 'operations'))
  for (const [i, operation] of operations.entries())
    if (!OPERATIONS.includes(operation)) out.push(notSupported(`${path}.operations[${i}]`, operation, OPERATIONS))
  out.push(...validateWildcards(strs(rule, 'apiGroups'), `${path}.apiGroups`, 'API groups'))
  out.push(...validateWildcards(strs(rule, 'apiVersions'), `${path}.apiVersions`, 'API versions'))
  for (const [i, version] of strs(rule, 'apiVersions').entries()) if (version === '') out.push(required(`${path}.apiVersions[${i}]`))
  out.push(...validateResources(strs(rule, 'resources'), `${path}.resources`))
  const scope = str(rule, 'scope')
  if (scope !== '' && !SCOPES.includes(scope)) out.push(notSupported(`${path}.scope`, scope, SCOPES))
  return out
}

function validateResources(resources: readonly string[], path: string): FieldError[] {
  if (resources.length === 0) return [required(path)]
  const out: FieldError[] = []
  const allSubresources = new Set<string>()
  const allResources = new Set<string>()
  let plain = false
  for (const [i, resource] of resources.entries()) {
    const at = `${path}[${i}]`
    const slash = resource.indexOf('/')
    if (resource === '') out.push(required(at))
    else if (slash < 0) plain = resource !== '*'
    else {
      const [name, sub] = [resource.slice(0, slash), resource.slice(slash + 1)]
      if (allSubresources.has(name)) out.push(invalid(at, resource, `if '${name}/*' is present, must not specify ${resource}`))
      if (allResources.has(sub)) out.push(invalid(at, resource, `if '*/${sub}' is present, must not specify ${resource}`))
      if (sub === '*') allSubresources.add(name)
      if (name === '*') allResources.add(sub)
    }
  }
  if (resources.length > 1 && resources.includes('*/*'))
    out.push(invalid(path, resources, "if '*/*' is present, must not specify other resources"))
  if (resources.includes('*') && plain)
    out.push(invalid(path, resources, "if '*' is present, must not specify other resources without subresources"))
  return out
}

const MUTABLE = ['*', 'CONNECT', 'CREATE', 'UPDATE']

function validateMutableOperations(match: Obj, path: string): FieldError[] {
  const given = objs(match, 'resourceRules').flatMap((rule) => strs(rule, 'operations'))
  return given.filter((o) => !MUTABLE.includes(o)).map((o) => notSupported(`${path}.resourceRules.operations`, o, MUTABLE))
}

function validateConditions(spec: Obj, compiler: PolicyCompiler): FieldError[] {
  const conditions = objs(spec, 'matchConditions')
  const out: FieldError[] = []
  if (conditions.length > MAX_CONDITIONS) out.push(tooMany('spec.matchConditions', conditions.length, MAX_CONDITIONS))
  const names = new Set<string>()
  for (const [i, condition] of conditions.entries()) {
    const path = `spec.matchConditions[${i}]`
    const source = str(condition, 'expression').trim()
    const name = str(condition, 'name')
    if (source === '') out.push(required(`${path}.expression`))
    else out.push(...compileProblem(`${path}.expression`, source, compiler.condition(source)))
    if (name === '') out.push(required(`${path}.name`))
    else out.push(...isQualifiedName(name).map((why) => invalid(`${path}.name`, name, why)))
    if (name !== '' && names.has(name)) out.push(duplicate(`${path}.name`, name))
    names.add(name)
  }
  return out
}

function validateVariables(spec: Obj, compiler: PolicyCompiler): FieldError[] {
  const out: FieldError[] = []
  for (const [i, variable] of objs(spec, 'variables').entries()) {
    const path = `spec.variables[${i}]`
    const name = str(variable, 'name')
    const source = str(variable, 'expression')
    if (name.trim() === '') out.push(required(`${path}.name`, 'name is not specified'))
    else if (!isIdentifier(name)) out.push(invalid(`${path}.name`, name, 'name is not a valid CEL identifier'))
    if (source.trim() === '') out.push(required(`${path}.expression`, 'expression is not specified'))
    else out.push(...compileProblem(`${path}.expression`, source, compiler.variable(variable)))
  }
  return out
}

const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized']

function validateValidation(validation: Obj, compiler: PolicyCompiler, path: string): FieldError[] {
  const out: FieldError[] = []
  const source = str(validation, 'expression')
  const message = str(validation, 'message')
  const expression = str(validation, 'messageExpression')
  if (source.trim() === '') out.push(required(`${path}.expression`, 'expression is not specified'))
  else out.push(...compileProblem(`${path}.expression`, source, compiler.compile(source, CONDITION)))
  if (expression !== '' && expression.trim() === '')
    out.push(invalid(`${path}.messageExpression`, expression, 'must be non-empty if specified'))
  else if (expression !== '') out.push(...compileProblem(`${path}.messageExpression`, expression, compiler.compile(expression, MESSAGE)))
  if (message !== '' && message.trim() === '') out.push(invalid(`${path}.message`, message, 'message must be non-empty if specified'))
  else if (hasNewlines(message.trim())) out.push(invalid(`${path}.message`, message, 'message must not contain line breaks'))
  const { reason } = validation
  if (typeof reason === 'string' && !REASONS.includes(reason)) out.push(notSupported(`${path}.reason`, reason, REASONS))
  return out
}

function validateAnnotation(annotation: Obj, policy: string, compiler: PolicyCompiler, path: string): FieldError[] {
  const out: FieldError[] = []
  const key = str(annotation, 'key')
  if (policy === '') out.push(invalid(`${path}.key`, key, 'requires metadata.name be non-empty'))
  else out.push(...isQualifiedName(`${policy}/${key}`).map((why) => invalid(`${path}.key`, `${policy}/${key}`, why)))
  const source = str(annotation, 'valueExpression')
  const at = `${path}.valueExpression`
  if (source.trim() === '') out.push(required(at, 'valueExpression is not specified'))
  else if (source.trim().length > MAX_AUDIT_EXPRESSION_BYTES)
    out.push(required(at, `must not exceed ${MAX_AUDIT_EXPRESSION_BYTES} bytes in length`))
  else out.push(...compileProblem(at, source, compiler.compile(source.trim(), AUDIT)))
  return out
}

function validateMutation(mutation: Obj, compiler: PolicyCompiler, path: string): FieldError[] {
  const type = str(mutation, 'patchType')
  if (type === '') return [required(`${path}.patchType`)]
  if (type !== 'JSONPatch' && type !== 'ApplyConfiguration')
    return [notSupported(`${path}.patchType`, type, ['ApplyConfiguration', 'JSONPatch'])]
  const [wanted, other] =
    type === 'JSONPatch' ? (['jsonPatch', 'applyConfiguration'] as const) : (['applyConfiguration', 'jsonPatch'] as const)
  const out: FieldError[] = []
  const patch = mutation[wanted]
  if (!isObj(patch)) out.push(required(`${path}.${wanted}`, `must be specified when patchType is ${type}`))
  else {
    const source = str(patch, 'expression')
    const at = `${path}.${wanted}.expression`
    if (source.trim() === '') out.push(required(at))
    else out.push(...compileProblem(at, source, compiler.compile(source, type === 'JSONPatch' ? PATCH : APPLY)))
  }
  if (isObj(mutation[other])) out.push(invalid(`${path}.${other}`, `{${other}}`, `must not be specified when patchType is ${type}`))
  return out
}

function validateBinding(spec: Obj, matchPath: string): FieldError[] {
  const out: FieldError[] = []
  const policy = str(spec, 'policyName')
  if (policy === '') out.push(required('spec.policyName'))
  else out.push(...isDns1123Subdomain(policy).map((why) => invalid('spec.policyName', policy, why)))
  if (isObj(spec.paramRef)) out.push(...validateParamRef(spec.paramRef, 'spec.paramRef'))
  if (isObj(spec.matchResources)) out.push(...validateMatchResources(spec.matchResources, matchPath))
  return out
}

function validateParamRef(ref: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const name = str(ref, 'name')
  const exclusive = 'name and selector are mutually exclusive'
  if (name !== '') {
    out.push(...isPathSegmentName(name).map((why) => invalid(`${path}.name`, name, why)))
    if (isObj(ref.selector)) out.push(forbidden(`${path}.name`, exclusive))
  }
  if (isObj(ref.selector)) {
    out.push(...validateLabelSelector(ref.selector, `${path}.selector`))
    if (name !== '') out.push(forbidden(`${path}.selector`, exclusive))
  }
  if (name === '' && !isObj(ref.selector)) out.push(required(path, 'one of name or selector must be specified'))
  const action = str(ref, 'parameterNotFoundAction')
  if (action === '') out.push(required(`${path}.parameterNotFoundAction`))
  else if (action !== 'Deny' && action !== 'Allow') out.push(notSupported(`${path}.parameterNotFoundAction`, action, ['Deny', 'Allow']))
  return out
}

const ACTIONS = ['Audit', 'Deny', 'Warn']

function validateActions(spec: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const actions = strs(spec, 'validationActions')
  for (const [i, action] of actions.entries()) {
    if (!ACTIONS.includes(action)) out.push(notSupported(`${path}[${i}]`, action, ACTIONS))
    if (actions.indexOf(action) < i) out.push(duplicate(`${path}[${i}]`, action))
  }
  if (actions.includes('Deny') && actions.includes('Warn')) {
    const why =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)'
    out.push(invalid(path, actions, why))
  }
  if (actions.length === 0) out.push(required(path, 'at least one validation action is required'))
  return out
}
