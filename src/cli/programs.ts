import { CEL } from '#images/control-plane/cel.ts'
import { celProgram } from '#images/control-plane/cel-program.ts'
import { programs as kubectl } from '#kubectl/main.ts'
import type { Program } from '#linux/syscalls.ts'
import { program } from '#userland/programs.ts'

const KUBECTL = new Map(kubectl.map((p) => [p.name, p]))

/** Every program of the model, loaded. */
export function allPrograms(name: string): Program | undefined {
  return name === CEL ? celProgram : (KUBECTL.get(name) ?? program(name))
}
