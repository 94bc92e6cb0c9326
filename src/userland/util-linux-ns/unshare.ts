import { Errno } from '#linux/errno.ts'
import { SIGNALS, signalNumber } from '#linux/signal.ts'
import { CLONE, MS, type Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { Accounts } from '../lib/accounts.ts'
import { say, slurp, writeFile } from '../lib/io.ts'
import type { Options } from '../lib/options.ts'
import { execute, executeShell, Fatal, failed, orDie, tool } from './common.ts'

const HELP = `
Usage:
 unshare [options] [<program> [<argument>...]]

Run a program with some namespaces unshared from the parent.

Options:
 -m, --mount[=<file>]      unshare mounts namespace
 -u, --uts[=<file>]        unshare UTS namespace (hostname etc)
 -i, --ipc[=<file>]        unshare System V IPC namespace
 -n, --net[=<file>]        unshare network namespace
 -p, --pid[=<file>]        unshare pid namespace
 -U, --user[=<file>]       unshare user namespace
 -C, --cgroup[=<file>]     unshare cgroup namespace
 -T, --time[=<file>]       unshare time namespace

 -f, --fork                fork before launching <program>
 --map-user=<uid>|<name>   map current user to uid (implies --user)
 --map-group=<gid>|<name>  map current group to gid (implies --user)
 -r, --map-root-user       map current user to root (implies --user)
 -c, --map-current-user    map current user to itself (implies --user)
 --map-auto                map users and groups automatically (implies --user)
 --map-users=<outeruid>,<inneruid>,<count>
                           map count users from outeruid to inneruid (implies --user)
 --map-groups=<outergid>,<innergid>,<count>
                           map count groups from outergid to innergid (implies --user)

 --kill-child[=<signame>]  when dying, kill the forked child (implies --fork)
                             defaults to SIGKILL
 --mount-proc[=<dir>]      mount proc filesystem first (implies --mount)
 --propagation slave|shared|private|unchanged
                           modify mount propagation in mount namespace
 --setgroups allow|deny    control the setgroups syscall in user namespaces
 --keep-caps               retain capabilities granted in user namespaces

 -R, --root=<dir>          run the command with root directory set to <dir>
 -w, --wd=<dir>            change working directory to <dir>
 -S, --setuid <uid>        set uid in entered namespace
 -G, --setgid <gid>        set gid in entered namespace
 --monotonic <offset>      set clock monotonic offset (seconds) in time namespaces
 --boottime <offset>       set clock boottime offset (seconds) in time namespaces

 -h, --help                display this help
 -V, --version             display version

For more details see unshare(1).
`

/** Options that name a namespace: flag, file in /proc/PID/ns. */
const KINDS: Readonly<Record<string, readonly [flag: number, file: string]>> = {
  m: [CLONE.NEWNS, 'mnt'],
  u: [CLONE.NEWUTS, 'uts'],
  i: [CLONE.NEWIPC, 'ipc'],
  n: [CLONE.NEWNET, 'net'],
  p: [CLONE.NEWPID, 'pid_for_children'],
  U: [CLONE.NEWUSER, 'user'],
  C: [CLONE.NEWCGROUP, 'cgroup'],
  T: [CLONE.NEWTIME, 'time_for_children'],
}

const PROPAGATION: Readonly<Record<string, number>> = {
  slave: MS.REC | MS.SLAVE,
  private: MS.REC | MS.PRIVATE,
  shared: MS.REC | MS.SHARED,
  unchanged: 0,
}

/** unshare(1) of util-linux 2.38. */
export const unshare = tool({
  name: 'util-linux/unshare',
  help: HELP,
  short: 'hVmuinpCUTfrcR:w:S:G:',
  long:
    'mount=?:m uts=?:u ipc=?:i net=?:n pid=?:p user=?:U cgroup=?:C time=?:T fork:f kill-child=? mount-proc=? map-user= map-users= map-group= map-groups= ' +
    'map-root-user:r map-current-user:c map-auto propagation= setgroups= keep-caps setuid=:S setgid=:G root=:R wd=:w monotonic= boottime=',
  *run(proc, opts) {
    const plan = yield* readPlan(proc, opts)
    const persisted = opts.list.flatMap(({ name, value }) => {
      const kind = KINDS[name]
      return kind === undefined || value === undefined || value === '' ? [] : [{ file: kind[1], target: value }]
    })
    const before = proc.credentials()
    const helper = persisted.length > 0 && (plan.flags & CLONE.NEWNS) !== 0 ? bindFromOutside(proc, persisted) : undefined
    orDie('unshare failed', () => proc.unshare(plan.flags))
    for (const clock of ['monotonic', 'boottime']) {
      const offset = opts.value(clock)
      if (offset !== undefined)
        yield* write(proc, '/proc/self/timens_offsets', `${clock} ${offset} 0`, 'failed to write to /proc/self/timens_offsets')
    }
    if (helper !== undefined) yield* helper()
    else for (const { file, target } of persisted) bind(proc, proc.pid, file, target)
    if (!plan.fork) return yield* inside(proc, opts, plan, before)
    return yield* forked(proc, opts, plan, before)
  },
})

interface Plan {
  readonly flags: number
  readonly fork: boolean
  readonly killSignal: number | undefined
  readonly propagation: number
  readonly mountProc: string | undefined
  readonly mapUser: number | undefined
  readonly mapGroup: number | undefined
}

function* readPlan(proc: Proc, opts: Options): Sim<Plan> {
  let flags = 0
  for (const { name } of opts.list) flags |= KINDS[name]?.[0] ?? 0
  const ids = proc.credentials()
  const accounts = new Accounts((yield* slurp(proc, '/etc/passwd')) ?? '', (yield* slurp(proc, '/etc/group')) ?? '')
  let mapUser: number | undefined
  let mapGroup: number | undefined
  for (const { name, value = '' } of opts.list) {
    if (name === 'r') [mapUser, mapGroup] = [0, 0]
    else if (name === 'c') [mapUser, mapGroup] = [ids.euid, ids.egid]
    else if (name === 'map-user') mapUser = id(value, accounts.user(value)?.uid, 'failed to parse uid')
    else if (name === 'map-group') mapGroup = id(value, accounts.group(value)?.gid, 'failed to parse gid')
  }
  if (opts.has('r', 'c', 'map-user', 'map-group', 'map-users', 'map-groups', 'map-auto')) flags |= CLONE.NEWUSER
  if (opts.has('map-users', 'map-groups', 'map-auto')) throw new Fatal('podlab: --map-users, --map-groups and --map-auto are not modelled')
  if (opts.has('mount-proc')) flags |= CLONE.NEWNS
  if (opts.has('monotonic', 'boottime') && (flags & CLONE.NEWTIME) === 0)
    throw new Fatal('options --monotonic and --boottime require unsharing of a time namespace (-T)')
  const word = opts.value('propagation')
  const propagation = word === undefined ? MS.REC | MS.PRIVATE : PROPAGATION[word]
  if (propagation === undefined) throw new Fatal(`unsupported propagation mode: ${word}`)
  let killSignal: number | undefined
  if (opts.has('kill-child')) {
    const name = opts.value('kill-child')
    killSignal = name === undefined ? SIGNALS.KILL : signalNumber(name)
    if (killSignal === undefined) throw new Fatal(`unknown signal: ${name}`)
  }
  const setgroups = opts.value('setgroups')
  if (setgroups !== undefined && setgroups !== 'allow' && setgroups !== 'deny')
    throw new Fatal(`unsupported --setgroups argument '${setgroups}'`)
  if (setgroups === 'allow' && mapGroup !== undefined) throw new Fatal('options --setgroups=allow and --map-group are mutually exclusive')
  return {
    flags,
    fork: opts.has('f', 'kill-child'),
    killSignal,
    propagation,
    mapUser,
    mapGroup,
    mountProc: opts.has('mount-proc') ? (opts.value('mount-proc') ?? '/proc') : undefined,
  }
}

function id(text: string, known: number | undefined, what: string): number {
  if (known !== undefined) return known
  if (!/^\d+$/.test(text)) throw new Fatal(`${what}: '${text}'`)
  return Number(text)
}

function* write(proc: Proc, path: string, text: string, what: string): Sim<void> {
  try {
    yield* writeFile(proc, path, text)
  } catch (error) {
    failed(what, error)
  }
}

function bind(proc: Proc, pid: number, file: string, target: string): void {
  const source = `/proc/${pid}/ns/${file}`
  orDie(`mount ${source} on ${target} failed`, () => proc.mount(source, target, '', MS.BIND, ''))
}

/** A child that stays in the old mount namespace and binds the files once the parent has left. */
function bindFromOutside(proc: Proc, files: readonly { readonly file: string; readonly target: string }[]): () => Sim<void> {
  const parent = proc.pid
  const { read, write: done } = proc.pipe()
  const pid = proc.fork(function* (child) {
    child.close(done)
    return yield* guarded(child, bindLater(child, read, parent, files))
  })
  proc.close(read)
  return function* () {
    proc.close(done)
    yield* proc.wait(pid)
  }
}

function* bindLater(
  child: Proc,
  started: number,
  parent: number,
  files: readonly { readonly file: string; readonly target: string }[],
): Sim<number> {
  yield* child.read(started, 1)
  for (const { file, target } of files) bind(child, parent, file, target)
  return 0
}

/** -f: the parent waits, deaf to INT and TERM, and ends as its child did. */
function* forked(proc: Proc, opts: Options, plan: Plan, before: ReturnType<Proc['credentials']>): Sim<number> {
  const old = proc.sigprocmask(new Set([SIGNALS.INT, SIGNALS.TERM]))
  let pid: number
  try {
    pid = proc.fork(function* (child) {
      child.sigprocmask(old)
      if (plan.killSignal !== undefined) child.setParentDeathSignal(plan.killSignal)
      return yield* guarded(child, inside(child, opts, plan, before))
    })
  } catch (error) {
    return failed('fork failed', error)
  }
  for (;;) {
    try {
      const status = yield* proc.wait(pid)
      if (status?.signal === undefined) return status?.exit ?? 0
      const { signal } = status
      orDie('sigprocmask unblock failed', () => {
        if (signal === SIGNALS.KILL || signal === SIGNALS.STOP) throw new Errno('EINVAL')
        proc.sigaction(signal, 'default')
        proc.sigprocmask(old)
      })
      proc.kill(proc.pid, signal)
      return 128 + signal
    } catch (error) {
      if (!(error instanceof Errno) || error.code !== 'EINTR') throw error
    }
  }
}

/** Messages of a child that goes on as the program. */
export function* guarded(proc: Proc, body: Sim<number>, prog = 'unshare'): Sim<number> {
  try {
    return yield* body
  } catch (error) {
    if (!(error instanceof Fatal)) throw error
    yield* say(proc, 2, `${prog}: ${error.message}\n`)
    return error.status
  }
}

/** A directory of the caller's choice need not be a mount point. */
function makePrivate(proc: Proc, dir: string): void {
  try {
    proc.mount('none', dir, '', MS.PRIVATE | MS.REC, '')
  } catch (error) {
    if (!(error instanceof Errno) || error.code !== 'EINVAL') throw error
  }
}

function* inside(proc: Proc, opts: Options, plan: Plan, before: ReturnType<Proc['credentials']>): Sim<number> {
  if (plan.mapUser !== undefined)
    yield* write(proc, '/proc/self/uid_map', `${plan.mapUser} ${before.euid} 1`, 'write failed /proc/self/uid_map')
  if (plan.mapGroup !== undefined) {
    yield* write(proc, '/proc/self/setgroups', 'deny', 'write failed /proc/self/setgroups')
    yield* write(proc, '/proc/self/gid_map', `${plan.mapGroup} ${before.egid} 1`, 'write failed /proc/self/gid_map')
  }
  const setgroups = opts.value('setgroups')
  if (setgroups !== undefined) yield* write(proc, '/proc/self/setgroups', setgroups, 'write failed /proc/self/setgroups')
  if ((plan.flags & CLONE.NEWNS) !== 0 && plan.propagation !== 0) {
    orDie('cannot change root filesystem propagation', () => proc.mount('none', '/', '', plan.propagation, ''))
  }
  const root = opts.value('R')
  if (root !== undefined) {
    orDie(`cannot change root directory to '${root}'`, () => proc.chroot(root))
    orDie("cannot chdir to '/'", () => proc.chdir('/'))
  }
  const dir = opts.value('w')
  if (dir !== undefined) orDie(`cannot chdir to '${dir}'`, () => proc.chdir(dir))
  const { mountProc } = plan
  if (mountProc !== undefined) {
    if (root === undefined && plan.propagation !== (MS.PRIVATE | MS.REC)) {
      orDie(`cannot change ${mountProc} filesystem propagation`, () => makePrivate(proc, mountProc))
    }
    orDie(`mount ${mountProc} failed`, () => proc.mount('proc', mountProc, 'proc', MS.NOSUID | MS.NOEXEC | MS.NODEV, ''))
  }
  const gid = opts.value('G')
  if (gid !== undefined) {
    orDie('setgroups failed', () => proc.setgroups([]))
    const n = id(gid, undefined, 'failed to parse gid')
    orDie('setgid failed', () => proc.setresgid(n, n, n))
  }
  const uid = opts.value('S')
  if (uid !== undefined) {
    const n = id(uid, undefined, 'failed to parse uid')
    orDie('setuid failed', () => proc.setresuid(n, n, n))
  }
  if (opts.has('keep-caps') && (plan.flags & CLONE.NEWUSER) !== 0) {
    const { permitted } = proc.capget()
    proc.capset({ inheritable: permitted })
    proc.capset({ ambient: permitted })
  }
  if (opts.operands.length > 0) return yield* execute(proc, opts.operands)
  return yield* executeShell(proc)
}
