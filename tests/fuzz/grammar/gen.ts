import type { Random } from '#sim/random.ts'

/** Writes a piece of script; `depth` is how deep it may still nest. */
export type Rule = (g: Gen, depth: number) => string

/** Rules with their weights. */
export type Rules = readonly (readonly [weight: number, rule: Rule])[]

/** Names by what the prologue of a script makes of them. */
export const SCALARS = ['a', 'b', 'c', 'd', 'e'] as const
export const NUMBERS = ['i', 'j', 'k'] as const
export const ARRAYS = ['A', 'B'] as const
export const MAPS = ['M', 'N'] as const
export const FUNCTIONS = ['f', 'g', 'h'] as const

/** The state of one script's making: its chance, and what has been promised to be unique. */
export class Gen {
  readonly #random: Random
  #counter = 0
  /** Functions that may be called here: those before the one being defined, so that nothing recurses without end. */
  functions: readonly string[] = FUNCTIONS
  inFunction = false
  /** Extended patterns are on, and may be written outside `[[ ]]`. */
  extglob = false
  inLoop = false

  constructor(random: Random) {
    this.#random = random
  }

  /** An integer in [from, to]. */
  int(from: number, to: number): number {
    return from + this.#random.below(to - from + 1)
  }

  chance(p: number): boolean {
    return this.#random.unit() < p
  }

  pick<T>(items: readonly T[]): T {
    return this.#random.pick(items)
  }

  /** `text` with the probability `p`, else nothing. */
  maybe(p: number, text: () => string): string {
    return this.chance(p) ? text() : ''
  }

  /** Several, joined. */
  many(from: number, to: number, one: () => string, separator = ' '): string {
    return Array.from({ length: this.int(from, to) }, one).join(separator)
  }

  choose(rules: Rules, depth: number): string {
    let at = this.#random.unit() * rules.reduce((sum, [w]) => sum + w, 0)
    for (const [weight, rule] of rules) {
      at -= weight
      if (at < 0) return rule(this, depth)
    }
    return (rules[0] as Rules[number])[1](this, depth)
  }

  /** A name that nothing else in the script uses. */
  fresh(prefix: string): string {
    return `${prefix}${++this.#counter}`
  }

  scalar(): string {
    return this.pick(SCALARS)
  }

  /** Any kind of variable, set or not. */
  variable(): string {
    return this.pick([...SCALARS, ...SCALARS, ...NUMBERS, ...ARRAYS, ...MAPS, 'unset', 'r', '1', '2'])
  }
}
