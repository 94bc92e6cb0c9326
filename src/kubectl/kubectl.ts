import { TransportError } from '#http/transport.ts'
import { type Errno, strerror } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import { encode, toBase64 } from '#sim/bytes.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import type { Call } from './command.ts'
import { configPaths, resolveTarget, type Target } from './config.ts'
import type { Connect } from './connect.ts'
import { DiscoveryCache } from './discovery-cache.ts'
import { CommandError } from './errors.ts'
import { type FlagValues, parseDuration } from './flags.ts'
import { printError, readAll } from './io.ts'
import { klogHeader } from './klog.ts'
import { RestMapper, StaleDiscovery } from './mapping.ts'
import { RestClient } from './rest.ts'
import { RoundTripLog } from './round-trippers.ts'

/** What a running command shares: configuration, client and mapper, made when first asked for. */
export class Kubectl {
  readonly proc: Proc
  readonly #call: Call
  readonly #connect: Connect
  #target: Target | undefined
  #rest: RestClient | undefined
  #mapper: RestMapper | undefined
  /** The mapper comes from the cache. */
  #kept = false
  #stdin: Uint8Array | undefined
  #warned = 0

  constructor(call: Call, connect: Connect) {
    this.proc = call.proc
    this.#call = call
    this.#connect = connect
  }

  *target(): Sim<Target> {
    this.#target ??= yield* resolveTarget(
      this.proc,
      this.#call.flags,
      this.#call.command.flags.some((f) => f.name === 'user'),
    )
    return this.#target
  }

  /** Namespace of the command: flag, context, or `default`. */
  *namespace(): Sim<string> {
    return (yield* this.target()).namespace
  }

  *rest(): Sim<RestClient> {
    if (this.#rest !== undefined) return this.#rest
    const target = yield* this.target()
    const { flags } = this.#call
    const timeout = requestTimeout(flags)
    const headers: [string, string][] = [['user-agent', 'kubectl/v1.36.2 (linux/amd64) kubernetes/98b3519']]
    if (target.token !== undefined) headers.push(['authorization', `Bearer ${target.token}`])
    else if (target.basic !== undefined)
      headers.push(['authorization', `Basic ${toBase64(encode(`${target.basic.username}:${target.basic.password}`))}`])
    if (flags.string('as') !== '') headers.push(['impersonate-user', flags.string('as')])
    if (flags.string('as-uid') !== '') headers.push(['impersonate-uid', flags.string('as-uid')])
    for (const group of flags.list('as-group')) headers.push(['impersonate-group', group])
    const { proc } = this
    const warn = (text: string): Sim<void> => {
      this.#warned++
      return printError(proc, `Warning: ${text}\n`)
    }
    const log = flags.int('v') >= 1 ? new RoundTripLog(proc, flags.int('v'), target.server) : undefined
    if (log !== undefined) yield* log.start(configPaths(proc, flags))
    this.#rest = new RestClient(this.#connect(proc, target, timeout), {
      server: target.server,
      headers,
      warn,
      ...(log === undefined ? {} : { log }),
      ...(timeout === undefined ? {} : { timeout }),
    })
    return this.#rest
  }

  /** The server's resources: as it told them to an earlier command, or asked for now. `fresh`: always asked for. */
  *mapper(fresh = false): Sim<RestMapper> {
    if (this.#mapper !== undefined && !(fresh && this.#kept)) return this.#mapper
    const cache = yield* this.#discoveryCache()
    const kept = fresh ? undefined : yield* cache.read()
    this.#kept = kept !== undefined
    this.#mapper = kept === undefined ? yield* this.#discover() : new RestMapper(kept, true)
    if (kept === undefined) yield* cache.write(this.#mapper.all)
    return this.#mapper
  }

  /** Looks resources up, and once more with what the server says now when one was not known to be there. */
  *mapped<T>(look: (mapper: RestMapper) => T): Sim<T> {
    try {
      return look(yield* this.mapper())
    } catch (error) {
      if (!(error instanceof StaleDiscovery)) throw error
    }
    return look(yield* this.mapper(true))
  }

  *#discoveryCache(): Sim<DiscoveryCache> {
    const { flags } = this.#call
    const home = `${this.proc.getenv('HOME') ?? ''}/.kube/cache`
    const folder = flags.changed('cache-dir') ? flags.string('cache-dir') : (this.proc.getenv('KUBECACHEDIR') ?? home)
    return new DiscoveryCache(this.proc, folder, (yield* this.target()).server)
  }

  *#discover(): Sim<RestMapper> {
    const rest = yield* this.rest()
    for (let attempt = 1; ; attempt++) {
      try {
        return yield* RestMapper.discover(rest)
      } catch (error) {
        if (!(error instanceof TransportError)) throw error
        const why = JSON.stringify(`couldn't get current server API group list: ${error.message}`)
        yield* printError(this.proc, `${klogHeader(this.proc, 'E')} memcache.go:265] "Unhandled Error" err=${why}\n`)
        if (attempt === DISCOVERY_ATTEMPTS) throw error
      }
    }
  }

  /** Standard input, read once. */
  *stdin(): Sim<Uint8Array> {
    this.#stdin ??= yield* readAll(this.proc, 0)
    return this.#stdin
  }

  /** How many warnings the server sent. */
  get warnings(): number {
    return this.#warned
  }
}

/** How often the cached discovery client tries; it logs each failure. */
const DISCOVERY_ATTEMPTS = 5

/** `--request-timeout` in microseconds; undefined: no limit. */
function requestTimeout(flags: FlagValues): Micros | undefined {
  const text = flags.string('request-timeout')
  const seconds = /^\d+$/.test(text) ? Number(text) : parseDuration(text)
  if (seconds === undefined) {
    throw new CommandError(
      'Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)',
    )
  }
  return seconds > 0 ? Math.round(seconds * 1e6) : undefined
}

/** Words for an Errno as Go prints them: lower case. */
export function goError(error: Errno): string {
  const text = strerror(error)
  return text.charAt(0).toLowerCase() + text.slice(1)
}
