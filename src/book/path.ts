/**
 * Paths into an API object, as the checks of lessons write them.
 *
 * A path is names joined by dots, with three kinds of brackets:
 *
 *     status.readyReplicas
 *     spec.containers[0].image
 *     spec.containers[*].image                       every element
 *     status.conditions[type=Available].status       elements whose field equals
 *     metadata.labels['app.kubernetes.io/name']      a name with dots in it
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

export type Step =
  | { readonly step: 'name'; readonly name: string }
  | { readonly step: 'index'; readonly index: number }
  | { readonly step: 'every' }
  | { readonly step: 'where'; readonly field: string; readonly value: string }

/** Takes a path apart; throws a SyntaxError that quotes the path when it can't be read. */
export function parsePath(path: string): readonly Step[] {
  const steps: Step[] = []
  const token = /\.?([A-Za-z_][\w-]*)|\[(\d+)\]|\[\*\]|\[([\w.-]+)=([^\]]*)\]|\[(?:'([^']*)'|"([^"]*)")\]/y
  let at = 0
  while (at < path.length) {
    token.lastIndex = at
    const match = token.exec(path)
    if (match === null) throw new SyntaxError(`cannot read the path "${path}" at "${path.slice(at)}"`)
    at = token.lastIndex
    const [, name, index, field, value, single, double] = match
    const quoted = single ?? double
    if (name !== undefined) steps.push({ step: 'name', name })
    else if (index !== undefined) steps.push({ step: 'index', index: Number(index) })
    else if (field !== undefined) steps.push({ step: 'where', field, value: value ?? '' })
    else if (quoted !== undefined) steps.push({ step: 'name', name: quoted })
    else steps.push({ step: 'every' })
  }
  if (steps.length === 0) throw new SyntaxError('an empty path')
  return steps
}

/** Every value that a path leads to, in order; empty when nothing is there. A missing field is no value. */
export function valuesAt(object: Json, path: string): readonly Json[] {
  let values: readonly Json[] = [object]
  for (const step of parsePath(path)) values = values.flatMap((value) => take(value, step))
  return values
}

function take(value: Json, step: Step): readonly Json[] {
  if (isArray(value)) {
    if (step.step === 'index') return value.slice(step.index, step.index + 1)
    if (step.step === 'every') return value
    if (step.step === 'where') return value.filter((item) => isObject(item) && String(item[step.field]) === step.value)
    return []
  }
  if (isObject(value)) {
    if (step.step === 'every') return Object.values(value).filter((item) => item !== undefined)
    if (step.step !== 'name' || !Object.hasOwn(value, step.name)) return []
    const found = value[step.name]
    return found === undefined ? [] : [found]
  }
  return []
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
