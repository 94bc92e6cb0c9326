import type { Proc } from '#linux/syscalls.ts'
import { Shell } from './shell.ts'
import { installSpecials } from './specials.ts'
import { Variable } from './variables.ts'

/** A computed variable for a child, to be defined anew there. */
function computedCopy(name: string, old: Variable): Variable {
  const v = new Variable(name)
  v.referenced = old.referenced
  return v
}

/** A copy of this shell over a child's system calls: what fork(2) does to a shell. */
export function childShell(parent: Shell, proc: Proc): Shell {
  const sh = new Shell({ proc, flavour: parent.flavour, arg0: parent.arg0, shellName: parent.shellName }, parent.scope.copy(computedCopy))
  sh.options = { ...parent.options, monitor: false }
  sh.shopts = { ...parent.shopts }
  sh.functions = new Map([...parent.functions].map(([k, f]) => [k, { ...f }]))
  sh.aliases = new Map(parent.aliases)
  sh.hash = new Map(parent.hash)
  sh.disabled = new Set(parent.disabled)
  sh.positional = parent.positional.slice()
  sh.lastStatus = parent.lastStatus
  sh.pipestatus = parent.pipestatus.slice()
  sh.lastBackground = parent.lastBackground
  sh.hardIgnored = new Set(parent.hardIgnored)
  sh.line = parent.line
  sh.errorLine = parent.errorLine
  sh.frames = parent.frames.slice()
  sh.sourceName = parent.sourceName
  sh.loops = parent.loops
  sh.sourceDepth = parent.sourceDepth
  sh.functionDepth = parent.functionDepth
  sh.callDepth = parent.callDepth
  sh.conditionDepth = parent.conditionDepth
  sh.subshell = true
  sh.subshellLevel = parent.subshellLevel + 1
  sh.commandString = parent.commandString
  sh.command = parent.command
  sh.lastArgument = parent.lastArgument
  sh.mainPid = parent.mainPid
  sh.startTime = parent.startTime
  sh.utf8 = parent.utf8
  sh.traceLevel = parent.traceLevel
  sh.foreignEnvironment = parent.foreignEnvironment
  sh.userName = parent.userName
  sh.atPrompt = parent.interactive || parent.atPrompt
  sh.hostName = parent.hostName
  sh.commandNumber = parent.commandNumber
  sh.debugInFunctions = parent.debugInFunctions
  sh.errInFunctions = parent.errInFunctions
  sh.ifs = parent.ifs
  sh.optionPosition = parent.optionPosition
  sh.history = parent.history
  sh.completions = parent.completions
  sh.directories.adopt(parent.directories)
  sh.jobs.inherit(parent.jobs)
  sh.coprocs = new Map(parent.coprocs)
  sh.openSubstitutions = parent.openSubstitutions.slice()
  for (const [name, home] of parent.homes) sh.homes.set(name, home)
  // Caught signals are reset, ignored ones stay ignored.
  sh.inheritedTraps = new Map([...(parent.inheritedTraps ?? []), ...parent.traps])
  for (const [name, trap] of parent.traps) {
    if (trap.action === '' && !['EXIT', 'ERR', 'DEBUG', 'RETURN'].includes(name)) sh.traps.set(name, trap)
    if (name === 'ERR' && parent.options.errtrace) sh.traps.set(name, trap)
    if ((name === 'DEBUG' || name === 'RETURN') && parent.options.functrace) sh.traps.set(name, trap)
  }
  installSpecials(sh)
  return sh
}
