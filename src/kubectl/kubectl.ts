import { TransportError } from '#http/transport.ts'
import { type Errno, strerror } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import { encode, toBase64 } from '#sim/bytes.ts'
import { civil, DAY } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import type { Call } from './command.ts'
import { resolveTarget, type Target } from './config.ts'
import type { Connect } from './connect.ts'
import { CommandError } from './errors.ts'
import { parseDuration } from './flags.ts'
import { printError } from './io.ts'
import { RestMapper } from './mapping.ts'
import { RestClient } from './rest.ts'

/** What a running command shares: configuration, client and mapper, made when first asked for. */
export class Kubectl {
  readonly proc: Proc
  readonly #call: Call
  readonly #connect: Connect
  #target: Target | undefined
  #rest: RestClient | undefined
  #mapper: RestMapper | undefined
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
    const timeout = flags.string('request-timeout')
    if (!/^\d+$/.test(timeout) && parseDuration(timeout) === undefined) {
      throw new CommandError(
        'Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)',
      )
    }
    const headers: [string, string][] = [['user-agent', 'kubectl/v1.36.2 (linux/amd64) kubernetes']]
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
    const verbose = flags.int('v') >= 6
    const trace = (method: string, path: string, status: number): Sim<void> =>
      printError(
        proc,
        `${klogHeader(proc)} round_trippers.go:632] "Response" verb=${JSON.stringify(method)} url="${target.server}${path}" status="${status} ${status < 400 ? 'OK' : 'Error'}"\n`,
      )
    this.#rest = new RestClient(this.#connect(proc, target), headers, warn, verbose ? trace : undefined)
    return this.#rest
  }

  *mapper(): Sim<RestMapper> {
    const rest = yield* this.rest()
    try {
      this.#mapper ??= yield* RestMapper.discover(rest)
      return this.#mapper
    } catch (error) {
      const reason = error instanceof TransportError ? /dial tcp .*connection refused/.exec(error.message)?.[0] : undefined
      if (reason !== undefined) yield* this.#discoveryRefused(reason)
      throw error
    }
  }

  /** The cached discovery client logs each of its attempts. */
  *#discoveryRefused(reason: string): Sim<void> {
    const { server } = yield* this.target()
    const line = `memcache.go:265] "Unhandled Error" err="couldn't get current server API group list: Get \\"${server}/api?timeout=32s\\": ${reason}"`
    for (let attempt = 0; attempt < 5; attempt++) yield* printError(this.proc, `${klogHeader(this.proc, 'E')} ${line}\n`)
  }

  /** How many warnings the server sent. */
  get warnings(): number {
    return this.#warned
  }
}

/** klog's line head: `I1123 00:24:00.674764   18988`. */
export function klogHeader(proc: Proc, severity = 'I'): string {
  const seconds = Math.floor(proc.now() / 1_000_000)
  const two = (n: number): string => String(n).padStart(2, '0')
  const day = Math.floor(seconds / 86_400)
  const clock = seconds - day * 86_400
  const date = monthDay(day)
  const micros = String(proc.now() % 1_000_000).padStart(6, '0')
  return `${severity}${date} ${two(Math.floor(clock / 3600))}:${two(Math.floor(clock / 60) % 60)}:${two(clock % 60)}.${micros} ${String(proc.pid).padStart(7)}`
}

function monthDay(day: number): string {
  const c = civil(day * DAY)
  return `${String(c.month).padStart(2, '0')}${String(c.day).padStart(2, '0')}`
}

/** Words for an Errno as Go prints them: lower case. */
export function goError(error: Errno): string {
  const text = strerror(error)
  return text.charAt(0).toLowerCase() + text.slice(1)
}
