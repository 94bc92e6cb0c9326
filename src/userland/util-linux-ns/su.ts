import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import { decode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { Accounts, type User } from '../lib/accounts.ts'
import { getenv, withEnv } from '../lib/exec.ts'
import { say, slurp } from '../lib/io.ts'
import type { Options } from '../lib/options.ts'
import { execute, Fatal, orDie, tool } from './common.ts'

const HELP = `
Usage:
 su [options] [-] [<user> [<argument>...]]

Change the effective user ID and group ID to that of <user>.
A mere - implies -l.  If <user> is not given, root is assumed.

Options:
 -m, -p, --preserve-environment      do not reset environment variables
 -w, --whitelist-environment <list>  don't reset specified variables

 -g, --group <group>             specify the primary group
 -G, --supp-group <group>        specify a supplemental group

 -, -l, --login                  make the shell a login shell
 -c, --command <command>         pass a single command to the shell with -c
 --session-command <command>     pass a single command to the shell with -c
                                   and do not create a new session
 -f, --fast                      pass -f to the shell (for csh or tcsh)
 -s, --shell <shell>             run <shell> if /etc/shells allows it
 -P, --pty                       create a new pseudo-terminal

 -h, --help                      display this help
 -V, --version                   display version

For more details see su(1).
`

const ROOT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const USER_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games'

const OPTIONS = {
  short: 'c:fg:G:lmpPs:u:w:hV',
  long: 'command=:c session-command= fast:f login:l preserve-environment:p pty:P shell=:s group=:g supp-group=:G user=:u whitelist-environment=:w',
}

function* switchUser(proc: Proc, opts: Options, runuser: boolean): Sim<number> {
  if (opts.has('P')) throw new Fatal('podlab: --pty is not modelled')
  let operands = [...opts.operands]
  let login = opts.has('l')
  if (operands[0] === '-') {
    login = true
    operands = operands.slice(1)
  }
  const direct = runuser && opts.has('u')
  const name = direct ? (opts.value('u') ?? 'root') : (operands.shift() ?? 'root')
  const accounts = new Accounts((yield* slurp(proc, '/etc/passwd')) ?? '', (yield* slurp(proc, '/etc/group')) ?? '')
  const user = accounts.user(name)
  if (user === undefined) throw new Fatal(`user ${name} does not exist or the user entry does not contain all the required fields`)
  if (runuser && proc.credentials().uid !== 0) throw new Fatal('may not be used by non-root users')
  if (!runuser && proc.credentials().uid !== 0) yield* authenticate(proc, user)
  const keep = opts.has('p', 'm') && !login
  const wanted = opts.value('s')
  const shell = wanted ?? (keep ? (proc.getenv('SHELL') ?? user.shell) : user.shell === '' ? '/bin/sh' : user.shell)
  const environ = environment(proc, user, shell, login, keep)
  const base = shell.slice(shell.lastIndexOf('/') + 1)
  const command = opts.value('c') ?? opts.value('session-command')
  const argv = direct
    ? operands
    : [login ? `-${base}` : base, ...(opts.has('f') ? ['-f'] : []), ...(command === undefined ? [] : ['-c', command]), ...operands]
  const become = function* (child: Proc): Sim<number> {
    const group = opts.value('g')
    const gid = group === undefined ? user.gid : accounts.group(group)?.gid
    if (gid === undefined) throw new Fatal(`group ${group} does not exist`)
    orDie('cannot set groups', () => child.setgroups([...new Set([gid, ...accounts.groupsOf(user)])]))
    orDie('cannot set group id', () => child.setresgid(gid, gid, gid))
    orDie('cannot set user id', () => child.setresuid(user.uid, user.uid, user.uid))
    if (login) {
      try {
        child.chdir(user.home)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* say(child, 2, `su: warning: cannot change directory to ${user.home}: No such file or directory\n`)
      }
    }
    return yield* execute(child, direct ? argv : [shell, ...argv.slice(1)], environ, direct ? undefined : argv[0])
  }
  const pid = proc.fork(function* (child) {
    try {
      // A command gets a session of its own, so that it can't push characters into the caller's terminal.
      if (opts.value('c') !== undefined) child.setsid()
      return yield* become(child)
    } catch (error) {
      if (!(error instanceof Fatal)) throw error
      yield* say(child, 2, `${runuser ? 'runuser' : 'su'}: ${error.message}\n`)
      return error.status
    }
  })
  proc.sigaction(2, 'ignore')
  proc.sigaction(3, 'ignore')
  const status = yield* proc.wait(pid)
  return status?.exit ?? 128 + (status?.signal ?? 0)
}

/** Passwords are not compared: an account without one lets in, all others refuse. */
function* authenticate(proc: Proc, user: User): Sim<void> {
  const shadow = (yield* slurp(proc, '/etc/shadow')) ?? ''
  const hash = shadow
    .split('\n')
    .find((line) => line.startsWith(`${user.name}:`))
    ?.split(':')[1]
  if (hash === '') return
  yield* say(proc, 2, 'Password: ')
  for (;;) {
    const typed = decode(yield* proc.read(0, 256))
    if (typed === '' || typed.endsWith('\n')) break
  }
  yield* say(proc, 2, '\n')
  throw new Fatal('Authentication failure')
}

function environment(proc: Proc, user: User, shell: string, login: boolean, keep: boolean): readonly string[] {
  if (keep) return proc.environ
  let environ: readonly string[] = proc.environ
  if (login) {
    const term = proc.getenv('TERM')
    environ = term === undefined ? [] : [`TERM=${term}`]
    environ = withEnv(environ, 'PATH', user.uid === 0 ? ROOT_PATH : USER_PATH)
  }
  environ = withEnv(environ, 'HOME', user.home)
  environ = withEnv(environ, 'SHELL', shell)
  if (login || user.uid !== 0) {
    environ = withEnv(environ, 'USER', user.name)
    environ = withEnv(environ, 'LOGNAME', user.name)
  }
  if (getenv(environ, 'PATH') === undefined) environ = withEnv(environ, 'PATH', user.uid === 0 ? ROOT_PATH : USER_PATH)
  return environ
}

/** su(1) of util-linux. Differs: no PAM; passwords can't be checked. */
export const su = tool({ name: 'util-linux/su', help: HELP, posix: false, ...OPTIONS, run: (proc, opts) => switchUser(proc, opts, false) })

/** runuser(1) */
export const runuser = tool({
  name: 'util-linux/runuser',
  help: HELP.replaceAll(' su ', ' runuser '),
  ...OPTIONS,
  run: (proc, opts) => switchUser(proc, opts, true),
})
