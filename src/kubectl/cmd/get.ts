import type { Sim } from '#sim/wait.ts'
import { type Info, infoOf, parseResourceArgs, readManifests } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError, describeFailure, ServerError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { print, printError } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { groupResource, groupVersion, gvrText, type Mapping, pathOf, singularName } from '../mapping.ts'
import { age } from '../print/age.ts'
import { customColumns, parseColumns } from '../print/custom-columns.ts'
import { objectPrinter } from '../print/object.ts'
import { sortByField } from '../print/sort.ts'
import { type Table, TabWriter, tableRows } from '../print/table.ts'
import type { KubeObject, RestClient, RestOptions, WatchEvent } from '../rest.ts'
import { requestRaw } from './raw.ts'

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json'
const FORMATS =
  'custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml'

export const get: Command = {
  name: 'get',
  use: '[(-o|--output=)json|yaml|kyaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file|custom-columns|custom-columns-file|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]',
  short: 'Display one or many resources',
  group: 'Basic Commands (Intermediate)',
  flags: [
    SHARED.allNamespaces,
    SHARED.allowMissing,
    {
      name: 'chunk-size',
      type: 'int',
      default: '500',
      usage: 'Return large lists in chunks rather than all at once. Pass 0 to disable.',
    },
    SHARED.fieldSelector,
    SHARED.filename('Filename, directory, or URL to files identifying the resource to get from a server.'),
    {
      name: 'ignore-not-found',
      type: 'bool',
      default: 'false',
      usage:
        'If set to true, suppresses NotFound error for specific objects that do not exist. Using this flag with commands that query for collections of resources has no effect when no resources are found.',
    },
    SHARED.kustomize,
    {
      name: 'label-columns',
      short: 'L',
      type: 'stringSlice',
      default: '[]',
      usage:
        'Accepts a comma separated list of labels that are going to be presented as columns. Names are case-sensitive. You can also use multiple flag options like -L label1 -L label2...',
    },
    {
      name: 'no-headers',
      type: 'bool',
      default: 'false',
      usage: "When using the default or custom-column output format, don't print headers (default print headers).",
    },
    {
      ...SHARED.output,
      usage:
        'Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file, custom-columns, custom-columns-file, wide). See custom columns [https://kubernetes.io/docs/reference/kubectl/#custom-columns], golang template [http://golang.org/pkg/text/template/#pkg-overview] and jsonpath template [https://kubernetes.io/docs/reference/kubectl/jsonpath/].',
    },
    {
      name: 'output-watch-events',
      type: 'bool',
      default: 'false',
      usage: 'Output watch event objects when --watch or --watch-only is used. Existing objects are output as initial ADDED events.',
    },
    {
      name: 'raw',
      type: 'string',
      default: "''",
      usage: 'Raw URI to request from the server.  Uses the transport specified by the kubeconfig file.',
    },
    SHARED.recursive(),
    SHARED.selector,
    {
      name: 'server-print',
      type: 'bool',
      default: 'true',
      usage: 'If true, have the server return the appropriate table output. Supports extension APIs and CRDs.',
    },
    { name: 'show-kind', type: 'bool', default: 'false', usage: 'If present, list the resource type for the requested object(s).' },
    {
      name: 'show-labels',
      type: 'bool',
      default: 'false',
      usage: 'When printing, show all labels as the last column (default hide labels column)',
    },
    SHARED.showManagedFields,
    {
      name: 'sort-by',
      type: 'string',
      default: "''",
      usage:
        "If non-empty, sort list types using this field specification.  The field specification is expressed as a JSONPath expression (e.g. '{.metadata.name}'). The field in the API resource specified by this JSONPath expression must be an integer or a string.",
    },
    { name: 'subresource', type: 'string', default: "''", usage: 'If specified, gets the subresource of the requested object.' },
    SHARED.template,
    { name: 'watch', short: 'w', type: 'bool', default: 'false', usage: 'After listing/getting the requested object, watch for changes.' },
    {
      name: 'watch-only',
      type: 'bool',
      default: 'false',
      usage: 'Watch for changes to the requested object(s), without listing/getting first.',
    },
  ],
  run,
}

/** A collection, or one object of it, to be asked for. */
interface Query {
  readonly mapping: Mapping
  readonly namespace: string | undefined
  readonly name?: string
}

function* run(k: Kubectl, call: Call): Sim<number> {
  const { flags } = call
  if (flags.string('raw') !== '') return yield* requestRaw(k, call, 'GET')
  if (flags.bool('output-watch-events') && !flags.bool('watch') && !flags.bool('watch-only'))
    throw new CommandError('--output-watch-events option can only be used with --watch or --watch-only')
  const queries = yield* plan(k, call)
  if (flags.bool('watch') || flags.bool('watch-only')) return yield* watch(k, call, queries)
  const output = flags.string('output')
  if (output === '' || output === 'wide') return yield* tables(k, call, queries)
  return yield* objects(k, call, queries)
}

function* plan(k: Kubectl, call: Call): Sim<Query[]> {
  const { flags, args } = call
  const files = flags.list('filename').length > 0 || flags.string('kustomize') !== ''
  if (args.length === 0 && !files) {
    throw new RequiredResource(
      `You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\nerror: Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).\nSee 'kubectl get -h' for help and examples`,
    )
  }
  const mapper = yield* k.mapper()
  const namespace = yield* k.namespace()
  if (files) {
    const { manifests } = yield* readManifests(k, call)
    return manifests
      .map((m) => infoOf(mapper, m, namespace, false))
      .map((i: Info) => ({ mapping: i.mapping, namespace: i.namespace, name: i.name }))
  }
  const all = flags.bool('all-namespaces')
  const { kinds, named } = parseResourceArgs(mapper, args)
  if (named.length > 0 && (flags.string('selector') !== '' || flags.string('field-selector') !== '')) {
    throw new CommandError('name cannot be provided when a selector is specified')
  }
  if (named.length > 0 && all) throw new CommandError('a resource cannot be retrieved by name across all namespaces')
  return [
    ...kinds.map((mapping) => ({ mapping, namespace: mapping.namespaced && !all ? namespace : undefined })),
    ...named.map(({ mapping, name }) => ({ mapping, namespace: mapping.namespaced ? namespace : undefined, name })),
  ]
}

/** Shown as it is: it begins with a hint. */
class RequiredResource extends CommandError {
  override readonly bare = true
}

function selectors(call: Call): Record<string, string | undefined> {
  return { labelSelector: call.flags.string('selector') || undefined, fieldSelector: call.flags.string('field-selector') || undefined }
}

/** One object or a collection. */
function ask<T = KubeObject>(rest: RestClient, path: string, query: Query, options: RestOptions): Sim<T> {
  return query.name === undefined ? rest.list<T>(path, gvrText(query.mapping), options) : rest.json<T>('GET', path, undefined, options)
}

function* fetchTable(rest: RestClient, call: Call, query: Query, now: number): Sim<Table> {
  const chunk = call.flags.int('chunk-size')
  const sub = call.flags.string('subresource') || undefined
  const base =
    query.name === undefined
      ? { limit: chunk > 0 && call.flags.string('sort-by') === '' ? String(chunk) : undefined, ...selectors(call) }
      : {}
  const includeObject = call.flags.string('sort-by') === '' ? {} : { includeObject: 'Object' }
  const path = pathOf(query.mapping, query.namespace, query.name, sub)
  if (!call.flags.bool('server-print')) {
    const answer = yield* ask(rest, path, query, { query: base })
    const items = query.name === undefined ? ((answer.items as KubeObject[] | undefined) ?? []) : [answer]
    return plainTable(
      sortRows(
        items.map((object) => ({ cells: [object.metadata?.name ?? ''], object })),
        call.flags.string('sort-by'),
      ),
      now,
    )
  }
  let table = yield* ask<Table>(rest, path, query, { accept: TABLE, query: { ...base, ...includeObject } })
  const rows = [...(table.rows ?? [])]
  while (table.metadata?.continue !== undefined && table.metadata.continue !== '') {
    table = yield* rest.json<Table>('GET', path, undefined, {
      accept: TABLE,
      query: { ...base, ...includeObject, continue: table.metadata.continue },
    })
    rows.push(...(table.rows ?? []))
  }
  return { ...table, rows: sortRows(rows, call.flags.string('sort-by')) }
}

/** `--server-print=false`: what kubectl knows of any object, its name and age. */
function plainTable(rows: Table['rows'], now: number): Table {
  const columnDefinitions = [
    { name: 'Name', type: 'string', format: 'name' },
    { name: 'Age', type: 'string' },
  ]
  return {
    kind: 'Table',
    columnDefinitions,
    rows: rows.map((row) => ({ ...row, cells: [row.cells[0], age(row.object?.metadata?.creationTimestamp, now)] })),
  }
}

/** A single row stays as it is; rows none of which has the field are not shown. */
function sortRows(rows: Table['rows'], by: string): Table['rows'] {
  if (by === '' || rows.length < 2) return rows
  const { sorted, found } = sortByField(rows, by, (row) => row.object ?? {})
  return found ? sorted : []
}

/** Objects for `-o json` and its like, in the order asked for. */
function sortObjects<T extends { readonly object: KubeObject }>(items: readonly T[], by: string): readonly T[] {
  if (by === '' || items.length < 2) return items
  const { sorted, found } = sortByField(items, by, (f) => f.object)
  if (!found)
    throw new CommandError(
      `couldn't find any field with path "${/^\{/.test(by) ? by : `{${by.startsWith('.') ? '' : '.'}${by}}`}" in the list of objects`,
    )
  return sorted
}

function* tables(k: Kubectl, call: Call, queries: readonly Query[]): Sim<number> {
  const rest = yield* k.rest()
  let printed = 0
  let failed = 0
  let block: { key: string; rows: string[][] } | undefined
  const writer = (): string => (block === undefined ? '' : new TabWriter().format(block.rows))
  const pieces: string[] = []
  const fetched: { query: Query; table: Table }[] = []
  for (const query of queries) {
    let table: Table
    try {
      table = yield* fetchTable(rest, call, query, k.proc.now())
    } catch (error) {
      if (!(error instanceof ServerError)) throw error
      if (error.notFound && query.name !== undefined && call.flags.bool('ignore-not-found')) continue
      if (queries.length === 1) throw error
      failed++
      yield* printError(k.proc, `${describeFailure(error)}\n`)
      continue
    }
    if (table.rows.length > 0 || query.name === undefined) fetched.push({ query, table })
  }
  const prefix = call.flags.bool('show-kind') || new Set(fetched.map((f) => groupResource(f.query.mapping))).size > 1
  for (const { query, table } of fetched) {
    if (table.rows.length === 0) continue
    const key = groupResource(query.mapping)
    const rows = tableRows(table, {
      wide: call.flags.string('output') === 'wide',
      noHeaders: call.flags.bool('no-headers') || block?.key === key,
      withNamespace: call.flags.bool('all-namespaces') && query.mapping.namespaced,
      ...(prefix ? { kindPrefix: `${singularName(query.mapping)}/` } : {}),
      showLabels: call.flags.bool('show-labels'),
      labelColumns: call.flags.list('label-columns'),
    })
    printed += table.rows.length
    if (block !== undefined && block.key === key) block.rows.push(...rows)
    else {
      if (block !== undefined) pieces.push(writer())
      block = { key, rows }
    }
  }
  if (block !== undefined) pieces.push(writer())
  yield* print(k.proc, pieces.join('\n'))
  if (printed === 0 && failed === 0 && !call.flags.bool('ignore-not-found'))
    yield* printError(k.proc, yield* nothingFound(k, call, queries))
  return failed > 0 ? 1 : 0
}

function* nothingFound(k: Kubectl, call: Call, queries: readonly Query[]): Sim<string> {
  if (call.flags.bool('all-namespaces') || queries.every((q) => !q.mapping.namespaced)) return 'No resources found\n'
  return `No resources found in ${yield* k.namespace()} namespace.\n`
}

function* objects(k: Kubectl, call: Call, queries: readonly Query[]): Sim<number> {
  const rest = yield* k.rest()
  const output = call.flags.string('output')
  const columns = yield* parseColumns(k, output)
  const printer = columns === undefined ? yield* objectPrinter(k, call, FORMATS) : undefined
  const found: { object: KubeObject; mapping: Mapping }[] = []
  const single = queries.length === 1 && queries[0]?.name !== undefined
  let failed = 0
  for (const query of queries) {
    try {
      const path = pathOf(query.mapping, query.namespace, query.name, call.flags.string('subresource') || undefined)
      const answer = yield* ask(rest, path, query, { query: query.name === undefined ? selectors(call) : {} })
      if (query.name !== undefined) found.push({ object: answer, mapping: query.mapping })
      else
        for (const item of (answer.items as KubeObject[] | undefined) ?? [])
          found.push({ object: { apiVersion: groupVersion(query.mapping), kind: query.mapping.kind, ...item }, mapping: query.mapping })
    } catch (error) {
      if (!(error instanceof ServerError)) throw error
      if (error.notFound && query.name !== undefined && call.flags.bool('ignore-not-found')) continue
      if (queries.length === 1) throw error
      failed++
      yield* printError(k.proc, `${describeFailure(error)}\n`)
    }
  }
  if (single && found.length === 0) return failed > 0 ? 1 : 0
  const ordered = sortObjects(found, call.flags.string('sort-by'))
  if (columns !== undefined) {
    yield* print(
      k.proc,
      new TabWriter().format(
        customColumns(
          columns,
          ordered.map((f) => f.object),
          call.flags.bool('no-headers'),
        ),
      ),
    )
  } else if (printer !== undefined) {
    const one = single ? ordered[0] : undefined
    if (one !== undefined) yield* print(k.proc, printer(one.object, one.mapping))
    else if (output === 'name') yield* print(k.proc, ordered.map((f) => printer(f.object, f.mapping)).join(''))
    else
      yield* print(
        k.proc,
        printer({ apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items: ordered.map((f) => f.object) }, undefined),
      )
  }
  return failed > 0 ? 1 : 0
}

function* watch(k: Kubectl, call: Call, queries: readonly Query[]): Sim<number> {
  const { flags } = call
  const [query, second] = queries
  if (query === undefined) return 0
  if (second !== undefined) throw new CommandError('you may only specify a single resource type')
  const rest = yield* k.rest()
  const output = flags.string('output')
  const columns = yield* parseColumns(k, output)
  const asTable = output === '' || output === 'wide'
  const printer = asTable || columns !== undefined ? undefined : yield* objectPrinter(k, call, FORMATS)
  const writer = new TabWriter(true)
  let headerDone = flags.bool('no-headers')
  const events = flags.bool('output-watch-events')
  const show = function* (type: string, table: Table): Sim<void> {
    const rows = tableRows(table, {
      wide: output === 'wide',
      noHeaders: headerDone,
      withNamespace: flags.bool('all-namespaces') && query.mapping.namespaced,
      showLabels: flags.bool('show-labels'),
      labelColumns: flags.list('label-columns'),
    })
    const shown = events ? rows.map((row, i) => [i === 0 && !headerDone ? 'EVENT' : type, ...row]) : rows
    headerDone = true
    yield* print(k.proc, writer.format(shown))
  }
  const each = function* (type: string, object: KubeObject): Sim<void> {
    if (asTable) yield* show(type, asTableObject(object))
    else if (columns !== undefined) {
      yield* print(k.proc, writer.format(customColumns(columns, [object], headerDone)))
      headerDone = true
    } else if (printer !== undefined) yield* print(k.proc, printer(object, query.mapping))
  }
  const accept = asTable ? TABLE : 'application/json'
  const name = query.name
  let version = '0'
  const list = yield* rest.json('GET', pathOf(query.mapping, query.namespace, name), undefined, {
    accept,
    query: name === undefined ? selectors(call) : {},
  })
  version = listVersion(list)
  if (!flags.bool('watch-only')) {
    if (asTable) {
      const table = asTableObject(list)
      if (table.rows.length > 0) yield* show('ADDED', table)
    } else for (const item of name === undefined ? ((list.items as KubeObject[] | undefined) ?? []) : [list]) yield* each('ADDED', item)
  }
  const field = name === undefined ? call.flags.string('field-selector') || undefined : `metadata.name=${name}`
  yield* rest.watch(
    pathOf(query.mapping, query.namespace),
    { accept, query: { ...selectors(call), fieldSelector: field, resourceVersion: version } },
    function* (event: WatchEvent) {
      if (event.type === 'BOOKMARK') return true
      if (event.type === 'ERROR') throw new ServerError(event.object as import('../errors.ts').Status)
      yield* each(event.type, event.object)
      return true
    },
  )
  return 0
}

/** What the server sent when a Table was asked for. */
function asTableObject(object: KubeObject): Table {
  const { columnDefinitions, rows } = object as Partial<Table>
  return { ...object, kind: 'Table', columnDefinitions: columnDefinitions ?? [], rows: rows ?? [] }
}

/** Where to watch from: the list's version, or the object's. */
function listVersion(list: KubeObject): string {
  const own = list.metadata?.resourceVersion
  if (own !== undefined && own !== '') return own
  const rows = (list as Partial<Table>).rows
  return rows?.[0]?.object?.metadata?.resourceVersion ?? '0'
}
