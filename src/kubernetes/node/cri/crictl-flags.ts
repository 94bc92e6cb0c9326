/** Flags of crictl's commands, as urfave/cli reads them: before or between the words. Source: cri-tools v1.35, cmd/crictl. */

/** Ends crictl with `FATA[0000]` and the message. */
export class Failure extends Error {}

export interface Flags {
  /** Long names of the switches that are on. */
  readonly on: ReadonlySet<string>
  /** Values by long name. */
  readonly values: ReadonlyMap<string, string>
  readonly words: readonly string[]
}

/** Flags a command has: `all,a` a switch with its short form, `name=` one with a value. */
export interface FlagSet {
  readonly modelled: readonly string[]
  /** Those of the real command that are refused as not modelled. */
  readonly others: readonly string[]
  /** The first word ends the flags: what follows belongs to another command. */
  readonly stopAtWord?: boolean
}

interface Flag {
  readonly long: string
  readonly value: boolean
  readonly modelled: boolean
}

function index({ modelled, others }: FlagSet): ReadonlyMap<string, Flag> {
  const names = new Map<string, Flag>()
  for (const spec of [...modelled, ...others]) {
    const [long = '', short] = spec.replace('=', '').split(',')
    const flag = { long, value: spec.endsWith('='), modelled: modelled.includes(spec) }
    names.set(long, flag)
    if (short !== undefined) names.set(short, flag)
  }
  return names
}

/** Reads the words of `crictl VERB`. Throws {@link Failure}. */
export function parseFlags(verb: string, words: readonly string[], set: FlagSet): Flags {
  const names = index(set)
  const on = new Set<string>()
  const values = new Map<string, string>()
  const rest: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    if ((set.stopAtWord === true && rest.length > 0) || !/^-[^-]|^--./.test(word)) {
      rest.push(word)
      continue
    }
    const [, name = '', given] = /^--?([^=]+)(?:=(.*))?$/s.exec(word) ?? []
    const letters = word.startsWith('--') || names.has(name) ? [name] : [...name]
    for (const letter of letters) {
      const flag = names.get(letter)
      if (flag === undefined) throw new Failure(`flag provided but not defined: -${letter}`)
      if (!flag.modelled) throw new Failure(`podlab: crictl ${verb} --${flag.long} is not modelled`)
      if (!flag.value) on.add(flag.long)
      else {
        const value = given ?? words[++i]
        if (value === undefined) throw new Failure(`flag needs an argument: -${letter}`)
        values.set(flag.long, value)
      }
    }
  }
  return { on, values, words: rest }
}
