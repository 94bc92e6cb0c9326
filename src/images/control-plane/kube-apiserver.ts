import { Headers, type HttpHandler, JsonBody } from '#http/message.ts'
import type { Transport } from '#http/transport.ts'
import { TransportError } from '#http/transport.ts'
import { ApiServer } from '#kubernetes/apiserver/server.ts'
import type { Store } from '#kubernetes/etcd/store.ts'
import { Errno } from '#linux/errno.ts'
import { socketTransport } from '#linux/http/client.ts'
import { readText } from '#linux/http/resolver.ts'
import { serve } from '#linux/http/server.ts'
import type { TlsClientOptions } from '#linux/http/tls.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import { MINUTE, SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { celLoader } from './cel.ts'
import { connectEtcd, type EtcdClient } from './etcd-client.ts'
import { type ControlPlaneWorld, flag } from './world.ts'

const ETCD_PORT = 2379
const KUBELET_PORT = 10_250
/** How long the server tries to reach etcd before it gives up. */
const ETCD_TRIES = 20

interface NodeStatus {
  readonly addresses?: readonly { readonly type: string; readonly address: string }[]
}

/** The etcd behind a server: its store while the connection holds. */
class EtcdConnection {
  store: Store | undefined;

  *connect(proc: Proc): Sim<boolean> {
    const tls = yield* etcdTls(proc)
    for (let i = 0; i < ETCD_TRIES; i++) {
      try {
        const client = yield* connectEtcd(proc, {
          host: '127.0.0.1',
          port: ETCD_PORT,
          dialTimeout: 5 * SECOND,
          ...(tls === undefined ? {} : { tls }),
        })
        this.store = client.store
        proc.thread('etcd', this.#hold(proc, client))
        return true
      } catch (error) {
        if (!(error instanceof Errno) && !(error instanceof TransportError)) throw error
      }
      yield* proc.nanosleep(SECOND)
    }
    return false
  }

  *#hold(proc: Proc, client: EtcdClient): Sim<void> {
    yield* client.hold()
    this.store = undefined
    while (!(yield* this.connect(proc)));
  }
}

function* etcdTls(proc: Proc): Sim<TlsClientOptions | undefined> {
  const file = function* (name: string): Sim<string> {
    const path = flag(proc.argv, name)
    return path === undefined ? '' : ((yield* readText(proc, path)) ?? '')
  }
  const ca = yield* file('etcd-cafile')
  return ca === '' ? undefined : { ca, cert: yield* file('etcd-certfile'), key: yield* file('etcd-keyfile') }
}

/** --etcd-compaction-interval. */
const COMPACTION_INTERVAL = 5 * MINUTE

/**
 * Makes etcd forget what is older than five to ten minutes. Servers agree by the version of a key who does it.
 * Source: apiserver pkg/storage/etcd3/compact.go.
 */
function* compactEtcd(proc: Proc, etcd: EtcdConnection): Sim<void> {
  let revision = 0
  let time = 0
  for (;;) {
    yield* proc.nanosleep(COMPACTION_INTERVAL)
    const { store } = etcd
    if (store === undefined) continue
    const version = store.get(COMPACT_KEY)?.version ?? 0
    if (version !== time) {
      time = version
      revision = store.revision
      continue
    }
    const last = revision
    revision = store.put(COMPACT_KEY, () => last)?.modRevision ?? last
    time++
    if (last > 0) store.compact(last)
  }
}

const COMPACT_KEY = 'compact_rev_key'

/** Without etcd every request that needs it fails. */
function unavailable(): import('#http/message.ts').HttpResponse {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'etcdserver: request timed out', code: 500 }
  return { status: 500, headers: new Headers([['content-type', 'application/json']]), body: new JsonBody(status) }
}

function kubeletTransport(proc: Proc, server: () => ApiServer): (node: string) => Transport | undefined {
  const known = new Map<string, Transport>()
  return (node) => {
    const status = server().object('', 'nodes', '', node)?.status as NodeStatus | undefined
    const address = status?.addresses?.find((a) => a.type === 'InternalIP')?.address
    if (address === undefined) return undefined
    let transport = known.get(address)
    if (transport === undefined) {
      transport = socketTransport(proc, { host: address, port: KUBELET_PORT, tls: { insecure: true } })
      known.set(address, transport)
    }
    return transport
  }
}

/** kube-apiserver: serves the API on its secure port as long as it runs. */
export function apiServerProgram(world: ControlPlaneWorld): Program {
  return {
    name: 'kubernetes/kube-apiserver',
    *main(proc): Sim<number> {
      proc.setMemory(298 << 20)
      const etcd = new EtcdConnection()
      if (!(yield* etcd.connect(proc)) || etcd.store === undefined) {
        yield* proc.write(2, encode('Error: context deadline exceeded: failed to dial 127.0.0.1:2379\n'))
        return 1
      }
      const certificate = yield* readText(proc, flag(proc.argv, 'tls-cert-file') ?? '')
      if (certificate === undefined) {
        yield* proc.write(2, encode('Error: failed to load the serving certificate\n'))
        return 1
      }
      const advertiseAddress = flag(proc.argv, 'advertise-address')
      const port = Number(flag(proc.argv, 'secure-port') ?? 6443)
      const server: ApiServer = new ApiServer({
        sim: world.sim,
        store: etcd.store,
        authentication: { clientCa: 'kubernetes' },
        kubelet: kubeletTransport(proc, () => server),
        dial: (host, to) => socketTransport(proc, { host, port: to }),
        securePort: port,
        cel: celLoader(world),
        ...(advertiseAddress === undefined ? {} : { advertiseAddress }),
      })
      const handler: HttpHandler = function* (request) {
        if (etcd.store === undefined) return unavailable()
        return yield* server.handle(request)
      }
      proc.thread('etcd-compactor', compactEtcd(proc, etcd))
      try {
        yield* serve(proc, { port, tls: { cert: certificate }, handler, onListening: () => world.onApiServer({ server, handler }) })
      } finally {
        world.onApiServer(undefined)
      }
      return 0
    },
  }
}
