/** The rules of one node of a schema, compiled. Source: apiextensions pkg/apiserver/schema/cel/compilation.go. */
import { type Obj, objs, str } from '#kubernetes/api/json.ts'
import { compile, declare, type Program } from './environment.ts'
import { fieldPathOf } from './field-path.ts'
import { optionalOf, type Type } from './types.ts'

export interface CompiledRule {
  readonly rule: Obj
  readonly program?: Program
  readonly error?: string
  readonly usesOldSelf: boolean
  readonly messageExpression?: Program
  readonly messageError?: string
  /** Where errors are shown, below the node. */
  readonly fieldPath?: string
}

/** Compiles `x-kubernetes-validations` of a schema against the type of what it describes. */
export function compileRules(schema: Obj, self: Type, rules = objs(schema, 'x-kubernetes-validations')): CompiledRule[] {
  return rules.map((rule) => compileRule(schema, self, rule))
}

function compileRule(schema: Obj, self: Type, rule: Obj): CompiledRule {
  const source = str(rule, 'rule')
  if (source.trim() === '') return { rule, usesOldSelf: false }
  const declarations = declare([
    ['self', self],
    ['oldSelf', rule.optionalOldSelf === true ? optionalOf(self) : self],
  ])
  const program = compile(source, declarations)
  if (typeof program === 'string') return { rule, usesOldSelf: false, error: `compilation failed: ${program}` }
  if (program.type.kind !== 'bool') return { rule, usesOldSelf: false, error: 'cel expression must evaluate to a bool' }
  const path = str(rule, 'fieldPath')
  const fieldPath = path === '' ? undefined : fieldPathOf(path, schema)
  const compiled = {
    rule,
    program,
    usesOldSelf: program.references.has('oldSelf'),
    ...(fieldPath === undefined ? {} : { fieldPath }),
  }
  const message = str(rule, 'messageExpression')
  if (message === '') return compiled
  const made = compile(message, declarations)
  if (typeof made === 'string') return { ...compiled, messageError: `messageExpression compilation failed: ${made}` }
  if (made.type.kind !== 'string') return { ...compiled, messageError: 'messageExpression must evaluate to a string' }
  return { ...compiled, messageExpression: made }
}
