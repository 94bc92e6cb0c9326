/**
 * The program `ctr`: containerd's own client. Source: containerd 2.2, cmd/ctr/commands.
 * Differs: of namespaces there is k8s.io alone, the CRI's; a pull shows its result, not its progress.
 */
import { Errno, strerror } from '#linux/errno.ts'
import { MNT, MS, O, type Proc, type Program } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import { SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { archiveOf, digest, MANIFEST_TYPE } from './content.ts'
import { dial } from './crictl.ts'
import { CRI_SOCKET, type CriEndpoint, type ImageService, RpcError, type RuntimeService } from './types.ts'

const NAMESPACE = 'k8s.io'
const RUNTIME = 'io.containerd.runc.v2'
const LABEL = 'io.cri-containerd.image=managed'

interface Host {
  readonly proc: Proc
  readonly namespace: string
  readonly runtime: RuntimeService
  readonly images: ImageService
}

type Act = (host: Host, args: readonly string[]) => Sim<number>

class Failure extends Error {}

/** Makes ctr, which asks the containerd behind `endpoint`. */
export function ctrProgram(endpoint: CriEndpoint): Program {
  return {
    name: 'containerd/ctr',
    *main(proc): Sim<number> {
      try {
        return yield* run(proc, endpoint)
      } catch (error) {
        if (error instanceof Failure) yield* write(proc, 2, encode(`ctr: ${error.message}\n`))
        else if (error instanceof RpcError) yield* write(proc, 2, encode(`ctr: ${error.desc}\n`))
        else if (error instanceof Errno) yield* write(proc, 2, encode(`ctr: ${strerror(error).toLowerCase()}\n`))
        else throw error
        return 1
      }
    },
  }
}

function* run(proc: Proc, endpoint: CriEndpoint): Sim<number> {
  const words = proc.argv.slice(1)
  let namespace = proc.getenv('CONTAINERD_NAMESPACE') ?? 'default'
  while (words[0]?.startsWith('-') === true) {
    const match = /^(-n|--namespace|-a|--address)(?:=(.*))?$/.exec(words.shift() ?? '')
    if (match === null) throw new Failure(`podlab: this flag of ctr is not modelled; -n and -a are`)
    const value = match[2] ?? words.shift() ?? ''
    if (match[1] === '-n' || match[1] === '--namespace') namespace = value
    else if (value !== CRI_SOCKET) throw new Failure(`failed to dial "${value}": connection error: no such file or directory`)
  }
  const [group, ...rest] = words
  if (group === 'version' || group === undefined)
    throw new Failure(`podlab: ctr ${group ?? 'without a command'} is not modelled; ${KNOWN} are`)
  const commands = GROUPS.find((g) => g.names.includes(group))?.commands
  const [verb, ...args] = rest
  const act = commands?.[verb ?? '']
  if (act === undefined)
    throw new Failure(`podlab: ctr ${[group, ...(verb === undefined ? [] : [verb])].join(' ')} is not modelled; ${KNOWN} are`)
  const why = yield* dial(proc)
  const { runtime, images } = endpoint
  if (why !== undefined || runtime === undefined || images === undefined) {
    throw new Failure(
      `failed to dial "${CRI_SOCKET}": connection error: desc = "transport: error while dialing: dial unix ${CRI_SOCKET}: connect: ${why ?? 'connection refused'}"`,
    )
  }
  return yield* act({ proc, namespace, runtime, images }, args)
}

function* write(proc: Proc, fd: number, bytes: Uint8Array): Sim<void> {
  for (let rest = bytes; rest.length > 0; ) rest = rest.subarray(yield* proc.write(fd, rest))
}

/** Rows as text/tabwriter aligns them, the last cell too. */
function table(rows: readonly (readonly string[])[], min: number, padding: number): Uint8Array {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(min, ...rows.map((r) => (r[c] ?? '').length + padding)))
  return encode(rows.map((r) => `${r.map((cell, c) => cell.padEnd(widths[c] ?? 0)).join('')}\n`).join(''))
}

/** `54.9 MiB`. */
function binarySize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB']
  let n = bytes
  let i = 0
  while (n >= 1024 && i < units.length - 1) {
    n /= 1024
    i++
  }
  return `${n.toFixed(1)} ${units[i]}`
}

/** Names of the images in a namespace: by tag, by digest and by id, as the CRI plugin keeps them. */
function references({ namespace, images }: Host): { readonly name: string; readonly digest: string; readonly sizeBytes: number }[] {
  if (namespace !== NAMESPACE) return []
  return images
    .listImages()
    .flatMap((image) => {
      const target = image.repoDigests[0]?.replace(/^.*@/, '') ?? image.id
      return [...image.repoTags, ...image.repoDigests, image.id].map((name) => ({ name, digest: target, sizeBytes: image.sizeBytes }))
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

const isQuiet = (args: readonly string[]): boolean => args.includes('-q') || args.includes('--quiet')

function onlyQuiet(args: readonly string[]): void {
  const other = args.find((word) => word !== '-q' && word !== '--quiet')
  if (other !== undefined) throw new Failure(`podlab: ${other} is not modelled here`)
}

function* listImages(host: Host, args: readonly string[]): Sim<number> {
  onlyQuiet(args)
  const all = references(host)
  const rows = all.map((r) => [r.name, MANIFEST_TYPE, r.digest, binarySize(r.sizeBytes), 'linux/amd64', LABEL])
  yield* write(
    host.proc,
    1,
    isQuiet(args)
      ? encode(all.map((r) => `${r.name}\n`).join(''))
      : table([['REF', 'TYPE', 'DIGEST', 'SIZE', 'PLATFORMS', 'LABELS'], ...rows], 1, 1),
  )
  return 0
}

function inNamespace({ namespace }: Host): void {
  if (namespace !== NAMESPACE) throw new Failure(`podlab: in ctr only the namespace ${NAMESPACE} is modelled: ctr -n ${NAMESPACE} …`)
}

/** The full reference of an image that is there; ctr makes none of a short one. */
function present(host: Host, reference: string | undefined): string {
  if (reference === undefined || reference === '') throw new Failure('please provide an image reference')
  if (!references(host).some((r) => r.name === reference)) throw new Failure(`image "${reference}": not found`)
  return reference
}

function* pull(host: Host, args: readonly string[]): Sim<number> {
  const [reference, ...more] = args.filter((word) => word !== '--platform=linux/amd64')
  if (reference === undefined || more.length > 0)
    throw new Failure(
      reference === undefined ? 'please provide an image reference to pull' : `podlab: ctr images pull ${args.join(' ')} is not modelled`,
    )
  inNamespace(host)
  const slash = reference.indexOf('/')
  if (slash < 0 || !reference.slice(slash).includes(':')) throw new Failure(`failed to resolve reference "${reference}": object required`)
  const { proc, images } = host
  const begun = proc.now()
  yield* images.pullImage(reference)
  const bytes = images.imageStatus(reference)?.sizeBytes ?? 0
  const seconds = (proc.now() - begun) / SECOND
  const rate = seconds > 0 ? `\t(${binarySize(bytes / seconds)}/s)` : ''
  yield* write(
    proc,
    1,
    encode(
      `${reference.padEnd(40)}\tsaved\t\nPulling from OCI Registry (${reference})\telapsed: ${seconds.toFixed(1)} s\ttotal: ${binarySize(bytes)}${rate}\t\n`,
    ),
  )
  return 0
}

function* exportImage(host: Host, args: readonly string[]): Sim<number> {
  const [path, reference, ...more] = args
  if (path === undefined || reference === undefined || more.length > 0)
    throw new Failure('podlab: ctr images export takes a file and one reference here')
  inNamespace(host)
  const content = host.images.imageContent?.(present(host, reference))
  if (content === undefined) throw new Failure(`image "${reference}": not found`)
  const archive = archiveOf(content, reference)
  const { proc } = host
  if (path === '-') {
    yield* write(proc, 1, archive)
    return 0
  }
  const fd = yield* proc.open(path, O.WRONLY | O.CREAT | O.TRUNC, 0o644)
  yield* write(proc, fd, archive)
  proc.close(fd)
  return 0
}

/** The digest of layers on top of each other. Source: OCI image specification, config.md, ChainID. */
function chainId(layers: readonly string[]): string {
  return layers.reduce((chain, layer) => (chain === '' ? layer : digest(encode(`${chain} ${layer}`))), '')
}

function* mount(host: Host, args: readonly string[]): Sim<number> {
  const [reference, target, ...more] = args
  if (reference === undefined) throw new Failure('please provide an image reference to mount')
  if (target === undefined || more.length > 0 || reference.startsWith('-'))
    throw new Failure('podlab: ctr images mount takes a reference and a directory here, no flags')
  inNamespace(host)
  const { proc, runtime, images } = host
  const content = images.imageContent?.(present(host, reference))
  const lower = runtime.unpack?.(reference) ?? []
  const [only] = lower
  if (content === undefined || only === undefined) throw new Failure(`image "${reference}": not found`)
  yield* write(proc, 1, encode(`${chainId(content.layers.map((layer) => layer.digest))}\n`))
  try {
    if (lower.length === 1) {
      proc.mount(only, target, '', MS.BIND | MS.REC, '')
      proc.mount('none', target, '', MS.REMOUNT | MS.BIND | MS.RDONLY, '')
    } else proc.mount('overlay', target, 'overlay', MS.RDONLY, `lowerdir=${lower.join(':')}`)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    throw new Failure(`failed to mount ${target}: ${strerror(error).toLowerCase()}`)
  }
  yield* write(proc, 1, encode(`${target}\n`))
  return 0
}

function* unmount({ proc }: Host, args: readonly string[]): Sim<number> {
  const target = args.find((word) => word !== '--rm')
  if (target === undefined) throw new Failure('please provide a target path to unmount from')
  proc.umount(target, MNT.DETACH)
  yield* write(proc, 1, encode(`${target}\n`))
  return 0
}

/** Containers and the pause containers of Pods: id, image and process. */
function containers({
  namespace,
  runtime,
  images,
}: Host): { readonly id: string; readonly image: string; readonly pid: number; readonly state: string }[] {
  if (namespace !== NAMESPACE) return []
  const pause = images.listImages().find((i) => i.repoTags.some((tag) => tag.includes('/pause:')))?.repoTags[0] ?? ''
  return [
    ...runtime.listPodSandbox().map((s) => ({ id: s.id, image: pause, pid: s.pid, state: s.state === 'ready' ? 'RUNNING' : 'STOPPED' })),
    ...runtime.listContainers().map((c) => ({
      id: c.id,
      image: images.imageStatus(c.config.imageId)?.repoTags[0] ?? c.config.image,
      pid: c.pid,
      state: { running: 'RUNNING', created: 'CREATED', exited: 'STOPPED', unknown: 'UNKNOWN' }[c.state],
    })),
  ].sort((a, b) => (a.id < b.id ? -1 : 1))
}

function* listContainers(host: Host, args: readonly string[]): Sim<number> {
  onlyQuiet(args)
  const all = containers(host)
  yield* write(
    host.proc,
    1,
    isQuiet(args)
      ? encode(all.map((c) => `${c.id}\n`).join(''))
      : table([['CONTAINER', 'IMAGE', 'RUNTIME'], ...all.map((c) => [c.id, c.image, RUNTIME])], 4, 4),
  )
  return 0
}

function* listTasks(host: Host, args: readonly string[]): Sim<number> {
  onlyQuiet(args)
  // The CRI plugin removes the task of a container that has ended.
  const all = containers(host).filter((c) => c.state === 'RUNNING')
  if (isQuiet(args)) yield* write(host.proc, 1, encode(all.map((c) => `${c.id}\n`).join('')))
  else {
    const rows = [['TASK', 'PID'], ...all.map((c) => [c.id, String(c.pid)])]
    const widths = [0, 1].map((c) => Math.max(...rows.map((r) => (r[c] ?? '').length)) + 4)
    const states = ['STATUS', ...all.map((c) => c.state)]
    const lines = rows.map((r, i) => `${r.map((cell, c) => cell.padEnd(widths[c] ?? 0)).join('')}${states[i]}${i === 0 ? '    ' : ''}\n`)
    yield* write(host.proc, 1, encode(lines.join('')))
  }
  return 0
}

function* listNamespaces({ proc }: Host, args: readonly string[]): Sim<number> {
  onlyQuiet(args)
  yield* write(
    proc,
    1,
    isQuiet(args)
      ? encode(`${NAMESPACE}\n`)
      : table(
          [
            ['NAME', 'LABELS'],
            [NAMESPACE, ''],
          ],
          1,
          1,
        ),
  )
  return 0
}

const list = (act: Act): Readonly<Record<string, Act>> => ({ ls: act, list: act })

const GROUPS: readonly { readonly names: readonly string[]; readonly commands: Readonly<Record<string, Act>> }[] = [
  {
    names: ['images', 'image', 'i'],
    commands: { ...list(listImages), pull, export: exportImage, mount, unmount },
  },
  { names: ['containers', 'c', 'container'], commands: list(listContainers) },
  { names: ['tasks', 't', 'task'], commands: list(listTasks) },
  { names: ['namespaces', 'namespace', 'ns'], commands: list(listNamespaces) },
]

const KNOWN = 'images ls|pull|export|mount|unmount, containers ls, tasks ls and namespaces ls'
