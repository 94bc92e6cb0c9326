import { CEL } from '#images/control-plane/cel.ts'
import { celProgram } from '#images/control-plane/cel-program.ts'
import { programs as kubectl } from '#kubectl/main.ts'
import type { Program } from '#linux/syscalls.ts'
import { programs as manual } from '#userland/man-db/index.ts'
import { program } from '#userland/programs.ts'
import { programs as yq } from '#userland/yq/index.ts'

const OTHERS = new Map([...kubectl, ...manual, ...yq].map((p) => [p.name, p]))

/** Every program of the model, loaded. */
export function allPrograms(name: string): Program | undefined {
  return name === CEL ? celProgram : (OTHERS.get(name) ?? program(name))
}
