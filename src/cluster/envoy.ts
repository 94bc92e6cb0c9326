/**
 * Envoy as cloud-provider-kind uses it: listeners and clusters from two files that it watches, a TCP proxy between them.
 * Source: Envoy's dynamic configuration from the file system, tcp_proxy filter. Differs: no statistics, no HTTP, no UDP.
 */
import { parse } from 'yaml'
import { textResponse } from '#http/message.ts'
import { TransportError } from '#http/transport.ts'
import { Errno } from '#linux/errno.ts'
import { dialTcp, request } from '#linux/http/client.ts'
import { readText } from '#linux/http/resolver.ts'
import { listenTcp, serve } from '#linux/http/server.ts'
import type { Proc } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import type { Random } from '#sim/random.ts'
import { rfc3339, SECOND } from '#sim/time.ts'
import { anyOf, type Sim } from '#sim/wait.ts'
import { relayBoth } from './docker-proxy.ts'

export const ADMIN_PORT = 10_000
export const LDS = '/home/envoy/lds.yaml'
export const CDS = '/home/envoy/cds.yaml'

export interface SocketAddress {
  readonly socket_address: { readonly address: string; readonly port_value: number; readonly protocol?: string }
}

/** envoy.config.listener.v3.Listener, what of it is used. */
export interface Listener {
  readonly '@type': string
  readonly name: string
  readonly address: SocketAddress
  readonly filter_chains: readonly {
    readonly filters: readonly {
      readonly name: string
      readonly typed_config: {
        readonly '@type': string
        readonly stat_prefix: string
        readonly cluster: string
        /** Present: the client's address chooses the endpoint. */
        readonly hash_policy?: readonly { readonly source_ip: object }[]
      }
    }[]
    readonly filter_chain_match?: {
      readonly source_prefix_ranges: readonly { readonly address_prefix: string; readonly prefix_len: number }[]
    }
  }[]
}

/** envoy.config.cluster.v3.Cluster, what of it is used. */
export interface UpstreamCluster {
  readonly '@type': string
  readonly name: string
  readonly connect_timeout: string
  readonly type: 'STATIC'
  readonly lb_policy: 'RANDOM' | 'RING_HASH'
  readonly health_checks: readonly {
    readonly timeout: string
    readonly interval: string
    readonly http_health_check: { readonly path: string }
  }[]
  readonly load_assignment: {
    readonly cluster_name: string
    readonly endpoints: readonly {
      readonly lb_endpoints: readonly {
        readonly endpoint: { readonly health_check_config: { readonly port_value: number }; readonly address: SocketAddress }
      }[]
    }[]
  }
}

interface Endpoint {
  readonly address: string
  readonly port: number
  readonly healthPort: number
}

const CONNECT_TIMEOUT = 3 * SECOND
const HEALTH_TIMEOUT = 3 * SECOND
const HEALTH_INTERVAL = 3 * SECOND
/** Failures in a row after which an endpoint is left out; one success brings it back. */
const UNHEALTHY_THRESHOLD = 2

function endpointsOf(cluster: UpstreamCluster): Endpoint[] {
  return cluster.load_assignment.endpoints.flatMap((group) =>
    group.lb_endpoints.map(({ endpoint: { address, health_check_config } }) => ({
      address: address.socket_address.address,
      port: address.socket_address.port_value,
      healthPort: health_check_config.port_value,
    })),
  )
}

function* resources<T>(proc: Proc, path: string): Sim<readonly T[]> {
  const text = yield* readText(proc, path)
  return text === undefined || text === '' ? [] : ((parse(text) as { readonly resources?: readonly T[] }).resources ?? [])
}

const ip = (text: string): number => text.split('.').reduce((n, part) => n * 256 + Number(part), 0)

function within(address: string, prefix: string, length: number): boolean {
  const size = 2 ** (32 - length)
  return Math.floor(ip(address) / size) === Math.floor(ip(prefix) / size)
}

/** The program; `random` chooses endpoints. */
export function envoy(random: Random): (proc: Proc) => Sim<number> {
  return function* (proc) {
    proc.setMemory(48 << 20)
    proc.setComm('envoy')
    yield* new Envoy(proc, random).run()
    return 0
  }
}

class Envoy {
  readonly #proc: Proc
  readonly #random: Random
  readonly #listening = new Map<string, { readonly fd: number; listener: Listener; readonly thread: { cancel(): void } }>()
  #clusters = new Map<string, UpstreamCluster>()
  /** Checked nodes, by address and port of the check. */
  readonly #checks = new Map<string, { failures: number; healthy: boolean; tried: boolean; readonly thread: { cancel(): void } }>()

  constructor(proc: Proc, random: Random) {
    this.#proc = proc
    this.#random = random
  }

  *run(): Sim<void> {
    const proc = this.#proc
    proc.thread(
      'admin',
      serve(proc, {
        port: ADMIN_PORT,
        handler: function* (this: Envoy, asked: { readonly target: string }) {
          if (asked.target !== '/ready') return textResponse(404, 'podlab: only /ready is modelled\n')
          return this.#ready() ? textResponse(200, 'LIVE\n') : textResponse(503, 'INITIALIZING\n')
        }.bind(this),
      }),
    )
    for (;;) {
      const changed = proc.watchPath('/home/envoy')
      yield* this.#load()
      yield* anyOf([changed])
    }
  }

  /** Configured, and each endpoint has been looked at once. */
  #ready(): boolean {
    return this.#listening.size > 0 && [...this.#checks.values()].every((c) => c.tried)
  }

  *#load(): Sim<void> {
    const proc = this.#proc
    this.#clusters = new Map((yield* resources<UpstreamCluster>(proc, CDS)).map((c) => [c.name, c]))
    const listeners = new Map((yield* resources<Listener>(proc, LDS)).map((l) => [l.name, l]))
    for (const [name, { fd, thread }] of [...this.#listening]) {
      if (listeners.has(name)) continue
      thread.cancel()
      proc.close(fd)
      this.#listening.delete(name)
    }
    this.#startChecks()
    for (const [name, listener] of listeners) {
      const known = this.#listening.get(name)
      if (known !== undefined) {
        known.listener = listener
        continue
      }
      const { address, port_value } = listener.address.socket_address
      const fd = listenTcp(proc, address, port_value)
      this.#listening.set(name, { fd, listener, thread: proc.thread(name, this.#accept(name, fd)) })
    }
  }

  *#accept(name: string, fd: number): Sim<void> {
    const proc = this.#proc
    for (;;) {
      const { fd: client, peer } = yield* proc.accept(fd)
      const listener = this.#listening.get(name)?.listener
      proc.thread('connection', this.#connection(client, peer.family === 'inet' ? peer.address : '', listener))
    }
  }

  *#connection(client: number, from: string, listener: Listener | undefined): Sim<void> {
    const proc = this.#proc
    const chain = listener?.filter_chains.find(({ filter_chain_match: match }) => {
      return match === undefined || match.source_prefix_ranges.some((r) => within(from, r.address_prefix, r.prefix_len))
    })
    const config = chain?.filters[0]?.typed_config
    const endpoint = config === undefined ? undefined : this.#choose(config.cluster, config.hash_policy === undefined ? undefined : from)
    if (endpoint === undefined) {
      proc.close(client)
      return
    }
    let server: number
    try {
      server = yield* dialTcp(proc, endpoint.address, endpoint.port, CONNECT_TIMEOUT)
    } catch (error) {
      proc.close(client)
      if (error instanceof TransportError || error instanceof Errno) return
      throw error
    }
    yield* relayBoth(proc, client, server)
  }

  /** A healthy endpoint of a cluster: by chance, or always the same for a client. */
  #choose(name: string, client: string | undefined): Endpoint | undefined {
    const cluster = this.#clusters.get(name)
    const usable = cluster === undefined ? [] : endpointsOf(cluster).filter((e) => this.#checks.get(checkKey(e))?.healthy === true)
    if (usable.length === 0) return undefined
    return usable[client === undefined ? this.#random.below(usable.length) : ip(client) % usable.length]
  }

  #startChecks(): void {
    const wanted = new Map<string, Endpoint>()
    for (const cluster of this.#clusters.values()) for (const e of endpointsOf(cluster)) wanted.set(checkKey(e), e)
    for (const [key, { thread }] of [...this.#checks]) {
      if (wanted.has(key)) continue
      thread.cancel()
      this.#checks.delete(key)
    }
    for (const [key, endpoint] of wanted) {
      if (this.#checks.has(key)) continue
      const thread = this.#proc.thread('health check', this.#check(key, endpoint))
      this.#checks.set(key, { failures: 0, healthy: false, tried: false, thread })
    }
  }

  *#check(key: string, endpoint: Endpoint): Sim<void> {
    const proc = this.#proc
    for (;;) {
      const good = yield* answers(proc, `http://${endpoint.address}:${endpoint.healthPort}/healthz`)
      const state = this.#checks.get(key)
      if (state === undefined) return
      state.tried = true
      state.failures = good ? 0 : state.failures + 1
      const before = state.healthy
      state.healthy = good || (before && state.failures < UNHEALTHY_THRESHOLD)
      if (before !== state.healthy) {
        const what = state.healthy ? '"add_healthy_event":{"first_check":true}' : '"eject_unhealthy_event":{"failure_type":"NETWORK"}'
        const host = `"host":{"socket_address":{"address":"${endpoint.address}","port_value":${endpoint.port}}}`
        yield* proc.write(1, encode(`{"health_checker_type":"HTTP",${host},${what},"timestamp":"${rfc3339(proc.now())}"}\n`))
      }
      yield* proc.nanosleep(HEALTH_INTERVAL)
    }
  }
}

const checkKey = (e: Endpoint): string => `${e.address}:${e.healthPort}`

function* answers(proc: Proc, url: string): Sim<boolean> {
  try {
    return (yield* request(proc, url, { dialTimeout: HEALTH_TIMEOUT })).status === 200
  } catch (error) {
    if (error instanceof TransportError || error instanceof Errno) return false
    throw error
  }
}
