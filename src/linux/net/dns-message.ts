/** DNS messages as bytes and objects, RFC 1035 (with SRV, AAAA and EDNS). Names are absolute, lower case kept, with a final dot. */
import { decode, encode } from '#sim/bytes.ts'

export const TYPE = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, OPT: 41, ANY: 255 } as const
export const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const

const TYPE_NAMES = new Map<number, string>(Object.entries(TYPE).map(([name, n]) => [n, name]))
const RCODE_NAMES = new Map<number, string>(Object.entries(RCODE).map(([name, n]) => [n, name]))

export function typeName(type: number): string {
  return TYPE_NAMES.get(type) ?? `TYPE${type}`
}

export function typeNumber(name: string): number | undefined {
  return (TYPE as Readonly<Record<string, number>>)[name.toUpperCase()]
}

export function rcodeName(rcode: number): string {
  return RCODE_NAMES.get(rcode) ?? `RCODE${rcode}`
}

export interface Question {
  readonly name: string
  readonly type: number
}

/** A resource record of class IN. */
export type ResourceRecord = { readonly name: string; readonly ttl: number } & (
  | { readonly type: 'A' | 'AAAA'; readonly address: string }
  | { readonly type: 'CNAME' | 'NS' | 'PTR'; readonly target: string }
  | { readonly type: 'SRV'; readonly priority: number; readonly weight: number; readonly port: number; readonly target: string }
  | { readonly type: 'MX'; readonly preference: number; readonly target: string }
  | { readonly type: 'TXT'; readonly text: readonly string[] }
  | {
      readonly type: 'SOA'
      readonly mname: string
      readonly rname: string
      readonly serial: number
      readonly refresh: number
      readonly retry: number
      readonly expire: number
      readonly minimum: number
    }
)

export interface DnsMessage {
  readonly id: number
  readonly response: boolean
  readonly opcode: number
  readonly authoritative: boolean
  readonly truncated: boolean
  readonly recursionDesired: boolean
  readonly recursionAvailable: boolean
  /** AD: authentic data; what dig sets in its questions. */
  readonly authentic: boolean
  readonly rcode: number
  readonly questions: readonly Question[]
  readonly answers: readonly ResourceRecord[]
  readonly authority: readonly ResourceRecord[]
  readonly additional: readonly ResourceRecord[]
  /** UDP payload size of an EDNS OPT record. */
  readonly edns?: number
}

export function question(id: number, name: string, type: number, edns?: number): DnsMessage {
  return {
    id,
    response: false,
    opcode: 0,
    authoritative: false,
    truncated: false,
    recursionDesired: true,
    recursionAvailable: false,
    authentic: edns !== undefined,
    rcode: 0,
    questions: [{ name, type }],
    answers: [],
    authority: [],
    additional: [],
    ...(edns === undefined ? {} : { edns }),
  }
}

export function answer(to: DnsMessage, change: Partial<DnsMessage>): DnsMessage {
  return { ...to, response: true, recursionAvailable: true, authentic: false, answers: [], authority: [], additional: [], ...change }
}

class Writer {
  readonly bytes: number[] = []
  readonly #names = new Map<string, number>()

  u16(n: number): void {
    this.bytes.push((n >> 8) & 255, n & 255)
  }

  u32(n: number): void {
    this.u16(Math.floor(n / 0x10000))
    this.u16(n & 0xffff)
  }

  /** A name, compressed. */
  name(name: string): void {
    let rest = name.replace(/\.$/, '')
    while (rest !== '') {
      const known = this.#names.get(rest.toLowerCase())
      if (known !== undefined) {
        this.u16(0xc000 | known)
        return
      }
      if (this.bytes.length < 0x4000) this.#names.set(rest.toLowerCase(), this.bytes.length)
      const dot = rest.indexOf('.')
      const label = encode(dot < 0 ? rest : rest.slice(0, dot)).subarray(0, 63)
      this.bytes.push(label.length, ...label)
      rest = dot < 0 ? '' : rest.slice(dot + 1)
    }
    this.bytes.push(0)
  }

  record(r: ResourceRecord): void {
    this.name(r.name)
    this.u16(TYPE[r.type])
    this.u16(1)
    this.u32(r.ttl)
    const at = this.bytes.length
    this.u16(0)
    switch (r.type) {
      case 'A':
        this.bytes.push(...r.address.split('.').map(Number))
        break
      case 'AAAA':
        for (const group of expand6(r.address)) this.u16(group)
        break
      case 'SRV':
        this.u16(r.priority)
        this.u16(r.weight)
        this.u16(r.port)
        this.name(r.target)
        break
      case 'MX':
        this.u16(r.preference)
        this.name(r.target)
        break
      case 'TXT':
        for (const text of r.text) {
          const bytes = encode(text).subarray(0, 255)
          this.bytes.push(bytes.length, ...bytes)
        }
        break
      case 'SOA':
        this.name(r.mname)
        this.name(r.rname)
        for (const n of [r.serial, r.refresh, r.retry, r.expire, r.minimum]) this.u32(n)
        break
      default:
        this.name(r.target)
    }
    const length = this.bytes.length - at - 2
    this.bytes[at] = (length >> 8) & 255
    this.bytes[at + 1] = length & 255
  }
}

/** The eight groups of an IPv6 address. */
function expand6(text: string): number[] {
  const [head = '', tail] = text.split('::')
  const part = (s: string): number[] => (s === '' ? [] : s.split(':').map((g) => Number.parseInt(g, 16)))
  const a = part(head)
  const b = tail === undefined ? [] : part(tail)
  return [...a, ...new Array<number>(Math.max(0, 8 - a.length - b.length)).fill(0), ...b].slice(0, 8)
}

export function encodeMessage(m: DnsMessage): Uint8Array {
  const w = new Writer()
  w.u16(m.id)
  w.u16(
    (m.response ? 0x8000 : 0) |
      (m.opcode << 11) |
      (m.authoritative ? 0x400 : 0) |
      (m.truncated ? 0x200 : 0) |
      (m.recursionDesired ? 0x100 : 0) |
      (m.recursionAvailable ? 0x80 : 0) |
      (m.authentic ? 0x20 : 0) |
      m.rcode,
  )
  w.u16(m.questions.length)
  w.u16(m.answers.length)
  w.u16(m.authority.length)
  w.u16(m.additional.length + (m.edns === undefined ? 0 : 1))
  for (const q of m.questions) {
    w.name(q.name)
    w.u16(q.type)
    w.u16(1)
  }
  for (const r of [...m.answers, ...m.authority, ...m.additional]) w.record(r)
  if (m.edns !== undefined) {
    w.bytes.push(0)
    w.u16(TYPE.OPT)
    w.u16(m.edns)
    w.u32(0)
    w.u16(0)
  }
  return Uint8Array.from(w.bytes)
}

class Reader {
  readonly bytes: Uint8Array
  at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  u8(): number {
    const n = this.bytes[this.at++]
    if (n === undefined) throw new RangeError('short message')
    return n
  }

  u16(): number {
    return this.u8() * 256 + this.u8()
  }

  u32(): number {
    return this.u16() * 0x10000 + this.u16()
  }

  name(): string {
    let out = ''
    let back: number | undefined
    for (let hops = 0; hops < 128; hops++) {
      const n = this.u8()
      if (n === 0) break
      if (n >= 0xc0) {
        const to = (n & 0x3f) * 256 + this.u8()
        back ??= this.at
        this.at = to
        continue
      }
      out += `${decode(this.bytes.subarray(this.at, this.at + n))}.`
      this.at += n
    }
    if (back !== undefined) this.at = back
    return out === '' ? '.' : out
  }
}

/** The message in `bytes`; undefined when they are none. */
export function decodeMessage(bytes: Uint8Array): DnsMessage | undefined {
  try {
    return parse(new Reader(bytes))
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function parse(r: Reader): DnsMessage {
  const id = r.u16()
  const flags = r.u16()
  const [qd, an, ns, ar] = [r.u16(), r.u16(), r.u16(), r.u16()]
  const questions: Question[] = []
  for (let i = 0; i < qd; i++) {
    const name = r.name()
    const type = r.u16()
    r.u16()
    questions.push({ name, type })
  }
  let edns: number | undefined
  const records = (count: number): ResourceRecord[] => {
    const out: ResourceRecord[] = []
    for (let i = 0; i < count; i++) {
      const record = parseRecord(r)
      if (typeof record === 'number') edns = record
      else if (record !== undefined) out.push(record)
    }
    return out
  }
  const answers = records(an)
  const authority = records(ns)
  const additional = records(ar)
  return {
    id,
    response: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 15,
    authoritative: (flags & 0x400) !== 0,
    truncated: (flags & 0x200) !== 0,
    recursionDesired: (flags & 0x100) !== 0,
    recursionAvailable: (flags & 0x80) !== 0,
    authentic: (flags & 0x20) !== 0,
    rcode: flags & 15,
    questions,
    answers,
    authority,
    additional,
    ...(edns === undefined ? {} : { edns }),
  }
}

/** A record; the payload size of an OPT record; undefined for a type that isn't known. */
function parseRecord(r: Reader): ResourceRecord | number | undefined {
  const name = r.name()
  const type = r.u16()
  const klass = r.u16()
  const ttl = r.u32()
  const length = r.u16()
  const end = r.at + length
  const base = { name, ttl }
  let out: ResourceRecord | number | undefined
  switch (type) {
    case TYPE.A:
      out = { ...base, type: 'A', address: `${r.u8()}.${r.u8()}.${r.u8()}.${r.u8()}` }
      break
    case TYPE.AAAA:
      out = { ...base, type: 'AAAA', address: show6(Array.from({ length: 8 }, () => r.u16())) }
      break
    case TYPE.CNAME:
    case TYPE.NS:
    case TYPE.PTR:
      out = { ...base, type: type === TYPE.CNAME ? 'CNAME' : type === TYPE.NS ? 'NS' : 'PTR', target: r.name() }
      break
    case TYPE.SRV:
      out = { ...base, type: 'SRV', priority: r.u16(), weight: r.u16(), port: r.u16(), target: r.name() }
      break
    case TYPE.MX:
      out = { ...base, type: 'MX', preference: r.u16(), target: r.name() }
      break
    case TYPE.TXT: {
      const text: string[] = []
      while (r.at < end) {
        const n = r.u8()
        text.push(decode(r.bytes.subarray(r.at, r.at + n)))
        r.at += n
      }
      out = { ...base, type: 'TXT', text }
      break
    }
    case TYPE.SOA:
      out = {
        ...base,
        type: 'SOA',
        mname: r.name(),
        rname: r.name(),
        serial: r.u32(),
        refresh: r.u32(),
        retry: r.u32(),
        expire: r.u32(),
        minimum: r.u32(),
      }
      break
    case TYPE.OPT:
      out = klass
      break
    default:
  }
  r.at = end
  return out
}

function show6(groups: readonly number[]): string {
  let best = { at: -1, length: 1 }
  for (let i = 0; i < 8; i++) {
    let n = 0
    while (i + n < 8 && groups[i + n] === 0) n++
    if (n > best.length) best = { at: i, length: n }
  }
  const text = (part: readonly number[]): string => part.map((g) => g.toString(16)).join(':')
  return best.at < 0 ? text(groups) : `${text(groups.slice(0, best.at))}::${text(groups.slice(best.at + best.length))}`
}

/** The name to ask PTR for: `10.0.2.15` → `15.2.0.10.in-addr.arpa.`. */
export function reverseName(ip: string): string {
  return `${ip.split('.').reverse().join('.')}.in-addr.arpa.`
}
