/** How etcdctl reaches etcd, and what it says when it can't. Source: etcd v3.6, client/v3. */
import { TransportError } from '#http/transport.ts'
import { readText } from '#linux/http/resolver.ts'
import type { TlsClientOptions } from '#linux/http/tls.ts'
import type { Proc } from '#linux/syscalls.ts'
import { rfc3339Micro, SECOND } from '#sim/time.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { connectEtcd, type EtcdClient } from '../etcd-client.ts'
import { durationOf, EXIT_BAD_ARGS, type Invocation, UsageError } from './flags.ts'
import { jsonLine } from './print.ts'

const DEFAULT_ENDPOINT = '127.0.0.1:2379'
const COMMAND_TIMEOUT = 5 * SECOND
const DIAL_TIMEOUT = 2 * SECOND
/** gRPC tries again after about a second, then later each time. */
const RECONNECT: Micros = SECOND
const CALLER = 'v3@v3.6.8/retry_interceptor.go:65'

export interface Target {
  /** As given: `https://127.0.0.1:2379`. */
  readonly endpoint: string
  readonly host: string
  readonly port: number
  readonly tls?: TlsClientOptions
}

/** The endpoints of a command line with the TLS that its flags ask for. Throws {@link UsageError}. */
export function* targets(proc: Proc, call: Invocation): Sim<readonly Target[]> {
  const given = yield* credentials(proc, call)
  return (call.texts.get('endpoints') ?? DEFAULT_ENDPOINT).split(',').map((endpoint) => {
    const match = /^(?:(https?):\/\/)?([^:/]+)(?::(\d+))?$/.exec(endpoint.trim())
    if (match === null) throw new UsageError(`podlab: the endpoint ${endpoint} is not modelled`, EXIT_BAD_ARGS)
    const [, scheme, host = '', port] = match
    // Without a scheme TLS is used if there is anything to use; https needs it, http forbids it.
    const tls = scheme === 'http' ? undefined : (given ?? (scheme === 'https' ? {} : undefined))
    return { endpoint, host: host === 'localhost' ? '127.0.0.1' : host, port: Number(port ?? 2379), ...(tls === undefined ? {} : { tls }) }
  })
}

function* credentials(proc: Proc, { texts, flags }: Invocation): Sim<TlsClientOptions | undefined> {
  const file = function* (name: string): Sim<string | undefined> {
    const path = texts.get(name)
    if (path === undefined) return undefined
    if (path === '') throw new UsageError(`Error: empty string is passed to --${name} option`, EXIT_BAD_ARGS)
    const text = yield* readText(proc, path)
    if (text === undefined) throw new UsageError(`Error: open ${path}: no such file or directory`, EXIT_BAD_ARGS)
    return text
  }
  const [certPath, keyPath] = [texts.get('cert') ?? '', texts.get('key') ?? '']
  if ((certPath === '') !== (keyPath === ''))
    throw new UsageError(`Error: KeyFile and CertFile must both be present[key: ${keyPath}, cert: ${certPath}]`, EXIT_BAD_ARGS)
  const [ca, cert, key] = [yield* file('cacert'), yield* file('cert'), yield* file('key')]
  const insecure = flags.has('insecure-skip-tls-verify')
  if (ca === undefined && cert === undefined && !insecure) return undefined
  return {
    insecure,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
}

/** A failed call: `message` is what the command prints; the log has been written. */
export class RpcError extends Error {}

/**
 * Connects to the first endpoint that answers within the time of a command; else the warning of the retry interceptor and {@link RpcError}.
 * `logger` and `method` are those of the warning.
 */
export function* connect(
  proc: Proc,
  call: Invocation,
  to: readonly Target[],
  method: string,
  logger: 'etcd-client' | 'client' = 'etcd-client',
): Sim<EtcdClient> {
  const until = proc.now() + durationOf(call, 'command-timeout', COMMAND_TIMEOUT)
  let reason = ''
  for (let i = 0; ; i++) {
    const target = to[i % to.length] as Target
    const left = until - proc.now()
    if (left <= 0) break
    try {
      const dialTimeout = Math.min(left, durationOf(call, 'dial-timeout', DIAL_TIMEOUT))
      return yield* connectEtcd(proc, { ...target, dialTimeout })
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      reason = error.message
    }
    yield* proc.nanosleep(Math.min(RECONNECT, Math.max(0, until - proc.now())))
  }
  const description = `rpc error: code = DeadlineExceeded desc = latest balancer error: connection error: desc = ${JSON.stringify(reason)}`
  yield* warn(proc, logger, to, method, description)
  throw new RpcError('context deadline exceeded')
}

/** A call that etcd refuses: the warning, and the error to end with. */
export function* refuse(proc: Proc, to: readonly Target[], method: string, message: string): Sim<never> {
  yield* warn(proc, 'etcd-client', to, method, `rpc error: code = OutOfRange desc = ${message}`)
  throw new RpcError(message)
}

function* warn(proc: Proc, logger: string, to: readonly Target[], method: string, error: string): Sim<void> {
  const target = `etcd-endpoints://0xc0002${[...proc.getrandom(2)].map((b) => b.toString(16).padStart(2, '0')).join('')}0/${to[0]?.host ?? ''}:${to[0]?.port ?? 0}`
  const line = {
    level: 'warn',
    ts: rfc3339Micro(proc.now()),
    logger,
    caller: CALLER,
    msg: 'retrying of unary invoker failed',
    target,
    method: `/etcdserverpb.${method}`,
    attempt: 0,
    error,
  }
  yield* proc.write(2, jsonLine(line))
}
