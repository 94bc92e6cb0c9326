import type { Transport } from '#http/transport.ts'
import { decode, fromBase64 } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import type { Proc } from '../syscalls.ts'
import { socketTransport } from './client.ts'
import { readText } from './resolver.ts'

const DIR = '/var/run/secrets/kubernetes.io/serviceaccount'
/** How often the token file is read again. */
const REREAD = 300_000_000

export interface InCluster {
  readonly transport: Transport
  /** Undefined when the connection's certificate says who asks. */
  readonly token: (() => string) | undefined
}

/**
 * The connection of a program in a Pod to the API server: the kubeconfig that $KUBECONFIG names, else the mounted token
 * and authority, and the address from `endpoint` (`host:port`) or KUBERNETES_SERVICE_HOST and _PORT. Undefined when the files aren't there.
 * Source: client-go rest.InClusterConfig.
 */
export function* inCluster(proc: Proc, endpoint?: string): Sim<InCluster | undefined> {
  const config = proc.getenv('KUBECONFIG')
  if (config !== undefined) return yield* fromKubeconfig(proc, config)
  const ca = yield* readText(proc, `${DIR}/ca.crt`)
  let token = (yield* readText(proc, `${DIR}/token`))?.trim()
  if (token === undefined || ca === undefined) return undefined
  const where = endpoint ?? proc.getenv('CONTROL_PLANE_ENDPOINT')
  const at = where?.lastIndexOf(':') ?? -1
  const host = where === undefined ? (proc.getenv('KUBERNETES_SERVICE_HOST') ?? 'kubernetes.default.svc') : where.slice(0, at)
  const port = Number(where === undefined ? (proc.getenv('KUBERNETES_SERVICE_PORT') ?? '443') : where.slice(at + 1))
  proc.thread('token', reread(proc, (fresh) => {
    token = fresh
  }))
  return { transport: socketTransport(proc, { host, port, tls: { ca } }), token: () => token ?? '' }
}

/** The connection a kubeconfig with one user and its client certificate describes. */
export function* fromKubeconfig(proc: Proc, path: string): Sim<InCluster | undefined> {
  const text = yield* readText(proc, path)
  const url = /server:\s*https:\/\/([^\s:]+):(\d+)/.exec(text ?? '')
  if (text === undefined || url === null) return undefined
  const pem = (field: string): string => {
    const data = new RegExp(`${field}:\\s*(\\S+)`).exec(text)?.[1]
    return decode(fromBase64(data ?? '') ?? new Uint8Array(0))
  }
  const tls = { ca: pem('certificate-authority-data'), cert: pem('client-certificate-data'), key: pem('client-key-data') }
  return { transport: socketTransport(proc, { host: url[1] ?? '', port: Number(url[2]), tls }), token: undefined }
}

function* reread(proc: Proc, use: (token: string) => void): Sim<void> {
  for (;;) {
    yield* proc.nanosleep(REREAD)
    const fresh = (yield* readText(proc, `${DIR}/token`))?.trim()
    if (fresh !== undefined && fresh !== '') use(fresh)
  }
}
