import { Errno } from '../errno.ts'
import { SIGNALS, SIGRTMAX } from '../signal.ts'
import type { SigAction } from '../syscalls.ts'
import { CAP } from './capability.ts'
import type { ProcessGroup } from './pid.ts'
import type { Process } from './process.ts'

/** What a signal does when its action is the default: signal(7), "Standard signals". */
type Effect = 'term' | 'core' | 'ignore' | 'stop' | 'cont'

const EFFECTS: Readonly<Record<number, Effect>> = {
  [SIGNALS.QUIT]: 'core',
  [SIGNALS.ILL]: 'core',
  [SIGNALS.TRAP]: 'core',
  [SIGNALS.ABRT]: 'core',
  [SIGNALS.BUS]: 'core',
  [SIGNALS.FPE]: 'core',
  [SIGNALS.SEGV]: 'core',
  [SIGNALS.XCPU]: 'core',
  [SIGNALS.XFSZ]: 'core',
  [SIGNALS.SYS]: 'core',
  [SIGNALS.CHLD]: 'ignore',
  [SIGNALS.URG]: 'ignore',
  [SIGNALS.WINCH]: 'ignore',
  [SIGNALS.STOP]: 'stop',
  [SIGNALS.TSTP]: 'stop',
  [SIGNALS.TTIN]: 'stop',
  [SIGNALS.TTOU]: 'stop',
  [SIGNALS.CONT]: 'cont',
}

const STOPS: readonly number[] = [SIGNALS.STOP, SIGNALS.TSTP, SIGNALS.TTIN, SIGNALS.TTOU]

function effect(signal: number): Effect {
  return EFFECTS[signal] ?? 'term'
}

const NONE: ReadonlySet<number> = new Set()

/** Dispositions, blocked and pending signals of a process. */
export class SignalState {
  readonly actions = new Map<number, SigAction>()
  blocked: ReadonlySet<number> = NONE
  readonly pending = new Set<number>()
  /** Handlers run so far: a call that goes back to sleep sees by it that it was interrupted. */
  handled = 0

  action(signal: number): SigAction {
    return this.actions.get(signal) ?? 'default'
  }

  /** For a child: dispositions and mask are inherited, pending signals are not. */
  copy(): SignalState {
    const copy = new SignalState()
    for (const [signal, action] of this.actions) copy.actions.set(signal, action)
    copy.blocked = this.blocked
    return copy
  }

  /** execve(2): handlers go back to the default, ignored signals stay ignored. */
  resetHandlers(): void {
    for (const [signal, action] of this.actions) if (typeof action === 'function') this.actions.delete(signal)
  }

  /** Bit mask (bit n-1 for signal n) of a set, as in /proc/PID/status. */
  static mask(signals: Iterable<number>): bigint {
    let mask = 0n
    for (const n of signals) mask |= 1n << BigInt(n - 1)
    return mask
  }

  ignoredMask(): bigint {
    return SignalState.mask([...this.actions].filter(([, a]) => a === 'ignore').map(([n]) => n))
  }

  caughtMask(): bigint {
    return SignalState.mask([...this.actions].filter(([, a]) => typeof a === 'function').map(([n]) => n))
  }
}

/** Whether `signal` would do nothing to `p` (sig_task_ignored). `force`: sent from an outer pid namespace or the kernel. */
function isIgnored(p: Process, signal: number, force: boolean): boolean {
  const action = p.signals.action(signal)
  if (action === 'default' && p.isNamespaceInit && !(force && (signal === SIGNALS.KILL || signal === SIGNALS.STOP))) {
    return true
  }
  if (p.signals.blocked.has(signal)) return false
  return action === 'ignore' || (action === 'default' && effect(signal) === 'ignore')
}

/**
 * Sends `signal` to one process. `from` is absent when the kernel itself sends it. Permission is checked by the caller.
 * Source: send_signal, prepare_signal of the kernel; signal(7).
 */
export function sendSignal(p: Process, signal: number, from?: Process): void {
  if (p.exited || signal === 0) return
  const force = from === undefined || (p.pidns !== from.pidns && p.pidns.isDescendantOf(from.pidns))
  if (signal === SIGNALS.CONT) {
    for (const stop of STOPS) p.signals.pending.delete(stop)
    continueProcess(p)
  } else if (effect(signal) === 'stop') p.signals.pending.delete(SIGNALS.CONT)
  p.tracee?.queued(signal, from)
  if (isIgnored(p, signal, force)) {
    p.tracee?.delivered(signal, 'ignored')
    return
  }
  p.signals.pending.add(signal)
  if (!p.signals.blocked.has(signal) || signal === SIGNALS.KILL || signal === SIGNALS.STOP) notify(p)
}

export function signalGroup(group: ProcessGroup | undefined, signal: number, from?: Process): void {
  if (group !== undefined) for (const p of [...group.members]) sendSignal(p, signal, from)
}

/** The next pending signal that is not blocked; only KILL while stopped or frozen. */
function nextSignal(p: Process): number | undefined {
  const { pending, blocked } = p.signals
  if (pending.size === 0) return undefined
  if (pending.has(SIGNALS.KILL)) return SIGNALS.KILL
  if (p.suspended) return undefined
  let best: number | undefined
  for (const n of pending) if ((best === undefined || n < best) && (n === SIGNALS.STOP || !blocked.has(n))) best = n
  return best
}

/**
 * Acts on what is pending: default actions take effect at once; for a handler the process is woken, and runs it when it
 * returns to its own code. Called whenever something becomes deliverable.
 */
export function notify(p: Process): void {
  for (;;) {
    const signal = p.exited || p.dying?.signal !== undefined ? undefined : nextSignal(p)
    if (p.dying !== undefined && signal !== SIGNALS.KILL) return
    if (signal === undefined) return
    const action = signal === SIGNALS.KILL || signal === SIGNALS.STOP ? 'default' : p.signals.action(signal)
    if (typeof action === 'function') {
      p.attention = true
      p.interrupt()
      return
    }
    p.signals.pending.delete(signal)
    p.tracee?.delivered(signal, action === 'ignore' || ['ignore', 'cont'].includes(effect(signal)) ? 'ignored' : 'default')
    if (action === 'ignore') continue
    switch (effect(signal)) {
      case 'ignore':
      case 'cont':
        continue
      case 'stop':
        if (signal !== SIGNALS.STOP && (p.group?.isOrphaned() ?? true)) continue
        stopProcess(p, signal)
        return
      case 'core':
        p.die({
          signal,
          coreDumped: effect(signal) === 'core' && p.limits.core.soft > 0,
        })
        return
      case 'term':
        p.die({ signal, coreDumped: false })
        return
    }
  }
}

/** Runs the handlers of pending signals in the process's own context; true when one ran. */
export function runHandlers(p: Process): boolean {
  let ran = false
  p.attention = false
  for (;;) {
    if (p.dying !== undefined || p.exited) return ran
    const signal = nextSignal(p)
    if (signal === undefined) return ran
    const action = p.signals.action(signal)
    if (typeof action !== 'function' || signal === SIGNALS.KILL || signal === SIGNALS.STOP) {
      notify(p)
      p.attention = false
      if (nextSignal(p) === signal) return ran
      continue
    }
    p.signals.pending.delete(signal)
    p.signals.handled++
    p.tracee?.delivered(signal, 'handled')
    action(signal)
    ran = true
  }
}

function stopProcess(p: Process, signal: number): void {
  if (p.stopped !== 0) return
  p.stopped = signal
  p.stateToReport = { stopped: signal }
  p.tracee?.stopped(signal)
  p.suspensionChanged()
  tellParent(p)
}

function continueProcess(p: Process): void {
  if (p.stopped === 0) return
  p.stopped = 0
  p.stateToReport = { continued: true }
  p.suspensionChanged()
  tellParent(p)
  notify(p)
}

/** A child stopped or went on: SIGCHLD and wait(2). */
function tellParent(p: Process): void {
  const parent = p.parent
  if (parent === undefined) return
  sendSignal(parent, SIGNALS.CHLD)
  parent.childEvents.wakeAll()
}

/** kill(2) permission: same user, or CAP_KILL in the target's user namespace; SIGCONT also within a session. */
export function mayKill(from: Process, to: Process, signal: number): boolean {
  const a = from.cred.state
  const b = to.cred.state
  if (a.euid === b.suid || a.euid === b.uid || a.uid === b.suid || a.uid === b.uid) return true
  if (from.cred.capable(CAP.kill, to.cred.userns)) return true
  return signal === SIGNALS.CONT && from.group?.session === to.group?.session
}

/** kill(2). ESRCH, EPERM, EINVAL. */
export function kill(from: Process, pid: number, signal: number): void {
  if (signal < 0 || signal > SIGRTMAX) throw new Errno('EINVAL')
  const targets: Process[] = []
  if (pid > 0) {
    const target = from.pidns.processes.get(pid)
    if (target === undefined) throw new Errno('ESRCH')
    targets.push(target)
  } else if (pid === -1) {
    for (const p of from.pidns.processes.values()) if (p !== from && p.pidIn(from.pidns) !== 1) targets.push(p)
  } else {
    const group = pid === 0 ? from.group : from.pidns.pids.get(-pid)?.group
    if (group !== undefined) for (const p of group.members) if (p.pidIn(from.pidns) !== 0) targets.push(p)
  }
  if (targets.length === 0) throw new Errno('ESRCH')
  const allowed = targets.filter((p) => mayKill(from, p, signal))
  if (allowed.length === 0) throw new Errno('EPERM')
  for (const p of allowed) sendSignal(p, signal, from)
}
