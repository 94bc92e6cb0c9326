import { Errno } from '#linux/errno.ts'
import { SIGNALS } from '#linux/signal.ts'
import { O, type PollFd, type Proc, W, type WaitStatus } from '#linux/syscalls.ts'
import { decode, encode } from '#sim/bytes.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { slurp, writeFile } from '../lib/io.ts'
import { nextElapse } from './calendar.ts'
import { LOG_SOCKET, STDOUT_SOCKET } from './journal.ts'
import { cgroupOf, commandOf, makeCgroup, members, type Result, type Service, spawn } from './service.ts'
import { exitText, signalName } from './status-names.ts'
import { parseSpan, span } from './times.ts'
import { isEnabled, loadUnit, type UnitFile, unitValue, unitValues } from './unit.ts'

const START_LIMIT_BURST = 5
const START_LIMIT_INTERVAL: Micros = 10_000_000
const RESTART_DELAY: Micros = 100_000
/** What taking up the next job costs PID 1. */
const DISPATCH: Micros = 200
const STOP_TIMEOUT: Micros = 90_000_000

/** What became of a job. */
export type JobResult = 'ok' | 'not-found' | 'masked' | 'bad-setting' | 'failed'

/** Answers a client of the control socket: takes the request, returns the reply; set by the control server. */
export interface Listener {
  readonly fd: number
  /** A file that is always readable: only that it has changed counts. */
  readonly changes?: true
  ready(): Sim<void>
}

/**
 * The units of PID 1: starts and stops services in cgroups of their own, reaps children, restarts what asks for it. One
 * flow of control: what has to wait leaves a continuation (`then`, `deadline`, `waiters`) and is taken up by `run`.
 */
export class Manager {
  readonly proc: Proc
  readonly services = new Map<string, Service>()
  readonly bootedAt: Micros
  readonly listeners: Listener[] = []
  /** Connections whose client waits for input: descriptor → what to do. */
  readonly connections = new Map<number, () => Sim<void>>()
  /** What the loop has to do before it waits again. */
  readonly todo: (() => Sim<void>)[] = []
  #journal: readonly number[] = []
  #log = -1

  constructor(proc: Proc) {
    this.proc = proc
    this.bootedAt = proc.now()
  }

  /** Makes the journal's sockets: PID 1 keeps them, journald inherits them. */
  openJournal(): void {
    const { proc } = this
    try {
      const stream = proc.socket('unix', 'stream')
      proc.bind(stream, { family: 'unix', path: STDOUT_SOCKET })
      proc.listen(stream, 128)
      const dgram = proc.socket('unix', 'dgram')
      proc.bind(dgram, { family: 'unix', path: LOG_SOCKET })
      for (const path of [STDOUT_SOCKET, LOG_SOCKET]) proc.chmod(path, 0o666)
      this.#log = proc.socket('unix', 'dgram')
      for (const fd of [stream, dgram, this.#log]) proc.setCloexec(fd, true)
      proc.setFlags(this.#log, proc.getFlags(this.#log) | O.NONBLOCK)
      this.#journal = [stream, dgram]
      proc.symlink('/run/systemd/journal/dev-log', '/dev/log')
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }

  /** A message of PID 1's about a unit. */
  *log(unit: string, message: string, priority = 6): Sim<void> {
    if (this.#log < 0) return
    try {
      const who = unit === '' ? `systemd[1#${this.proc.now()}]` : `systemd[1@${unit}#${this.proc.now()}]`
      yield* this.proc.sendto(this.#log, encode(`<${24 + priority}>${who}: ${message}`), { family: 'unix', path: LOG_SOCKET })
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }

  *boot(units: readonly string[]): Sim<void> {
    for (const name of units) yield* this.start(name)
  }

  /** `hello.service - Hello loop`. */
  label(unit: UnitFile): string {
    const description = unitValue(unit, 'Unit', 'Description')
    return description === undefined ? unit.name : `${unit.name} - ${describe(unit)}`
  }

  newService(unit: UnitFile, transient = false): Service {
    return {
      unit,
      mtime: mtimeOf(this.proc, unit.path),
      active: 'inactive',
      sub: 'dead',
      mainPid: 0,
      controlPid: 0,
      inactiveExit: 0,
      activeEnter: 0,
      activeExit: 0,
      inactiveEnter: 0,
      restarts: 0,
      starts: [],
      result: 'success',
      mainEnded: undefined,
      ended: [],
      cpuMicros: 0,
      stopping: false,
      cgroup: cgroupOf(unit),
      waiters: [],
      queue: [],
      queueKey: '',
      then: undefined,
      deadline: undefined,
      transient,
      startAfterStop: false,
    }
  }

  /** Starts a unit; `done` hears when the job is over (at once, unless the unit takes its time). */
  *start(name: string, done: (failed: boolean) => void = () => {}, seen: ReadonlySet<string> = new Set()): Sim<JobResult> {
    let service = this.services.get(name)
    if (service !== undefined && ['active', 'activating'].includes(service.active)) {
      if (service.active === 'activating' && service.sub !== 'auto-restart') service.waiters.push(done)
      else {
        if (service.sub === 'auto-restart') yield* this.#launch(service)
        done(false)
      }
      return 'ok'
    }
    if (service?.active === 'deactivating') {
      service.startAfterStop = true
      service.waiters.push(done)
      return 'ok'
    }
    if (service?.transient !== true) {
      const unit = yield* loadUnit(this.proc, name)
      if (unit === undefined) return 'not-found'
      if (unit === 'masked') return 'masked'
      if (service === undefined) {
        service = this.newService(unit)
        this.services.set(name, service)
      }
      if (name.endsWith('.service') && unitValue(unit, 'Service', 'ExecStart') === undefined) {
        yield* this.log(name, `${name}: Service has no ExecStart=, ExecStop=, or SuccessAction=. Refusing.`, 3)
        this.services.delete(name)
        return 'bad-setting'
      }
    }
    for (const key of ['Requires', 'Wants'] as const) {
      for (const other of unitValues(service.unit, 'Unit', key).flatMap((v) => v.split(/\s+/))) {
        if (other === '' || seen.has(other) || other === name) continue
        const result = yield* this.start(other, () => {}, new Set([...seen, name]))
        if (key === 'Requires' && (result === 'not-found' || result === 'masked')) return 'failed'
      }
    }
    service.restarts = 0
    service.waiters.push(done)
    yield* this.#launch(service)
    return 'ok'
  }

  /** Puts a process that others have started into a scope of its own; the scope ends when its cgroup is empty. */
  *adopt(unit: UnitFile, pid: number): Sim<void> {
    const { proc } = this
    const service = this.newService(unit, true)
    yield* makeCgroup(proc, unit, service.cgroup)
    yield* writeFile(proc, `/sys/fs/cgroup${service.cgroup}/cgroup.procs`, String(pid))
    const now = proc.now()
    Object.assign(service, { active: 'active', sub: 'running', inactiveExit: now, activeEnter: now })
    this.services.set(unit.name, service)
    yield* this.log(unit.name, `Started ${this.label(unit)}.`)
    const fd = yield* proc.open(`/sys/fs/cgroup${service.cgroup}/cgroup.events`, O.RDONLY | O.CLOEXEC)
    const listener: Listener = { fd, changes: true, ready: () => this.#scopeChanged(service, listener) }
    this.listeners.push(listener)
    yield* listener.ready()
  }

  *#scopeChanged(service: Service, listener: Listener): Sim<void> {
    const { proc } = this
    proc.lseek(listener.fd, 0, 'set')
    if (decode(yield* proc.read(listener.fd, 4096)).includes('populated 1')) return
    this.listeners.splice(this.listeners.indexOf(listener), 1)
    proc.close(listener.fd)
    yield* this.#dead(service, 'success')
    this.#finished(service, false)
  }

  *#launch(service: Service): Sim<void> {
    const { proc } = this
    const { unit } = service
    const now = proc.now()
    service.deadline = undefined
    if (!unit.name.endsWith('.service')) {
      Object.assign(service, {
        active: 'active',
        sub: unit.name.endsWith('.timer') ? 'waiting' : unit.name.endsWith('.socket') ? 'listening' : 'active',
      })
      service.inactiveExit = service.activeEnter = now
      if (unit.name.endsWith('.timer')) this.#arm(service)
      yield* this.log(unit.name, unit.name.endsWith('.target') ? `Reached target ${this.label(unit)}.` : `Started ${this.label(unit)}.`)
      this.#finished(service, false)
      return
    }
    const interval = parseSpan(unitValue(unit, 'Unit', 'StartLimitIntervalSec') ?? '') || START_LIMIT_INTERVAL
    const burst = Number(unitValue(unit, 'Unit', 'StartLimitBurst') ?? START_LIMIT_BURST)
    service.starts = service.starts.filter((at) => at > now - interval)
    if (unitValue(unit, 'Unit', 'StartLimitIntervalSec') !== '0' && service.starts.length >= burst) {
      yield* this.log(unit.name, `${unit.name}: Start request repeated too quickly.`, 4)
      if (service.result === 'success') service.result = 'start-limit-hit'
      yield* this.log(unit.name, `${unit.name}: Failed with result '${service.result}'.`, 4)
      Object.assign(service, { active: 'failed', sub: 'failed', inactiveEnter: now })
      yield* this.log(unit.name, `Failed to start ${this.label(unit)}.`, 3)
      this.#finished(service, true)
      return
    }
    service.starts.push(now)
    Object.assign(service, {
      stopping: false,
      active: 'activating',
      sub: 'start',
      result: 'success',
      inactiveExit: now,
      cpuMicros: 0,
      mainEnded: undefined,
      ended: [],
    })
    const type = unitValue(unit, 'Service', 'Type') ?? 'simple'
    const pre = unitValues(unit, 'Service', 'ExecStartPre')
    if (type !== 'simple' && type !== 'idle') yield* this.log(unit.name, `Starting ${this.label(unit)}...`)
    if (pre.length > 0) service.sub = 'start-pre'
    yield* this.#commands(service, 'ExecStartPre', pre, (failed) => (failed ? this.#fail(service) : this.#main(service, type)))
  }

  *#main(service: Service, type: string): Sim<void> {
    const { unit } = service
    const lines = unitValues(unit, 'Service', 'ExecStart')
    service.sub = 'start'
    if (type === 'oneshot') {
      yield* this.#commands(service, 'ExecStart', lines, (failed) => (failed ? this.#fail(service) : this.#started(service, type)))
      return
    }
    if (type === 'forking') {
      yield* this.#commands(service, 'ExecStart', lines, (failed) => (failed ? this.#fail(service) : this.#started(service, type)))
      return
    }
    const fds = unit.name === 'systemd-journald.service' ? this.#journal : undefined
    service.mainPid = yield* spawn(this.proc, service, lines.at(-1) ?? '', fds)
    yield* this.#started(service, type)
  }

  *#started(service: Service, type: string): Sim<void> {
    const { unit } = service
    service.activeEnter = this.proc.now()
    if (type === 'forking') {
      const file = unitValue(unit, 'Service', 'PIDFile')
      const told = file === undefined ? Number.NaN : Number((yield* slurp(this.proc, file)) ?? 'x')
      service.mainPid = told > 0 ? told : ((yield* members(this.proc, service.cgroup))[0] ?? 0)
    }
    if (type === 'oneshot') {
      const stays = /^(yes|true|1|on)$/.test(unitValue(unit, 'Service', 'RemainAfterExit') ?? 'no')
      if (stays) Object.assign(service, { active: 'active', sub: 'exited' })
      else yield* this.#dead(service, 'success')
      yield* this.log(unit.name, `Finished ${this.label(unit)}.`)
      this.#finished(service, false)
      return
    }
    Object.assign(service, { active: 'active', sub: 'running' })
    yield* this.log(unit.name, `Started ${this.label(unit)}.`)
    const post = unitValues(unit, 'Service', 'ExecStartPost')
    if (post.length > 0) yield* this.#commands(service, 'ExecStartPost', post, function* () {})
    this.#finished(service, false)
  }

  *#fail(service: Service): Sim<void> {
    const { unit } = service
    yield* this.#dead(service, service.result === 'success' ? 'exit-code' : service.result)
    yield* this.log(unit.name, `Failed to start ${this.label(unit)}.`, 3)
    this.#finished(service, true)
  }

  #finished(service: Service, failed: boolean): void {
    for (const waiter of service.waiters.splice(0)) waiter(failed)
  }

  /** Runs commands one after another as control processes; `then` hears whether one failed. */
  *#commands(service: Service, key: string, lines: readonly string[], then: (failed: boolean) => Sim<void>): Sim<void> {
    const [line, ...rest] = lines
    if (line === undefined) {
      service.then = undefined
      yield* then(false)
      return
    }
    service.queue = lines
    service.queueKey = key
    service.controlPid = yield* spawn(this.proc, service, line)
    const self = this
    service.then = function* (failed) {
      const ignore = commandOf(line, service.unit.name, '', new Map()).ignore
      if (failed && !ignore) {
        service.then = undefined
        yield* then(true)
      } else yield* self.#commands(service, key, rest, then)
    }
  }

  /** Stops a unit; `done` hears when it has stopped. False when it isn't loaded. */
  *stop(name: string, done: () => void = () => {}): Sim<boolean> {
    const service = this.services.get(name)
    if (service === undefined) {
      done()
      return (yield* loadUnit(this.proc, name)) !== undefined
    }
    const { unit } = service
    if (service.sub === 'auto-restart') {
      service.deadline = undefined
      Object.assign(service, { active: 'inactive', sub: 'dead', inactiveEnter: this.proc.now() })
      yield* this.log(name, `Stopped ${this.label(unit)}.`)
    }
    if (service.active === 'inactive' || service.active === 'failed') {
      done()
      return true
    }
    service.waiters.push(done)
    if (service.active === 'deactivating') return true
    if (!name.endsWith('.service')) {
      service.deadline = undefined
      Object.assign(service, { active: 'inactive', sub: 'dead', inactiveEnter: this.proc.now() })
      yield* this.log(name, `Stopped ${name.endsWith('.target') ? 'target ' : ''}${this.label(unit)}.`)
      this.#finished(service, false)
      yield* this.#collect(service)
      return true
    }
    service.stopping = true
    service.activeExit = this.proc.now()
    yield* this.log(name, `Stopping ${this.label(unit)}...`)
    Object.assign(service, { active: 'deactivating', sub: 'stop' })
    yield* this.#commands(service, 'ExecStop', unitValues(unit, 'Service', 'ExecStop'), () => this.#terminate(service))
    return true
  }

  /** Sends the stop signal and waits for the end of the processes. */
  *#terminate(service: Service): Sim<void> {
    const { proc } = this
    service.sub = 'stop-sigterm'
    const mode = unitValue(service.unit, 'Service', 'KillMode') ?? 'control-group'
    const wanted = unitValue(service.unit, 'Service', 'KillSignal')?.replace('SIG', '')
    const signal = Object.entries(SIGNALS).find(([name]) => name === wanted)?.[1] ?? SIGNALS.TERM
    const all = yield* members(proc, service.cgroup)
    if (service.mainPid > 0 && mode !== 'none') this.#kill(service.mainPid, signal)
    if (mode === 'control-group') for (const pid of all) if (pid !== service.mainPid) this.#kill(pid, signal)
    if (mode === 'mixed' && service.mainPid === 0) for (const pid of all) this.#kill(pid, SIGNALS.KILL)
    const timeout = unitValue(service.unit, 'Service', 'TimeoutStopSec')
    const wait = timeout === undefined ? STOP_TIMEOUT : parseSpan(timeout)
    const self = this
    if (wait !== undefined) {
      service.deadline = {
        at: proc.now() + wait,
        *run() {
          service.result = 'timeout'
          yield* self.log(service.unit.name, `${service.unit.name}: State 'stop-sigterm' timed out. Killing.`, 4)
          for (const pid of yield* members(proc, service.cgroup)) {
            const comm = ((yield* slurp(proc, `/proc/${pid}/comm`)) ?? '').trim()
            yield* self.log(service.unit.name, `${service.unit.name}: Killing process ${pid} (${comm}) with signal SIGKILL.`, 4)
            self.#kill(pid, SIGNALS.KILL)
          }
          service.sub = 'stop-sigkill'
        },
      }
    }
    yield* this.#settle(service)
  }

  #kill(pid: number, signal: number): void {
    try {
      this.proc.kill(pid, signal)
      if (signal === SIGNALS.TERM || signal === SIGNALS.HUP) this.proc.kill(pid, SIGNALS.CONT)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }

  /** In a stop phase: is everything that has to end gone? */
  *#settle(service: Service): Sim<void> {
    if (!['stop-sigterm', 'stop-sigkill', 'final-sigterm'].includes(service.sub) || service.mainPid > 0) return
    const mode = unitValue(service.unit, 'Service', 'KillMode') ?? 'control-group'
    const left = yield* members(this.proc, service.cgroup)
    if (left.length > 0 && (mode === 'control-group' || mode === 'mixed')) return
    for (const pid of left) {
      const comm = ((yield* slurp(this.proc, `/proc/${pid}/comm`)) ?? '').trim()
      yield* this.log(service.unit.name, `${service.unit.name}: Unit process ${pid} (${comm}) remains running after unit stopped.`)
    }
    service.deadline = undefined
    yield* this.#commands(service, 'ExecStopPost', unitValues(service.unit, 'Service', 'ExecStopPost'), () =>
      this.#dead(service, service.result),
    )
  }

  /** A service has ended: says so, restarts it if it asks for that, answers who waits. */
  *#dead(service: Service, result: Result): Sim<void> {
    const { unit } = service
    const now = this.proc.now()
    service.result = result
    service.cpuMicros = yield* this.cpuOf(service)
    service.mainPid = service.controlPid = 0
    service.deadline = undefined
    if (service.activeExit < service.activeEnter) service.activeExit = now
    const bad = result !== 'success'
    yield* this.log(
      unit.name,
      bad ? `${unit.name}: Failed with result '${result}'.` : `${unit.name}: Deactivated successfully.`,
      bad ? 4 : 6,
    )
    if ((yield* members(this.proc, service.cgroup)).length === 0) {
      try {
        this.proc.rmdir(`/sys/fs/cgroup${service.cgroup}`)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
      }
    }
    service.inactiveEnter = now
    if (!service.stopping && this.#wantsRestart(service)) {
      Object.assign(service, { active: 'activating', sub: 'auto-restart' })
      const delay = parseSpan(unitValue(unit, 'Service', 'RestartSec') ?? '100ms') ?? RESTART_DELAY
      const self = this
      service.deadline = {
        at: now + delay,
        *run() {
          service.restarts++
          yield* self.log(unit.name, `${unit.name}: Scheduled restart job, restart counter is at ${service.restarts}.`)
          yield* self.log(unit.name, `Stopped ${self.label(unit)}.`)
          yield* self.#consumed(service)
          service.deadline = { at: self.proc.now() + DISPATCH, run: () => self.#launch(service) }
        },
      }
      return
    }
    Object.assign(service, { active: bad ? 'failed' : 'inactive', sub: bad ? 'failed' : 'dead' })
    if (service.stopping) {
      yield* this.log(unit.name, `Stopped ${this.label(unit)}.`)
      this.#finished(service, false)
    }
    yield* this.#consumed(service)
    if (service.startAfterStop) {
      service.startAfterStop = false
      yield* this.start(unit.name)
      return
    }
    yield* this.#collect(service)
  }

  *#consumed(service: Service): Sim<void> {
    if (service.cpuMicros <= 1_000_000) return
    yield* this.log(service.unit.name, `${service.unit.name}: Consumed ${span(service.cpuMicros)} CPU time.`)
  }

  /** Forgets a unit that is dead and that nothing wants. */
  *#collect(service: Service): Sim<void> {
    if (service.active !== 'inactive' || service.waiters.length > 0) return
    if (!isEnabled(this.proc, service.unit)) this.services.delete(service.unit.name)
  }

  #wantsRestart(service: Service): boolean {
    const mode = unitValue(service.unit, 'Service', 'Restart') ?? 'no'
    const status = service.mainEnded?.status
    const never = unitValues(service.unit, 'Service', 'RestartPreventExitStatus').flatMap((v) => v.split(/\s+/))
    if (status?.exit !== undefined && never.includes(String(status.exit))) return false
    if (mode === 'always') return true
    if (mode === 'on-success') return service.result === 'success'
    if (mode === 'on-failure') return service.result !== 'success'
    if (mode === 'on-abnormal') return ['signal', 'core-dump', 'timeout'].includes(service.result)
    if (mode === 'on-abort') return ['signal', 'core-dump'].includes(service.result)
    return false
  }

  /** CPU time of a unit: of its cgroup, or what was counted when it ended. */
  *cpuOf(service: Service): Sim<Micros> {
    const text = yield* slurp(this.proc, `/sys/fs/cgroup${service.cgroup}/cpu.stat`)
    return text === undefined ? service.cpuMicros : Number(/usage_usec (\d+)/.exec(text)?.[1] ?? 0)
  }

  /** A child has ended: a main or a control process of a service, or an orphan. */
  *reaped(status: WaitStatus): Sim<void> {
    for (const service of [...this.services.values()]) {
      if (service.controlPid === status.pid) {
        service.controlPid = 0
        const { then, queueKey } = service
        const failed = status.exit !== 0
        const command = service.queue[0] ?? ''
        service.ended.push({ key: queueKey, command, status })
        if (queueKey === 'ExecStart') service.mainEnded = { key: queueKey, command, status }
        if (failed) {
          service.result = status.exit === undefined ? 'signal' : 'exit-code'
          const what = queueKey === 'ExecStart' ? 'Main' : 'Control'
          yield* this.log(service.unit.name, `${service.unit.name}: ${what} process exited, ${exitText(status)}`, 5)
        }
        if (then !== undefined) yield* then(failed)
      } else if (service.mainPid === status.pid) {
        yield* this.#mainEnded(service, status)
      }
    }
    for (const service of [...this.services.values()]) yield* this.#settle(service)
  }

  *#mainEnded(service: Service, status: WaitStatus): Sim<void> {
    const { unit } = service
    service.mainPid = 0
    service.mainEnded = { key: 'ExecStart', command: unitValues(unit, 'Service', 'ExecStart').at(-1) ?? '', status }
    const also = unitValues(unit, 'Service', 'SuccessExitStatus').flatMap((v) => v.split(/\s+/))
    const { HUP, INT, TERM, PIPE } = SIGNALS
    const clean =
      status.exit === 0 ||
      also.includes(String(status.exit)) ||
      (status.signal !== undefined &&
        (([HUP, INT, TERM, PIPE] as number[]).includes(status.signal) || also.includes(signalName(status.signal))))
    if (!clean) {
      const quiet = service.stopping && service.result === 'timeout'
      yield* this.log(unit.name, `${unit.name}: Main process exited, ${exitText(status)}`, 5)
      if (!quiet) service.result = status.exit === undefined ? (status.coreDumped === true ? 'core-dump' : 'signal') : 'exit-code'
    }
    if (service.stopping) return
    service.activeExit = this.proc.now()
    service.active = 'deactivating'
    yield* this.#terminate(service)
  }

  /** Arms a timer unit. */
  #arm(service: Service): void {
    const now = this.proc.now()
    const at = nextElapse(service.unit, now, this.bootedAt, service.activeEnter)
    if (at === undefined) return
    const self = this
    service.deadline = {
      at,
      *run() {
        const target = unitValue(service.unit, 'Timer', 'Unit') ?? service.unit.name.replace(/\.timer$/, '.service')
        service.activeExit = self.proc.now()
        yield* self.start(target)
        self.#arm(service)
      },
    }
  }

  /** Reads unit files again. */
  *reload(): Sim<void> {
    yield* this.log('', 'Reloading.')
    for (const [name, service] of [...this.services]) {
      if (service.transient) continue
      const unit = yield* loadUnit(this.proc, name)
      if (unit !== undefined && unit !== 'masked') Object.assign(service, { unit, mtime: mtimeOf(this.proc, unit.path) })
      else if (service.active === 'inactive') this.services.delete(name)
    }
  }

  /** For ever: reaps children, serves sockets, does what is due. */
  *run(): Sim<never> {
    const { proc } = this
    const blocked = new Set([SIGNALS.CHLD])
    let child = false
    proc.sigprocmask(blocked)
    proc.sigaction(SIGNALS.CHLD, () => {
      child = true
    })
    for (;;) {
      yield* this.#reapAll()
      for (const service of [...this.services.values()]) {
        const { deadline } = service
        if (deadline === undefined || deadline.at > proc.now()) continue
        service.deadline = undefined
        yield* deadline.run()
      }
      for (const next of this.todo.splice(0)) yield* next()
      const dues = [...this.services.values()].flatMap((s) => (s.deadline === undefined ? [] : [s.deadline.at]))
      const asked: PollFd[] = [
        ...this.listeners.map(({ fd, changes }) => ({ fd, read: changes !== true })),
        ...[...this.connections.keys()].map((fd) => ({ fd, read: true })),
      ]
      let ready: readonly PollFd[] = []
      child = false
      try {
        proc.sigprocmask(new Set())
        if (!child) ready = yield* proc.poll(asked, dues.length === 0 ? undefined : Math.max(0, Math.min(...dues) - proc.now()))
      } catch (error) {
        if (!(error instanceof Errno)) throw error
      }
      proc.sigprocmask(blocked)
      for (const { fd } of ready) {
        yield* this.listeners.find((l) => l.fd === fd)?.ready() ?? this.connections.get(fd)?.() ?? nothing()
      }
    }
  }

  *#reapAll(): Sim<void> {
    for (;;) {
      let status: WaitStatus | undefined
      try {
        status = yield* this.proc.wait(-1, W.NOHANG)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        return
      }
      if (status === undefined) return
      yield* this.reaped(status)
    }
  }
}

function* nothing(): Sim<void> {}

/** The description of a unit, its name without one. */
export function describe(unit: UnitFile): string {
  const text = unitValue(unit, 'Unit', 'Description') ?? unit.name
  return text.replace(/%([iI])/g, () => /@(.*)\.[a-z]+$/.exec(unit.name)?.[1] ?? '').replace(/%[nN]/g, unit.name)
}

export function mtimeOf(proc: Proc, path: string): Micros {
  try {
    return proc.stat(path).mtime
  } catch (error) {
    if (error instanceof Errno) return 0
    throw error
  }
}
