/** etcdctl's commands. Source: etcd v3.6, etcdctl/ctlv3/command. */
import { goDuration } from '#kubernetes/api/duration.ts'
import type { Obj } from '#kubernetes/api/json.ts'
import { decodeProtobuf } from '#kubernetes/api/protobuf.ts'
import { CompactedError, type KeyValue, type Store, type StoreEvent } from '#kubernetes/etcd/store.ts'
import type { Proc } from '#linux/syscalls.ts'
import { decode, encode } from '#sim/bytes.ts'
import { anyOf, type Sim, WaitQueue } from '#sim/wait.ts'
import type { EtcdClient } from '../etcd-client.ts'
import { connect, RpcError, refuse, type Target, targets } from './client.ts'
import { EXIT_BAD_ARGS, EXIT_BAD_FEATURE, EXIT_ERROR, EXIT_INTERRUPTED, type Invocation, numberOf, UsageError } from './flags.ts'
import {
  type Answer,
  type Format,
  humanBytes,
  jsonLine,
  printDel,
  printEvent,
  printGet,
  printPut,
  RAFT_TERM,
  table,
  valueBytes,
} from './print.ts'

const VERSION = '3.6.8'
const STORAGE_VERSION = '3.6.0'
const QUOTA_BYTES = 2 * 1024 ** 3
const PAGE = 4096
const COMPACTED = 'etcdserver: mvcc: required revision has been compacted'
const FUTURE = 'etcdserver: mvcc: required revision is a future revision'

type Command = (proc: Proc, call: Invocation) => Sim<number>

function formatOf(call: Invocation): Format {
  const format = call.texts.get('write-out') ?? 'simple'
  if (format === 'protobuf') throw new UsageError('podlab: etcdctl --write-out=protobuf is not modelled', EXIT_BAD_FEATURE)
  if (format !== 'simple' && format !== 'json' && format !== 'fields' && format !== 'table')
    throw new UsageError('Error: unsupported output format', EXIT_BAD_FEATURE)
  if (call.flags.has('hex')) throw new UsageError('podlab: etcdctl --hex is not modelled', EXIT_BAD_FEATURE)
  return format
}

const answerOf = (client: EtcdClient): Answer => ({ member: client.member, revision: client.store.revision })

/** What a command line asks for: a key, all with a prefix, all from a key on, or those from a key up to another. */
interface Span {
  /** Prefix under which all of them are. */
  readonly prefix: string
  readonly from: string
  contains(key: string): boolean
}

function spanOf(call: Invocation): Span {
  const [key = '', end] = call.args
  const [prefix, fromKey] = [call.flags.has('prefix'), call.flags.has('from-key')]
  if (prefix && fromKey)
    throw new UsageError('Error: `--prefix` and `--from-key` cannot be set at the same time, choose one', EXIT_BAD_ARGS)
  if (end !== undefined && (prefix || fromKey))
    throw new UsageError('Error: too many arguments, only accept one argument when `--prefix` or `--from-key` is set', EXIT_BAD_ARGS)
  if (prefix) return { prefix: key, from: key, contains: (k) => k.startsWith(key) }
  if (fromKey) return { prefix: '', from: key, contains: (k) => k >= key }
  if (end !== undefined) return { prefix: '', from: key, contains: (k) => k >= key && k < end }
  return { prefix: key, from: key, contains: (k) => k === key }
}

function rangeOf(store: Store, span: Span, revision?: number): readonly KeyValue[] {
  const { kvs } = store.range(span.prefix, { from: span.from, ...(revision === undefined ? {} : { revision }) })
  return kvs.filter((kv) => span.contains(kv.key))
}

const get: Command = function* (proc, call) {
  const { args, flags } = call
  if (args.length === 0 || args.length > 2)
    throw new UsageError('Error: get command needs one argument as key and an optional argument as range_end', EXIT_BAD_ARGS)
  const [span, format] = [spanOf(call), formatOf(call)]
  const [keysOnly, countOnly, valueOnly] = [flags.has('keys-only'), flags.has('count-only'), flags.has('print-value-only')]
  if (keysOnly && countOnly)
    throw new UsageError('Error: `--keys-only` and `--count-only` cannot be set at the same time, choose one', EXIT_BAD_ARGS)
  const [limit, asked] = [numberOf(call, 'limit'), numberOf(call, 'rev')]
  const to = yield* targets(proc, call)
  const client = yield* connect(proc, call, to, 'KV/Range')
  const { store } = client
  if (asked > store.revision) return yield* refuse(proc, to, 'KV/Range', FUTURE)
  let found: readonly KeyValue[]
  try {
    found = rangeOf(store, span, asked > 0 ? asked : undefined)
  } catch (error) {
    if (error instanceof CompactedError) return yield* refuse(proc, to, 'KV/Range', COMPACTED)
    throw error
  }
  if (countOnly && format !== 'fields') throw new UsageError('Error: --count-only is only for `--write-out=fields`', EXIT_BAD_ARGS)
  if (valueOnly && format !== 'simple') throw new UsageError('Error: print-value-only is only for `--write-out=simple`', EXIT_BAD_ARGS)
  const ordered = inOrder(found, call)
  const kvs = countOnly ? [] : limit > 0 ? ordered.slice(0, limit) : ordered
  const more = !countOnly && kvs.length < found.length
  yield* write(proc, printGet(format, { ...answerOf(client), kvs, count: found.length, more, keysOnly, valueOnly }))
  client.close()
  return 0
}

function inOrder(kvs: readonly KeyValue[], { texts }: Invocation): readonly KeyValue[] {
  const order = (texts.get('order') ?? '').toUpperCase()
  if (order !== '' && order !== 'ASCEND' && order !== 'DESCEND')
    throw new UsageError(`Error: bad sort order ${texts.get('order')}`, EXIT_BAD_FEATURE)
  return order === 'DESCEND' ? [...kvs].reverse() : kvs
}

/**
 * What bytes given to `put` are in the store: objects where the API server keeps its own, text elsewhere.
 * Differs: what the API server could not read is refused, where etcd would take it and the API server fail.
 */
function stored(key: string, text: string): (revision: number) => unknown {
  if (!key.startsWith('/registry/')) return () => text
  const object = text.startsWith('k8s\0') ? decodeProtobuf(encode(text)) : parseObject(text)
  if (object === undefined)
    throw new UsageError('podlab: a value under /registry/ that is no object is not modelled (give it as JSON)', EXIT_ERROR)
  return (revision) => Object.freeze({ ...object, metadata: { ...(object.metadata as Obj), resourceVersion: String(revision) } })
}

function parseObject(text: string): Obj | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) && isObject(value.metadata) && typeof value.kind === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Obj {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const put: Command = function* (proc, call) {
  const [key, given, ...rest] = call.args
  const needs = 'Error: put command needs 1 argument and input from stdin or 2 arguments'
  if (key === undefined || rest.length > 0) throw new UsageError(needs, EXIT_BAD_ARGS)
  const value = given ?? (yield* standardInput(proc))
  if (value === '' && given === undefined) throw new UsageError(needs, EXIT_BAD_ARGS)
  const format = formatOf(call)
  const make = stored(key, value)
  const client = yield* connect(proc, call, yield* targets(proc, call), 'KV/Put')
  const previous = call.flags.has('prev-kv') ? client.store.get(key) : undefined
  client.store.put(key, make)
  yield* write(proc, printPut(format, answerOf(client), previous))
  client.close()
  return 0
}

function* standardInput(proc: Proc): Sim<string> {
  let text = ''
  for (;;) {
    const part = yield* proc.read(0, 65_536)
    if (part.length === 0) return text
    text += decode(part)
  }
}

const DEL_DELAY = 2_000_000

const del: Command = function* (proc, call) {
  const { args, flags } = call
  if (args.length === 0 || args.length > 2)
    throw new UsageError('Error: del command needs one argument as key and an optional argument as range_end', EXIT_BAD_ARGS)
  const [span, format] = [spanOf(call), formatOf(call)]
  if (args.length === 2 && !flags.has('range')) {
    yield* proc.write(
      2,
      encode(
        `Warning: Keys between ${JSON.stringify(args[0])} and ${JSON.stringify(args[1])} will be deleted. Please interrupt the command within next 2 seconds to cancel. You can provide \`--range\` flag to avoid the delay.\n`,
      ),
    )
    yield* proc.nanosleep(DEL_DELAY)
  }
  const client = yield* connect(proc, call, yield* targets(proc, call), 'KV/DeleteRange')
  // Differs: every key makes a revision of its own, where etcd deletes all of them in one.
  const gone = rangeOf(client.store, span)
  for (const { key } of gone) client.store.delete(key)
  yield* write(proc, printDel(format, answerOf(client), gone.length, flags.has('prev-kv') ? gone : []))
  client.close()
  return 0
}

/** Changes kept for a reader that is slow. */
const WATCH_BUFFER = 100_000

const watch: Command = function* (proc, call) {
  if (call.args.length === 0 || call.args.length > 2) throw new UsageError('Error: bad number of arguments', EXIT_BAD_ARGS)
  if (call.args.length === 2 && call.flags.has('prefix'))
    throw new UsageError('Error: `range_end` and `--prefix` are mutually exclusive', EXIT_BAD_ARGS)
  const [span, format, asked] = [spanOf(call), formatOf(call), numberOf(call, 'rev')]
  const client = yield* connect(proc, call, yield* targets(proc, call), 'Watch/Watch')
  const { store } = client
  const [events, arrived] = [[] as StoreEvent[], new WaitQueue()]
  const canceled = function* (why: string): Sim<number> {
    yield* proc.write(2, encode(`watch was canceled (${why})\nError: watch is canceled by the server\n`))
    return EXIT_INTERRUPTED
  }
  let handle: { cancel(): void }
  try {
    handle = store.watch(span.prefix, asked > 0 ? asked - 1 : store.revision, (event) => {
      if (!span.contains(event.kv.key) || events.length >= WATCH_BUFFER) return
      events.push(event)
      arrived.wakeAll()
    })
  } catch (error) {
    if (error instanceof CompactedError) return yield* canceled(COMPACTED)
    throw error
  }
  proc.thread('etcd', client.hold())
  try {
    for (;;) {
      const event = events.shift()
      if (event !== undefined) {
        const answer = { member: client.member, revision: event.revision }
        yield* write(proc, printEvent(format, answer, event, call.flags.has('prev-kv')))
      } else if (client.closed) return yield* canceled('rpc error: code = Unavailable desc = error reading from server: EOF')
      else yield* anyOf([arrived, client.ended])
    }
  } finally {
    handle.cancel()
  }
}

const compaction: Command = function* (proc, call) {
  const [text, ...rest] = call.args
  if (text === undefined || rest.length > 0) throw new UsageError('Error: compaction command needs 1 argument', EXIT_BAD_ARGS)
  if (!/^\d+$/.test(text)) throw new UsageError(`Error: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`, EXIT_ERROR)
  const revision = Number(text)
  const to = yield* targets(proc, call)
  const client = yield* connect(proc, call, to, 'KV/Compact')
  if (revision <= client.store.compactRevision) return yield* refuse(proc, to, 'KV/Compact', COMPACTED)
  if (revision > client.store.revision) return yield* refuse(proc, to, 'KV/Compact', FUTURE)
  client.store.compact(revision)
  yield* write(proc, encode(`compacted revision ${revision}\n`))
  client.close()
  return 0
}

const version: Command = function* (proc) {
  yield* write(proc, encode(`etcdctl version: ${VERSION}\nAPI version: 3.6\n`))
  return 0
}

const endpoint: Command = function* (proc, call) {
  if (call.args[0] === 'health') return yield* health(proc, call)
  if (call.args[0] === 'status') return yield* status(proc, call)
  throw new UsageError(`podlab: etcdctl endpoint ${call.args.join(' ')} is not modelled`, EXIT_ERROR)
}

/** The endpoints to ask: those given, or with --cluster those the members advertise. */
function* endpoints(proc: Proc, call: Invocation): Sim<readonly Target[]> {
  const given = yield* targets(proc, call)
  if (!call.flags.has('cluster')) return given
  const client = yield* connect(proc, call, given, 'Cluster/MemberList')
  client.close()
  const texts = new Map([...call.texts, ['endpoints', client.member.clientUrls.join(',')] as const])
  return yield* targets(proc, { ...call, texts })
}

const health: Command = function* (proc, call) {
  const format = formatOf(call)
  const all: { readonly endpoint: string; readonly health: boolean; readonly took: string; readonly error?: string }[] = []
  for (const target of yield* endpoints(proc, call)) {
    const begun = proc.now()
    const took = (): string => goDuration(proc.now() - begun)
    try {
      const client = yield* connect(proc, call, [target], 'KV/Range', 'client')
      client.store.get('health')
      client.close()
      all.push({ endpoint: target.endpoint, health: true, took: took() })
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      all.push({ endpoint: target.endpoint, health: false, took: took(), error: error.message })
    }
  }
  if (format === 'json') yield* write(proc, jsonLine(all))
  else if (format === 'table')
    yield* write(
      proc,
      encode(
        table(
          ['endpoint', 'health', 'took', 'error'],
          all.map((h) => [h.endpoint, String(h.health), h.took, h.error ?? '']),
        ),
      ),
    )
  else
    for (const h of all) {
      const line =
        h.error === undefined
          ? `${h.endpoint} is healthy: successfully committed proposal: took = ${h.took}\n`
          : `${h.endpoint} is unhealthy: failed to commit proposal: ${h.error}\n`
      yield* proc.write(h.error === undefined ? 1 : 2, encode(line))
    }
  if (all.every((h) => h.health)) return 0
  throw new RpcError('unhealthy cluster')
}

/**
 * Bytes of the database file, whole pages.
 * Differs: only what the keys have now, and as much again for trees and history; the index of the log is the revision's.
 */
function sizeOf(store: Store): { readonly size: number; readonly used: number } {
  let bytes = 0
  for (const kv of store.range('').kvs) bytes += kv.key.length + valueBytes(kv.value).length
  const used = Math.ceil((bytes * 2) / PAGE) * PAGE
  return { size: used + 5 * PAGE, used }
}

const STATUS_COLUMNS =
  'endpoint,ID,version,storage version,db size,in use,percentage not in use,quota,is leader,is learner,raft term,raft index,raft applied index,errors,downgrade target version,downgrade enabled'.split(
    ',',
  )

const status: Command = function* (proc, call) {
  const format = formatOf(call)
  if (format === 'fields') throw new UsageError('podlab: etcdctl endpoint status -w fields is not modelled', EXIT_BAD_FEATURE)
  const rows: string[][] = []
  const objects: object[] = []
  let failed = false
  for (const target of yield* endpoints(proc, call)) {
    let client: EtcdClient
    try {
      client = yield* connect(proc, call, [target], 'Maintenance/Status')
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      failed = true
      yield* proc.write(2, encode(`Failed to get the status of endpoint ${target.endpoint} (${error.message})\n`))
      continue
    }
    const { member, store } = client
    const { size, used } = sizeOf(store)
    const index = store.revision
    rows.push([
      target.endpoint,
      member.id.toString(16),
      VERSION,
      STORAGE_VERSION,
      humanBytes(size),
      humanBytes(used),
      `${100 - Math.floor((used * 100) / size)}%`,
      humanBytes(QUOTA_BYTES),
      'true',
      'false',
      String(RAFT_TERM),
      String(index),
      String(index),
      '',
      '',
      'false',
    ])
    objects.push({
      Endpoint: target.endpoint,
      Status: {
        header: { cluster_id: member.clusterId, member_id: member.id, revision: store.revision, raft_term: RAFT_TERM },
        version: VERSION,
        dbSize: size,
        leader: member.id,
        raftIndex: index,
        raftTerm: RAFT_TERM,
        raftAppliedIndex: index,
        dbSizeInUse: used,
        storageVersion: STORAGE_VERSION,
        dbSizeQuota: QUOTA_BYTES,
        downgradeInfo: {},
      },
    })
    client.close()
  }
  if (format === 'json') yield* write(proc, jsonLine(objects))
  else if (format === 'table') yield* write(proc, encode(table(STATUS_COLUMNS, rows)))
  else yield* write(proc, encode(rows.map((row) => `${row.join(', ')}\n`).join('')))
  return failed ? EXIT_ERROR : 0
}

const member: Command = function* (proc, call) {
  if (call.args.join(' ') !== 'list') throw new UsageError(`podlab: etcdctl member ${call.args.join(' ')} is not modelled`, EXIT_ERROR)
  const format = formatOf(call)
  if (format === 'fields') throw new UsageError('podlab: etcdctl member list -w fields is not modelled', EXIT_BAD_FEATURE)
  const client = yield* connect(proc, call, yield* targets(proc, call), 'Cluster/MemberList')
  const { id, clusterId, name, peerUrls, clientUrls } = client.member
  client.close()
  const row = [id.toString(16), 'started', name, peerUrls.join(','), clientUrls.join(','), 'false']
  if (format === 'json') {
    const header = { cluster_id: clusterId, member_id: id, raft_term: RAFT_TERM }
    yield* write(proc, jsonLine({ header, members: [{ ID: id, name, peerURLs: peerUrls, clientURLs: clientUrls }] }))
  } else if (format === 'table')
    yield* write(proc, encode(table(['ID', 'Status', 'Name', 'Peer Addrs', 'Client Addrs', 'Is Learner'], [row])))
  else yield* write(proc, encode(`${row.join(', ')}\n`))
  return 0
}

function* write(proc: Proc, bytes: Uint8Array): Sim<void> {
  for (let rest = bytes; rest.length > 0; ) rest = rest.subarray(yield* proc.write(1, rest))
}

export const COMMANDS: Readonly<Record<string, Command>> = { get, put, del, watch, compaction, version, endpoint, member }
