/** `kubectl port-forward`: a listener for each port; each connection is a WebSocket of its own to the Pod's port (v4.channel.k8s.io). */

import type { MessageChannel } from '#http/message.ts'
import { obj, objs, str } from '#kubernetes/api/json.ts'
import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import { concat, decode, encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { parseResourceArgs } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError, UsageError } from '../errors.ts'
import { print, printError } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { pathOf } from '../mapping.ts'
import type { KubeObject } from '../rest.ts'
import { podOf, selectorOf } from './pod-for-object.ts'

export const portForward: Command = {
  name: 'port-forward',
  use: 'TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]',
  short: 'Forward one or more local ports to a pod',
  group: 'Troubleshooting and Debugging Commands',
  flags: [
    {
      name: 'address',
      type: 'stringSlice',
      default: '[localhost]',
      usage:
        'Addresses to listen on (comma separated). Only accepts IP addresses or localhost as a value. When localhost is supplied, kubectl will try to bind on both 127.0.0.1 and ::1 and will fail if neither of these addresses are available to bind.',
    },
    {
      name: 'pod-running-timeout',
      type: 'duration',
      default: '1m0s',
      usage: 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running',
    },
  ],
  run,
}

interface Forward {
  /** 0: any free port. */
  readonly local: number
  readonly remote: number
}

function* run(k: Kubectl, call: Call): Sim<number> {
  const [target, ...ports] = call.args
  if (target === undefined || ports.length === 0)
    throw new UsageError(call.path, 'TYPE/NAME and list of ports are required for port-forward')
  const namespace = yield* k.namespace()
  const mapper = yield* k.mapper()
  const [first] = parseResourceArgs(mapper, [target.includes('/') ? target : `pods/${target}`]).named
  if (first === undefined) throw new CommandError('pod, type/name must be specified')
  const object = yield* (yield* k.rest()).json('GET', pathOf(first.mapping, first.mapping.namespaced ? namespace : undefined, first.name))
  if (first.mapping.kind === 'Service' && selectorOf(object) === undefined) {
    throw new CommandError(`cannot attach to *v1.Service: invalid service '${first.name}': Service is defined without a selector`)
  }
  const pod = yield* podOf(k, namespace, object)
  const forwards = ports.map((spec) => forwardOf(spec, object, pod))
  const phase = str(pod, 'status', 'phase')
  if (phase !== 'Running') throw new CommandError(`unable to forward port because pod is not running. Current status=${phase}`)
  const asked = call.flags.changed('address') ? call.flags.list('address') : ['localhost']
  const addresses = asked.map((a) => (a === 'localhost' ? '127.0.0.1' : a))
  const path = `/api/v1/namespaces/${namespace}/pods/${pod.metadata?.name ?? ''}/portforward`
  const listeners: { fd: number; local: number; remote: number }[] = []
  for (const forward of forwards)
    for (const address of addresses) {
      const fd = yield* listen(k, address, forward)
      if (fd === undefined) continue
      const name = k.proc.getsockname(fd)
      const local = name.family === 'inet' ? name.port : forward.local
      yield* print(k.proc, `Forwarding from ${address}:${local} -> ${forward.remote}\n`)
      listeners.push({ fd, local, remote: forward.remote })
    }
  const [main, ...others] = listeners
  if (main === undefined)
    throw new CommandError(`unable to listen on any of the requested ports: [${forwards.map((f) => `{${f.local} ${f.remote}}`).join(' ')}]`)
  for (const one of others) k.proc.fork(() => serve(k, path, one))
  return yield* serve(k, path, main)
}

/** `8080:80`, `80`, `:80`, and names; a Service's port becomes its target's. */
function forwardOf(spec: string, object: KubeObject, pod: KubeObject): Forward {
  const parts = spec.split(':')
  const wanted = parts.at(-1) ?? ''
  if (parts.length > 2) throw new CommandError(`invalid port format '${spec}'`)
  const remote = object.kind === 'Service' ? servicePort(wanted, object, pod) : podPort(wanted, pod)
  const local = parts.length === 1 ? (/^\d+$/.test(wanted) ? Number(wanted) : remote) : parts[0] === '' ? 0 : Number(parts[0])
  if (!Number.isInteger(local) || local > 65_535)
    throw new CommandError(
      `error parsing local port '${parts[0] ?? ''}': strconv.ParseUint: parsing ${JSON.stringify(parts[0] ?? '')}: invalid syntax`,
    )
  if (remote === 0) throw new CommandError('remote port must be > 0')
  return { local, remote }
}

function podPort(wanted: string, pod: KubeObject): number {
  if (/^\d+$/.test(wanted)) return Number(wanted)
  const found = objs(pod, 'spec', 'containers')
    .flatMap((c) => objs(c, 'ports'))
    .find((p) => str(p, 'name') === wanted)
  if (found === undefined) throw new CommandError(`Pod '${pod.metadata?.name ?? ''}' does not have a named port '${wanted}'`)
  return Number(found.containerPort)
}

function servicePort(wanted: string, service: KubeObject, pod: KubeObject): number {
  const found = objs(obj(service, 'spec'), 'ports').find((p) =>
    /^\d+$/.test(wanted) ? p.port === Number(wanted) : str(p, 'name') === wanted,
  )
  if (found === undefined) {
    throw new CommandError(
      /^\d+$/.test(wanted)
        ? `Service ${service.metadata?.name ?? ''} does not have a service port ${wanted}`
        : `Service '${service.metadata?.name ?? ''}' does not have a named port '${wanted}'`,
    )
  }
  return podPort(String(found.targetPort ?? found.port), pod)
}

function* listen(k: Kubectl, address: string, { local }: Forward): Sim<number | undefined> {
  const fd = k.proc.socket('inet', 'stream')
  try {
    k.proc.bind(fd, { family: 'inet', address, port: local })
    k.proc.listen(fd, 128)
    return fd
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    k.proc.close(fd)
    const reason =
      error.code === 'EADDRINUSE'
        ? 'bind: address already in use'
        : error.code === 'EACCES'
          ? 'bind: permission denied'
          : 'bind: cannot assign requested address'
    yield* printError(
      k.proc,
      `Unable to listen on port ${local}: Listeners failed to create with the following errors: [unable to create listener: Error listen tcp4 ${address}:${local}: ${reason}]\n`,
    )
    return undefined
  }
}

/** Takes connections until the Pod cannot be reached any more. */
function* serve(k: Kubectl, path: string, listener: { readonly fd: number; readonly local: number; readonly remote: number }): Sim<number> {
  const rest = yield* k.rest()
  for (;;) {
    const { fd } = yield* k.proc.accept(listener.fd)
    yield* print(k.proc, `Handling connection for ${listener.local}\n`)
    const channel = yield* rest.upgrade(`${path}?ports=${listener.remote}`, ['v4.channel.k8s.io'])
    const writer = k.proc.fork((child) => toPod(child, fd, channel))
    k.proc.fork((child) => fromPod(child, fd, channel, writer, listener))
    k.proc.close(fd)
  }
}

const DATA = 0
const ERROR = 1

function* toPod(proc: Proc, fd: number, channel: MessageChannel): Sim<number> {
  for (;;) {
    const data = yield* proc.read(fd, 32_768)
    if (data.length === 0) break
    channel.send(concat([Uint8Array.of(DATA), data]))
  }
  channel.close()
  return 0
}

/** The first message of a stream tells its port; an error ends the connection. */
function* fromPod(
  proc: Proc,
  fd: number,
  channel: MessageChannel,
  writer: number,
  { local, remote }: { readonly local: number; readonly remote: number },
): Sim<number> {
  const opened = new Set<number>()
  for (let message = yield* channel.receive(); message !== undefined; message = yield* channel.receive()) {
    const bytes = typeof message === 'string' ? encode(message) : message
    const stream = bytes[0] ?? DATA
    if (!opened.has(stream)) {
      opened.add(stream)
      continue
    }
    if (stream === ERROR) {
      yield* printError(proc, `error: an error occurred forwarding ${local} -> ${remote}: ${decode(bytes.subarray(1))}\n`)
      break
    }
    if (bytes.length > 1) yield* proc.write(fd, bytes.subarray(1))
  }
  channel.close()
  try {
    proc.shutdown(fd, 'both')
    proc.kill(writer, 9)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  return 0
}
