import { Errno } from '#linux/errno.ts'
import { SIGNALS } from '#linux/signal.ts'
import type { Proc } from '#linux/syscalls.ts'
import { decode, encode } from '#sim/bytes.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { readAll, writeAll } from '../lib/io.ts'
import { describe, type JobResult, type Manager, mtimeOf } from './manager.ts'
import { type Ended, members, type Service, spawn } from './service.ts'
import { loadUnit, parseUnit, type UnitFile, unitValues } from './unit.ts'

/** The socket of root, and the one everybody may ask by (upstream: the system bus). */
export const PRIVATE_SOCKET = '/run/systemd/private'
export const BUS_SOCKET = '/run/dbus/system_bus_socket'

/** What a client asks PID 1: one JSON object, then the end of its side. */
export interface Request {
  readonly verb:
    | 'start'
    | 'stop'
    | 'restart'
    | 'try-restart'
    | 'reload'
    | 'kill'
    | 'reset-failed'
    | 'daemon-reload'
    | 'get'
    | 'list'
    | 'run'
    | 'scope'
    | 'ping'
  readonly unit?: string
  readonly noBlock?: boolean
  readonly signal?: number
  readonly who?: 'main' | 'control' | 'all'
  /** Text of a transient unit, for `run` and `scope`. */
  readonly text?: string
  /** The process that a scope begins with. */
  readonly pid?: number
}

/** A unit as PID 1 knows it. Times in microseconds, 0: never. */
export interface UnitInfo {
  readonly name: string
  readonly load: 'loaded' | 'not-found' | 'masked'
  readonly path: string
  readonly description: string
  readonly documentation: readonly string[]
  readonly active: string
  readonly sub: string
  readonly mainPid: number
  readonly controlPid: number
  readonly inactiveExit: Micros
  readonly activeEnter: Micros
  readonly activeExit: Micros
  readonly inactiveEnter: Micros
  readonly restarts: number
  readonly result: string
  readonly mainEnded?: Ended
  readonly ended: readonly Ended[]
  readonly cgroup: string
  readonly cpuMicros: Micros
  readonly needReload: boolean
  readonly transient: boolean
  /** When a timer is due. */
  readonly next?: Micros
  readonly sections: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

export interface Reply {
  readonly result: JobResult | 'denied' | 'not-loaded'
  readonly unit?: UnitInfo
  readonly units?: readonly UnitInfo[]
  readonly bootedAt?: Micros
}

const READ_ONLY: readonly Request['verb'][] = ['get', 'list', 'ping']

/** Makes the control sockets of PID 1. */
export function serveControl(manager: Manager): void {
  const { proc } = manager
  for (const [path, mode] of [
    [PRIVATE_SOCKET, 0o600],
    [BUS_SOCKET, 0o666],
  ] as const) {
    try {
      const fd = proc.socket('unix', 'stream')
      proc.bind(fd, { family: 'unix', path })
      proc.chmod(path, mode)
      proc.listen(fd, 128)
      proc.setCloexec(fd, true)
      manager.listeners.push({ fd, ready: () => accept(manager, fd, path === BUS_SOCKET) })
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
}

function* accept(manager: Manager, listener: number, readOnly: boolean): Sim<void> {
  const { proc } = manager
  const { fd } = yield* proc.accept(listener)
  proc.setCloexec(fd, true)
  let text = ''
  manager.connections.set(fd, function* () {
    let chunk: Uint8Array
    try {
      chunk = yield* proc.read(fd, 65_536)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      chunk = new Uint8Array(0)
    }
    text += decode(chunk)
    if (chunk.length > 0 && !text.endsWith('\n')) return
    manager.connections.delete(fd)
    yield* handle(manager, fd, text, readOnly)
  })
}

function* handle(manager: Manager, fd: number, text: string, readOnly: boolean): Sim<void> {
  const answer = function* (reply: Reply): Sim<void> {
    try {
      yield* writeAll(manager.proc, fd, encode(JSON.stringify(reply)))
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
    manager.proc.close(fd)
  }
  let request: Request
  try {
    request = JSON.parse(text) as Request
  } catch {
    manager.proc.close(fd)
    return
  }
  if (readOnly && !READ_ONLY.includes(request.verb)) {
    yield* answer({ result: 'denied' })
    return
  }
  // A job's end is told from a callback, which may not wait: the manager's loop sends the answer.
  const finish = (failed: boolean): void => {
    if (request.noBlock !== true) manager.todo.push(() => answer({ result: failed ? 'failed' : 'ok' }))
  }
  const result = yield* act(manager, request, request.unit ?? '', finish)
  if (result !== undefined) yield* answer(result)
  else if (request.noBlock === true) yield* answer({ result: 'ok' })
}

/** Does what is asked; undefined when `finish` will tell how it ended. */
function* act(manager: Manager, request: Request, name: string, finish: (failed: boolean) => void): Sim<Reply | undefined> {
  switch (request.verb) {
    case 'start': {
      const result = yield* manager.start(name, finish)
      return result === 'ok' ? undefined : { result }
    }
    case 'stop':
      return (yield* manager.stop(name, () => finish(false))) ? undefined : { result: 'not-loaded' }
    case 'restart':
    case 'try-restart': {
      const service = manager.services.get(name)
      const running = service !== undefined && ['active', 'activating', 'deactivating'].includes(service.active)
      if (!running && request.verb === 'try-restart') return { result: 'ok' }
      if (running && service.sub !== 'auto-restart') {
        const unit = service.transient ? service.unit : yield* loadUnit(manager.proc, name)
        if (unit === undefined || unit === 'masked') return { result: unit ?? 'not-found' }
        // The stop job makes room for the start job, whose end is the answer.
        service.starts = []
        yield* manager.stop(name, () => {})
        const after = manager.services.get(name)
        if (after === service && service.active === 'deactivating') {
          service.startAfterStop = true
          service.waiters.push(() => service.waiters.push(finish))
          return undefined
        }
      }
      const result = yield* manager.start(name, finish)
      return result === 'ok' ? undefined : { result }
    }
    case 'reload': {
      const service = manager.services.get(name)
      if (service?.active !== 'active') return { result: 'not-loaded' }
      const lines = unitValues(service.unit, 'Service', 'ExecReload')
      if (lines.length === 0) return { result: 'bad-setting' }
      yield* manager.log(name, `Reloading ${manager.label(service.unit)}...`)
      for (const line of lines) service.controlPid = yield* spawn(manager.proc, service, line)
      yield* manager.log(name, `Reloaded ${manager.label(service.unit)}.`)
      return { result: 'ok' }
    }
    case 'kill': {
      const service = manager.services.get(name)
      if (service === undefined) return { result: 'not-loaded' }
      const pids = request.who === 'main' ? [service.mainPid] : yield* members(manager.proc, service.cgroup)
      for (const pid of pids.filter((n) => n > 0)) {
        try {
          manager.proc.kill(pid, request.signal ?? SIGNALS.TERM)
        } catch (error) {
          if (!(error instanceof Errno)) throw error
        }
      }
      return { result: 'ok' }
    }
    case 'reset-failed':
      for (const service of [...manager.services.values()]) {
        if (name !== '' && service.unit.name !== name) continue
        service.starts = []
        if (service.active === 'failed') Object.assign(service, { active: 'inactive', sub: 'dead', result: 'success' })
      }
      return { result: name === '' || manager.services.has(name) ? 'ok' : 'not-loaded' }
    case 'daemon-reload':
      yield* manager.reload()
      return { result: 'ok' }
    case 'run': {
      if (manager.services.get(name)?.active === 'active') return { result: 'failed' }
      manager.services.set(name, manager.newService(transient(name, request.text ?? ''), true))
      const result = yield* manager.start(name, finish)
      return result === 'ok' ? undefined : { result }
    }
    case 'scope':
      if (manager.services.has(name) || request.pid === undefined) return { result: 'failed' }
      yield* manager.adopt(transient(name, request.text ?? ''), request.pid)
      return { result: 'ok' }
    case 'get':
      return { result: 'ok', unit: yield* info(manager, name) }
    case 'list': {
      const units: UnitInfo[] = []
      for (const service of manager.services.values()) units.push(yield* infoOf(manager, service))
      return { result: 'ok', units: units.sort((a, b) => (a.name < b.name ? -1 : 1)), bootedAt: manager.bootedAt }
    }
    case 'ping':
      return { result: 'ok', bootedAt: manager.bootedAt }
  }
}

function transient(name: string, text: string): UnitFile {
  return { name, path: `/run/systemd/transient/${name}`, text, sections: parseUnit(text), dropIns: [] }
}

function* info(manager: Manager, asked: string): Sim<UnitInfo> {
  const service = manager.services.get(asked)
  if (service !== undefined) return yield* infoOf(manager, service)
  const unit = yield* loadUnit(manager.proc, asked)
  if (unit === undefined || unit === 'masked') {
    const load = unit === 'masked' ? 'masked' : 'not-found'
    const empty = manager.newService({
      name: asked,
      path: load === 'masked' ? `/etc/systemd/system/${asked}` : '',
      text: '',
      sections: new Map(),
      dropIns: [],
    })
    return { ...(yield* infoOf(manager, empty)), load }
  }
  const known = [...manager.services.values()].find((s) => s.unit.path === unit.path && !asked.includes('@'))
  return yield* infoOf(manager, known ?? manager.newService(unit))
}

function* infoOf(manager: Manager, service: Service): Sim<UnitInfo> {
  const { unit } = service
  return {
    name: unit.name,
    load: 'loaded',
    path: unit.path,
    description: describe(unit),
    documentation: unitValues(unit, 'Unit', 'Documentation').flatMap((v) => v.split(/\s+/)),
    active: service.active,
    sub: service.sub,
    mainPid: service.mainPid,
    controlPid: service.controlPid,
    inactiveExit: service.inactiveExit,
    activeEnter: service.activeEnter,
    activeExit: service.activeExit,
    inactiveEnter: service.inactiveEnter,
    restarts: service.restarts,
    result: service.result,
    ...(service.mainEnded === undefined ? {} : { mainEnded: service.mainEnded }),
    ended: service.ended,
    cgroup: service.cgroup,
    cpuMicros: yield* manager.cpuOf(service),
    needReload: !service.transient && unit.path !== '' && mtimeOf(manager.proc, unit.path) !== service.mtime,
    transient: service.transient,
    ...(unit.name.endsWith('.timer') && service.deadline !== undefined ? { next: service.deadline.at } : {}),
    sections: Object.fromEntries([...unit.sections].map(([name, keys]) => [name, Object.fromEntries(keys)])),
  }
}

/** Asks PID 1; undefined when it can't be reached. */
export function* ask(proc: Proc, request: Request): Sim<Reply | undefined> {
  for (const path of [PRIVATE_SOCKET, BUS_SOCKET]) {
    const fd = proc.socket('unix', 'stream')
    try {
      yield* proc.connect(fd, { family: 'unix', path })
      yield* writeAll(proc, fd, encode(`${JSON.stringify(request)}\n`))
      const text = decode(yield* readAll(proc, fd))
      return text === '' ? undefined : (JSON.parse(text) as Reply)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    } finally {
      proc.close(fd)
    }
  }
  return undefined
}
