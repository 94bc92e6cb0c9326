import type { Transport } from '#http/transport.ts'
import { socketTransport } from '#linux/http/client.ts'
import type { Proc } from '#linux/syscalls.ts'
import type { Micros } from '#sim/wait.ts'
import type { Target } from './config.ts'

/** Makes the transport of a kubectl process to the server of its configuration; `timeout` limits each request. */
export type Connect = (proc: Proc, target: Target, timeout?: Micros) => Transport

/** Over the sockets of the process's machine. */
export function socketConnect(proc: Proc, target: Target, timeout?: Micros): Transport {
  const url = /^(https?):\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?/.exec(target.server)
  const tls = url?.[1] === 'https'
  const host = url?.[2] ?? 'localhost'
  const port = url?.[3] === undefined ? (tls ? 443 : 80) : Number(url[3])
  const limit = timeout === undefined ? {} : { timeout }
  if (!tls) return socketTransport(proc, { host, port, ...limit })
  return socketTransport(proc, {
    host,
    port,
    ...limit,
    tls: {
      ...(target.ca === undefined || target.insecure ? {} : { ca: target.ca }),
      ...(target.certificate === undefined ? {} : { cert: target.certificate }),
      ...(target.key === undefined ? {} : { key: target.key }),
      ...(target.serverName === undefined ? {} : { serverName: target.serverName }),
      insecure: target.insecure,
    },
  })
}
