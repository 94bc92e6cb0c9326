/** Declarations of functions: what the checker reads and the interpreter calls. */
import type { Type, Typed } from './types.ts'
import { EvaluationError, noSuchOverload, typeNameOf, type Value } from './values.ts'

export interface Overload {
  readonly name: string
  /** Called on its first argument: `a.f(b)`. */
  readonly member: boolean
  readonly params: readonly Type[]
  readonly result: Type
  /** The value, or undefined when the arguments are of other types. */
  readonly run: (args: readonly Value[]) => Value | undefined
}

type Args<P extends readonly Type[]> = { [K in keyof P]: P[K] extends Typed<infer V> ? V : Value }

const runtime = (t: Type): ((value: Value) => boolean) | undefined => ('is' in t ? (t as Typed<Value>).is : undefined)

function fits<P extends readonly Type[]>(params: P, args: unknown): args is Args<P> {
  if (!Array.isArray(args) || args.length !== params.length) return false
  return params.every((p, i) => runtime(p)?.(args[i]) ?? true)
}

function declare<P extends readonly Type[]>(
  member: boolean,
  name: string,
  params: P,
  result: Type,
  call: (...args: Args<P>) => Value,
): Overload {
  const run = (args: unknown): Value | undefined => (fits(params, args) ? call(...args) : undefined)
  return { name, member, params, result, run }
}

/** `f(a, b)`. */
export const fn = <const P extends readonly Type[]>(name: string, params: P, result: Type, call: (...args: Args<P>) => Value): Overload =>
  declare(false, name, params, result, call)

/** `a.f(b)`; the receiver is the first parameter. */
export const method = <const P extends readonly Type[]>(
  name: string,
  params: P,
  result: Type,
  call: (...args: Args<P>) => Value,
): Overload => declare(true, name, params, result, call)

/** An operator: many signatures for the checker, one way to compute. */
export function operator(
  name: string,
  signatures: readonly (readonly [readonly Type[], Type])[],
  run: (args: readonly Value[]) => Value,
): Overload[] {
  return signatures.map(([params, result]) => ({ name, member: false, params, result, run }))
}

/** Functions by name. */
export class FunctionTable {
  readonly #byName = new Map<string, Overload[]>()

  constructor(...libraries: readonly (readonly Overload[])[]) {
    for (const overload of libraries.flat()) {
      const known = this.#byName.get(overload.name)
      if (known === undefined) this.#byName.set(overload.name, [overload])
      else known.push(overload)
    }
  }

  /** All overloads of a name; undefined when there is no such function. */
  get(name: string): readonly Overload[] | undefined {
    return this.#byName.get(name)
  }

  /** Calls the first overload that the arguments fit. Throws EvalErrors. */
  call(name: string, member: boolean, args: readonly Value[]): Value {
    for (const overload of this.#byName.get(name) ?? []) {
      if (overload.member !== member) continue
      const value = overload.run(args)
      if (value !== undefined) return value
    }
    if (/^[^A-Za-z]/.test(name)) throw noSuchOverload()
    throw new EvaluationError(`no such overload: ${name}(${args.map(typeNameOf).join(', ')})`)
  }
}
