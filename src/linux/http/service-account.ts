import { parse } from 'yaml'
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
  readonly token: (() => string) | undefined
}

/**
 * The connection of a program in a Pod to the API server: the kubeconfig that $KUBECONFIG names, or the mounted token and authority with the address from `endpoint` (`host:port`) or
 * KUBERNETES_SERVICE_HOST and _PORT. Undefined when there is neither. Source: client-go rest.InClusterConfig.
 */
export function* inCluster(proc: Proc, endpoint?: string): Sim<InCluster | undefined> {
  const kubeconfig = proc.getenv('KUBECONFIG')
  if (kubeconfig !== undefined) return yield* fromKubeconfig(proc, kubeconfig, endpoint)
  const ca = yield* readText(proc, `${DIR}/ca.crt`)
  let token = (yield* readText(proc, `${DIR}/token`))?.trim()
  if (token === undefined || ca === undefined) return undefined
  const where = endpoint ?? proc.getenv('CONTROL_PLANE_ENDPOINT')
  const at = where?.lastIndexOf(':') ?? -1
  const host = where === undefined ? (proc.getenv('KUBERNETES_SERVICE_HOST') ?? 'kubernetes.default.svc') : where.slice(0, at)
  const port = Number(where === undefined ? (proc.getenv('KUBERNETES_SERVICE_PORT') ?? '443') : where.slice(at + 1))
  proc.thread(
    'token',
    reread(proc, (fresh) => {
      token = fresh
    }),
  )
  return { transport: socketTransport(proc, { host, port, tls: { ca } }), token: () => token ?? '' }
}

function* reread(proc: Proc, use: (token: string) => void): Sim<void> {
  for (;;) {
    yield* proc.nanosleep(REREAD)
    const fresh = (yield* readText(proc, `${DIR}/token`))?.trim()
    if (fresh !== undefined && fresh !== '') use(fresh)
  }
}

interface KubeconfigFile {
  readonly clusters?: readonly { readonly cluster?: { readonly server?: string; readonly 'certificate-authority-data'?: string } }[]
  readonly users?: readonly {
    readonly user?: { readonly 'client-certificate-data'?: string; readonly 'client-key-data'?: string; readonly token?: string }
  }[]
}

/** The connection a kubeconfig file describes; undefined when there is no such file. */
export function* fromKubeconfig(proc: Proc, path: string, endpoint?: string): Sim<InCluster | undefined> {
  const text = yield* readText(proc, path)
  const file = text === undefined ? undefined : (parse(text) as KubeconfigFile)
  const cluster = file?.clusters?.[0]?.cluster
  // In a Pod with a network of its own the API server is its Service: names of machines mean nothing there.
  const inPod = proc.getenv('KUBERNETES_SERVICE_HOST')
  const where =
    endpoint ??
    (inPod === undefined ? cluster?.server?.replace(/^https:\/\//, '') : `${inPod}:${proc.getenv('KUBERNETES_SERVICE_PORT') ?? '443'}`)
  const server = /^([^:/]+)(?::(\d+))?/.exec(where ?? '')
  if (server === null) return undefined
  const user = file?.users?.[0]?.user
  const pem = (data: string | undefined): string | undefined =>
    data === undefined ? undefined : decode(fromBase64(data) ?? new Uint8Array(0))
  const [ca, cert, key] = [
    pem(cluster?.['certificate-authority-data']),
    pem(user?.['client-certificate-data']),
    pem(user?.['client-key-data']),
  ]
  const tls = { ...(ca === undefined ? {} : { ca }), ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) }
  const token = user?.token
  return {
    transport: socketTransport(proc, { host: server[1] ?? '', port: Number(server[2] ?? 443), tls }),
    token: token === undefined ? undefined : () => token,
  }
}
