import { Errno, strerror } from '#linux/errno.ts'
import { SIGNALS } from '#linux/signal.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { globToRegExp } from '../lib/glob.ts'
import { say } from '../lib/io.ts'
import { type Options, parseOptions, UsageError } from '../lib/options.ts'
import { baseName } from '../lib/program.ts'
import { ask, type Reply, type Request, type UnitInfo } from './control.ts'
import { listTimers, listUnitFiles, listUnits } from './listings.ts'
import { page } from './pager.ts'
import { showText } from './show.ts'
import { machineStatus, statusExit, statusText } from './status.ts'
import { loadUnit, unitFileState, unitName } from './unit.ts'
import { editUnitFiles, getDefault, setDefault } from './unit-files.ts'

const OPTIONS = {
  short: 'afhlqp:s:n:t:o:H:M:P:',
  long:
    'all:a force:f full:l quiet:q property=:p signal=:s lines=:n type=:t output=:o no-pager no-legend plain now runtime value state= ' +
    'kill-who= kill-whom= failed no-block no-wall system user no-ask-password wait recursive reverse root= legend= preset-mode= job-mode=',
}

export class Client {
  readonly proc: Proc
  readonly opts: Options
  status = 0

  constructor(proc: Proc, opts: Options) {
    this.proc = proc
    this.opts = opts
  }

  *out(text: string): Sim<void> {
    yield* page(this.proc, text, !this.opts.has('no-pager'))
  }

  *err(text: string): Sim<void> {
    yield* say(this.proc, 2, text)
  }

  /** Asks PID 1; without an answer says why and ends with 1. */
  *ask(request: Request): Sim<Reply> {
    const reply = yield* ask(this.proc, request)
    if (reply === undefined) throw new NotBooted()
    return reply
  }

  get color(): boolean {
    return this.proc.isatty(1) && (this.proc.getenv('TERM') ?? 'dumb') !== 'dumb' && this.proc.getenv('NO_COLOR') === undefined
  }

  get width(): number | undefined {
    return this.proc.isatty(1) && !this.opts.has('l', 'full') ? this.proc.getWinSize(1).cols || 80 : undefined
  }

  /** The units that names and patterns mean. */
  *expand(names: readonly string[]): Sim<string[]> {
    const out: string[] = []
    let loaded: readonly UnitInfo[] | undefined
    for (const name of names) {
      if (!/[*?[]/.test(name)) {
        out.push(unitName(name))
        continue
      }
      loaded ??= (yield* this.ask({ verb: 'list' })).units ?? []
      const pattern = globToRegExp(unitName(name))
      out.push(...loaded.map((u) => u.name).filter((n) => pattern.test(n)))
    }
    return out
  }
}

class NotBooted extends Error {}

/** systemctl(1): asks PID 1 by its control socket; unit files it changes itself. */
export const systemctl: Program = {
  name: 'systemd/systemctl',
  *main(proc) {
    const alias = baseName(proc.argv[0] ?? '')
    if (['halt', 'poweroff', 'reboot', 'shutdown', 'telinit', 'runlevel'].includes(alias)) {
      if (alias === 'runlevel') {
        yield* say(proc, 1, 'N 5\n')
        return 0
      }
      yield* say(proc, 2, `podlab: ${alias} is not modelled\n`)
      return 1
    }
    let opts: Options
    try {
      opts = parseOptions(proc.argv.slice(1), OPTIONS)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      yield* say(proc, 2, `systemctl: ${error.message}\n`)
      return 1
    }
    if (opts.has('version')) {
      yield* say(
        proc,
        1,
        'systemd 252 (252.39-1~deb12u2)\n+PAM +AUDIT +SELINUX +APPARMOR +IMA +SMACK +SECCOMP +GCRYPT -GNUTLS +OPENSSL +ACL +BLKID +CURL +ELFUTILS +FIDO2 +IDN2 -IDN +IPTC +KMOD +LIBCRYPTSETUP +LIBFDISK +PCRE2 -PWQUALITY +P11KIT +QRENCODE +TPM2 +BZIP2 +LZ4 +XZ +ZLIB +ZSTD -BPF_FRAMEWORK -XKBCOMMON +UTMP +SYSVINIT default-hierarchy=unified\n',
      )
      return 0
    }
    if (opts.has('help')) {
      yield* say(
        proc,
        1,
        `systemctl [OPTIONS...] COMMAND ...\n\nQuery or send control commands to the system manager.\n\nCommands that are modelled: ${[...VERBS.keys()].join(', ')}.\n`,
      )
      return 0
    }
    if (opts.has('user')) {
      yield* say(
        proc,
        2,
        'Failed to connect to bus: $DBUS_SESSION_BUS_ADDRESS and $XDG_RUNTIME_DIR not defined (consider using --machine=<user>@.host --user to connect to bus of other user)\n',
      )
      return 1
    }
    const client = new Client(proc, opts)
    const [verb = 'list-units', ...names] = opts.operands
    const act = VERBS.get(verb)
    if (act === undefined) {
      const known = NOT_MODELLED.includes(verb)
      yield* client.err(known ? `podlab: systemctl ${verb} is not modelled\n` : `Unknown command verb ${verb}.\n`)
      return 1
    }
    if (NEEDS_PID1.has(verb) && inChroot(proc)) {
      yield* client.err(`Running in chroot, ignoring command '${verb}'\n`)
      return 0
    }
    try {
      return yield* act(client, names, verb)
    } catch (error) {
      if (!(error instanceof NotBooted)) throw error
      yield* client.err(
        "System has not been booted with systemd as init system (PID 1). Can't operate.\nFailed to connect to bus: Host is down\n",
      )
      return 1
    }
  },
}

function inChroot(proc: Proc): boolean {
  try {
    const mine = proc.stat('/')
    const first = proc.stat('/proc/1/root')
    return mine.ino !== first.ino || mine.dev !== first.dev
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}

type Verb = (client: Client, names: readonly string[], verb: string) => Sim<number>

const NOT_MODELLED = [
  'edit',
  'isolate',
  'list-dependencies',
  'list-jobs',
  'cancel',
  'log-level',
  'log-target',
  'set-property',
  'freeze',
  'thaw',
  'link',
  'preset',
  'preset-all',
  'reenable',
  'revert',
  'add-wants',
  'add-requires',
  'list-machines',
  'reboot',
  'poweroff',
  'halt',
  'suspend',
  'rescue',
  'emergency',
  'daemon-reexec',
  'import-environment',
  'set-environment',
  'unset-environment',
  'list-automounts',
  'list-paths',
  'kexec',
  'exit',
]

const SIGNAL_OF = (text: string | undefined): number => {
  if (text === undefined) return SIGNALS.TERM
  if (/^\d+$/.test(text)) return Number(text)
  return Object.entries(SIGNALS).find(([name]) => name === text.toUpperCase().replace(/^SIG/, ''))?.[1] ?? SIGNALS.TERM
}

const WORD: Readonly<Record<string, string>> = {
  'try-restart': 'restart',
  condrestart: 'restart',
  'reload-or-restart': 'reload or restart',
}

/** start, stop, restart …: one job a unit. */
function* job(client: Client, names: readonly string[], verb: string): Sim<number> {
  if (names.length === 0) {
    yield* client.err('Too few arguments.\n')
    return 1
  }
  let status = 0
  for (const name of yield* client.expand(names)) {
    const asked = verb === 'condrestart' ? 'try-restart' : verb === 'reload-or-restart' ? 'restart' : (verb as Request['verb'])
    const before = (yield* client.ask({ verb: 'get', unit: name })).unit
    const reply = yield* client.ask({ verb: asked, unit: name, noBlock: client.opts.has('no-block') })
    const one = yield* outcome(client, reply, name, WORD[verb] ?? verb)
    if (before?.needReload === true && before.active !== 'inactive') yield* warnReload(client, name)
    status = one === 0 ? status : one
  }
  return status
}

export function* warnReload(client: Client, name: string): Sim<void> {
  const head = client.color ? '\x1b[0;1;38;5;185mWarning:\x1b[0m' : 'Warning:'
  yield* client.err(
    `${head} The unit file, source configuration file or drop-ins of ${name} changed on disk. Run 'systemctl daemon-reload' to reload units.\n`,
  )
}

function* outcome(client: Client, reply: Reply, name: string, verb: string): Sim<number> {
  const { result } = reply
  if (result === 'ok') return 0
  const see = (command: string): string => `See system logs and 'systemctl ${command} ${name}' for details.\n`
  if (result === 'denied') {
    yield* client.err(`Failed to ${verb} ${name}: Access denied\n${see('status')}`)
    return 4
  }
  if (result === 'not-found') {
    yield* client.err(`Failed to ${verb} ${name}: Unit ${name} not found.\n`)
    return 5
  }
  if (result === 'not-loaded') {
    const job = verb === 'reload' ? `Job type reload is not applicable for unit ${name}` : `Unit ${name} not loaded`
    yield* client.err(`Failed to ${verb} ${name}: ${job}.\n`)
    return verb === 'reload' ? 1 : 5
  }
  if (result === 'masked') {
    yield* client.err(`Failed to ${verb} ${name}: Unit ${name} is masked.\n`)
    return 1
  }
  if (result === 'bad-setting') {
    if (verb === 'reload')
      yield* client.err(`Failed to reload ${name}: Job type reload is not applicable for unit ${name}.\n${see('status')}`)
    else yield* client.err(`Failed to ${verb} ${name}: Unit ${name} has a bad unit file setting.\n${see('status')}`)
    return 1
  }
  const unit = (yield* client.ask({ verb: 'get', unit: name })).unit
  const why =
    unit?.result === 'start-limit-hit' || unit?.result === undefined
      ? 'start of the service was attempted too often'
      : unit.result === 'signal'
        ? 'a fatal signal was delivered to the control process'
        : unit.result === 'timeout'
          ? 'a timeout was exceeded'
          : 'the control process exited with error code'
  yield* client.err(`Job for ${name} failed because ${why}.\nSee "systemctl status ${name}" and "journalctl -xeu ${name}" for details.\n`)
  return 1
}

function* status(client: Client, names: readonly string[]): Sim<number> {
  const { proc, opts } = client
  const options = { lines: Number(opts.value('n') ?? 10), color: client.color, width: client.width }
  if (names.length === 0) {
    const reply = yield* client.ask({ verb: 'list' })
    yield* client.out(yield* machineStatus(proc, reply.units ?? [], reply.bootedAt ?? 0, options))
    return 0
  }
  let code = 0
  let text = ''
  for (const name of yield* client.expand(yield* pidUnits(client, names))) {
    const { unit } = yield* client.ask({ verb: 'get', unit: name })
    if (unit === undefined) continue
    if (unit.load === 'not-found') yield* client.err(`Unit ${name} could not be found.\n`)
    else {
      if (text !== '') text += '\n'
      if (unit.needReload) yield* warnReload(client, name)
      text += yield* statusText(proc, unit, options)
    }
    if (code === 0) code = statusExit(unit)
  }
  if (text !== '') yield* client.out(text)
  return code
}

/** `systemctl status 1234`: the unit of a process. */
function* pidUnits(client: Client, names: readonly string[]): Sim<string[]> {
  const units = names.some((n) => /^\d+$/.test(n)) ? ((yield* client.ask({ verb: 'list' })).units ?? []) : []
  return names.map((n) => (/^\d+$/.test(n) ? (units.find((u) => u.mainPid === Number(n))?.name ?? n) : n))
}

/** is-active, is-failed: the state of each on a line. */
function* isState(client: Client, names: readonly string[], verb: string): Sim<number> {
  let good = false
  let text = ''
  for (const name of yield* client.expand(names)) {
    const { unit } = yield* client.ask({ verb: 'get', unit: name })
    const active = unit?.active ?? 'unknown'
    text += `${active}\n`
    if (verb === 'is-failed' ? active === 'failed' : active === 'active' || active === 'reloading') good = true
  }
  if (!client.opts.has('q')) yield* say(client.proc, 1, text)
  return good ? 0 : verb === 'is-failed' ? 1 : 3
}

function* isEnabledVerb(client: Client, names: readonly string[]): Sim<number> {
  let good = false
  for (const asked of names) {
    const name = unitName(asked)
    const state = yield* unitFileState(client.proc, name)
    if (state === undefined) {
      yield* client.err(`Failed to get unit file state for ${name}: No such file or directory\n`)
      continue
    }
    if (!client.opts.has('q')) yield* say(client.proc, 1, `${state}\n`)
    if (['enabled', 'static', 'alias', 'indirect', 'generated'].includes(state)) good = true
  }
  return good ? 0 : 1
}

function* cat(client: Client, names: readonly string[]): Sim<number> {
  let text = ''
  let code = 0
  for (const asked of names) {
    const name = unitName(asked)
    const unit = yield* loadUnit(client.proc, name)
    if (unit === undefined) {
      yield* client.err(`No files found for ${name}.\n`)
      code = 1
      continue
    }
    if (text !== '') text += '\n'
    text += unit === 'masked' ? `# Unit ${name} is masked.\n` : `# ${unit.path}\n${unit.text}${unit.text.endsWith('\n') ? '' : '\n'}`
    if (unit !== 'masked') for (const dropIn of unit.dropIns) text += `\n# ${dropIn.path}\n${dropIn.text}`
  }
  if (text !== '') yield* client.out(text)
  return code
}

function* reloadManager(client: Client): Sim<number> {
  const { result } = yield* client.ask({ verb: 'daemon-reload' })
  if (result !== 'denied') return 0
  yield* client.err('Failed to reload daemon: Access denied\n')
  return 1
}

function* kill(client: Client, names: readonly string[]): Sim<number> {
  let code = 0
  const { opts } = client
  const who = (opts.value('kill-whom') ?? opts.value('kill-who') ?? 'all') as 'main' | 'control' | 'all'
  for (const name of yield* client.expand(names)) {
    const { result } = yield* client.ask({ verb: 'kill', unit: name, signal: SIGNAL_OF(opts.value('s')), who })
    if (result === 'ok') continue
    yield* client.err(`Failed to kill unit ${name}: ${result === 'denied' ? 'Access denied' : `Unit ${name} not loaded.`}\n`)
    code = 1
  }
  return code
}

function* resetFailed(client: Client, names: readonly string[]): Sim<number> {
  let code = 0
  for (const name of names.length === 0 ? [''] : yield* client.expand(names)) {
    const { result } = yield* client.ask({ verb: 'reset-failed', unit: name })
    if (result === 'ok') continue
    yield* client.err(
      `Failed to reset failed state of unit ${name}: ${result === 'denied' ? 'Access denied' : `Unit ${name} not loaded.`}\n`,
    )
    code = 1
  }
  return code
}

function* isSystemRunning(client: Client): Sim<number> {
  const units = (yield* client.ask({ verb: 'list' })).units ?? []
  const degraded = units.some((u) => u.active === 'failed')
  if (!client.opts.has('q')) yield* say(client.proc, 1, degraded ? 'degraded\n' : 'running\n')
  return degraded ? 1 : 0
}

function* show(client: Client, names: readonly string[]): Sim<number> {
  const wanted = client.opts.value('p') ?? client.opts.value('P')
  const list = wanted?.split(',')
  const bare = client.opts.has('value') || client.opts.has('P')
  const parts: string[] = []
  for (const name of yield* client.expand(names)) {
    const { unit } = yield* client.ask({ verb: 'get', unit: name })
    if (unit !== undefined) parts.push(yield* showText(client.proc, unit, list, bare))
  }
  yield* client.out(parts.join('\n'))
  return 0
}

function* enabling(client: Client, names: readonly string[], verb: string): Sim<number> {
  if (names.length === 0) {
    yield* client.err('Too few arguments.\n')
    return 1
  }
  let code: number
  try {
    code = yield* editUnitFiles(client.proc, verb, names, client.opts.has('f'))
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    const why = error.code === 'EACCES' ? 'Access denied' : strerror(error)
    yield* client.err(`Failed to ${verb} unit: ${why}\n`)
    return 1
  }
  if (code === 0 && !inChroot(client.proc)) yield* ask(client.proc, { verb: 'daemon-reload' })
  if (code === 0 && client.opts.has('now')) {
    const follow = verb === 'enable' ? 'start' : verb === 'disable' || verb === 'mask' ? 'stop' : undefined
    if (follow !== undefined) return yield* job(client, names, follow)
  }
  return code
}

const VERBS: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ['list-units', listUnits],
  ['list-unit-files', listUnitFiles],
  ['list-timers', listTimers],
  ['start', job],
  ['stop', job],
  ['restart', job],
  ['try-restart', job],
  ['condrestart', job],
  ['reload-or-restart', job],
  ['reload', job],
  ['status', status],
  ['is-active', isState],
  ['is-failed', isState],
  ['is-enabled', isEnabledVerb],
  ['enable', enabling],
  ['disable', enabling],
  ['mask', enabling],
  ['unmask', enabling],
  ['show', show],
  ['cat', cat],
  ['kill', kill],
  ['reset-failed', resetFailed],
  ['daemon-reload', reloadManager],
  ['is-system-running', isSystemRunning],
  ['get-default', getDefault],
  ['set-default', setDefault],
])

const NEEDS_PID1: ReadonlySet<string> = new Set([
  'start',
  'stop',
  'restart',
  'try-restart',
  'reload',
  'daemon-reload',
  'status',
  'list-units',
  'show',
  'kill',
])
