import type { Program } from '#linux/syscalls.ts'
import { say } from '../lib/io.ts'

/** A program that needs a whole screen: says plainly that the model has none, whatever its arguments. */
export function editor(name: string, called: string): Program {
  return {
    name,
    *main(proc) {
      yield* say(proc, 2, `podlab: ${called} is not modelled yet\n`)
      return 1
    },
  }
}

export const programs: readonly Program[] = [editor('nano/nano', 'nano')]
