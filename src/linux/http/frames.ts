/** HTTP/1.1 messages as frames: objects on the way between model programs, bytes for whoever looks. */
import { Headers, JsonBody } from '#http/message.ts'
import { canonicalHeader, statusText } from '#http/status.ts'
import { concat, encode } from '#sim/bytes.ts'
import type { Frame } from '../syscalls.ts'

/** What a JSON body is taken for in statistics before its bytes are made. */
const JSON_ESTIMATE = 1024

function headerText(headers: Headers): string {
  let out = ''
  for (const [name, value] of headers) out += `${canonicalHeader(name)}: ${value}\r\n`
  return out
}

function bodyLength(body: Uint8Array | JsonBody): number {
  return body instanceof JsonBody ? JSON_ESTIMATE : body.length
}

function bytesOf(body: Uint8Array | JsonBody): Uint8Array {
  return body instanceof JsonBody ? body.bytes() : body
}

export class RequestFrame implements Frame {
  readonly method: string
  readonly target: string
  readonly headers: Headers
  readonly body: Uint8Array | JsonBody
  #bytes: Uint8Array | undefined

  constructor(method: string, target: string, headers: Headers, body: Uint8Array | JsonBody) {
    this.method = method
    this.target = target
    this.headers = headers
    this.body = body
  }

  get byteLength(): number {
    return 160 + this.target.length + bodyLength(this.body)
  }

  bytes(): Uint8Array {
    if (this.#bytes === undefined) {
      const body = bytesOf(this.body)
      let head = `${this.method} ${this.target} HTTP/1.1\r\n${headerText(this.headers)}`
      if (this.headers.get('content-length') === undefined && (body.length > 0 || this.method === 'POST' || this.method === 'PUT'))
        head += `Content-Length: ${body.length}\r\n`
      this.#bytes = concat([encode(`${head}\r\n`), body])
    }
    return this.#bytes
  }
}

/** A whole response, or with `body` undefined the head of one whose parts follow as chunks (or of an upgrade). */
export class ResponseFrame implements Frame {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array | JsonBody | undefined
  /** Answer to a HEAD request: the length is told, the body is not sent. */
  readonly headOnly: boolean
  /** HTTP/1.0 server: the end of the connection ends the body. */
  readonly version: string
  #bytes: Uint8Array | undefined

  constructor(status: number, headers: Headers, body: Uint8Array | JsonBody | undefined, headOnly = false, version = 'HTTP/1.1') {
    this.status = status
    this.headers = headers
    this.body = body
    this.headOnly = headOnly
    this.version = version
  }

  get byteLength(): number {
    return 120 + (this.body === undefined ? 0 : bodyLength(this.body))
  }

  /** Whether chunks follow. */
  get streaming(): boolean {
    return this.body === undefined && this.status !== 101 && !this.headOnly && this.status !== 204 && this.status !== 304
  }

  bytes(): Uint8Array {
    if (this.#bytes === undefined) {
      const reason = this.headers.get('x-podlab-reason') ?? statusText(this.status)
      let head = `${this.version} ${this.status} ${reason}\r\n`
      for (const [name, value] of this.headers) if (name !== 'x-podlab-reason') head += `${canonicalHeader(name)}: ${value}\r\n`
      const body = this.body === undefined ? new Uint8Array(0) : bytesOf(this.body)
      if (this.streaming) head += 'Transfer-Encoding: chunked\r\n'
      else if (this.body !== undefined && this.headers.get('content-length') === undefined && this.status !== 204 && this.status !== 304)
        head += `Content-Length: ${body.length}\r\n`
      this.#bytes = this.headOnly ? encode(`${head}\r\n`) : concat([encode(`${head}\r\n`), body])
    }
    return this.#bytes
  }
}

/** A part of a streamed body; without one, the end. */
export class ChunkFrame implements Frame {
  readonly part: Uint8Array | JsonBody | undefined

  constructor(part: Uint8Array | JsonBody | undefined) {
    this.part = part
  }

  get byteLength(): number {
    return this.part === undefined ? 5 : 8 + bodyLength(this.part)
  }

  bytes(): Uint8Array {
    if (this.part === undefined) return encode('0\r\n\r\n')
    const bytes = bytesOf(this.part)
    return concat([encode(`${bytes.length.toString(16)}\r\n`), bytes, encode('\r\n')])
  }
}

/** A WebSocket message after an upgrade; `close` ends the channel. RFC 6455 (unmasked). */
export class MessageFrame implements Frame {
  readonly message: Uint8Array | string
  readonly close: { readonly code: number; readonly reason: string } | undefined

  constructor(message: Uint8Array | string, close?: { readonly code: number; readonly reason: string }) {
    this.message = message
    this.close = close
  }

  get byteLength(): number {
    return 4 + this.message.length
  }

  bytes(): Uint8Array {
    const closing = this.close
    const data =
      closing !== undefined
        ? concat([Uint8Array.of(closing.code >> 8, closing.code & 255), encode(closing.reason)])
        : typeof this.message === 'string'
          ? encode(this.message)
          : this.message
    const opcode = closing !== undefined ? 0x88 : typeof this.message === 'string' ? 0x81 : 0x82
    const head =
      data.length < 126
        ? [opcode, data.length]
        : data.length < 65_536
          ? [opcode, 126, data.length >> 8, data.length & 255]
          : [opcode, 127, 0, 0, 0, 0, (data.length >>> 24) & 255, (data.length >>> 16) & 255, (data.length >>> 8) & 255, data.length & 255]
    return concat([Uint8Array.from(head), data])
  }
}

/** Takes bytes and gives messages: what a peer that writes bytes says. */
export class MessageParser {
  #bytes: Uint8Array = new Uint8Array(0)

  push(more: Uint8Array): void {
    this.#bytes = this.#bytes.length === 0 ? more : concat([this.#bytes, more])
  }

  get empty(): boolean {
    return this.#bytes.length === 0
  }

  /** Everything that is left. */
  rest(): Uint8Array {
    const out = this.#bytes
    this.#bytes = new Uint8Array(0)
    return out
  }

  /** The lines of a message's head up to the empty line; undefined when it isn't complete. */
  head(): string[] | undefined {
    const at = find(this.#bytes)
    if (at === undefined) return undefined
    const text = latin1(this.#bytes.subarray(0, at.end))
    this.#bytes = this.#bytes.subarray(at.next)
    return text.split(/\r?\n/)
  }

  take(n: number): Uint8Array | undefined {
    if (this.#bytes.length < n) return undefined
    const out = this.#bytes.subarray(0, n)
    this.#bytes = this.#bytes.subarray(n)
    return out
  }

  /** The next chunk of a chunked body: its bytes, empty for the last one; undefined when it isn't complete. */
  chunk(): Uint8Array | undefined {
    const at = this.#bytes.indexOf(10)
    if (at < 0) return undefined
    const size = Number.parseInt(latin1(this.#bytes.subarray(0, at)), 16)
    if (Number.isNaN(size)) return new Uint8Array(0)
    if (this.#bytes.length < at + 1 + size + 2) return undefined
    const out = this.#bytes.subarray(at + 1, at + 1 + size)
    this.#bytes = this.#bytes.subarray(at + 1 + size + 2)
    return out
  }
}

function find(bytes: Uint8Array): { readonly end: number; readonly next: number } | undefined {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== 10) continue
    if (bytes[i + 1] === 10) return { end: i, next: i + 2 }
    if (bytes[i + 1] === 13 && bytes[i + 2] === 10) return { end: i > 0 && bytes[i - 1] === 13 ? i - 1 : i, next: i + 3 }
  }
  return undefined
}

function latin1(bytes: Uint8Array): string {
  let out = ''
  for (const b of bytes) out += String.fromCharCode(b)
  return out
}

export function parseHeaders(lines: readonly string[]): Headers {
  const headers = new Headers()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim())
  }
  return headers
}
