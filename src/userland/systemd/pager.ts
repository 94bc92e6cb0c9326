import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { withEnv } from '../lib/exec.ts'
import { say, writeAll } from '../lib/io.ts'

/** Prints text, through the pager when standard output is a terminal it does not fit on. */
export function* page(proc: Proc, text: string, usePager: boolean): Sim<void> {
  if (!usePager || !proc.isatty(1) || text.split('\n').length <= proc.getWinSize(1).rows || !proc.access('/usr/bin/less', 'x')) {
    yield* say(proc, 1, text)
    return
  }
  const { read, write } = proc.pipe()
  const pid = proc.fork(function* (child) {
    child.dup2(read, 0)
    child.close(read)
    child.close(write)
    return yield* child.exec('/usr/bin/less', ['less'], withEnv(child.environ, 'LESS', 'FRSXMK'))
  })
  proc.close(read)
  proc.sigaction(13, 'ignore')
  try {
    yield* writeAll(proc, write, encode(text))
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  proc.close(write)
  yield* proc.wait(pid)
}
