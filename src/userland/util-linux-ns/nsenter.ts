import { Errno } from '#linux/errno.ts'
import { SIGNALS } from '#linux/signal.ts'
import { CLONE, O, type Proc, W } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { execute, executeShell, Fatal, failed, numberArg, orDie, tool } from './common.ts'
import { guarded } from './unshare.ts'

const HELP = `
Usage:
 nsenter [options] [<program> [<argument>...]]

Run a program with namespaces of other processes.

Options:
 -a, --all              enter all namespaces
 -t, --target <pid>     target process to get namespaces from
 -m, --mount[=<file>]   enter mount namespace
 -u, --uts[=<file>]     enter UTS namespace (hostname etc)
 -i, --ipc[=<file>]     enter System V IPC namespace
 -n, --net[=<file>]     enter network namespace
 -p, --pid[=<file>]     enter pid namespace
 -C, --cgroup[=<file>]  enter cgroup namespace
 -U, --user[=<file>]    enter user namespace
 -T, --time[=<file>]    enter time namespace
 -S, --setuid <uid>     set uid in entered namespace
 -G, --setgid <gid>     set gid in entered namespace
     --preserve-credentials do not touch uids or gids
 -r, --root[=<dir>]     set the root directory
 -w, --wd[=<dir>]       set the working directory
 -W, --wdns <dir>       set the working directory in namespace
 -F, --no-fork          do not fork before exec'ing <program>
 -Z, --follow-context   set SELinux context according to --target PID

 -h, --help             display this help
 -V, --version          display version

For more details see nsenter(1).
`

/** In the order in which they are entered: option, flag, file. */
const KINDS: readonly (readonly [option: string, flag: number, file: string])[] = [
  ['U', CLONE.NEWUSER, 'user'],
  ['C', CLONE.NEWCGROUP, 'cgroup'],
  ['i', CLONE.NEWIPC, 'ipc'],
  ['u', CLONE.NEWUTS, 'uts'],
  ['n', CLONE.NEWNET, 'net'],
  ['p', CLONE.NEWPID, 'pid'],
  ['m', CLONE.NEWNS, 'mnt'],
  ['T', CLONE.NEWTIME, 'time'],
]

/** nsenter(1) of util-linux 2.38. */
export const nsenter = tool({
  name: 'util-linux/nsenter',
  help: HELP,
  short: 'haVt:m::u::i::n::p::C::U::T::S:G:r::w::W:FZ',
  long:
    'all:a target=:t mount=?:m uts=?:u ipc=?:i net=?:n pid=?:p user=?:U cgroup=?:C time=?:T setuid=:S setgid=:G root=?:r wd=?:w wdns=:W no-fork:F ' +
    'preserve-credentials follow-context:Z',
  *run(proc, opts) {
    const word = opts.value('t')
    const target = word === undefined ? undefined : numberArg(word, 'failed to parse pid')
    const open = function* (path: string, flags: number = O.RDONLY): Sim<number> {
      try {
        return yield* proc.open(path, flags | O.CLOEXEC)
      } catch (error) {
        return failed(`cannot open ${path}`, error)
      }
    }
    const fileOf = (given: string | undefined, file: string): string => {
      if (given !== undefined && given !== '') return given
      if (target === undefined) throw new Fatal(`neither filename nor target pid supplied for ${file}`)
      return `/proc/${target}/${file}`
    }
    if (opts.has('a') && target === undefined) throw new Fatal('no target PID specified for --all')
    const entered: {
      readonly option: string
      readonly flag: number
      readonly fd: number
      readonly file: string
    }[] = []
    for (const [option, flag, file] of KINDS) {
      const named = opts.has(option)
      if (!named && !opts.has('a')) continue
      if (!named && sameNamespace(proc, target as number, file)) continue
      entered.push({
        option,
        flag,
        file,
        fd: yield* open(fileOf(opts.value(option), `ns/${file}`)),
      })
    }
    const root = opts.has('r') ? yield* open(fileOf(opts.value('r'), 'root')) : undefined
    const wd = opts.has('w') ? yield* open(fileOf(opts.value('w'), 'cwd')) : undefined
    const keepDirectory = root !== undefined && wd === undefined && !opts.has('W') ? yield* open('.') : wd
    for (const { fd, flag, file } of entered) {
      orDie(`reassociate to namespace 'ns/${file}' failed`, () => proc.setns(fd, flag))
      proc.close(fd)
    }
    if (root !== undefined) {
      orDie('change directory by root file descriptor failed', () => proc.fchdir(root))
      orDie('chroot failed', () => proc.chroot('.'))
      proc.close(root)
    }
    const wdns = opts.value('W')
    if (wdns !== undefined) orDie('change directory failed', () => proc.chdir(wdns))
    if (keepDirectory !== undefined) {
      orDie('change directory by working directory file descriptor failed', () => proc.fchdir(keepDirectory))
      proc.close(keepDirectory)
    }
    const go = function* (p: Proc): Sim<number> {
      const gid = opts.value('G')
      const uid = opts.value('S')
      const preserve = opts.has('preserve-credentials')
      const inUser = entered.some((e) => e.option === 'U')
      if (!preserve && (gid !== undefined || uid !== undefined || inUser)) {
        const g = gid === undefined ? 0 : numberArg(gid, 'failed to parse gid')
        const u = uid === undefined ? 0 : numberArg(uid, 'failed to parse uid')
        if (gid !== undefined || inUser) {
          try {
            p.setgroups([])
          } catch (error) {
            if (!inUser) failed('setgroups failed', error)
            if (!(error instanceof Errno)) throw error
          }
          orDie('setgid() failed', () => p.setresgid(g, g, g))
        }
        if (uid !== undefined || inUser) orDie('setuid() failed', () => p.setresuid(u, u, u))
      }
      return opts.operands.length > 0 ? yield* execute(p, opts.operands) : yield* executeShell(p)
    }
    const fork = entered.some((e) => e.option === 'p') && !opts.has('F')
    return fork ? yield* asChild(proc, go) : yield* go(proc)
  },
})

function sameNamespace(proc: Proc, target: number, file: string): boolean {
  try {
    return proc.readlink(`/proc/${target}/ns/${file}`) === proc.readlink(`/proc/self/ns/${file}`)
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}

/** A child goes on, for only it is in the pid namespace; the parent follows its stops and ends as it did. */
function* asChild(proc: Proc, go: (p: Proc) => Sim<number>): Sim<number> {
  let pid: number
  try {
    pid = proc.fork((child) => guarded(child, go(child), 'nsenter'))
  } catch (error) {
    return failed('fork failed', error)
  }
  for (;;) {
    try {
      const status = yield* proc.wait(pid, W.UNTRACED)
      if (status?.stopped !== undefined) {
        proc.kill(proc.pid, SIGNALS.STOP)
        yield* proc.cpu(0)
        proc.kill(pid, SIGNALS.CONT)
        continue
      }
      if (status?.signal !== undefined) {
        if (status.signal !== SIGNALS.KILL) proc.sigaction(status.signal, 'default')
        proc.kill(proc.pid, status.signal)
        return 128 + status.signal
      }
      return status?.exit ?? 0
    } catch (error) {
      if (!(error instanceof Errno) || error.code !== 'EINTR') throw error
    }
  }
}
