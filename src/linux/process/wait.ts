import type { Sim } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import { W, type WaitStatus } from '../syscalls.ts'
import { release } from './exit.ts'
import type { Process } from './process.ts'

function matches(p: Process, child: Process, pid: number): boolean {
  if (pid > 0) return child.pidIn(p.pidns) === pid
  if (pid === -1) return true
  if (pid === 0) return child.group === p.group
  return child.group?.id.in(p.pidns) === -pid
}

/** waitpid(2). ECHILD when there is no such child. */
export function* wait(p: Process, pid: number, options: number): Sim<WaitStatus | undefined> {
  for (;;) {
    let any = false
    for (const child of p.children) {
      if (!matches(p, child, pid)) continue
      any = true
      const status = report(p, child, options)
      if (status !== undefined) return status
    }
    if (!any) throw new Errno('ECHILD')
    if ((options & W.NOHANG) !== 0) return undefined
    yield* p.childEvents.wait()
  }
}

function report(p: Process, child: Process, options: number): WaitStatus | undefined {
  const pid = child.pidIn(p.pidns)
  if (child.exited) {
    const status = child.exitStatus
    p.childUserMicros += child.userMicros + child.childUserMicros
    p.childSystemMicros += child.systemMicros + child.childSystemMicros
    release(child)
    return { pid, ...status }
  }
  const news = child.stateToReport
  if (news === undefined) return undefined
  if ('stopped' in news ? (options & W.UNTRACED) === 0 : (options & W.CONTINUED) === 0) return undefined
  child.stateToReport = undefined
  return { pid, ...news }
}
