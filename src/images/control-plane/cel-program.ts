import { engine } from '#kubernetes/apiserver/cel/engine.ts'
import { CEL, type CelProgram } from './cel.ts'

/** The engine itself. Imported where it may be part of the first load; elsewhere it is loaded. */
export const celProgram: CelProgram = {
  name: CEL,
  engine,
  *main() {
    return 126
  },
}
