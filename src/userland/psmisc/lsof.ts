import { Errno } from '#linux/errno.ts'
import { type Proc, S } from '#linux/syscalls.ts'
import { majorOf, minorOf } from '#linux/vfs/inode.ts'
import type { Sim } from '#sim/wait.ts'
import { slurp } from '../lib/io.ts'
import { type Context, defineProgram } from '../lib/program.ts'
import { type ProcessInfo, readProcesses, readSystem } from '../procps/processes.ts'

interface Row {
  readonly cells: readonly [
    command: string,
    pid: string,
    user: string,
    fd: string,
    type: string,
    device: string,
    size: string,
    node: string,
    name: string,
  ]
}

/** lsof(8): open files, from /proc/PID/{cwd,root,exe,fd}. */
export const lsof = defineProgram({
  name: 'lsof/lsof',
  usage: '[-n] [-P] [-p PID] [-u USER] [-c COMMAND] [-t] [-i[ADDRESS]] [FILE...]',
  short: 'nPtap:u:c:i::lwbRV',
  missing: 'b R V',
  *run(ctx) {
    const { proc } = ctx
    const sys = yield* readSystem(proc)
    const pids = ctx.value('p')?.split(',').map(Number)
    const user = ctx.value('u')
    const command = ctx.value('c')
    const wanted = (yield* readProcesses(proc)).filter(
      (p) =>
        (pids === undefined || pids.includes(p.pid)) &&
        (user === undefined || sys.accounts.userName(p.euid) === user || String(p.euid) === user) &&
        (command === undefined || p.comm.startsWith(command)),
    )
    const rows: Row[] = []
    for (const p of wanted)
      rows.push(
        ...(yield* ctx.has('i')
          ? sockets(proc, p, sys.accounts.userName(p.euid), ctx.value('i'))
          : files(ctx, p, sys.accounts.userName(p.euid))),
      )
    const shown = ctx.operands.length === 0 ? rows : rows.filter((r) => ctx.operands.some((o) => r.cells[8] === real(proc, o)))
    if (shown.length === 0) return 1
    if (ctx.has('t')) ctx.out.put(`${[...new Set(shown.map((r) => r.cells[1]))].join('\n')}\n`)
    else table(ctx, shown)
    return 0
  },
})

function real(proc: Proc, path: string): string {
  try {
    return proc.realpath(path)
  } catch (error) {
    if (error instanceof Errno) return path
    throw error
  }
}

function* files(ctx: Context, p: ProcessInfo, user: string): Sim<Row[]> {
  const { proc } = ctx
  const out: Row[] = []
  const add = (fd: string, path: string): void => {
    try {
      const name = proc.readlink(path)
      const st = proc.stat(path)
      const type = st.mode & S.IFMT
      const word =
        type === S.IFDIR
          ? 'DIR'
          : type === S.IFREG
            ? 'REG'
            : type === S.IFCHR
              ? 'CHR'
              : type === S.IFBLK
                ? 'BLK'
                : type === S.IFIFO
                  ? 'FIFO'
                  : type === S.IFSOCK
                    ? 'sock'
                    : 'unknown'
      const dev = (n: number): string => `${majorOf(n)},${minorOf(n)}`
      const device = type === S.IFCHR || type === S.IFBLK
      out.push({
        cells: [
          p.comm.slice(0, 9),
          String(p.pid),
          user,
          fd,
          word,
          dev(device ? st.rdev : st.dev),
          device || type === S.IFIFO ? '0t0' : String(st.size),
          String(st.ino),
          name,
        ],
      })
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
  add('cwd', `/proc/${p.pid}/cwd`)
  add('rtd', `/proc/${p.pid}/root`)
  add('txt', `/proc/${p.pid}/exe`)
  let fds: number[] = []
  try {
    fds = proc
      .readdir(`/proc/${p.pid}/fd`)
      .map((e) => Number(e.name))
      .sort((a, b) => a - b)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  for (const fd of fds) {
    const info = (yield* slurp(proc, `/proc/${p.pid}/fdinfo/${fd}`)) ?? ''
    const mode = Number.parseInt(/^flags:\s*(\d+)/m.exec(info)?.[1] ?? '0', 8) & 3
    add(`${fd}${mode === 0 ? 'r' : mode === 1 ? 'w' : 'u'}`, `/proc/${p.pid}/fd/${fd}`)
  }
  return out
}

/** -i: the internet sockets of a process; `:80` and `tcp:80` choose. */
function* sockets(proc: Proc, p: ProcessInfo, user: string, filter: string | undefined): Sim<Row[]> {
  const m = /^(tcp|udp)?(?:@[^:]*)?(?::(\d+))?$/i.exec(filter ?? '')
  const out: Row[] = []
  for (const s of proc.net.sockets()) {
    if (s.proto !== 'tcp' && s.proto !== 'udp') continue
    if (m?.[1] !== undefined && m[1].toLowerCase() !== s.proto) continue
    if (m?.[2] !== undefined && s.localPort !== Number(m[2]) && s.remotePort !== Number(m[2])) continue
    for (const u of s.users) {
      if (u.pid !== p.pid) continue
      const host = (a: string): string => (a === '0.0.0.0' ? '*' : a)
      const peer = s.remotePort === 0 ? '' : `->${s.remote}:${s.remotePort}`
      const state = s.proto === 'tcp' ? ` (${s.state === 'ESTAB' ? 'ESTABLISHED' : s.state})` : ''
      out.push({
        cells: [
          p.comm.slice(0, 9),
          String(p.pid),
          user,
          `${u.fd}u`,
          'IPv4',
          String(s.inode),
          '0t0',
          s.proto.toUpperCase(),
          `${host(s.local)}:${s.localPort}${peer}${state}`,
        ],
      })
    }
  }
  yield* proc.cpu(50)
  return out
}

function table(ctx: Context, rows: readonly Row[]): void {
  const head = ['COMMAND', 'PID', 'USER', 'FD', 'TYPE', 'DEVICE', 'SIZE/OFF', 'NODE', 'NAME']
  const width = (i: number, least: number): number => Math.max(least, (head[i] ?? '').length, ...rows.map((r) => (r.cells[i] ?? '').length))
  const w = head.map((_, i) => width(i, i === 3 ? 4 : i === 4 ? 6 : 0))
  const line = (c: readonly string[]): string => {
    // FD keeps room for a lock behind its mode.
    const fd = (c[3] ?? '').padStart(w[3] ?? 0).padEnd((w[3] ?? 0) + 1)
    return `${(c[0] ?? '').padEnd(w[0] ?? 0)} ${(c[1] ?? '').padStart(w[1] ?? 0)} ${(c[2] ?? '').padStart(w[2] ?? 0)} ${fd} ${(c[4] ?? '').padStart(w[4] ?? 0)} ${(c[5] ?? '').padStart(w[5] ?? 0)} ${(c[6] ?? '').padStart(w[6] ?? 0)} ${(c[7] ?? '').padStart(w[7] ?? 0)} ${c[8] ?? ''}\n`
  }
  ctx.out.put(line(head))
  for (const { cells } of rows) ctx.out.put(line(cells))
}
