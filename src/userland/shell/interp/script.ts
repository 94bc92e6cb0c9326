import { ExitFlow, type Run } from './flow.ts'
import { finishShell, flowStatus } from './fork.ts'
import { runText } from './main-loop.ts'
import type { Shell } from './shell.ts'

/** Runs a text file without `#!` in this process, as a fresh shell would. */
export function* runScriptHere(sh: Shell, path: string, argv: readonly string[]): Run<number> {
  const text = yield* sh.readFile(path)
  if (text === undefined) {
    sh.error(`${path}: Permission denied`)
    yield* sh.flush()
    return 126
  }
  for (const v of [...sh.scope.table.values()]) if (!v.exported && v.dynamic === undefined) sh.scope.table.delete(v.name)
  sh.functions = new Map([...sh.functions].filter(([, f]) => f.exported))
  sh.aliases.clear()
  sh.traps.clear()
  sh.frames = []
  sh.functionDepth = 0
  sh.sourceDepth = 0
  sh.loops = 0
  sh.conditionDepth = 0
  sh.options.errexit = false
  sh.options.xtrace = false
  sh.arg0 = argv[0] ?? path
  sh.sourceName = sh.arg0
  sh.positional = argv.slice(1)
  sh.commandString = false
  sh.mainPid = sh.proc.pid
  sh.subshell = false
  sh.subshellLevel = 0
  sh.atPrompt = false
  let status: number
  try {
    status = yield* runText(sh, text)
  } catch (error) {
    status = flowStatus(sh, error)
  }
  throw new ExitFlow(yield* finishShell(sh, status))
}
