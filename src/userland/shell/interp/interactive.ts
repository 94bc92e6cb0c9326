import type { Run } from './flow.ts'
import { runStdin } from './main-loop.ts'
import type { Shell } from './shell.ts'

export function* interactiveLoop(sh: Shell): Run<number> {
  return yield* runStdin(sh)
}
