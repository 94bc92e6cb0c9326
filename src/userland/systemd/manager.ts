import { Errno } from '#linux/errno.ts'
import { SIGNALS } from '#linux/signal.ts'
import { O, type Proc, type WaitStatus } from '#linux/syscalls.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { loadAccounts } from '#userland/lib/accounts.ts'
import { writeFile } from '#userland/lib/io.ts'
import { execWords, instance, loadUnit, specifiers, type UnitFile, unitValue, unitValues } from './unit.ts'

/** State of a service, as `systemctl status` names it. */
export interface Service {
  readonly unit: UnitFile
  active: 'active' | 'inactive' | 'failed' | 'activating' | 'deactivating'
  sub: 'running' | 'dead' | 'failed' | 'exited' | 'auto-restart' | 'start' | 'stop-sigterm'
  mainPid: number
  /** When it entered `active`. */
  since: Micros
  restarts: number
  /** Times of the latest starts, for the start limit. */
  starts: Micros[]
  result: 'success' | 'exit-code' | 'signal' | 'resources' | 'start-limit-hit'
  status?: WaitStatus
  /** Stopped on purpose: not restarted. */
  stopping: boolean
}

/** StartLimitBurst= and StartLimitIntervalSec= as they are unless a unit says otherwise. */
const START_LIMIT_BURST = 5
const START_LIMIT_INTERVAL: Micros = 10_000_000

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin'

/** The services of PID 1: starts and stops them in cgroups of their own, reaps children, restarts what asks for it. */
export class Manager {
  readonly proc: Proc
  readonly services = new Map<string, Service>()

  constructor(proc: Proc) {
    this.proc = proc
  }

  *boot(units: readonly string[]): Sim<void> {
    for (const name of units) yield* this.start(name)
  }

  /** Starts a unit; the reason when that is impossible. */
  *start(name: string): Sim<'ok' | 'not-found' | 'masked' | 'failed'> {
    const unit = yield* loadUnit(this.proc, name)
    if (unit === undefined) return 'not-found'
    if (unit === 'masked') return 'masked'
    const running = this.services.get(name)
    if (running?.active === 'active') return 'ok'
    const service: Service = {
      unit,
      active: 'activating',
      sub: 'start',
      mainPid: 0,
      since: this.proc.now(),
      restarts: running?.restarts ?? 0,
      starts: [this.proc.now()],
      result: 'success',
      stopping: false,
    }
    this.services.set(name, service)
    yield* this.#launch(service)
    return 'ok'
  }

  *#launch(service: Service): Sim<void> {
    const { proc } = this
    const { unit } = service
    const cgroup = `/sys/fs/cgroup/system.slice/${unit.name.includes('@') ? `system-${unit.name.replace(/@.*/, '').replaceAll('-', '\\x2d')}.slice/` : ''}${unit.name}`
    for (const dir of [cgroup.replace(/\/[^/]+$/, ''), cgroup]) {
      try {
        proc.mkdir(dir, 0o755)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
      }
    }
    const accounts = yield* loadAccounts(proc)
    const user = unitValue(unit, 'Service', 'User')
    const account = user === undefined ? undefined : accounts.user(user)
    const environment = new Map<string, string>()
    for (const line of unitValues(unit, 'Service', 'Environment')) {
      for (const word of execWords(line, new Map())) environment.set(word.replace(/=.*/, ''), word.replace(/^[^=]*=/, ''))
    }
    const command = specifiers((unitValue(unit, 'Service', 'ExecStart') ?? '').replace(/^[-@:+!]+/, ''), unit.name, proc.uname().nodename)
    const argv = execWords(command, environment)
    const path = argv[0] ?? ''
    const tty = unitValue(unit, 'Service', 'TTYPath')?.replace('%I', instance(unit.name))
    const pid = proc.fork(function* (child) {
      try {
        yield* writeFile(child, `${cgroup}/cgroup.procs`, `${child.pid}\n`)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
      }
      child.setsid()
      for (const signal of [SIGNALS.INT, SIGNALS.TERM, SIGNALS.HUP, SIGNALS.PIPE, SIGNALS.USR1, SIGNALS.USR2])
        child.sigaction(signal, 'default')
      try {
        yield* openStreams(child, tty)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* openStreams(child, undefined)
      }
      if (account !== undefined) {
        child.setgroups(accounts.groupsOf(account))
        child.setresgid(account.gid, account.gid, account.gid)
        child.setresuid(account.uid, account.uid, account.uid)
      }
      const environ = [PATH, ...[...environment].map(([k, v]) => `${k}=${v}`)]
      try {
        return yield* child.exec(path, argv, environ)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        return 203
      }
    })
    service.mainPid = pid
    service.active = 'active'
    service.sub = 'running'
    service.since = proc.now()
  }

  /** Waits for children for ever. */
  *run(): Sim<never> {
    for (;;) {
      try {
        const status = yield* this.proc.wait(-1)
        if (status !== undefined) yield* this.reaped(status)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        if (error.code === 'ECHILD') yield* this.#idle()
      }
    }
  }

  *#idle(): Sim<void> {
    try {
      this.proc.sigaction(SIGNALS.CHLD, () => {})
      yield* this.proc.pause()
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }

  *#restart(service: Service): Sim<void> {
    const now = this.proc.now()
    service.starts = service.starts.filter((at) => at > now - START_LIMIT_INTERVAL)
    if (service.starts.length >= START_LIMIT_BURST) {
      service.result = 'start-limit-hit'
      return
    }
    service.starts.push(now)
    service.restarts++
    yield* this.#launch(service)
  }

  /** A child has ended: if it was a service's main process, the service has. */
  *reaped(status: WaitStatus): Sim<void> {
    for (const service of this.services.values()) {
      if (service.mainPid !== status.pid) continue
      service.status = status
      service.mainPid = 0
      const clean = service.stopping || status.exit === 0 || status.signal === SIGNALS.TERM || status.signal === SIGNALS.HUP
      service.active = clean ? 'inactive' : 'failed'
      service.sub = clean ? 'dead' : 'failed'
      service.result = clean ? 'success' : status.exit === undefined ? 'signal' : 'exit-code'
      const restart = unitValue(service.unit, 'Service', 'Restart') ?? 'no'
      if (!service.stopping && (restart === 'always' || (restart === 'on-failure' && !clean))) {
        yield* this.#restart(service)
      }
    }
  }
}

function* openStreams(child: Proc, tty: string | undefined): Sim<void> {
  const fd = yield* child.open(tty ?? '/dev/null', O.RDWR)
  for (const to of [0, 1, 2]) if (to !== fd) child.dup2(fd, to)
  if (fd > 2) child.close(fd)
  if (tty !== undefined) child.setControllingTty(0)
}
