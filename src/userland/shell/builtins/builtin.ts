import { type Run, StatusFlow } from '../interp/flow.ts'
import type { Shell } from '../interp/shell.ts'
import { bracketEnd } from '../syntax/param.ts'
import { USAGE } from './usage.ts'

/** A builtin: gets its arguments without its name; returns its status, or waits for it. */
export type Builtin = (sh: Shell, args: readonly string[]) => number | Run<number>

/** Prints the usage line of the running builtin. */
export function usage(sh: Shell, name = sh.builtinName ?? ''): void {
  const text = USAGE[name]
  if (text !== undefined) sh.err(`${name}: usage: ${text}\n`)
}

/** Ends the builtin with status 2 after `NAME: -X: invalid option` and the usage. */
export function invalidOption(sh: Shell, option: string): never {
  if (sh.isDash) {
    sh.complain(`Illegal option ${option}`)
    throw new StatusFlow(2)
  }
  sh.complain(`${option}: invalid option`)
  usage(sh)
  throw new StatusFlow(2)
}

export interface Parsed {
  /** Letters in the order they came, with their arguments. */
  readonly options: readonly { readonly letter: string; readonly value: string }[]
  readonly rest: readonly string[]
  has(letter: string): boolean
  /** The last argument given to an option. */
  value(letter: string): string | undefined
}

/** Parses options as bash's internal_getopt: letters, those followed by `:` take an argument. Stops at the first operand. */
export function parseOptions(sh: Shell, args: readonly string[], spec: string): Parsed {
  const options: { letter: string; value: string }[] = []
  let i = 0
  for (; i < args.length; i++) {
    const arg = args[i] as string
    if (arg === '--') {
      i++
      break
    }
    if (arg === '-' || !arg.startsWith('-')) break
    for (let k = 1; k < arg.length; k++) {
      const letter = arg[k] as string
      const at = letter === ':' ? -1 : spec.indexOf(letter)
      if (at < 0) invalidOption(sh, `-${letter}`)
      if (spec[at + 1] === ':') {
        let value = arg.slice(k + 1)
        if (value === '') {
          i++
          if (i >= args.length) {
            sh.complain(`-${letter}: option requires an argument`)
            usage(sh)
            throw new StatusFlow(2)
          }
          value = args[i] as string
        }
        options.push({ letter, value })
        break
      }
      options.push({ letter, value: '' })
    }
  }
  return {
    options,
    rest: args.slice(i),
    has: (letter) => options.some((o) => o.letter === letter),
    value: (letter) => options.findLast((o) => o.letter === letter)?.value,
  }
}

/** Splits `name` or `name[subscript]`, quotes in the subscript minded; undefined when it is neither. */
export function reference(text: string): { readonly name: string; readonly index?: string } | undefined {
  const name = /^[A-Za-z_]\w*/.exec(text)?.[0]
  if (name === undefined) return undefined
  if (name.length === text.length) return { name }
  if (text[name.length] !== '[' || bracketEnd(text, name.length) !== text.length - 1 || text.length < name.length + 3) return undefined
  return { name, index: text.slice(name.length + 1, -1) }
}

export function isName(text: string): boolean {
  return /^[A-Za-z_]\w*$/.test(text)
}
