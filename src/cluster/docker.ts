import { Errno } from '#linux/errno.ts'
import type { Process } from '#linux/process/process.ts'
import { SIGNALS } from '#linux/signal.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import type { FileDescription } from '#linux/vfs/types.ts'
import { encode } from '#sim/bytes.ts'
import { MINUTE, SECOND } from '#sim/time.ts'
import { type Micros, type Sim, WaitQueue } from '#sim/wait.ts'
import type { Machine } from './machine.ts'

/** Image of kind's nodes. */
const NODE_IMAGE = 'kindest/node:v1.36.2'
const CHUNK = 65_536

/** A container of the laptop that is not a kind node. */
export interface DockerContainer {
  /** 64 hexadecimal digits. */
  readonly id: string
  readonly name: string
  readonly image: string
  /** Its command as `docker ps` shows it. */
  readonly entrypoint: string
  readonly startedAt: Micros
  /** Published ports: `0.0.0.0:32768->10000/tcp`. */
  readonly ports: readonly string[]
  /** On kind's network. */
  readonly address: string
  readonly machine: Machine
  /** Its first process; children of it are in its namespaces. */
  readonly process: Process
}

/** What the laptop's docker daemon knows: kind's nodes, which are machines of their own here, and other containers. */
export interface DockerHost {
  nodes(): readonly Machine[]
  /** Containers besides the nodes, oldest first. */
  containers(): readonly DockerContainer[]
  /** 64 hexadecimal digits, the same for a machine in a run. */
  idOf(machine: Machine): string
  readonly startedAt: Micros
}

const err = (proc: Proc, text: string): Sim<number> => proc.write(2, encode(text))

/** Go's units.HumanDuration: `5 minutes`, `About an hour`. */
function humanDuration(micros: number): string {
  const seconds = Math.floor(micros / SECOND)
  if (seconds < 1) return 'Less than a second'
  if (seconds === 1) return '1 second'
  if (seconds < 60) return `${seconds} seconds`
  const minutes = Math.floor(micros / MINUTE)
  if (minutes === 1) return 'About a minute'
  if (minutes < 60) return `${minutes} minutes`
  const hours = Math.floor(minutes / 60 + 0.5)
  if (hours === 1) return 'About an hour'
  if (hours < 48) return `${hours} hours`
  return `${Math.floor(hours / 24)} days`
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)) + 3)
  return rows.map((row) => `${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('')}\n`).join('')
}

function* ps(proc: Proc, host: DockerHost, argv: readonly string[]): Sim<number> {
  const quiet = argv.some((a) => a === '-q' || a === '--quiet')
  const unknown = argv.find((a) => !['-a', '--all', '-q', '--quiet', '--no-trunc'].includes(a))
  if (unknown !== undefined) {
    yield* err(proc, `podlab: docker ps ${unknown} is not modelled\n`)
    return 1
  }
  const long = argv.includes('--no-trunc')
  const row = (id: string, image: string, command: string, startedAt: Micros, ports: string, name: string): string[] => {
    const since = humanDuration(proc.now() - startedAt)
    return [long ? id : id.slice(0, 12), image, command, `${since} ago`, `Up ${since}`, ports, name]
  }
  const nodes = host.nodes().map((m) => {
    const ports = m.name.endsWith('control-plane') ? '127.0.0.1:6443->6443/tcp' : ''
    return row(host.idOf(m), NODE_IMAGE, '"/usr/local/bin/entr…"', host.startedAt, ports, m.name)
  })
  const others = host.containers().map((c) => row(c.id, c.image, c.entrypoint, c.startedAt, c.ports.join(', '), c.name))
  const rows = [...nodes, ...others].reverse()
  if (quiet) {
    yield* proc.write(1, encode(rows.map(([id]) => `${id}\n`).join('')))
    return 0
  }
  yield* proc.write(1, encode(table([['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'PORTS', 'NAMES'], ...rows])))
  return 0
}

interface ExecCall {
  readonly stdin: boolean
  readonly tty: boolean
  readonly user: string
  readonly workdir: string
  readonly env: readonly string[]
  readonly name: string
  readonly machine: Machine
  /** The container's first process. */
  readonly parent: Process
  readonly command: readonly string[]
}

function parseExec(host: DockerHost, argv: readonly string[]): ExecCall | string {
  let stdin = false
  let tty = false
  let user = 'root'
  let workdir = '/'
  const env: string[] = []
  let i = 0
  for (; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (!word.startsWith('-')) break
    if (/^-[it]+$/.test(word)) {
      stdin ||= word.includes('i')
      tty ||= word.includes('t')
    } else if (word === '--interactive') stdin = true
    else if (word === '--tty') tty = true
    else if (word === '-e' || word === '--env') env.push(argv[++i] ?? '')
    else if (word === '-w' || word === '--workdir') workdir = argv[++i] ?? '/'
    else if (word === '-u' || word === '--user') user = argv[++i] ?? 'root'
    else return `podlab: docker exec ${word} is not modelled`
  }
  const name = argv[i]
  const command = argv.slice(i + 1)
  if (name === undefined || command.length === 0) {
    return `docker: 'docker exec' requires at least 2 arguments\n\nUsage:  docker exec [OPTIONS] CONTAINER COMMAND [ARG...]\n\nSee 'docker exec --help' for more information`
  }
  const machine = host.nodes().find((m) => m.name === name || host.idOf(m).startsWith(name))
  const other = host.containers().find((c) => c.name === name || c.id.startsWith(name))
  const found = machine === undefined ? other : { name: machine.name, machine, process: machine.init }
  if (found?.process === undefined) return `Error response from daemon: No such container: ${name}`
  if (user !== 'root' && user !== '0') return `podlab: docker exec --user ${user} is not modelled`
  return { stdin, tty, user, workdir, env, name: found.name, machine: found.machine, parent: found.process, command }
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The executable a command means on the machine, as runc looks for it. */
function lookup({ machine, parent }: ExecCall, name: string): string | undefined {
  const { vfs } = machine.kernel
  const ctx = parent.fs
  const places = name.includes('/') ? [name] : PATH.split(':').map((dir) => `${dir}/${name}`)
  return places.find((path) => vfs.access(ctx, path, 'x', true))
}

function* exec(proc: Proc, host: DockerHost, argv: readonly string[]): Sim<number> {
  const call = parseExec(host, argv)
  if (typeof call === 'string') {
    yield* err(proc, `${call}\n`)
    return 1
  }
  const { machine, parent, command, tty } = call
  if (tty && call.stdin && !proc.isatty(0)) {
    yield* err(proc, 'the input device is not a TTY\n')
    return 1
  }
  const path = lookup(call, command[0] ?? '')
  if (path === undefined) {
    yield* err(
      proc,
      `OCI runtime exec failed: exec failed: unable to start container process: exec: ${JSON.stringify(command[0])}: executable file not found in $PATH\n`,
    )
    return 127
  }
  const environ = [`PATH=${PATH}`, `HOSTNAME=${call.name}`, ...(tty ? ['TERM=xterm'] : []), 'HOME=/root', 'container=docker', ...call.env]
  const start = { path, argv: command, environ, cwd: call.workdir, parent }
  return tty ? yield* withTerminal(proc, machine, start) : yield* withPipes(proc, machine, start, call.stdin)
}

type Start = {
  readonly path: string
  readonly argv: readonly string[]
  readonly environ: readonly string[]
  readonly cwd: string
  readonly parent: Process
}

/** Status of a process of another machine once it has ended. */
function* ended(process: Process): Sim<number> {
  while (!process.exited) yield* process.kernel.exited.wait()
  const { exit, signal } = process.exitStatus
  return signal === undefined ? (exit ?? 0) : 128 + signal
}

function drop(files: readonly FileDescription[]): void {
  for (const file of files) if (--file.refs === 0) file.release()
}

/** `docker exec -it`: a terminal on the machine, shown in the caller's. */
function* withTerminal(proc: Proc, machine: Machine, start: Start): Sim<number> {
  const size = proc.isatty(1) ? proc.getWinSize(1) : { rows: 24, cols: 80 }
  const terminal = machine.kernel.openTerminal(size)
  const output: Uint8Array[] = []
  const arrived = new WaitQueue()
  terminal.onOutput((bytes) => {
    output.push(bytes.slice())
    arrived.wakeAll()
  })
  const files = [terminal.slave(), terminal.slave(), terminal.slave()]
  const process = machine.kernel.spawn({ ...start, files, prepare: (p) => p.setControllingTty(0) })
  drop(files)
  const saved = proc.tcgetattr(0)
  proc.tcsetattr(0, {
    ...saved,
    icanon: false,
    echo: false,
    isig: false,
    icrnl: false,
    ixon: false,
    opost: false,
    iexten: false,
    vmin: 1,
    vtime: 0,
  })
  proc.sigaction(SIGNALS.WINCH, () => terminal.resize(proc.getWinSize(0)))
  const input = proc.thread(
    'stdin',
    pump(proc, (data) => terminal.write(data)),
  )
  let status: number | undefined
  proc.thread(
    'wait',
    (function* () {
      status = yield* ended(process)
      arrived.wakeAll()
    })(),
  )
  try {
    for (;;) {
      const part = output.shift()
      if (part !== undefined) yield* proc.write(1, part)
      else if (status !== undefined) return status
      else yield* arrived.wait()
    }
  } finally {
    input.cancel()
    terminal.close()
    proc.tcsetattr(0, saved)
  }
}

/** Passes on what can be read from standard input until its end. */
function* pump(proc: Proc, write: (data: Uint8Array) => void, end: () => void = () => {}): Sim<void> {
  try {
    for (let data = yield* proc.read(0, CHUNK); data.length > 0; data = yield* proc.read(0, CHUNK)) write(data)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  end()
}

/** `docker exec` without a terminal: three pipes. */
function* withPipes(proc: Proc, machine: Machine, start: Start, withInput: boolean): Sim<number> {
  const { vfs } = machine.kernel
  const ctx = start.parent.fs
  const [stdinRead, stdinWrite] = vfs.pipe(ctx)
  const [outRead, outWrite] = vfs.pipe(ctx)
  const [errRead, errWrite] = vfs.pipe(ctx)
  const process = machine.kernel.spawn({ ...start, files: [stdinRead, outWrite, errWrite] })
  drop([stdinRead, outWrite, errWrite])
  const closeInput = (): void => {
    if (stdinWrite.refs > 0) drop([stdinWrite])
  }
  const input = withInput ? proc.thread('stdin', feed(proc, ctx, stdinWrite, closeInput)) : undefined
  if (!withInput) closeInput()
  let open = 2
  const done = new WaitQueue()
  const copy = function* (from: FileDescription, fd: number): Sim<void> {
    for (let data = yield* from.read(ctx, CHUNK); data.length > 0; data = yield* from.read(ctx, CHUNK)) yield* proc.write(fd, data)
    drop([from])
    open--
    done.wakeAll()
  }
  proc.thread('stdout', copy(outRead, 1))
  proc.thread('stderr', copy(errRead, 2))
  const status = yield* ended(process)
  while (open > 0) yield* done.wait()
  input?.cancel()
  closeInput()
  return status
}

function* feed(proc: Proc, ctx: Process['fs'], to: FileDescription, end: () => void): Sim<void> {
  try {
    for (let data = yield* proc.read(0, CHUNK); data.length > 0; data = yield* proc.read(0, CHUNK)) yield* to.write(ctx, data)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  end()
}

const COMMANDS = ['container\tManage containers', 'exec\tExecute a command in a running container', 'ps\tList containers']

/** What may stand for the last word, as cobra prints it: commands, and the containers that `exec` may enter. */
function* complete(proc: Proc, host: DockerHost, words: readonly string[]): Sim<number> {
  const word = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const names = [...host.nodes(), ...host.containers()].map((c) => c.name)
  const entered = before[0] === 'exec' && before.slice(1).every((w) => w.startsWith('-'))
  const offered = before.length === 0 ? COMMANDS : entered ? names : before.join(' ') === 'container' ? ['ls\tList containers'] : []
  const directive = offered.length === 0 ? 0 : 4
  const lines = offered.filter((o) => o.startsWith(word)).sort()
  yield* proc.write(1, encode([...lines, `:${directive}`].map((l) => `${l}\n`).join('')))
  return 0
}

/** docker and kind on the reader's laptop. Differs: kind's nodes are machines with kernels of their own, not containers. */
export function laptopPrograms(host: DockerHost): Program[] {
  return [
    {
      name: 'docker/docker',
      *main(proc): Sim<number> {
        const [verb, ...rest] = proc.argv.slice(1)
        if (verb === 'ps') return yield* ps(proc, host, rest)
        if (verb === 'container' && rest[0] === 'ls') return yield* ps(proc, host, rest.slice(1))
        if (verb === 'exec') return yield* exec(proc, host, rest)
        if (verb === '__complete') return yield* complete(proc, host, rest)
        yield* err(
          proc,
          verb === undefined
            ? 'Usage:  docker [OPTIONS] COMMAND\n\nCommands modelled here: ps, exec\n'
            : `podlab: docker ${verb} is not modelled\n`,
        )
        return 1
      },
    },
    {
      name: 'kind/kind',
      *main(proc): Sim<number> {
        const words = proc.argv.slice(1).join(' ')
        if (words === 'get clusters') yield* proc.write(1, encode('kind\n'))
        else if (/^get nodes( --name[ =]kind)?$/.test(words))
          yield* proc.write(
            1,
            encode(
              host
                .nodes()
                .map((m) => `${m.name}\n`)
                .join(''),
            ),
          )
        else if (words === 'version') yield* proc.write(1, encode('kind v0.32.0 go1.26.2 linux/amd64\n'))
        else {
          yield* err(proc, `podlab: kind ${words} is not modelled\n`)
          return 1
        }
        return 0
      },
    },
  ]
}
