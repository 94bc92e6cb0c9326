/**
 * SPDY/3.1 as the real kubectl speaks it inside a WebSocket to forward ports: the server's side of frames and header blocks. Source: SPDY
 * draft 3, k8s.io/streaming (moby/spdystream). Differs: no flow control, which that client neither asks for nor obeys.
 */
import { Unzlib } from 'fflate'

const SYN_STREAM = 1
const SYN_REPLY = 2
const RST_STREAM = 3
const PING = 6
const GOAWAY = 7
const FIN = 1
const VERSION = 3
const HEAD = 8
/** An empty stored block: what a zlib stream is flushed with. */
const FLUSH = Buffer.from([0, 0, 0, 0xff, 0xff])

/** What header blocks are compressed against: words with their lengths, then plain text (draft 3, 2.6.10.1). */
const WORDS =
  'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization cache-control connection content-base content-encoding content-language content-length content-location content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get status|200 OK|version HTTP/1.1 url public set-cookie keep-alive origin'
const TEXT =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.'

function dictionary(): Uint8Array {
  const words = WORDS.split('|').flatMap((part) => (part === '200 OK' ? [part] : part.trim().split(' ')))
  const parts = words.map((word) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(word.length)
    return Buffer.concat([length, Buffer.from(word)])
  })
  return new Uint8Array(Buffer.concat([...parts, Buffer.from(TEXT)]))
}

/** One stream of a session. */
export class SpdyStream {
  readonly id: number
  readonly headers: ReadonlyMap<string, string>
  /** Data came; undefined: the other side will send no more. */
  onData: (data: Uint8Array | undefined) => void = () => undefined
  readonly #send: (frame: Buffer) => void
  #ended = false

  constructor(id: number, headers: ReadonlyMap<string, string>, send: (frame: Buffer) => void) {
    this.id = id
    this.headers = headers
    this.#send = send
  }

  write(data: Uint8Array): void {
    if (!this.#ended) this.#send(dataFrame(this.id, data, 0))
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#send(dataFrame(this.id, new Uint8Array(0), FIN))
  }
}

/** The server's end of a session over any bytes. */
export class SpdySession {
  readonly #streams = new Map<number, SpdyStream>()
  readonly #send: (bytes: Buffer) => void
  readonly #onStream: (stream: SpdyStream) => void
  readonly #inflate: Unzlib
  #inflated: Buffer = Buffer.alloc(0)
  #pending: Buffer = Buffer.alloc(0)
  #replied = false

  constructor(send: (bytes: Buffer) => void, onStream: (stream: SpdyStream) => void) {
    this.#send = send
    this.#onStream = onStream
    this.#inflate = new Unzlib({ dictionary: dictionary() }, (data) => {
      this.#inflated = Buffer.concat([this.#inflated, data])
    })
  }

  /** Bytes from the other side, however they were cut. Throws an Error for what is no SPDY. */
  push(bytes: Uint8Array): void {
    this.#pending = Buffer.concat([this.#pending, bytes])
    while (this.#pending.length >= HEAD) {
      const length = this.#pending.readUInt32BE(4) & 0xff_ffff
      if (this.#pending.length < HEAD + length) return
      const frame = this.#pending.subarray(0, HEAD + length)
      this.#pending = this.#pending.subarray(HEAD + length)
      this.#frame(frame)
    }
  }

  /** The connection is gone. */
  end(): void {
    for (const stream of this.#streams.values()) stream.onData(undefined)
    this.#streams.clear()
  }

  #frame(frame: Buffer): void {
    const first = frame.readUInt32BE(0)
    const flags = frame.readUInt8(4)
    const body = frame.subarray(HEAD)
    if (first < 0x8000_0000) {
      const stream = this.#streams.get(first)
      if (body.length > 0) stream?.onData(new Uint8Array(body))
      if ((flags & FIN) !== 0) stream?.onData(undefined)
      return
    }
    if (((first >>> 16) & 0x7fff) !== VERSION) throw new Error('not SPDY/3')
    switch (first & 0xffff) {
      case SYN_STREAM:
        this.#open(body.readUInt32BE(0) & 0x7fff_ffff, body.subarray(10))
        return
      case RST_STREAM: {
        const id = body.readUInt32BE(0)
        this.#streams.get(id)?.onData(undefined)
        this.#streams.delete(id)
        return
      }
      case PING:
        this.#send(Buffer.from(frame))
        return
      case GOAWAY:
        this.end()
    }
  }

  #open(id: number, block: Buffer): void {
    const stream = new SpdyStream(id, this.#headers(block), (frame) => this.#send(frame))
    this.#streams.set(id, stream)
    this.#send(this.#reply(id))
    this.#onStream(stream)
  }

  #headers(block: Buffer): ReadonlyMap<string, string> {
    this.#inflate.push(new Uint8Array(block), false)
    const text = this.#inflated
    this.#inflated = Buffer.alloc(0)
    const found = new Map<string, string>()
    let at = 4
    const next = (): string => {
      const length = text.readUInt32BE(at)
      at += 4 + length
      return text.toString('utf8', at - length, at)
    }
    for (let left = text.readUInt32BE(0); left > 0; left--) found.set(next().toLowerCase(), next())
    return found
  }

  /** SYN_REPLY without headers: a stored block of the one zlib stream that all header blocks share, and a flush. */
  #reply(id: number): Buffer {
    const none = Buffer.alloc(4)
    const block = Buffer.concat([
      this.#replied ? Buffer.alloc(0) : Buffer.from([0x78, 0x01]),
      Buffer.from([0x00, none.length, 0, ~none.length & 0xff, 0xff]),
      none,
      FLUSH,
    ])
    this.#replied = true
    const body = Buffer.alloc(4)
    body.writeUInt32BE(id)
    return controlFrame(SYN_REPLY, Buffer.concat([body, block]))
  }
}

function controlFrame(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(HEAD)
  head.writeUInt32BE((0x8000_0000 | (VERSION << 16) | type) >>> 0, 0)
  head.writeUInt32BE(body.length, 4)
  return Buffer.concat([head, body])
}

function dataFrame(id: number, data: Uint8Array, flags: number): Buffer {
  const head = Buffer.alloc(HEAD)
  head.writeUInt32BE(id, 0)
  head.writeUInt32BE(((flags << 24) | data.length) >>> 0, 4)
  return Buffer.concat([head, data])
}
