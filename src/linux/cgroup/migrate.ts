import { Errno } from '../errno.ts'
import type { Process } from '../process/process.ts'
import type { Cgroup } from './cgroup.ts'
import { join, leave, movePid } from './root.ts'

/**
 * Moves a process into a cgroup: a write to cgroup.procs. EBUSY: the cgroup hands controllers on to children (no internal
 * processes); ENODEV: it is gone; EINVAL: a kernel thread.
 */
export function migrate(p: Process, to: Cgroup, by: Process | undefined): void {
  if (to.removed) throw new Errno('ENODEV')
  if (p.kthread && to.parent !== undefined) throw new Errno('EINVAL')
  if (to.parent !== undefined && to.subtreeControl.size > 0) throw new Errno('EBUSY')
  const from = p.cgroup
  if (from === to) return
  if (by !== undefined && !within(by, from, to)) throw new Errno('ENOENT')
  p.kernel.cpu.sync()
  movePid(from, to)
  leave(from, p)
  p.cgroup = to
  join(to, p)
  p.suspensionChanged()
  p.kernel.cpu.recompute()
}

/** cgroup_namespaces(7): both ends must be below the root of the mover's cgroup namespace. */
function within(by: Process, from: Cgroup, to: Cgroup): boolean {
  const { root } = by.ns.cgroup
  const below = (cgroup: Cgroup): boolean => {
    for (let at: Cgroup | undefined = cgroup; at !== undefined; at = at.parent) if (at === root) return true
    return false
  }
  return below(from) && below(to)
}
