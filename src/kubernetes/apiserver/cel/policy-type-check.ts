/**
 * Warnings about the types in a ValidatingAdmissionPolicy's expressions, by the kinds that its rules name.
 * Source: apiserver pkg/admission/plugin/policy/validating/typechecking.go. Differs: knows built-in kinds only; params are of any type.
 */
import { type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { type Def, definition, type Type as GoType } from '#kubernetes/api/schema.ts'
import { KINDS } from '../registry/registry.ts'
import { escapeName } from './escaping.ts'
import { PolicyCompiler } from './policy-environment.ts'
import { objectOf } from './schema.ts'
import { BOOL, BYTES, DOUBLE, DYN, INT, listOf, mapOf, STRING, TIMESTAMP, type Type } from './types.ts'

/** No more kinds than these are looked at. */
const MAX_TYPES = 10

export interface ExpressionWarning {
  /** `spec.validations[0].expression` */
  readonly fieldRef: string
  readonly warning: string
}

interface Checked {
  readonly name: string
  readonly type: Type
}

/** What is wrong with the types; `typeSuffix` ends the names of types in messages. */
export function typeCheckPolicy(policy: Obj, typeSuffix: string): ExpressionWarning[] {
  const spec = obj(policy, 'spec')
  const types = kindsOf(spec).map(({ name, kind, def }): Checked => ({ name, type: typeOfDef(definition(def), `${kind}${typeSuffix}`) }))
  const out: ExpressionWarning[] = []
  const look = (source: string, fieldRef: string): void => {
    const warning = types.flatMap((t) => problem(spec, source, t)).join('\n')
    if (warning !== '') out.push({ fieldRef, warning })
  }
  for (const [i, validation] of objs(spec, 'validations').entries()) {
    look(str(validation, 'expression'), `spec.validations[${i}].expression`)
    const message = str(validation, 'messageExpression')
    if (message !== '') look(message, `spec.validations[${i}].messageExpression`)
  }
  return out
}

function problem(spec: Obj, source: string, { name, type }: Checked): string[] {
  const compiler = new PolicyCompiler(spec, type)
  for (const variable of objs(spec, 'variables')) compiler.variable(variable)
  const issues = compiler.issues(source)
  return issues === undefined ? [] : [`${name}: ${issues}\n`]
}

interface NamedKind {
  /** `apps/v1, Kind=Deployment` */
  readonly name: string
  readonly kind: string
  readonly def: string
}

/** The kinds that rules without wildcards name, in order. */
function kindsOf(spec: Obj): readonly NamedKind[] {
  const found = new Map<string, NamedKind>()
  for (const rule of objs(spec, 'matchConstraints', 'resourceRules')) {
    const [groups, versions] = [strs(rule, 'apiGroups'), strs(rule, 'apiVersions')]
    if ([...groups, ...versions].some((name) => name.includes('*'))) continue
    for (const kind of KINDS)
      for (const { group, version, def } of kind.served) {
        if (!groups.includes(group) || !versions.includes(version) || !strs(rule, 'resources').includes(kind.plural)) continue
        if (found.size < MAX_TYPES)
          found.set(`${group}/${version}/${kind.kind}`, { name: `${group}/${version}, Kind=${kind.kind}`, kind: kind.kind, def })
      }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, kind]) => kind)
}

const known = new WeakMap<Def, Map<string, Type>>()

/** The type of a built-in one. Types that hold themselves are opened as far as expressions look into them. */
function typeOfDef(def: Def, name: string): Type {
  const named = known.get(def) ?? new Map<string, Type>()
  known.set(def, named)
  const made = named.get(name)
  if (made !== undefined) return made
  const fields = new Map<string, Type>()
  const type: Type = {
    ...objectOf(name, fields),
    field(asked) {
      if (fields.size === 0)
        for (const [json, field] of def.json) fields.set(escapeName(json) ?? json, fieldType(field.type, `${name}.${json}`))
      return objectOf(name, fields).field?.(asked)
    },
  }
  named.set(name, type)
  return type
}

function fieldType(type: GoType, name: string): Type {
  switch (type.kind) {
    case 'struct':
      return typeOfDef(type.def, name)
    case 'slice':
      return listOf(fieldType(type.elem, `${name}.@idx`))
    case 'map':
      return mapOf(STRING, fieldType(type.elem, `${name}.@elem`))
    case 'scalar':
      return SCALARS[type.scalar] ?? DYN
  }
}

const SCALARS: { readonly [scalar: string]: Type } = {
  string: STRING,
  int32: INT,
  int64: INT,
  bool: BOOL,
  float64: DOUBLE,
  bytes: BYTES,
  time: TIMESTAMP,
  microtime: TIMESTAMP,
  duration: STRING,
}
