import { Errno } from '#linux/errno.ts'
import { type Proc, type Program, S } from '#linux/syscalls.ts'
import { loadAccounts } from '../lib/accounts.ts'
import { execvp, findInPath, withEnv } from '../lib/exec.ts'
import { say, slurp } from '../lib/io.ts'
import { defineProgram } from '../lib/program.ts'
import { syslog } from '../systemd/journald.ts'

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** sudo(8): by /etc/sudoers, users and %groups with ALL. Differs: passwords can't be checked, so only NOPASSWD lets others than root in. */
const sudo = defineProgram({
  name: 'sudo/sudo',
  short: 'u:g:EHisknSbvlp:',
  missing: 'b',
  long: 'user=:u group=:g preserve-env=?:E set-home:H login:i shell:s non-interactive:n list:l validate:v',
  posix: true,
  usageStatus: 1,
  *run(ctx) {
    const { proc, opts } = ctx
    const accounts = yield* loadAccounts(proc)
    const uid = proc.credentials().uid
    const me = accounts.userById(uid)
    const name = me?.name ?? String(uid)
    if (opts.has('v', 'k', 'l') && ctx.operands.length === 0) return 0
    const wanted = opts.value('u') ?? 'root'
    const target = wanted.startsWith('#') ? accounts.userById(Number(wanted.slice(1))) : accounts.user(wanted)
    if (target === undefined) return yield* ctx.die(`unknown user: ${wanted}\nsudo: error initializing audit plugin sudoers_audit`)
    if (proc.credentials().euid !== 0 && proc.credentials().noNewPrivs)
      return yield* ctx.die(
        'The "no new privileges" flag is set, which prevents sudo from running as root.\nsudo: If sudo is running in a container, you may need to adjust the container configuration to disable the flag.',
      )
    if (proc.credentials().euid !== 0) return yield* ctx.die(whyNotRoot(proc))
    if (uid !== 0) {
      let rules = (yield* slurp(proc, '/etc/sudoers')) ?? ''
      try {
        for (const entry of proc.readdir('/etc/sudoers.d')) rules += `\n${(yield* slurp(proc, `/etc/sudoers.d/${entry.name}`)) ?? ''}`
      } catch (error) {
        if (!(error instanceof Errno)) throw error
      }
      const groups = me === undefined ? [] : accounts.groupsOf(me).map((gid) => accounts.groupById(gid)?.name)
      const rule = rules
        .split('\n')
        .map((line) => /^\s*(%?[\w-]+|ALL)\s+ALL\s*=\s*(?:\([^)]*\)\s*)?(NOPASSWD:\s*)?ALL\s*$/.exec(line))
        .filter(
          (m) => m !== null && (m[1] === name || m[1] === 'ALL' || (m[1]?.startsWith('%') === true && groups.includes(m[1].slice(1)))),
        )
        .at(-1)
      if (rule?.[2] === undefined) {
        if (opts.has('n') || !proc.isatty(0)) {
          if (opts.has('n')) return yield* ctx.die('a password is required')
          yield* say(
            proc,
            2,
            'sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper\nsudo: a password is required\n',
          )
          return 1
        }
        yield* say(proc, 2, `[sudo] password for ${name}: `)
        const before = proc.tcgetattr(0)
        proc.tcsetattr(0, { ...before, echo: false })
        yield* proc.read(0, 256)
        proc.tcsetattr(0, before)
        yield* say(proc, 2, '\n')
        if (rule === undefined || rule === null) yield* say(proc, 2, `${name} is not in the sudoers file.\n`)
        else yield* say(proc, 2, 'podlab: passwords are not modelled; sudo works without one where sudoers says NOPASSWD\n')
        return 1
      }
    }
    const shell = opts.has('i') ? target.shell : opts.has('s') ? (proc.getenv('SHELL') ?? target.shell) : undefined
    const command = shell === undefined ? [...ctx.operands] : ctx.operands.length === 0 ? [shell] : [shell, '-c', ctx.operands.join(' ')]
    if (command.length === 0) {
      yield* say(
        proc,
        2,
        'usage: sudo -h | -K | -k | -V\nusage: sudo [-AbEHknPS] [-g group] [-u user] [VAR=value] [-i | -s] [command [arg ...]]\n',
      )
      return 1
    }
    let environ: readonly string[] = opts.has('E')
      ? proc.environ
      : proc.environ.filter((e) => /^(TERM|LANG|LC_\w+|DISPLAY|COLORTERM|PS1)=/.test(e))
    while (/^[A-Za-z_]\w*=/.test(command[0] ?? '')) {
      const assignment = command.shift() ?? ''
      environ = withEnv(environ, assignment.replace(/=.*/s, ''), assignment.replace(/^[^=]*=/, ''))
    }
    const set: readonly (readonly [string, string])[] = [
      ['PATH', PATH],
      ['HOME', target.home],
      ['LOGNAME', target.name],
      ['USER', target.name],
      ['SHELL', target.shell],
      ['MAIL', `/var/mail/${target.name}`],
      ['SUDO_COMMAND', command.join(' ')],
      ['SUDO_USER', name],
      ['SUDO_UID', String(uid)],
      ['SUDO_GID', String(proc.credentials().gid)],
    ]
    for (const [key, value] of set) environ = withEnv(environ, key, value)
    yield* syslog(
      proc,
      'sudo',
      `${name.padStart(8)} : PWD=${proc.getcwd()} ; USER=${target.name} ; COMMAND=${command.join(' ')}`,
      85,
      undefined,
    )
    const gid = accounts.group(opts.value('g') ?? '')?.gid ?? target.gid
    proc.setgroups(accounts.groupsOf(target))
    proc.setresgid(gid, gid, gid)
    proc.setresuid(target.uid, target.uid, target.uid)
    if (opts.has('i')) proc.chdir(target.home)
    try {
      return yield* execvp(proc, command, environ)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* say(proc, 2, `sudo: ${command[0]}: command not found\n`)
      return 1
    }
  },
})

export const programs: readonly Program[] = [sudo]

/** The set-user-ID bit did not work: it is missing, or the mount (nosuid) or a tracer keeps it from working. */
function whyNotRoot(proc: Proc): string {
  const path = findInPath(proc, 'sudo')[0] ?? '/usr/bin/sudo'
  const { mode, uid } = proc.stat(path)
  if (uid !== 0 || (mode & S.ISUID) === 0) return `${path} must be owned by uid 0 and have the setuid bit set`
  return `effective uid is not 0, is ${path} on a file system with the 'nosuid' option set or an NFS file system without root privileges?`
}
