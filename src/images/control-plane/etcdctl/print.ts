/** Answers as etcdctl prints them: simple, json, fields, table. Source: etcd v3.6, etcdctl/ctlv3/command/printer*.go. */

import type { Obj } from '#kubernetes/api/json.ts'
import { quote } from '#kubernetes/api/json.ts'
import { encodeStored } from '#kubernetes/api/protobuf-encode.ts'
import type { KeyValue, StoreEvent } from '#kubernetes/etcd/store.ts'
import { concat, decode, encode, toBase64 } from '#sim/bytes.ts'
import type { EtcdMember } from '../etcd.ts'
import { EXIT_BAD_FEATURE, UsageError } from './flags.ts'

export type Format = 'simple' | 'json' | 'fields' | 'table'

/** Leader elections so far: the first term is the cluster's making, in the second its member was elected. */
export const RAFT_TERM = 2

export interface Answer {
  readonly member: EtcdMember
  readonly revision: number
}

/** A value as its bytes: text as it is, an object as the API server stores it. */
export function valueBytes(value: unknown): Uint8Array {
  if (value === undefined) return new Uint8Array(0)
  return typeof value === 'object' && value !== null ? encodeStored(value as Obj) : encode(String(value))
}

/** JSON of Go's encoder; big integers as they are. */
function json(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return `[${value.map(json).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value).flatMap(([key, v]) => (v === undefined ? [] : [`${JSON.stringify(key)}:${json(v)}`]))
    return `{${parts.join(',')}}`
  }
  return JSON.stringify(value)
}

/** `omitempty`. */
const unlessZero = (n: number): number | undefined => (n === 0 ? undefined : n)

export function jsonLine(value: unknown): Uint8Array {
  return encode(`${json(value)}\n`)
}

export function header({ member, revision }: Answer): object {
  return { cluster_id: member.clusterId, member_id: member.id, revision: unlessZero(revision), raft_term: RAFT_TERM }
}

function jsonKv(kv: KeyValue, keysOnly: boolean): object {
  const value = keysOnly ? new Uint8Array(0) : valueBytes(kv.value)
  return {
    key: toBase64(encode(kv.key)),
    create_revision: unlessZero(kv.createRevision),
    mod_revision: unlessZero(kv.modRevision),
    version: unlessZero(kv.version),
    value: value.length === 0 ? undefined : toBase64(value),
    lease: unlessZero(kv.lease),
  }
}

function fieldsHeader({ member, revision }: Answer): string {
  const line = revision > 0 ? `"Revision" : ${revision}\n` : ''
  return `"ClusterID" : ${member.clusterId}\n"MemberID" : ${member.id}\n${line}"RaftTerm" : ${RAFT_TERM}\n`
}

function fieldsKv(prefix: string, kv: KeyValue, keysOnly: boolean): string {
  const value = keysOnly ? '' : decode(valueBytes(kv.value))
  return [
    `"${prefix}Key" : ${quote(kv.key)}`,
    `"${prefix}CreateRevision" : ${kv.createRevision}`,
    `"${prefix}ModRevision" : ${kv.modRevision}`,
    `"${prefix}Version" : ${kv.version}`,
    `"${prefix}Value" : ${quote(value)}`,
    `"${prefix}Lease" : ${kv.lease}\n`,
  ].join('\n')
}

const NEWLINE = encode('\n')

/** Key and value, a line each. */
function simpleKv(kv: KeyValue, valueOnly: boolean, keysOnly: boolean): Uint8Array {
  const value = keysOnly ? new Uint8Array(0) : valueBytes(kv.value)
  return concat([...(valueOnly ? [] : [encode(`${kv.key}\n`)]), value, NEWLINE])
}

function unsupported(format: Format): never {
  throw new UsageError(`Error: ${format} not supported as output format`, EXIT_BAD_FEATURE)
}

export interface RangeAnswer extends Answer {
  readonly kvs: readonly KeyValue[]
  readonly count: number
  readonly more: boolean
  readonly keysOnly: boolean
  readonly valueOnly: boolean
}

export function printGet(format: Format, answer: RangeAnswer): Uint8Array {
  const { kvs, keysOnly, count, more } = answer
  switch (format) {
    case 'simple':
      return concat(kvs.map((kv) => simpleKv(kv, answer.valueOnly, keysOnly)))
    case 'json':
      return jsonLine({
        header: header(answer),
        kvs: kvs.length === 0 ? undefined : kvs.map((kv) => jsonKv(kv, keysOnly)),
        more: more || undefined,
        count: unlessZero(count),
      })
    case 'fields':
      return encode(`${fieldsHeader(answer)}${kvs.map((kv) => fieldsKv('', kv, keysOnly)).join('')}"More" : ${more}\n"Count" : ${count}\n`)
    case 'table':
      return unsupported(format)
  }
}

export function printPut(format: Format, answer: Answer, previous: KeyValue | undefined): Uint8Array {
  switch (format) {
    case 'simple':
      return concat([encode('OK\n'), ...(previous === undefined ? [] : [simpleKv(previous, false, false)])])
    case 'json':
      return jsonLine({ header: header(answer), prev_kv: previous === undefined ? undefined : jsonKv(previous, false) })
    case 'fields':
      return encode(fieldsHeader(answer) + (previous === undefined ? '' : fieldsKv('Prev', previous, false)))
    case 'table':
      return unsupported(format)
  }
}

export function printDel(format: Format, answer: Answer, deleted: number, previous: readonly KeyValue[]): Uint8Array {
  switch (format) {
    case 'simple':
      return concat([encode(`${deleted}\n`), ...previous.map((kv) => simpleKv(kv, false, false))])
    case 'json':
      return jsonLine({
        header: header(answer),
        deleted: unlessZero(deleted),
        prev_kvs: previous.length === 0 ? undefined : previous.map((kv) => jsonKv(kv, false)),
      })
    case 'fields':
      return encode(`${fieldsHeader(answer)}"Deleted" : ${deleted}\n${previous.map((kv) => fieldsKv('Prev', kv, false)).join('')}`)
    case 'table':
      return unsupported(format)
  }
}

/** A change as `watch` prints it. The key of a deletion has its revision and nothing else. */
export function printEvent(format: Format, answer: Answer, event: StoreEvent, withPrevious: boolean): Uint8Array {
  const kv = event.type === 'PUT' ? event.kv : { ...event.kv, value: undefined, createRevision: 0, lease: 0 }
  const previous = withPrevious ? event.previous : undefined
  switch (format) {
    case 'simple':
      return concat([
        encode(`${event.type}\n`),
        ...(previous === undefined ? [] : [simpleKv(previous, false, false)]),
        simpleKv(kv, false, false),
      ])
    case 'json': {
      const shown = {
        type: event.type === 'DELETE' ? 1 : undefined,
        kv: jsonKv(kv, false),
        prev_kv: previous === undefined ? undefined : jsonKv(previous, false),
      }
      return jsonLine({ Header: header(answer), Events: [shown], CompactRevision: 0, Canceled: false, Created: false })
    }
    case 'fields':
      return encode(
        `${fieldsHeader(answer)}"Type" : ${event.type}\n${previous === undefined ? '' : fieldsKv('Prev', previous, false)}${fieldsKv('', kv, false)}`,
      )
    case 'table':
      return unsupported(format)
  }
}

/** A frame of lines: header centred and in capitals, cells to the right. Source: tablewriter v0.0.5. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const titles = head.map((title) => title.toUpperCase().replaceAll('_', ' '))
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)))
  const rule = `+${widths.map((w) => '-'.repeat(w + 2)).join('+')}+\n`
  const line = (cells: readonly string[]): string => `|${cells.map((cell) => ` ${cell} `).join('|')}|\n`
  const centred = (text: string, width: number): string => {
    const left = Math.floor((width - text.length) / 2)
    return ' '.repeat(left) + text + ' '.repeat(width - text.length - left)
  }
  const body = rows.map((row) => line(row.map((cell, i) => cell.padStart(widths[i] ?? 0)))).join('')
  return `${rule}${line(titles.map((t, i) => centred(t, widths[i] ?? 0)))}${rule}${body}${rule}`
}

/** 20480 → `20 kB`. Source: go-humanize, Bytes. */
export function humanBytes(n: number): string {
  if (n < 10) return `${n} B`
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let unit = 0
  let size = 1
  while (unit < units.length - 1 && n >= size * 1000) {
    size *= 1000
    unit++
  }
  const value = Math.floor((n / size) * 10 + 0.5) / 10
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`
}
