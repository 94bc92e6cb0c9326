import { CEL } from '#images/control-plane/cel.ts'
import type { Program } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import { dircolors } from '#userland/coreutils/dircolors.ts'
import { id } from '#userland/coreutils/identity.ts'
import { MANUAL } from '#userland/man-db/names.ts'
import { programs as shell } from '#userland/shell/index.ts'
import { daemons } from '#userland/systemd/daemons.ts'
import { journald } from '#userland/systemd/journald.ts'
import { networkd, udevadm } from '#userland/systemd/small.ts'
import { systemd } from '#userland/systemd/systemd.ts'

/** Programs a machine needs to boot and to show its first prompt. */
const AT_ONCE: ReadonlyMap<string, Program> = new Map(
  [...shell, systemd, journald, networkd, udevadm, ...daemons, id, dircolors].map((p) => [p.name, p]),
)

type Lookup = (name: string) => Program | undefined

let loaded: Lookup | undefined
/** Code that is loaded by itself, once one of its names is wanted: what evaluates CEL, the manual, what brings a parser of YAML. */
const APART: readonly { readonly names: readonly string[]; load(): Promise<readonly Program[]> }[] = [
  { names: [CEL], load: async () => [(await import('#images/control-plane/cel-program.ts')).celProgram] },
  { names: MANUAL, load: async () => (await import('#userland/man-db/index.ts')).programs },
  { names: ['yq/yq'], load: async () => (await import('#userland/yq/index.ts')).programs },
]
const apart = new Map<string, Program>()
const isApart = (name: string): boolean => APART.some((part) => part.names.includes(name))

/** Loads the rest of the userland, and kubectl; of what is code of its own that which is among the names that are wanted. */
export async function loadPrograms(wanted: Iterable<string> = []): Promise<Lookup> {
  const names = [...wanted]
  for (const part of APART) {
    if (part.names.some((name) => names.includes(name) && !apart.has(name)))
      for (const program of await part.load()) apart.set(program.name, program)
  }
  if (loaded === undefined) {
    const [{ program }, { programs }] = await Promise.all([import('#userland/programs.ts'), import('#kubectl/main.ts')])
    const kubectl = new Map(programs.map((p) => [p.name, p]))
    loaded = (name) => kubectl.get(name) ?? program(name)
  }
  return loaded
}

/** A loaded program; undefined when there is none of that name, or nothing has been loaded yet. */
export function loadedProgram(name: string): Program | undefined {
  return isApart(name) ? apart.get(name) : loaded?.(name)
}

/** Whether a program that {@link loadPrograms} was asked for has come. */
export const isLoaded = (name: string): boolean => (isApart(name) ? apart.has(name) : loaded !== undefined)

/** Programs as the lab's kernels see them: what is not here yet is asked for when it is first executed. */
export function lazyPrograms(name: string): Program | undefined {
  return AT_ONCE.get(name) ?? stub(name)
}

/** A program of the laptop that asks before it runs, so that the lab can have it wait until there is a cluster. */
export function gated(program: Program): Program {
  return {
    name: program.name,
    *main(proc) {
      yield* proc.external('program', program.name)
      return yield* program.main(proc)
    },
  }
}

const stubs = new Map<string, Program>()

function stub(name: string): Program {
  const known = stubs.get(name)
  if (known !== undefined) return known
  const made: Program = {
    name,
    *main(proc) {
      const real = yield* proc.external<Program | undefined>('program', name)
      if (real !== undefined) return yield* real.main(proc)
      yield* proc.write(2, encode(`podlab: ${name.slice(name.lastIndexOf('/') + 1)} is not modelled\n`))
      return 127
    },
  }
  stubs.set(name, made)
  return made
}
