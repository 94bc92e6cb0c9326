import type { Sim } from '#sim/wait.ts'
import { chargePid, join, unchargePid } from '../cgroup/root.ts'
import { Errno } from '../errno.ts'
import { forkNamespaces } from '../namespaces/calls.ts'
import type { PidNamespace } from '../namespaces/pid.ts'
import type { Proc } from '../syscalls.ts'
import { CAP } from './capability.ts'
import { Pid } from './pid.ts'
import { Process } from './process.ts'

/** System time of a fork on the recorded kind of machine, microseconds. */
const FORK_MICROS = 60

/** Numbers for a new process in `ns` and in all above; EAGAIN when there are none. */
export function allocatePid(ns: PidNamespace): Pid {
  if (ns.dead) throw new Errno('ENOMEM')
  const numbers: number[] = []
  for (let at: PidNamespace | undefined = ns; at !== undefined; at = at.parent) {
    const number = at.allocate()
    if (number === undefined) throw new Errno('EAGAIN')
    numbers.unshift(number)
  }
  const id = new Pid(ns, numbers)
  for (let at: PidNamespace | undefined = ns; at !== undefined; at = at.parent) at.pids.set(numbers[at.level] as number, id)
  return id
}

/** Makes a new process known in its pid namespaces; the first one in a namespace is its init. */
export function attach(p: Process): void {
  for (let at: PidNamespace | undefined = p.pidns; at !== undefined; at = at.parent) at.processes.set(p.id.numbers[at.level] as number, p)
  if (p.pidns.init === undefined) p.pidns.init = p
}

/**
 * fork(2), or clone(2) with namespace flags. The child runs `main` with a copy of the parent's state.
 * EAGAIN: RLIMIT_NPROC or pids.max; ENOMEM: the pid namespace's init has ended.
 */
export function fork(parent: Process, main: (proc: Proc) => Sim<number>, flags: number): Process {
  const { kernel } = parent
  checkProcessLimit(parent)
  const made = forkNamespaces(parent, flags)
  chargePid(parent.cgroup)
  let id: Pid
  try {
    id = allocatePid(made.ns.pidForChildren)
  } catch (error) {
    unchargePid(parent.cgroup)
    throw error
  }
  const fs = parent.fs.copy()
  const child = new Process({
    kernel,
    id,
    parent,
    cred: made.cred,
    ns: { ...made.ns, time: made.ns.timeForChildren },
    fs,
    files: parent.files.copy(),
    signals: parent.signals.copy(),
    limits: parent.limits,
    cgroup: parent.cgroup,
  })
  kernel.vfs.holdFs(fs)
  made.enter(child)
  child.ns.time.frozen = true
  child.argv = parent.argv
  child.environ = parent.environ
  child.cmdline = parent.cmdline
  child.comm = parent.comm
  child.exe = parent.exe
  child.nice = parent.nice
  child.policy = parent.policy
  child.rtPriority = parent.rtPriority
  child.ionice = parent.ionice
  child.affinity = parent.affinity
  child.oomScoreAdj = parent.oomScoreAdj
  child.fileBytes = parent.fileBytes
  attach(child)
  parent.children.add(child)
  child.group = parent.group
  child.group?.members.add(child)
  join(child.cgroup, child)
  kernel.chargeFork(child)
  parent.chargeSystem(FORK_MICROS)
  kernel.forks++
  if (!child.exited) {
    parent.tracee?.forked(child)
    child.run(main(child))
  }
  return child
}

function checkProcessLimit(p: Process): void {
  const limit = p.limits.nproc.soft
  if (limit === Number.POSITIVE_INFINITY || p.cred.state.uid === 0) return
  if (p.kernel.capableInit(p, CAP.sys_resource) || p.kernel.capableInit(p, CAP.sys_admin)) return
  let count = 0
  for (const other of p.kernel.pidns.processes.values()) if (other.cred.state.uid === p.cred.state.uid) count++
  if (count >= limit) throw new Errno('EAGAIN')
}
