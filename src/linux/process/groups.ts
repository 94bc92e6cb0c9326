import { Errno } from '../errno.ts'
import { ProcessGroup, Session } from './pid.ts'
import type { Process } from './process.ts'

function find(p: Process, pid: number): Process {
  const target = pid === 0 ? p : p.pidns.processes.get(pid)
  if (target === undefined) throw new Errno('ESRCH')
  return target
}

export function getpgid(p: Process, pid: number): number {
  return find(p, pid).group?.id.in(p.pidns) ?? 0
}

export function getsid(p: Process, pid: number): number {
  return find(p, pid).session?.id.in(p.pidns) ?? 0
}

/** Moves a process into a group; the old one goes when it is empty. */
export function joinGroup(p: Process, group: ProcessGroup): void {
  const old = p.group
  if (old === group) return
  group.members.add(p)
  p.group = group
  old?.leave(p)
}

/** setpgid(2). EACCES: a child that has exec'ed; EPERM: session leader or another session; ESRCH: not own child. */
export function setpgid(p: Process, pid: number, pgid: number): void {
  if (pgid < 0) throw new Errno('EINVAL')
  const target = pid === 0 ? p : p.pidns.processes.get(pid)
  if (target === undefined || (target !== p && target.parent !== p)) throw new Errno('ESRCH')
  if (target !== p) {
    if (target.session !== p.session) throw new Errno('EPERM')
    if (target.execed) throw new Errno('EACCES')
  }
  if (target.session?.leader === target) throw new Errno('EPERM')
  const id = pgid === 0 ? target.id : p.pidns.pids.get(pgid)
  if (id === target.id) {
    if (target.group?.id === id) return
    if (target.session === undefined) throw new Errno('EPERM')
    joinGroup(target, id.group ?? new ProcessGroup(id, target.session))
    return
  }
  const group = id?.group
  if (group === undefined || group.session !== target.session) throw new Errno('EPERM')
  joinGroup(target, group)
}

/** setsid(2): EPERM for a process group leader. */
export function setsid(p: Process): number {
  if (p.id.group !== undefined) throw new Errno('EPERM')
  startSession(p)
  return p.pid0
}

export function startSession(p: Process): void {
  const session = new Session(p.id, p)
  joinGroup(p, new ProcessGroup(p.id, session))
}
