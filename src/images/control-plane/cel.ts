import type { CelEngine, LoadCel } from '#kubernetes/apiserver/cel/engine-types.ts'
import type { Program } from '#linux/syscalls.ts'
import type { ControlPlaneWorld } from './world.ts'

/** The part of kube-apiserver that evaluates CEL: code of its own that comes as programs come, so that no lab loads it for nothing. */
export const CEL = 'kubernetes/cel'

/** Carries the engine; not a program anybody can run. */
export interface CelProgram extends Program {
  readonly engine: CelEngine
}

const isCel = (program: Program | undefined): program is CelProgram => program !== undefined && 'engine' in program

/** Takes the engine from the programs, or asks the host for it as for a program that is executed for the first time. */
export const celLoader = (world: ControlPlaneWorld): LoadCel =>
  function* () {
    const known = world.programs(CEL)
    if (isCel(known)) return known.engine
    const loaded = yield* world.sim.external<Program | undefined>('program', CEL)
    return isCel(loaded) ? loaded.engine : undefined
  }
