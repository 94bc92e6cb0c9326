import { Errno } from '#linux/errno.ts'
import { type Proc, W } from '#linux/syscalls.ts'
import { decode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { execvp } from '../lib/exec.ts'
import { readAll, say } from '../lib/io.ts'
import { defineProgram } from '../lib/program.ts'
import { ctime } from './processes.ts'

/** watch(1): runs a command again and again and shows what fits on the screen. */
export const watch = defineProgram({
  name: 'procps/watch',
  usage: '[options] command',
  short: 'bcdegn:pqtwx',
  long: 'beep:b color:c differences=?:d errexit:e chgexit:g interval=:n precise:p equexit=:q no-title:t no-wrap:w exec:x',
  posix: true,
  *run(ctx) {
    const { proc, operands } = ctx
    if (operands.length === 0) {
      yield* say(proc, 2, '\nUsage:\n watch [options] command\n\nFor more details see watch(1).\n')
      return 1
    }
    const interval = Math.max(0.1, Number(ctx.value('n') ?? 2))
    if (Number.isNaN(interval)) return yield* ctx.die(`failed to parse argument: '${ctx.value('n')}'`)
    let ended = false
    proc.sigaction(2, () => {
      ended = true
    })
    proc.sigaction(15, () => {
      ended = true
    })
    proc.sigaction(28, () => {})
    yield* say(proc, 1, '\x1b[?1049h\x1b[H\x1b[2J')
    let before: string | undefined
    let status = 0
    while (!ended) {
      const { text, exit } = yield* output(proc, operands, ctx.has('x'))
      const size = screen(proc)
      const lines = text.split('\n')
      const room = Math.max(1, size.rows - (ctx.has('t') ? 0 : 2))
      let out = '\x1b[H'
      if (!ctx.has('t')) {
        const right = `${proc.uname().nodename}: ${ctime(Math.floor(proc.now() / 1_000_000))}`
        const left = `Every ${interval.toFixed(1)}s: ${operands.join(' ')}`
        const space = size.cols - right.length
        out += `${(left.length >= space ? `${left.slice(0, Math.max(0, space - 4))}...` : left).padEnd(space)}${right}\r\n\x1b[K\r\n`
      }
      out += `${lines
        .slice(0, room)
        .map((line) => `${line.slice(0, size.cols)}\x1b[K`)
        .join('\r\n')}\x1b[J`
      yield* say(proc, 1, out)
      if (ctx.has('g') && before !== undefined && before !== text) break
      if (ctx.has('e') && exit !== 0) {
        status = 8
        break
      }
      before = text
      try {
        yield* proc.nanosleep(Math.round(interval * 1_000_000))
      } catch (error) {
        if (!(error instanceof Errno) || error.code !== 'EINTR') throw error
      }
    }
    yield* say(proc, 1, '\x1b[?1049l')
    return status
  },
})

function screen(proc: Proc): { rows: number; cols: number } {
  try {
    const { rows, cols } = proc.getWinSize(1)
    return { rows: rows || 24, cols: cols || 80 }
  } catch (error) {
    if (error instanceof Errno) return { rows: 24, cols: 80 }
    throw error
  }
}

function* output(proc: Proc, operands: readonly string[], direct: boolean): Sim<{ readonly text: string; readonly exit: number }> {
  const { read, write } = proc.pipe()
  const argv = direct ? operands : ['sh', '-c', operands.join(' ')]
  const pid = proc.fork(function* (child) {
    child.dup2(write, 1)
    child.dup2(write, 2)
    child.close(write)
    child.close(read)
    try {
      return yield* execvp(child, argv)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* say(child, 2, `unable to execute '${argv[0]}'\n`)
      return 4
    }
  })
  proc.close(write)
  try {
    const text = decode(yield* readAll(proc, read))
    const status = yield* proc.wait(pid, W.UNTRACED)
    return { text, exit: status?.exit ?? 1 }
  } catch (error) {
    if (error instanceof Errno && error.code === 'EINTR') return { text: '', exit: 0 }
    throw error
  } finally {
    proc.close(read)
  }
}
