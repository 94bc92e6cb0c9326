import { Errno } from '#linux/errno.ts'
import { listenTcp } from '#linux/http/server.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'

function option(argv: readonly string[], name: string): string {
  return argv[argv.indexOf(name) + 1] ?? ''
}

/** Copies one direction of a connection, messages as they are. */
function* relay(proc: Proc, from: number, to: number): Sim<void> {
  try {
    for (;;) {
      const item = yield* proc.recvFrame(from)
      if (item === undefined) break
      if (item instanceof Uint8Array) yield* proc.write(to, item)
      else yield* proc.sendFrame(to, item)
    }
    proc.shutdown(to, 'write')
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    for (const fd of [from, to]) {
      try {
        proc.shutdown(fd, 'both')
      } catch (inner) {
        if (!(inner instanceof Errno)) throw inner
      }
    }
  }
}

/** Copies both directions between two connections, and closes them once the client's or the whole is over. */
export function* relayBoth(proc: Proc, client: number, server: number): Sim<void> {
  try {
    const back = proc.thread('back', relay(proc, server, client))
    yield* relay(proc, client, server)
    back.cancel()
  } finally {
    proc.close(client)
    proc.close(server)
  }
}

function* connection(proc: Proc, client: number, address: string, port: number): Sim<void> {
  const server = proc.socket('inet', 'stream')
  try {
    yield* proc.connect(server, { family: 'inet', address, port })
  } catch (error) {
    proc.close(client)
    proc.close(server)
    if (!(error instanceof Errno)) throw error
    return
  }
  yield* relayBoth(proc, client, server)
}

/** docker-proxy: makes a published port of a container reachable on the host's own address. */
export const dockerProxy: Program = {
  name: 'docker/docker-proxy',
  *main(proc): Sim<number> {
    const { argv } = proc
    const fd = listenTcp(proc, option(argv, '-host-ip'), Number(option(argv, '-host-port')))
    for (;;) {
      const { fd: client } = yield* proc.accept(fd)
      proc.thread('connection', connection(proc, client, option(argv, '-container-ip'), Number(option(argv, '-container-port'))))
    }
  },
}
