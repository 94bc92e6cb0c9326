/** `kubectl cp`: an archive through `tar` in the container, as upstream does; the local side packs and unpacks it itself. */

import { Errno } from '#linux/errno.ts'
import { type Proc, S } from '#linux/syscalls.ts'
import { concat, decode, encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../errors.ts'
import { readFile, writeFile } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { streamPath } from './attach.ts'
import { defaultContainer } from './pod-for-object.ts'

export const cp: Command = {
  name: 'cp',
  use: '<file-spec-src> <file-spec-dest>',
  short: 'Copy files and directories to and from containers',
  long: 'Copy files and directories to and from containers.',
  group: 'Troubleshooting and Debugging Commands',
  flags: [
    {
      name: 'container',
      short: 'c',
      type: 'string',
      default: "''",
      usage:
        'Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen',
    },
    {
      name: 'no-preserve',
      type: 'bool',
      default: 'false',
      usage: "The copied file/directory's ownership and permissions will not be preserved in the container",
    },
    {
      name: 'retries',
      type: 'int',
      default: '0',
      usage:
        'Set number of retries to complete a copy operation from a container. Specify 0 to disable or any negative value for infinite retrying. The default is 0 (no retry).',
    },
  ],
  *run(k, call) {
    const [source, target] = call.args
    if (source === undefined || target === undefined || call.args.length !== 2)
      throw new CommandError('source and destination are required')
    const [from, to] = [remote(source), remote(target)]
    if (from !== undefined && to !== undefined) throw new CommandError(`one of src or dest must be a local file specification`)
    const asked = call.flags.string('container')
    if (to !== undefined) {
      checkLocal(k, source)
      yield* upload(k, source, yield* place(k, to, asked))
      return 0
    }
    if (from === undefined) throw new CommandError('one of src or dest must be a remote file specification')
    yield* download(k, yield* place(k, from, asked), target)
    return 0
  },
}

interface Remote {
  readonly pod: string
  readonly namespace: string | undefined
  readonly path: string
}

/** `[namespace/]pod:path`; undefined for a local path. */
function remote(spec: string): Remote | undefined {
  const m = /^(?:([^/:.][^/:]*)\/)?([^/:.][^/:]*):(.*)$/s.exec(spec)
  if (m === null) return undefined
  if (m[3] === '') throw new CommandError('filepath can not be empty')
  return { namespace: m[1], pod: m[2] ?? '', path: m[3] ?? '' }
}

interface Place {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly path: string
}

function* place(k: Kubectl, { namespace, pod, path }: Remote, asked: string): Sim<Place> {
  const where = namespace ?? (yield* k.namespace())
  const object = yield* (yield* k.rest()).json('GET', `/api/v1/namespaces/${where}/pods/${pod}`)
  return { namespace: where, pod, container: asked || (yield* defaultContainer(k, object, false)), path }
}

function checkLocal(k: Kubectl, source: string): void {
  try {
    k.proc.stat(source)
  } catch (error) {
    if (error instanceof Errno) throw new CommandError(`${source} doesn't exist in local filesystem`)
    throw error
  }
}

function* upload(k: Kubectl, source: string, to: Place): Sim<void> {
  const own = source.replace(/\/+$/, '').split('/').at(-1) ?? source
  const folder = to.path.endsWith('/') || (yield* execute(k, to, ['test', '-d', to.path])).code === 0
  const target = folder ? `${to.path.replace(/\/+$/, '')}/${own}` : to.path
  const slash = target.lastIndexOf('/')
  const parts: Uint8Array[] = []
  yield* pack(k.proc, source, target.slice(slash + 1), parts)
  const command = ['tar', '-xmf', '-', ...(slash < 0 ? [] : ['-C', slash === 0 ? '/' : target.slice(0, slash)])]
  const { code } = yield* execute(k, to, command, concat([...parts, new Uint8Array(1024)]))
  if (code !== 0) throw new CommandError(`command terminated with exit code ${code}`, code)
}

function* download(k: Kubectl, from: Place, target: string): Sim<void> {
  const { code, output } = yield* execute(k, from, ['tar', 'cf', '-', from.path])
  if (code !== 0) throw new CommandError(`command terminated with exit code ${code}`, code)
  const prefix = from.path.replace(/^\/+|\/+$/g, '')
  for (let at = 0; at + 512 <= output.length && output[at] !== 0; ) {
    const text = (start: number, length: number): string => decode(output.subarray(at + start, at + start + length)).replace(/\0.*$/s, '')
    const size = Number.parseInt(text(124, 12).trim() || '0', 8)
    const name = `${text(257, 5) === 'ustar' && text(345, 155) !== '' ? `${text(345, 155)}/` : ''}${text(0, 100)}`
      .replace(/^\.?\/+/, '')
      .replace(/\/$/, '')
    const kind = text(156, 1)
    const data = output.subarray(at + 512, at + 512 + size)
    at += 512 + Math.ceil(size / 512) * 512
    if (name !== prefix && !name.startsWith(`${prefix}/`)) continue
    const path = `${target.replace(/\/$/, '')}${name.slice(prefix.length)}`
    if (kind === '5') {
      if (!k.proc.access(path, '')) k.proc.mkdir(path, 0o755)
    } else if (kind === '' || kind === '0') yield* writeFile(k.proc, path, data, Number.parseInt(text(100, 8).trim() || '644', 8) & 0o777)
  }
}

/** Adds a file, or a folder with what is in it, to an archive (ustar). */
function* pack(proc: Proc, path: string, name: string, parts: Uint8Array[]): Sim<void> {
  const stat = proc.stat(path)
  if ((stat.mode & S.IFMT) === S.IFDIR) {
    parts.push(header(`${name}/`, stat.mode & 0o7777, 0, '5'))
    const names = proc
      .readdir(path)
      .map((e) => e.name)
      .filter((n) => n !== '.' && n !== '..')
      .sort()
    for (const entry of names) yield* pack(proc, `${path.replace(/\/$/, '')}/${entry}`, `${name}/${entry}`, parts)
    return
  }
  const data = yield* readFile(proc, path)
  parts.push(header(name, stat.mode & 0o7777, data.length, '0'), data, new Uint8Array((512 - (data.length % 512)) % 512))
}

function header(name: string, mode: number, size: number, kind: string): Uint8Array {
  const out = new Uint8Array(512)
  const put = (at: number, text: string): void => out.set(encode(text), at)
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`
  put(0, name.slice(0, 100))
  put(100, octal(mode, 8))
  put(108, octal(0, 8))
  put(116, octal(0, 8))
  put(124, octal(size, 12))
  put(136, octal(0, 12))
  put(148, '        ')
  put(156, kind)
  put(257, 'ustar\x0000')
  put(
    148,
    `${out
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
  )
  return out
}

/** Runs a command in the container with these bytes on its standard input; its errors are shown. */
function* execute(k: Kubectl, where: Place, command: readonly string[], input?: Uint8Array): Sim<{ code: number; output: Uint8Array }> {
  const request = { namespace: where.namespace, pod: where.pod, container: where.container, stdin: input !== undefined, tty: false }
  const channel = yield* (yield* k.rest()).upgrade(streamPath(request, 'exec', command), ['v5.channel.k8s.io'])
  const output: Uint8Array[] = []
  if (input !== undefined) {
    for (let at = 0; at < input.length; at += 32_768) channel.send(concat([Uint8Array.of(0), input.subarray(at, at + 32_768)]))
    channel.send(Uint8Array.of(255, 0))
  }
  try {
    for (;;) {
      const message = yield* channel.receive()
      if (message === undefined) return { code: 0, output: concat(output) }
      const bytes = typeof message === 'string' ? encode(message) : message
      if (bytes[0] === 1) output.push(bytes.subarray(1))
      else if (bytes[0] === 2) yield* k.proc.write(2, bytes.subarray(1))
      else if (bytes[0] === 3) {
        const status = JSON.parse(decode(bytes.subarray(1))) as {
          status?: string
          message?: string
          details?: { causes?: { reason?: string; message?: string }[] }
        }
        if (status.status === 'Success') return { code: 0, output: concat(output) }
        const code = status.details?.causes?.find((c) => c.reason === 'ExitCode')?.message
        if (code === undefined) throw new CommandError(status.message ?? 'error executing command in container')
        return { code: Number(code), output: concat(output) }
      }
    }
  } finally {
    channel.close()
  }
}
