import { sha1 } from '@noble/hashes/legacy.js'
import { Store } from '#kubernetes/etcd/store.ts'
import { Errno } from '#linux/errno.ts'
import { readText } from '#linux/http/resolver.ts'
import { listenTcp } from '#linux/http/server.ts'
import { PlainConnection, TlsError, type TlsServerOptions, tlsServer } from '#linux/http/tls.ts'
import { verifyChain } from '#linux/http/x509.ts'
import { type Frame, O, type Proc, type Program } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { type ControlPlaneWorld, flag } from './world.ts'

const CLIENT_PORT = 2379
const BYTES = encode('etcd\n')

/** Who a member of the cluster is. */
export interface EtcdMember {
  readonly id: bigint
  readonly clusterId: bigint
  readonly name: string
  readonly peerUrls: readonly string[]
  readonly clientUrls: readonly string[]
}

/** What a client gets on connecting: the store itself. Differs: etcd's clients speak gRPC. */
export class StoreFrame implements Frame {
  readonly store: Store
  readonly member: EtcdMember
  readonly byteLength = BYTES.length

  constructor(store: Store, member: EtcdMember) {
    this.store = store
    this.member = member
  }

  bytes(): Uint8Array {
    return BYTES
  }
}

/** Path of the database inside a data directory. */
export const DB = 'member/snap/db'

function* openStore(proc: Proc, world: ControlPlaneWorld, dataDir: string): Sim<Store> {
  const path = `${dataDir}/${DB}`
  const id = (yield* readText(proc, path))?.trim()
  const known = id === undefined ? undefined : world.stores.get(id)
  if (known !== undefined) return known
  const store = new Store()
  const fresh = `db-${world.stores.size + 1}`
  world.stores.set(fresh, store)
  let folder = ''
  for (const part of `${dataDir}/member/snap`.split('/').filter((p) => p !== '')) {
    folder += `/${part}`
    if (!proc.access(folder, '')) proc.mkdir(folder, 0o700)
  }
  const fd = yield* proc.open(path, O.WRONLY | O.CREAT | O.TRUNC, 0o600)
  yield* proc.write(fd, encode(`${fresh}\n`))
  proc.close(fd)
  return store
}

const CLUSTER_TOKEN = 'etcd-cluster'

/** First eight bytes of a SHA-1. */
function id(bytes: Uint8Array): bigint {
  const hash = sha1(bytes)
  return new DataView(hash.buffer, hash.byteOffset).getBigUint64(0)
}

/** Ids of a cluster of one member. Source: etcd server/etcdserver/api/membership, computeMemberID, genID. */
export function memberIds(peerUrls: readonly string[]): { readonly id: bigint; readonly clusterId: bigint } {
  const member = id(encode([...peerUrls].sort().join('') + CLUSTER_TOKEN))
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, member)
  return { id: member, clusterId: id(bytes) }
}

function memberOf(argv: readonly string[]): EtcdMember {
  const urls = (name: string, otherwise: string): string[] => (flag(argv, name) ?? otherwise).split(',')
  const peerUrls = urls('initial-advertise-peer-urls', 'http://localhost:2380')
  return {
    ...memberIds(peerUrls),
    name: flag(argv, 'name') ?? 'default',
    peerUrls,
    clientUrls: urls('advertise-client-urls', 'http://localhost:2379'),
  }
}

/** TLS as the flags ask for it; undefined: plain. Clients need a certificate of the authority with --client-cert-auth. */
function* tlsOptions(proc: Proc): Sim<TlsServerOptions | undefined> {
  const file = function* (name: string): Sim<string | undefined> {
    const path = flag(proc.argv, name)
    return path === undefined ? undefined : yield* readText(proc, path)
  }
  const cert = yield* file('cert-file')
  if (cert === undefined) return undefined
  const authorities = (yield* file('trusted-ca-file')) ?? ''
  const required = flag(proc.argv, 'client-cert-auth') === 'true'
  return {
    cert,
    requireClientCert: required,
    verifyClient: (certificate) =>
      required && verifyChain(certificate, authorities, undefined, proc.now()) !== undefined ? 'bad certificate' : undefined,
  }
}

/** etcd: whoever connects to its client port, with a certificate it trusts, may use the store while the connection holds. */
export function etcdProgram(world: ControlPlaneWorld): Program {
  return {
    name: 'kubernetes/etcd',
    *main(proc): Sim<number> {
      proc.setMemory(47 << 20)
      const store = yield* openStore(proc, world, flag(proc.argv, 'data-dir') ?? '/default.etcd')
      const tls = yield* tlsOptions(proc)
      const frame = new StoreFrame(store, memberOf(proc.argv))
      const fd = listenTcp(proc, '0.0.0.0', CLIENT_PORT)
      for (;;) {
        const { fd: client } = yield* proc.accept(fd)
        proc.thread('client', serveClient(new PlainConnection(proc, client), frame, tls))
      }
    },
  }
}

function* serveClient(plain: PlainConnection, frame: StoreFrame, tls: TlsServerOptions | undefined): Sim<void> {
  try {
    const connection = tls === undefined ? plain : yield* tlsServer(plain, tls)
    if (connection === undefined || 'plain' in connection) return
    yield* connection.send(frame)
    while ((yield* connection.receive()) !== undefined);
  } catch (error) {
    if (!(error instanceof Errno) && !(error instanceof TlsError)) throw error
  } finally {
    plain.close()
  }
}
