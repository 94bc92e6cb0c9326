/** Runs the expressions of one policy for one request. Source: apiserver pkg/admission/plugin/cel, plugin/webhook/matchconditions. */
import { type Obj, str } from '#kubernetes/api/json.ts'
import { RUNTIME_BUDGET } from './custom-rules.ts'
import { type Budget, CostError, type Lookup } from './interpreter.ts'
import { type Compiled, compilePolicy, failed, type Part, type PolicyProgram } from './policy-environment.ts'
import type { Invocation } from './policy-hooks.ts'
import type { PolicyRequest } from './policy-request.ts'
import { EvaluationError, MapValue, type Value } from './values.ts'

/** Source: apiserver pkg/apis/cel, RuntimeCELCostBudgetMatchConditions. */
const CONDITIONS_BUDGET = 2_500_000

const OUT_OF_BUDGET = 'validation failed due to running out of cost budget, no further validation rules will be run'

/** An expression of a policy failed; the message says which and why. */
export class PolicyError extends Error {}

/** One policy at work on one request. */
export class PolicyRun {
  readonly program: PolicyProgram
  readonly #request: PolicyRequest
  readonly #invocation: Invocation
  #budget: Budget = { left: RUNTIME_BUDGET }

  constructor(request: PolicyRequest, invocation: Invocation) {
    this.program = compilePolicy(invocation.policy)
    this.#request = request
    this.#invocation = invocation
  }

  /** Whether the policy's match conditions hold. Throws PolicyErrors. */
  matches(): boolean {
    const { conditions } = this.program
    if (conditions.length === 0) return true
    const run = this.expressions({ namespace: false, authorizer: true, budget: { left: CONDITIONS_BUDGET } })
    const errors: string[] = []
    for (const condition of conditions) {
      try {
        if (run(condition) === false) return false
      } catch (error) {
        if (!(error instanceof PolicyError)) throw error
        errors.push(error.message)
      }
    }
    if (errors.length === 0) return true
    if (str(this.#invocation.policy, 'spec', 'failurePolicy') === 'Ignore') return false
    throw new PolicyError(errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`)
  }

  /** What evaluates expressions; variables are computed once, when first needed. */
  expressions(see: { readonly namespace: boolean; readonly authorizer: boolean; readonly budget?: Budget }): (part: Part) => Value {
    const budget = see.budget ?? this.#budget
    const { served, params } = this.#invocation
    const base = this.#request.lookup({ served, params, namespace: see.namespace, authorizer: see.authorizer })
    const variables = new LazyVariables(this.program.variables, base, budget)
    const lookup: Lookup = (name) => (name === 'variables' ? variables : base(name))
    return ({ source, compiled }) => {
      if (failed(compiled)) throw new PolicyError(`compilation error: ${compiled.error}`)
      try {
        return compiled.run(lookup, budget)
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error
        if (error instanceof CostError && budget.left <= 0) throw new PolicyError(OUT_OF_BUDGET)
        throw new PolicyError(`expression '${source}' resulted in error: ${error.message}`)
      }
    }
  }
}

/** The variable `variables`: each member is computed when it is first read. */
class LazyVariables extends MapValue {
  readonly #compiled: ReadonlyMap<string, Compiled>
  readonly #lookup: Lookup
  readonly #budget: Budget
  readonly #known = new Map<string, Value | EvaluationError>()

  constructor(compiled: ReadonlyMap<string, Compiled>, lookup: Lookup, budget: Budget) {
    super([], 'kubernetes.variables')
    this.#compiled = compiled
    this.#lookup = lookup
    this.#budget = budget
  }

  override has(key: Value): boolean {
    return typeof key === 'string' && this.#compiled.has(key)
  }

  override get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined
    const compiled = this.#compiled.get(key)
    if (compiled === undefined) return undefined
    const known = this.#known.get(key) ?? this.#compute(key, compiled)
    this.#known.set(key, known)
    if (known instanceof EvaluationError) throw known
    return known
  }

  #compute(name: string, compiled: Compiled): Value | EvaluationError {
    if (failed(compiled)) return new EvaluationError(`composited variable ${JSON.stringify(name)} fails to compile: ${compiled.error}`)
    try {
      return compiled.run((other) => (other === 'variables' ? this : this.#lookup(other)), this.#budget)
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error
      return new EvaluationError(`composited variable ${JSON.stringify(name)} fails to evaluate: ${error.message}`)
    }
  }
}

/** A policy's or binding's name. */
export const nameOf = (object: Obj): string => str(object, 'metadata', 'name')
