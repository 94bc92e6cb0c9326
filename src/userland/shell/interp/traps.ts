import { signalName } from '#linux/signal.ts'
import { commandsOf } from './eval.ts'
import { call, ReturnFlow, type Run } from './flow.ts'
import type { Shell } from './shell.ts'

/** Traps that are not signals. */
export const PSEUDO = ['EXIT', 'DEBUG', 'ERR', 'RETURN'] as const

/** Runs a trap's action; `$?` is put back afterwards. Returns the status of the action's last command. */
export function* runTrap(sh: Shell, name: string, action: string): Run<number> {
  if (sh.trapsRunning.has(name)) return 0
  sh.trapsRunning.add(name)
  const { lastStatus, pipestatus, command, line, conditionDepth } = sh
  const level = name === 'EXIT' ? 0 : 1
  sh.traceLevel += level
  try {
    return yield* call(
      commandsOf(sh, action, { line: name === 'ERR' ? sh.errorLine : name === 'DEBUG' || name === 'RETURN' ? line : 1, trap: true }),
    )
  } finally {
    sh.trapsRunning.delete(name)
    sh.traceLevel -= level
    sh.lastStatus = lastStatus
    sh.pipestatus = pipestatus
    sh.command = command
    sh.line = line
    sh.conditionDepth = conditionDepth
  }
}

/** Runs the traps of the signals that have come. */
export function* runPending(sh: Shell): Run<void> {
  while (sh.pendingSignals.length > 0) {
    const signal = sh.pendingSignals.shift() as number
    const name = signalName(signal) ?? ''
    const trap = sh.traps.get(name)
    if (trap === undefined || trap.action === '') continue
    yield* runTrap(sh, name, trap.action)
    if (sh.unflushed) yield* sh.flush()
  }
}

/** Before a command. False: `extdebug` is on and the trap said to skip it. */
export function* debugTrap(sh: Shell): Run<boolean> {
  const trap = sh.traps.get('DEBUG')
  if (trap === undefined || trap.action === '' || sh.trapsRunning.has('DEBUG')) return true
  if (sh.functionDepth > 0 && !sh.debugInFunctions) return true
  const status = yield* runTrap(sh, 'DEBUG', trap.action)
  if (sh.unflushed) yield* sh.flush()
  if (!sh.shopts.extdebug || status === 0) return true
  if (status === 2 && sh.functionDepth > 0) throw new ReturnFlow(sh.lastStatus)
  return false
}

export function* errorTrap(sh: Shell, status: number): Run<void> {
  const trap = sh.traps.get('ERR')
  if (trap === undefined || trap.action === '' || (sh.functionDepth > 0 && !sh.errInFunctions)) return
  sh.lastStatus = status
  yield* runTrap(sh, 'ERR', trap.action)
  if (sh.unflushed) yield* sh.flush()
}

/** Sets how the process treats a signal, by what the shell wants done with it. */
export function applyTrap(sh: Shell, signal: number): void {
  if (signal === 9 || signal === 19) return
  const trap = sh.traps.get(signalName(signal) ?? '')
  if (trap?.action === '') sh.proc.sigaction(signal, 'ignore')
  else if (trap !== undefined) {
    sh.proc.sigaction(signal, (n) => {
      if (sh.pendingSignals.length < 1000) sh.pendingSignals.push(n)
    })
  } else sh.defaultSignal(signal)
}
