import { type Headers, JsonBody } from '#http/message.ts'
import { canonicalHeader, statusText } from '#http/status.ts'
import type { ClientResponse } from '#http/transport.ts'
import type { Proc } from '#linux/syscalls.ts'
import { decode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { printError } from './io.ts'
import { klogHeader } from './klog.ts'

/**
 * What kubectl says of its own requests with `-v`: 1 its feature gates, 6 one line each, 7 method and request headers, 8 headers of
 * the answer and the start of both bodies, 9 the request as a curl command and more of the bodies, 10 all of them.
 *
 * Source: client-go, transport/round_trippers.go and rest/request.go (logBody); forms as kubectl 1.36.3 printed them.
 * Differs: `kubectl create KIND` sends JSON, where upstream's typed clients send protobuf and log it as hexadecimal (type.go); no
 * Status is repeated after a refusal (helpers.go); no times of DNS look-up and dialling at 9; no lines of reflectors; feature
 * gates in one order.
 */
export class RoundTripLog {
  readonly #proc: Proc
  readonly #level: number
  readonly #server: string

  constructor(proc: Proc, level: number, server: string) {
    this.#proc = proc
    this.#level = level
    this.#server = server
  }

  /** Said once, before the first request. */
  *start(configs: readonly string[]): Sim<void> {
    if (this.#level >= 6) for (const config of configs) yield* this.#line(`loader.go:407] Config loaded from file:  ${config}`)
    for (const [feature, enabled] of FEATURES)
      yield* this.#line(`envvar.go:195] "Feature gate default state" feature="${feature}" enabled=${enabled}`)
  }

  *request(method: string, target: string, headers: Headers, body: Uint8Array | JsonBody | undefined): Sim<void> {
    if (this.#level < 7) return
    if (this.#level >= 8) yield* this.#body('Request', method, target, body === undefined ? '' : textOf(body))
    const shown = [...headers]
      .map(([name, value]) => [canonicalHeader(name), masked(name, value)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
    const url = `${this.#server}${target}`
    if (this.#level >= 9) {
      const flags = shown.map(([name, value]) => `-H "${name}: ${value}"`).join(' ')
      yield* this.#line(`round_trippers.go:527] "Request" curlCommand=<\n\tcurl -v -X${method}  ${flags} '${url}'\n >`)
    } else yield* this.#line(`round_trippers.go:527] "Request" verb="${method}" url="${url}" headers=${block(shown)}`)
  }

  *response(method: string, target: string, response: ClientResponse, sentMicros: number): Sim<void> {
    if (this.#level < 6) return
    const asked = this.#level === 6 || this.#level >= 9 ? ` verb="${method}" url="${this.#server}${target}"` : ''
    const status = `${response.status} ${statusText(response.status)}`.trim()
    const fields = [...response.headers]
      .map(([name, value]) => [canonicalHeader(name), value] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
    const headers = this.#level >= 8 ? ` headers=${block(fields)}` : ''
    const milliseconds = Math.floor((this.#proc.now() - sentMicros) / 1000)
    yield* this.#line(`round_trippers.go:632] "Response"${asked} status="${status}"${headers} milliseconds=${milliseconds}`)
  }

  /** The document of an answer, once it is read. */
  *answer(method: string, target: string, document: unknown): Sim<void> {
    if (this.#level >= 8) yield* this.#body('Response', method, target, `${JSON.stringify(document)}\n`)
  }

  now(): number {
    return this.#proc.now()
  }

  *#body(which: string, method: string, target: string, whole: string): Sim<void> {
    const max = this.#level >= 10 ? Number.POSITIVE_INFINITY : this.#level === 9 ? 10_240 : 1024
    const text = whole.length <= max ? whole : `${whole.slice(0, max)} [truncated ${whole.length - max} chars]`
    const shown = text.endsWith('\n') ? `<\n\t${text.trimEnd().replaceAll('\n', '\n\t')}\n >` : JSON.stringify(text)
    yield* this.#line(`${caller(method, target)}] "${which} Body" body=${shown}`)
  }

  #line(text: string): Sim<void> {
    return printError(this.#proc, `${klogHeader(this.#proc)} ${text}\n`)
  }
}

/** The line of kubectl's source that made a request: it depends on the verb alone, with few exceptions. */
function caller(method: string, target: string): string {
  const path = target.replace(/\?.*$/, '')
  if (path === '/api') return 'discovery_client.go:255'
  if (path === '/apis') return 'discovery_client.go:318'
  if (method === 'GET') return /[?&](limit|labelSelector|fieldSelector)=/.test(target) ? 'helper.go:113' : 'helper.go:105'
  if (method === 'PATCH' && path.endsWith('/scale')) return 'client.go:232'
  return { POST: 'helper.go:246', PATCH: 'helper.go:269', PUT: 'helper.go:319' }[method] ?? 'helper.go:202'
}

const FEATURES: readonly (readonly [string, boolean])[] = [
  ['AtomicFIFO', true],
  ['ClientsAllowCARotation', true],
  ['ClientsAllowCBOR', false],
  ['ClientsAllowTLSCacheGC', true],
  ['ClientsPreferCBOR', false],
  ['InOrderInformers', true],
  ['InOrderInformersBatchProcess', true],
  ['InformerResourceVersion', true],
  ['UnlockWhileProcessingFIFO', true],
  ['WatchListClient', true],
]

const textOf = (body: Uint8Array | JsonBody): string => decode(body instanceof JsonBody ? body.bytes() : body)

const block = (fields: readonly (readonly [string, string])[]): string => `<\n${fields.map(([n, v]) => `\t${n}: ${v}\n`).join('')} >`

/** Credentials are never logged. */
function masked(name: string, value: string): string {
  if (name.toLowerCase() !== 'authorization') return value
  const scheme = value.split(' ')[0] ?? ''
  return `${scheme} <masked>`
}
