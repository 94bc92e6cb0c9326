import { leave, unchargePid } from '../cgroup/root.ts'
import { releaseNamespaces } from '../namespaces/calls.ts'
import type { PidNamespace } from '../namespaces/pid.ts'
import { SIGNALS } from '../signal.ts'
import { hangupSession } from '../tty/calls.ts'
import type { ProcessGroup } from './pid.ts'
import type { Process } from './process.ts'
import { sendSignal, signalGroup } from './signals.ts'
import type { Thread } from './thread.ts'

/** Ends a process none of whose threads is on the stack: `finally` blocks of its program run first. */
export function terminate(p: Process): void {
  for (const thread of [...p.threads]) thread.cancel()
  finishExit(p, undefined)
}

/**
 * exit_group(2): everything but the entry in the process table goes; children find a new parent, the own parent is
 * told. `last` is the thread that is ending by itself. Source: do_exit, exit_notify.
 */
export function finishExit(p: Process, last: Thread | undefined): void {
  if (p.exited) return
  const threads = [...p.threads]
  p.threads.clear()
  for (const thread of threads) {
    if (thread !== last) thread.cancel()
    thread.id.drop()
  }
  if (p.pendingCpu > 0) {
    const system = Math.min(p.pendingSystem, p.pendingCpu)
    p.account(p.pendingCpu - system, system)
    p.pendingCpu = 0
  }
  p.exitStatus = p.dying ?? { exit: 0 }
  p.tracee?.ended(p.exitStatus)
  p.tracer?.close()
  p.cancelAlarm()
  p.kernel.freeMemory(p)
  p.files.closeAll()
  p.kernel.vfs.dropFs(p.fs)
  p.exited = true
  p.stopped = 0
  if (p.session?.leader === p) hangupSession(p.session)
  if (p.isNamespaceInit) killNamespace(p.pidns, p)
  const orphanedBefore = strandedGroups(p)
  reparentChildren(p)
  for (const group of orphanedBefore) {
    signalGroup(group, SIGNALS.HUP)
    signalGroup(group, SIGNALS.CONT)
  }
  leave(p.cgroup, p)
  releaseNamespaces(p)
  p.kernel.exits++
  notifyParent(p)
  p.kernel.processEnded(p)
}

/** Groups with stopped members that become orphaned when `p` goes: they get SIGHUP and SIGCONT. */
function strandedGroups(p: Process): ProcessGroup[] {
  const candidates = new Set<ProcessGroup>()
  if (p.group !== undefined) candidates.add(p.group)
  for (const child of p.children) if (child.group !== undefined && child.group.session === p.session) candidates.add(child.group)
  const out: ProcessGroup[] = []
  for (const group of candidates) {
    if (!group.hasStopped()) continue
    const parentMatters = group === p.group ? p.parent?.session === p.session && p.parent?.group !== group : true
    if (!parentMatters) continue
    // Would be orphaned without p as a parent.
    let held = false
    for (const member of group.members) {
      if (member === p || member.exited) continue
      const parent = member.parent
      if (parent !== undefined && parent !== p && parent.group !== group && parent.session === group.session && !parent.isNamespaceInit)
        held = true
    }
    if (!held) out.push(group)
  }
  return out
}

/** The nearest subreaper above in the same pid namespace, else the namespace's init. */
function findReaper(p: Process): Process | undefined {
  const init = p.pidns.init
  for (let at = p.parent; at !== undefined && at !== init && at.pidns === p.pidns; at = at.parent) if (at.subreaper && !at.exited) return at
  return init !== p && init?.exited === false ? init : undefined
}

function reparentChildren(p: Process): void {
  if (p.children.size === 0) return
  const reaper = findReaper(p)
  for (const child of [...p.children]) {
    p.children.delete(child)
    child.parent = reaper
    reaper?.children.add(child)
    if (child.parentDeathSignal !== 0) sendSignal(child, child.parentDeathSignal)
    if (!child.exited) continue
    if (reaper === undefined) release(child)
    else notifyParent(child)
  }
}

/** The init of a pid namespace has ended: all others in it and below are killed, and it takes no new ones. */
function killNamespace(ns: PidNamespace, init: Process): void {
  ns.dead = true
  for (const p of [...ns.processes.values()]) {
    if (p === init) continue
    if (!p.exited) p.die({ signal: SIGNALS.KILL })
    // Zombies whose parent is gone with the namespace are reaped by its init (zap_pid_ns_processes).
    if (p.exited && (p.parent === undefined || p.parent === init || p.parent.pidns.isDescendantOf(ns))) release(p)
  }
}

function notifyParent(p: Process): void {
  const { parent } = p
  if (parent === undefined) {
    release(p)
    return
  }
  const ignores = parent.signals.action(SIGNALS.CHLD) === 'ignore'
  sendSignal(parent, SIGNALS.CHLD, p)
  if (ignores) release(p)
  parent.childEvents.wakeAll()
}

/** The last trace of a process goes: it has been waited for. */
export function release(p: Process): void {
  if (p.id.process !== p) return
  p.parent?.children.delete(p)
  for (let at: PidNamespace | undefined = p.pidns; at !== undefined; at = at.parent) at.processes.delete(p.id.numbers[at.level] as number)
  unchargePid(p.cgroup)
  if (p.session?.leader === p) p.session.leader = undefined
  const { group } = p
  p.group = undefined
  group?.leave(p)
  p.id.process = undefined
  p.id.drop()
}
