/** The program `crictl`: a runtime seen from the node. Source: cri-tools v1.35, docs/crictl.md. */

import { Errno } from '#linux/errno.ts'
import { O, type Proc, type Program } from '#linux/syscalls.ts'
import { decode, encode } from '#sim/bytes.ts'
import { DAY, HOUR, MINUTE, rfc3339Micro, SECOND } from '#sim/time.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { configurationOf } from './content.ts'
import { Failure, type FlagSet, type Flags, parseFlags } from './crictl-flags.ts'
import { fillTemplate } from './template.ts'
import { type ContainerInfo, CRI_SOCKET, type CriEndpoint, type ImageService, RpcError, type RuntimeService } from './types.ts'

function* write(proc: Proc, fd: number, text: string | Uint8Array): Sim<void> {
  let rest = typeof text === 'string' ? encode(text) : text
  while (rest.length > 0) rest = rest.subarray(yield* proc.write(fd, rest))
}

/** `About an hour ago`, `5 minutes ago`: go-units' words. */
function ago(time: Micros): string {
  const n = (unit: Micros): number => Math.floor(time / unit)
  if (time < SECOND) return 'Less than a second ago'
  if (n(SECOND) === 1) return '1 second ago'
  if (n(SECOND) < 60) return `${n(SECOND)} seconds ago`
  if (n(MINUTE) === 1) return 'About a minute ago'
  if (n(MINUTE) < 60) return `${n(MINUTE)} minutes ago`
  const hours = Math.floor(time / HOUR + 0.5)
  if (hours === 1) return 'About an hour ago'
  if (hours < 48) return `${hours} hours ago`
  const days = n(DAY)
  if (days < 14) return `${days} days ago`
  if (days < 60) return `${Math.floor(days / 7)} weeks ago`
  return days < 730 ? `${Math.floor(days / 30)} months ago` : `${Math.floor(days / 365)} years ago`
}

/** Rows as text/tabwriter aligns them: cells padded to the widest of their column, at least 20 wide with 3 between, last cell bare. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(20, ...rows.map((r) => (r[c] ?? '').length + 3)))
  return rows.map((r) => `${r.map((cell, c) => (c === r.length - 1 ? cell : cell.padEnd(widths[c] ?? 0))).join('')}\n`).join('')
}

/** RFC 3339 with nanoseconds as Go's RFC3339Nano writes it, without zeros at the end. */
const nanos = (time: Micros): string => rfc3339Micro(time).replace(/\.?0*Z$/, 'Z')

const short = (id: string): string => id.replace(/^sha256:/, '').slice(0, 13)

/** Makes crictl, which asks the runtime behind `endpoint`. */
export function crictlProgram(endpoint: CriEndpoint): Program {
  return {
    name: 'cri-tools/crictl',
    *main(proc) {
      const words = proc.argv.slice(1)
      while (words[0]?.startsWith('--runtime-endpoint') === true || words[0] === '-r') words.splice(0, words[0].includes('=') ? 1 : 2)
      const [name, ...args] = words
      if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
        yield* write(
          proc,
          1,
          `NAME:\n   crictl - client for CRI\n\nUSAGE:\n   crictl [global options] command [command options]\n\nCommands that are modelled: ${Object.keys(VERBS).join(', ')}.\n`,
        )
        return 0
      }
      if (name === '--version' || name === '-v') {
        yield* write(proc, 1, 'crictl version v1.35.0\n')
        return 0
      }
      const verb = VERBS[name]
      if (verb === undefined) {
        yield* write(proc, 2, `podlab: crictl ${name} is not modelled\n`)
        return 1
      }
      const why = yield* dial(proc)
      const { runtime, images } = endpoint
      if (why !== undefined || runtime === undefined || images === undefined) {
        yield* write(
          proc,
          2,
          `FATA[0000] validate service connection: validate CRI v1 runtime API for endpoint "unix://${CRI_SOCKET}": rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix ${CRI_SOCKET}: connect: ${why ?? 'connection refused'}" \n`,
        )
        return 1
      }
      try {
        return yield* verb.act({ proc, runtime, images }, parseFlags(name, args, verb))
      } catch (error) {
        if (error instanceof Failure) yield* write(proc, 2, `FATA[0000] ${error.message} \n`)
        else if (error instanceof RpcError) yield* write(proc, 2, `FATA[0000] ${error.message} \n`)
        else throw error
        return 1
      }
    },
  }
}

/** Knocks at the runtime's socket; the reason in Go's words when nobody opens. */
export function* dial(proc: Proc): Sim<string | undefined> {
  const fd = proc.socket('unix', 'stream')
  try {
    yield* proc.connect(fd, { family: 'unix', path: CRI_SOCKET })
    return undefined
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return { ENOENT: 'no such file or directory', EACCES: 'permission denied' }[error.code as string] ?? 'connection refused'
  } finally {
    proc.close(fd)
  }
}

interface Host {
  readonly proc: Proc
  readonly runtime: RuntimeService
  readonly images: ImageService
}

type Act = (host: Host, flags: Flags) => Sim<number>

interface Verb extends FlagSet {
  readonly act: Act
}

const stateName = (c: ContainerInfo): string => c.state.charAt(0).toUpperCase() + c.state.slice(1)

function* ps({ proc, runtime, images }: Host, flags: Flags): Sim<number> {
  const all = flags.on.has('all')
  const v = (name: string): string | undefined => flags.values.get(name)
  const sandboxes = new Map(runtime.listPodSandbox().map((s) => [s.id, s]))
  const state = v('state')?.toLowerCase()
  const name = v('name')
  const namespace = v('namespace')
  const containers = runtime
    .listContainers()
    .filter((c) => (state === undefined ? all || c.state === 'running' : c.state === state))
    .filter((c) => name === undefined || new RegExp(name).test(c.config.name))
    .filter((c) => namespace === undefined || sandboxes.get(c.sandboxId)?.config.namespace === namespace)
    .filter((c) => c.sandboxId.startsWith(v('pod') ?? ''))
    .sort((a, b) => b.createdAt - a.createdAt)
  if (flags.on.has('quiet')) {
    yield* write(proc, 1, containers.map((c) => `${c.id}\n`).join(''))
    return 0
  }
  if ((v('output') ?? 'table') !== 'table') throw new Failure(`podlab: crictl ps -o ${v('output')} is not modelled`)
  const rows = containers.map((c) => [
    short(c.id),
    short(images.imageStatus(c.config.imageId)?.id ?? c.config.imageId),
    ago(proc.now() - c.createdAt),
    stateName(c),
    c.config.name,
    String(c.config.attempt),
    short(c.sandboxId),
    sandboxes.get(c.sandboxId)?.config.name ?? 'unknown',
    sandboxes.get(c.sandboxId)?.config.namespace ?? 'unknown',
  ])
  yield* write(proc, 1, table([['CONTAINER', 'IMAGE', 'CREATED', 'STATE', 'NAME', 'ATTEMPT', 'POD ID', 'POD', 'NAMESPACE'], ...rows]))
  return 0
}

function* pods({ proc, runtime }: Host, flags: Flags): Sim<number> {
  const v = (name: string): string | undefined => flags.values.get(name)
  const name = v('name')
  const chosen = runtime
    .listPodSandbox()
    .filter((s) => name === undefined || new RegExp(name).test(s.config.name))
    .filter((s) => v('namespace') === undefined || s.config.namespace === v('namespace'))
    .filter((s) => v('state') === undefined || s.state === v('state')?.toLowerCase())
    .sort((a, b) => b.createdAt - a.createdAt)
  if (flags.on.has('quiet')) {
    yield* write(proc, 1, chosen.map((s) => `${s.id}\n`).join(''))
    return 0
  }
  const rows = chosen.map((s) => [
    short(s.id),
    ago(proc.now() - s.createdAt),
    s.state === 'ready' ? 'Ready' : 'NotReady',
    s.config.name,
    s.config.namespace,
    String(s.config.attempt),
    '(default)',
  ])
  yield* write(proc, 1, table([['POD ID', 'CREATED', 'STATE', 'NAME', 'NAMESPACE', 'ATTEMPT', 'RUNTIME'], ...rows]))
  return 0
}

/** Decimal units with three digits: `54.9MB`. */
function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB']
  let n = bytes
  let i = 0
  while (n >= 1000 && i < units.length - 1) {
    n /= 1000
    i++
  }
  const text = n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(1) : n.toFixed(2)
  return `${text.includes('.') ? text.replace(/\.?0+$/, '') : text}${units[i]}`
}

function* listImages({ proc, images }: Host, flags: Flags): Sim<number> {
  const list = [...images.listImages()].filter(
    (i) => flags.words[0] === undefined || i.repoTags.some((t) => t.includes(flags.words[0] ?? '')),
  )
  if (flags.on.has('quiet')) {
    yield* write(proc, 1, list.map((i) => `${i.id}\n`).join(''))
    return 0
  }
  const whole = flags.on.has('no-trunc')
  const digests = flags.on.has('digests')
  const rows = list
    .flatMap((i) =>
      (i.repoTags.length === 0 ? ['<none>:<none>'] : i.repoTags).map((t) => {
        const digest = (i.repoDigests[0] ?? '<none>').replace(/^.*@/, '')
        return [
          t.slice(0, t.lastIndexOf(':')),
          t.slice(t.lastIndexOf(':') + 1),
          ...(digests ? [whole ? digest : short(digest)] : []),
          whole ? i.id : short(i.id),
          size(i.sizeBytes),
        ]
      }),
    )
    .sort((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1))
  yield* write(proc, 1, table([['IMAGE', 'TAG', ...(digests ? ['DIGEST'] : []), 'IMAGE ID', 'SIZE'], ...rows]))
  return 0
}

/** Image and configuration. Differs: no dates. */
function* inspectImage({ proc, images }: Host, flags: Flags): Sim<number> {
  const name = flags.words[0]
  if (name === undefined) throw new Failure('ID cannot be empty')
  const image = images.imageStatus(name) ?? images.listImages().find((i) => i.id.replace('sha256:', '').startsWith(name))
  const spec = image === undefined ? undefined : images.imageSpec?.(image.id)
  if (image === undefined || spec === undefined) throw new Failure(`no such image "${name}" present`)
  const { config, layers } = spec
  const value = {
    status: {
      id: image.id,
      repoTags: image.repoTags,
      repoDigests: image.repoDigests,
      size: String(image.sizeBytes),
      uid: /^\d+$/.test(image.user) ? { value: image.user } : null,
      username: /^\d+$/.test(image.user) ? '' : image.user,
      spec: null,
      pinned: false,
    },
    info: {
      imageSpec: configurationOf(config, layers),
    },
  }
  yield* write(proc, 1, render(value, flags))
  return 0
}

function find(runtime: RuntimeService, id: string | undefined): ContainerInfo {
  if (id === undefined) throw new Failure('ID cannot be empty')
  const found = runtime.listContainers().filter((c) => c.id.startsWith(id))
  const [only] = found
  if (only === undefined)
    throw new Failure(`rpc error: code = NotFound desc = an error occurred when try to find container "${id}": not found`)
  return only
}

/** What `inspect` and `inspectp` print: JSON, or a template filled in. Throws Failure. */
function render(value: object, flags: Flags): string {
  const format = flags.values.get('output') ?? 'json'
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`
  if (format !== 'go-template') throw new Failure(`podlab: crictl inspect -o ${format} is not modelled`)
  const template = flags.values.get('template')
  if (template === undefined) throw new Failure('template option is required')
  const filled = fillTemplate(template, value)
  if (filled === undefined) throw new Failure(`podlab: the template ${template} is not modelled, only paths such as {{.info.pid}} are`)
  return `${filled}\n`
}

function* inspect({ proc, runtime }: Host, flags: Flags): Sim<number> {
  const c = find(runtime, flags.words[0])
  const value = {
    status: {
      id: c.id,
      metadata: { attempt: c.config.attempt, name: c.config.name },
      state: `CONTAINER_${c.state.toUpperCase()}`,
      createdAt: nanos(c.createdAt),
      startedAt: nanos(c.startedAt),
      finishedAt: nanos(c.finishedAt),
      exitCode: c.exitCode,
      image: { image: c.config.image },
      imageRef: c.config.imageId,
      reason: c.reason,
      message: c.message,
      labels: c.config.labels,
      annotations: c.config.annotations,
      mounts: c.config.mounts,
      logPath: c.logPath,
    },
    info: { pid: c.pid, sandboxID: c.sandboxId },
  }
  yield* write(proc, 1, render(value, flags))
  return 0
}

function* inspectPod({ proc, runtime }: Host, flags: Flags): Sim<number> {
  const id = flags.words[0] ?? ''
  const s = runtime.listPodSandbox().find((p) => id !== '' && p.id.startsWith(id))
  if (s === undefined) throw new Failure(`rpc error: code = NotFound desc = an error occurred when try to find sandbox: not found`)
  const { config } = s
  const value = {
    status: {
      id: s.id,
      metadata: { attempt: config.attempt, name: config.name, namespace: config.namespace, uid: config.uid },
      state: `SANDBOX_${s.state.toUpperCase()}`,
      createdAt: nanos(s.createdAt),
      network: { additionalIps: s.ips.slice(1).map((ip) => ({ ip })), ip: s.ips[0] ?? '' },
      labels: config.labels,
      annotations: config.annotations,
    },
    info: { pid: s.pid, netns: s.netnsPath },
  }
  yield* write(proc, 1, render(value, flags))
  return 0
}

/** The log of a container: the text after time, stream and tag of each line. */
function* logs({ proc, runtime }: Host, flags: Flags): Sim<number> {
  const c = find(runtime, flags.words[0])
  let text = ''
  try {
    const fd = yield* proc.open(c.logPath, O.RDONLY)
    for (let part = yield* proc.read(fd, 65_536); part.length > 0; part = yield* proc.read(fd, 65_536)) text += decode(part)
    proc.close(fd)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    throw new Failure(`open ${c.logPath}: no such file or directory`)
  }
  let lines = text.split('\n').filter((l) => l !== '')
  const tail = flags.values.get('tail')
  if (tail !== undefined) lines = lines.slice(-Number(tail))
  for (const line of lines) {
    const m = /^(\S+) (stdout|stderr) ([FP]) ?(.*)$/s.exec(line)
    if (m === null) continue
    const stamp = flags.on.has('timestamps') ? `${m[1]} ` : ''
    yield* write(proc, m[2] === 'stderr' ? 2 : 1, `${stamp}${m[4]}${m[3] === 'F' ? '\n' : ''}`)
  }
  return 0
}

function* exec({ proc, runtime }: Host, flags: Flags): Sim<number> {
  const [id, ...command] = flags.words
  const c = find(runtime, id)
  const tty = flags.on.has('tty')
  const stdin = flags.on.has('interactive')
  if (c.state !== 'running')
    throw new Failure(
      `execing command in container: rpc error: code = Unknown desc = container is in CONTAINER_${c.state.toUpperCase()} state`,
    )
  const session = yield* runtime.exec(c.id, command, { stdin, tty })
  const raw = tty && proc.isatty(0) ? proc.tcgetattr(0) : undefined
  if (raw !== undefined) {
    proc.tcsetattr(0, { ...raw, icanon: false, echo: false, isig: false, icrnl: false, opost: false })
    const { rows, cols } = proc.getWinSize(0)
    session.resize(rows, cols)
  }
  const input = stdin
    ? proc.thread(
        'stdin',
        (function* () {
          for (;;) {
            const data = yield* proc.read(0, 4096)
            session.write(data.length === 0 ? undefined : data)
            if (data.length === 0) return
          }
        })(),
      )
    : undefined
  for (let out = yield* session.read(); out !== undefined; out = yield* session.read())
    yield* write(proc, out.stream === 'stdout' ? 1 : 2, out.data)
  const code = yield* session.wait()
  input?.cancel()
  if (raw !== undefined) proc.tcsetattr(0, raw)
  if (code === 0) return 0
  yield* write(proc, 2, `FATA[0000] execing command in container: command terminated with exit code ${code} \n`)
  return 1
}

function* stop({ proc, runtime }: Host, flags: Flags): Sim<number> {
  for (const id of flags.words) {
    const c = find(runtime, id)
    yield* runtime.stopContainer(c.id, Number(flags.values.get('timeout') ?? 0))
    yield* write(proc, 1, `${id}\n`)
  }
  return 0
}

function* rm({ proc, runtime }: Host, flags: Flags): Sim<number> {
  for (const id of flags.words) {
    const c = find(runtime, id)
    if (c.state === 'running') {
      if (!flags.on.has('force')) throw new Failure(`unable to remove container(s): container "${id}" is running, please stop it first`)
      yield* runtime.stopContainer(c.id, 0)
    }
    yield* runtime.removeContainer(c.id)
    yield* write(proc, 1, `${id}\n`)
  }
  return 0
}

function* pull({ proc, images }: Host, flags: Flags): Sim<number> {
  const id = yield* images.pullImage(flags.words[0] ?? '')
  yield* write(proc, 1, `Image is up to date for ${id}\n`)
  return 0
}

function* rmi({ proc, images }: Host, flags: Flags): Sim<number> {
  for (const name of flags.words) {
    const image = images.imageStatus(name) ?? images.listImages().find((i) => i.id.replace('sha256:', '').startsWith(name))
    if (image === undefined) throw new Failure(`no such image ${name}`)
    yield* images.removeImage(image.id)
    yield* write(proc, 1, image.repoTags.map((t) => `Deleted: ${t}\n`).join(''))
  }
  return 0
}

function* version({ proc, runtime }: Host): Sim<number> {
  yield* write(proc, 1, `Version:  0.1.0\nRuntimeName:  ${runtime.name}\nRuntimeVersion:  ${runtime.version}\nRuntimeApiVersion:  v1\n`)
  return 0
}

function* info({ proc, runtime }: Host): Sim<number> {
  const s = runtime.status()
  const conditions = [
    { message: '', reason: '', status: s.runtimeReady, type: 'RuntimeReady' },
    { message: s.networkMessage, reason: s.networkReady ? '' : 'NetworkPluginNotReady', status: s.networkReady, type: 'NetworkReady' },
  ]
  yield* write(proc, 1, `${JSON.stringify({ status: { conditions } }, null, 2)}\n`)
  return 0
}

/** Between the two looks that make a share of the CPU. */
const STATS_PERIOD = SECOND

function* stats({ proc, runtime }: Host): Sim<number> {
  const names = new Map(runtime.listContainers().map((c) => [c.id, c.config.name]))
  const before = new Map(runtime.stats().map((s) => [s.containerId, s.cpuMicros]))
  yield* proc.nanosleep(STATS_PERIOD)
  const rows = runtime.stats().map((s) => {
    const cpu = (s.cpuMicros - (before.get(s.containerId) ?? s.cpuMicros)) / STATS_PERIOD
    const { bytes, inodes } = s.writable
    return [short(s.containerId), names.get(s.containerId) ?? '', (cpu * 100).toFixed(2), size(s.memoryBytes), size(bytes), String(inodes)]
  })
  yield* write(proc, 1, table([['CONTAINER', 'NAME', 'CPU %', 'MEM', 'DISK', 'INODES'], ...rows]))
  return 0
}

const OUTPUT = ['no-trunc', 'verbose,v', 'watch,w']

const LIST_IMAGES: Verb = {
  act: listImages,
  modelled: ['quiet,q', 'no-trunc', 'digests'],
  others: ['filter,f=', 'output,o=', 'pinned', 'verbose,v', 'watch,w'],
}
const INSPECT = { modelled: ['output,o=', 'template='], others: ['quiet,q', 'filter,f=', 'name=', 'label=', 'latest,l', 'last,n='] }
const NONE = { modelled: [], others: [] }

const VERBS: Readonly<Record<string, Verb>> = {
  ps: {
    act: ps,
    modelled: ['all,a', 'quiet,q', 'name=', 'namespace=', 'state,s=', 'pod,p=', 'output,o='],
    others: ['id=', 'image=', 'label=', 'last,n=', 'latest,l', 'resolve-image-path,r', ...OUTPUT],
  },
  pods: {
    act: pods,
    modelled: ['quiet,q', 'name=', 'namespace=', 'state,s='],
    others: ['id=', 'label=', 'last,n=', 'latest,l', 'output,o=', ...OUTPUT],
  },
  images: LIST_IMAGES,
  image: LIST_IMAGES,
  img: LIST_IMAGES,
  inspect: { act: inspect, ...INSPECT },
  inspecti: { act: inspectImage, ...INSPECT },
  inspectp: { act: inspectPod, ...INSPECT },
  logs: {
    act: logs,
    modelled: ['tail=', 'timestamps,t'],
    others: ['follow,f', 'limit-bytes=', 'previous,p', 'since=', 'reopen,r'],
  },
  exec: {
    act: exec,
    modelled: ['interactive,i', 'tty,t'],
    others: ['sync,s', 'timeout=', 'transport,r=', 'parallel,x', 'ignore-errors,e', 'quiet,q'],
    stopAtWord: true,
  },
  stop: { act: stop, modelled: ['timeout,t='], others: ['parallel'] },
  rm: { act: rm, modelled: ['force,f'], others: ['all,a', 'keep-logs,k'] },
  pull: { act: pull, modelled: [], others: ['auth=', 'creds=', 'annotation,a=', 'pod-config=', 'pull-timeout,pt=', 'username,u='] },
  rmi: { act: rmi, modelled: [], others: ['all,a', 'prune,q'] },
  version: { act: version, ...NONE },
  info: { act: info, modelled: [], others: ['output,o=', 'quiet,q', 'template='] },
  stats: { act: stats, modelled: [], others: ['all,a', 'id=', 'label,l=', 'output,o=', 'seconds,s=', 'watch,w'] },
}
