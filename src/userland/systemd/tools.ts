import { Errno, strerror } from '#linux/errno.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { strftime } from '../lib/date.ts'
import { execStatus, execvp, getenv, withEnv } from '../lib/exec.ts'
import { say, slurp, writeAll, writeFile } from '../lib/io.ts'
import { baseName, type Context, defineProgram } from '../lib/program.ts'
import { ask } from './control.ts'
import { STDOUT_SOCKET } from './journal.ts'
import { page } from './pager.ts'
import { cgroupTree } from './status.ts'
import { unitName } from './unit.ts'

/** hostnamectl(1): shows the machine, sets its name. */
const hostnamectl = defineProgram({
  name: 'systemd/hostnamectl',
  long: 'static transient pretty no-ask-password json=',
  missing: 'pretty',
  tryHelp: false,
  *run(ctx) {
    const { proc } = ctx
    const [verb = 'status', name] = ctx.operands
    if (verb === 'hostname' || verb === 'set-hostname') {
      if (name === undefined) {
        yield* say(proc, 1, `${proc.uname().nodename}\n`)
        return 0
      }
      try {
        proc.sethostname(name)
        yield* writeFile(proc, '/etc/hostname', `${name}\n`)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* say(proc, 2, 'Could not set static hostname: Access denied\n')
        return 1
      }
      return 0
    }
    if (verb !== 'status') return yield* ctx.notModelled(verb)
    const release = (yield* slurp(proc, '/etc/os-release')) ?? ''
    const rows = [
      ['Static hostname', ((yield* slurp(proc, '/etc/hostname')) ?? '').trim()],
      ['Icon name', 'computer-vm'],
      ['Chassis', 'vm'],
      ['Machine ID', ((yield* slurp(proc, '/etc/machine-id')) ?? '').trim()],
      ['Boot ID', ((yield* slurp(proc, '/proc/sys/kernel/random/boot_id')) ?? '').trim().replaceAll('-', '')],
      ['Virtualization', 'kvm'],
      ['Operating System', /^PRETTY_NAME="(.*)"$/m.exec(release)?.[1] ?? 'Linux'],
      ['Kernel', `Linux ${proc.uname().release}`],
      ['Architecture', 'x86-64'],
    ]
    yield* say(proc, 1, rows.map(([key = '', value = '']) => `${key.padStart(16)}: ${value}\n`).join(''))
    return 0
  },
})

/** timedatectl(1): shows the clock. */
const timedatectl = defineProgram({
  name: 'systemd/timedatectl',
  tryHelp: false,
  *run(ctx) {
    const [verb = 'status'] = ctx.operands
    if (verb !== 'status') return yield* ctx.notModelled(verb)
    const now = ctx.proc.now()
    const time = strftime('%a %Y-%m-%d %H:%M:%S', now)
    const rows = [
      ['Local time', `${time} UTC`],
      ['Universal time', `${time} UTC`],
      ['RTC time', time],
      ['Time zone', 'Etc/UTC (UTC, +0000)'],
      ['System clock synchronized', 'no'],
      ['NTP service', 'n/a'],
      ['RTC in local TZ', 'no'],
    ]
    yield* say(ctx.proc, 1, rows.map(([key = '', value = '']) => `${key.padStart(25)}: ${value}\n`).join(''))
    return 0
  },
})

/** loginctl(1): nobody has logged in by PAM, so there are no sessions. */
const loginctl = defineProgram({
  name: 'systemd/loginctl',
  long: 'no-pager no-legend',
  tryHelp: false,
  *run(ctx) {
    const [verb = 'list-sessions'] = ctx.operands
    const what = { 'list-sessions': 'sessions', 'list-users': 'users', 'list-seats': 'seats' }[verb]
    if (what === undefined) return yield* ctx.notModelled(verb)
    yield* say(ctx.proc, 1, `No ${what}.\n`)
    return 0
  },
})

/** systemd-cgls(1). */
const cgls = defineProgram({
  name: 'systemd/systemd-cgls',
  short: 'alu',
  long: 'all:a full:l no-pager unit:u',
  tryHelp: false,
  *run(ctx) {
    const { proc } = ctx
    const width = proc.isatty(1) && !ctx.has('l') ? proc.getWinSize(1).cols || 80 : undefined
    let text = ''
    for (const name of ctx.operands.length === 0 ? [''] : ctx.operands) {
      const path = `/${name.replace(/^\/sys\/fs\/cgroup/, '').replace(/^\/+/, '')}`
      if (!proc.access(`/sys/fs/cgroup${path}`, '')) {
        yield* ctx.warn(`Failed to list cgroup tree: No such file or directory`)
        continue
      }
      const lines = yield* cgroupTree(proc, path, width)
      text += `${path === '/' ? 'Control group /:\n-.slice' : `Control group ${path}:`}\n${lines.map((l) => `${l}\n`).join('')}`
    }
    yield* page(proc, text, !ctx.has('no-pager'))
    return ctx.status
  },
})

/** A word of ExecStart= that says what it says. */
function quoted(word: string): string {
  return `"${word.replace(/(["\\])/g, '\\$1').replaceAll('$', '$$$$')}"`
}

/** Messages of systemd's programs don't begin with their names. */
function* complain(proc: Proc, message: string): Sim<number> {
  yield* say(proc, 2, `${message}\n`)
  return 1
}

const scopeName = (name: string): string => (name.endsWith('.scope') ? name : `${name}.scope`)

/** Options that are about services alone, or about who the command is. */
const NOT_FOR_SCOPES = ['uid', 'gid', 'd', 'working-directory', 'r', 'G', 'no-block', 'service-type', 'wait']
const SCOPE_PROPERTIES: ReadonlySet<string> = new Set(['CPUQuota', 'Description', 'MemoryHigh', 'MemoryMax', 'Slice', 'TasksMax'])

/** A command of the caller's own, in a cgroup that PID 1 makes for it. */
function* runScope(ctx: Context, name: string, lines: readonly string[]): Sim<number> {
  const { proc, opts, operands } = ctx
  const refused = NOT_FOR_SCOPES.find((option) => opts.has(option))
  if (refused !== undefined) return yield* ctx.notModelled(`--scope with ${refused.length === 1 ? '-' : '--'}${refused}`)
  const property = opts.values('p').find((p) => !SCOPE_PROPERTIES.has(p.replace(/=.*/s, '')))
  if (property !== undefined) return yield* ctx.notModelled(`--scope -p ${property.replace(/=.*/s, '')}`)
  const refuse = (why: string): Sim<number> => complain(proc, `Failed to start transient scope unit: ${why}`)
  const reply = yield* ask(proc, { verb: 'scope', unit: name, text: `${lines.join('\n')}\n`, pid: proc.pid })
  if (reply === undefined) return yield* complain(proc, 'Failed to connect to bus: Host is down')
  if (reply.result === 'denied') return yield* refuse('Access denied')
  if (reply.result !== 'ok') return yield* refuse(`Unit ${name} was already loaded or has a fragment file.`)
  if (!opts.has('q')) yield* say(proc, 2, `Running scope as unit: ${name}\n`)
  try {
    let { environ } = proc
    for (const setting of opts.values('E')) {
      const [name = ''] = setting.split('=', 1)
      environ = withEnv(environ, name, setting.includes('=') ? setting.slice(name.length + 1) : getenv(environ, name))
    }
    return yield* execvp(proc, operands, environ)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return yield* complain(proc, `Failed to execute: ${strerror(error)}`)
  }
}

/** systemd-run(1): a transient service in the background, or with --scope a command in a cgroup of its own. */
const run = defineProgram({
  name: 'systemd/systemd-run',
  short: 'p:u:E:dGrq',
  long: 'unit=:u property=:p setenv=:E description= slice= uid= gid= working-directory= remain-after-exit:r collect:G no-block quiet:q service-type= wait same-dir:d scope',
  missing: 'user t pty P pipe S shell on-active on-boot on-calendar timer-property',
  posix: true,
  tryHelp: false,
  *run(ctx) {
    const { proc, opts } = ctx
    if (ctx.operands.length === 0) return yield* complain(proc, 'Command line to execute required.')
    const random = [...proc.getrandom(16)].map((b) => b.toString(16).padStart(2, '0')).join('')
    const scope = opts.has('scope')
    const asked = opts.value('u') ?? `run-r${random}`
    const name = scope ? scopeName(asked) : unitName(asked)
    const line = ctx.operands.map(quoted).join(' ')
    const setting = (key: string, option: string): string[] => {
      const value = opts.value(option)
      return value === undefined ? [] : [`${key}=${value}`]
    }
    const unit = ['[Unit]', `Description=${opts.value('description') ?? ctx.operands.join(' ')}`]
    if (scope) return yield* runScope(ctx, name, [...unit, '[Scope]', ...setting('Slice', 'slice'), ...opts.values('p')])
    const lines = [
      ...unit,
      '[Service]',
      ...setting('Type', 'service-type'),
      ...setting('Slice', 'slice'),
      ...setting('User', 'uid'),
      ...setting('Group', 'gid'),
      ...setting('WorkingDirectory', 'working-directory'),
      ...(opts.has('d') ? [`WorkingDirectory=${proc.getcwd()}`] : []),
      ...(opts.has('r') ? ['RemainAfterExit=yes'] : []),
      ...opts.values('p'),
      ...opts.values('E').map((e) => `Environment=${quoted(e)}`),
      `ExecStart=${line}`,
    ]
    const reply = yield* ask(proc, { verb: 'run', unit: name, text: `${lines.join('\n')}\n` })
    if (reply === undefined) return yield* complain(proc, 'Failed to connect to bus: Host is down')
    if (reply.result === 'denied') return yield* complain(proc, 'Failed to start transient service unit: Access denied')
    if (reply.result !== 'ok')
      return yield* complain(proc, `Failed to start transient service unit: Unit ${name} was already loaded or has a fragment file.`)
    if (!opts.has('q')) yield* say(proc, 2, `Running as unit: ${name}\n`)
    while (opts.has('wait')) {
      const unit = (yield* ask(proc, { verb: 'get', unit: name }))?.unit
      if (unit === undefined || ['inactive', 'failed'].includes(unit.active)) return unit?.mainEnded?.status.exit ?? 0
      yield* proc.nanosleep(50_000)
    }
    return 0
  },
})

/** systemd-cat(1): runs a command with its output to the journal, or sends its input there. */
const cat = defineProgram({
  name: 'systemd/systemd-cat',
  short: 't:p:',
  long: 'identifier=:t priority=:p',
  posix: true,
  *run(ctx) {
    const { proc, operands, opts } = ctx
    const fd = proc.socket('unix', 'stream')
    yield* proc.connect(fd, { family: 'unix', path: STDOUT_SOCKET })
    const name = opts.value('t') ?? (operands[0] === undefined ? 'cat' : baseName(operands[0]))
    const priority = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'].indexOf(opts.value('p') ?? 'info')
    yield* writeAll(proc, fd, encode(`${name}\n\n${priority < 0 ? 6 : priority}\n1\n${proc.pid}\n`))
    if (operands.length > 0) {
      proc.dup2(fd, 1)
      proc.dup2(fd, 2)
      try {
        return yield* execvp(proc, operands)
      } catch (error) {
        if (error instanceof Errno) return execStatus(error)
        throw error
      }
    }
    for (;;) {
      const chunk = yield* proc.read(0, 65_536)
      if (chunk.length === 0) return 0
      yield* writeAll(proc, fd, chunk)
    }
  },
})

/** systemd-detect-virt(1). */
const detectVirt: Program = {
  name: 'systemd/systemd-detect-virt',
  *main(proc) {
    yield* say(proc, 1, 'kvm\n')
    return 0
  },
}

/** service(8): systemctl in other words. */
const service = defineProgram({
  name: 'init-system-helpers/service',
  long: 'status-all full-restart',
  missing: 'full-restart',
  posix: true,
  tryHelp: false,
  *run(ctx) {
    const { proc, operands } = ctx
    const [name, verb] = operands
    if (ctx.has('status-all')) return yield* ctx.notModelled('--status-all')
    if (name === undefined || verb === undefined) {
      yield* say(proc, 2, 'Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]\n')
      return 1
    }
    const known = ['start', 'stop', 'restart', 'status', 'reload', 'try-restart', 'force-reload']
    if (!known.includes(verb)) return yield* ctx.notModelled(verb)
    const argv = ['systemctl', verb === 'force-reload' ? 'reload-or-restart' : verb, `${unitName(name)}`]
    return yield* proc.exec('/usr/bin/systemctl', argv, proc.environ)
  },
})

export const tools: readonly Program[] = [hostnamectl, timedatectl, loginctl, cgls, run, cat, detectVirt, service]
