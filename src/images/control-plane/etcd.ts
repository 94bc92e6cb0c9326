import { Store } from '#kubernetes/etcd/store.ts'
import { Errno } from '#linux/errno.ts'
import { readText } from '#linux/http/resolver.ts'
import { listenTcp } from '#linux/http/server.ts'
import { type Frame, O, type Proc, type Program } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { type ControlPlaneWorld, flag } from './world.ts'

const CLIENT_PORT = 2379
const BYTES = encode('etcd\n')

/** What a client gets on connecting: the store itself. Differs: etcd's clients speak gRPC. */
export class StoreFrame implements Frame {
  readonly store: Store
  readonly byteLength = BYTES.length

  constructor(store: Store) {
    this.store = store
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

/** etcd: whoever connects to its client port may use the store while the connection holds. */
export function etcdProgram(world: ControlPlaneWorld): Program {
  return {
    name: 'kubernetes/etcd',
    *main(proc): Sim<number> {
      proc.setMemory(47 << 20)
      const store = yield* openStore(proc, world, flag(proc.argv, 'data-dir') ?? '/default.etcd')
      const fd = listenTcp(proc, '0.0.0.0', CLIENT_PORT)
      for (;;) {
        const { fd: client } = yield* proc.accept(fd)
        proc.thread('client', serveClient(proc, client, store))
      }
    },
  }
}

function* serveClient(proc: Proc, fd: number, store: Store): Sim<void> {
  try {
    yield* proc.sendFrame(fd, new StoreFrame(store))
    while ((yield* proc.read(fd, 1024)).length > 0);
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  } finally {
    proc.close(fd)
  }
}
