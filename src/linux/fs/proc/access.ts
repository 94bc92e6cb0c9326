import { Errno } from '../../errno.ts'
import { CAP } from '../../process/capability.ts'
import { TaskFs } from '../../process/fs-context.ts'
import type { Process } from '../../process/process.ts'
import type { FsContext } from '../../vfs/types.ts'

/** The process that asks; undefined for the kernel itself. */
export function asker(ctx: FsContext | undefined): Process | undefined {
  return ctx instanceof TaskFs ? ctx.process : undefined
}

/** ptrace_may_access(PTRACE_MODE_READ_FSCREDS): the same user throughout, or CAP_SYS_PTRACE over the target. ptrace(2) */
export function mayTrace(ctx: FsContext | undefined, target: Process): boolean {
  const reader = asker(ctx)
  if (reader === undefined || reader === target) return true
  const r = reader.cred
  const t = target.cred.state
  const same = [t.uid, t.euid, t.suid].every((id) => id === r.fsuid) && [t.gid, t.egid, t.sgid].every((id) => id === r.fsgid)
  if (same && (t.caps.permitted & ~r.state.caps.permitted) === 0n) return true
  return r.capable(CAP.sys_ptrace, target.cred.userns)
}

export function requireTrace(ctx: FsContext | undefined, target: Process): void {
  if (!mayTrace(ctx, target)) throw new Errno('EACCES')
}
