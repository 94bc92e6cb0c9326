/** What is not a resource: discovery, health, version, OpenAPI. */
import { sha256 } from '@noble/hashes/sha2.js'
import { Headers, type HttpResponse, JsonBody } from '#http/message.ts'
import { type Draft, type Obj, str } from '#kubernetes/api/json.ts'
import { encode, toBase64 } from '#sim/bytes.ts'
import { apiVersionOf, type RequestContext } from './context.ts'
import { compareGroups, compareVersions } from './groups.ts'
import { healthPaths, serveHealth } from './health.ts'
import { serveOpenApi } from './openapi.ts'
import { ALL_VERBS, type Kind, type Served } from './registry/kind.ts'
import { jsonResponse, plainResponse } from './response.ts'
import type { ApiServer } from './server.ts'

const RESOURCES_OF_STATUS = ['get', 'patch', 'update']

/** The response to a path that is no resource; undefined when nobody serves it. */
export function serveDiscovery(context: RequestContext): HttpResponse | undefined {
  const path = context.info.path
  const parts = path.split('/').filter((p) => p !== '')
  const { server } = context
  if (context.request.method !== 'GET' && context.request.method !== 'HEAD') return undefined
  if (parts[0] === 'api' && parts.length === 1)
    return wantsAggregated(context) ? aggregated(server, true) : jsonResponse(200, apiVersions(server))
  if (parts[0] === 'apis' && parts.length === 1)
    return wantsAggregated(context) ? aggregated(server, false) : jsonResponse(200, groupList(server))
  if (parts[0] === 'apis' && parts.length === 2) {
    const group = groups(server).find((g) => g.name === parts[1])
    return group === undefined
      ? undefined
      : jsonResponse(200, {
          kind: 'APIGroup',
          apiVersion: 'v1',
          ...groupJson(group),
        })
  }
  if ((parts[0] === 'api' && parts.length === 2) || (parts[0] === 'apis' && parts.length === 3)) {
    const group = parts[0] === 'api' ? '' : (parts[1] ?? '')
    const version = parts[parts.length - 1] ?? ''
    const resources = resourceList(server, group, version)
    return resources.length === 0
      ? undefined
      : jsonResponse(200, {
          kind: 'APIResourceList',
          ...(group === '' ? {} : { apiVersion: 'v1' }),
          groupVersion: apiVersionOf({ group, version }),
          resources,
        })
  }
  if (path === '/version' || path === '/version/') return pretty(versionInfo(server.version))
  if (path === '/') return pretty({ paths: rootPaths(server) })
  if (parts[0] === 'openapi') return serveOpenApi(context, parts)
  if (path === '/metrics') return plainResponse(200, metrics(server))
  if (path === '/.well-known/openid-configuration') {
    return jsonResponse(200, {
      issuer: 'https://kubernetes.default.svc.cluster.local',
      jwks_uri: 'https://172.18.0.2:6443/openid/v1/jwks',
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    })
  }
  return serveHealth(context, parts)
}

function pretty(value: unknown): HttpResponse {
  return {
    status: 200,
    headers: new Headers([['content-type', 'application/json']]),
    body: encode(JSON.stringify(value, undefined, 2)),
  }
}

/** Build facts of the modelled release. */
function versionInfo(version: string): Obj {
  const minor = version.split('.')[1] ?? ''
  return {
    major: '1',
    minor,
    emulationMajor: '1',
    emulationMinor: minor,
    minCompatibilityMajor: '1',
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion: version,
    gitCommit: '98b35193b2ac7a23a673325f5e9b830ecd5ba406',
    gitTreeState: 'clean',
    buildDate: '2026-06-09T12:00:00Z',
    goVersion: 'go1.26.10',
    compiler: 'gc',
    platform: 'linux/amd64',
  }
}

interface Group {
  readonly name: string
  readonly versions: readonly string[]
}

export function groups(server: ApiServer): Group[] {
  const found = new Map<string, Set<string>>()
  for (const kind of server.kinds.all) {
    for (const served of kind.served) {
      const versions = found.get(served.group) ?? new Set()
      versions.add(served.version)
      found.set(served.group, versions)
    }
  }
  return [...found]
    .map(([name, versions]) => ({
      name,
      versions: [...versions].sort(compareVersions),
    }))
    .sort((a, b) => compareGroups(a.name, b.name))
}

const apiVersions = (server: ApiServer): Obj => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [
    {
      clientCIDR: '0.0.0.0/0',
      serverAddress: `${server.options.advertiseAddress ?? '172.18.0.2'}:${server.options.securePort ?? 6443}`,
    },
  ],
})

const groupList = (server: ApiServer): Obj => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groups(server)
    .filter((g) => g.name !== '')
    .map(groupJson),
})

function groupJson(group: Group): Obj {
  const versions = group.versions.map((version) => ({
    groupVersion: apiVersionOf({ group: group.name, version }),
    version,
  }))
  return { name: group.name, versions, preferredVersion: versions[0] }
}

function servedIn(kind: Kind, group: string, version: string): Served | undefined {
  return kind.served.find((s) => s.group === group && s.version === version)
}

function resourceList(server: ApiServer, group: string, version: string): Obj[] {
  const out: Draft[] = []
  for (const kind of server.kinds.all) {
    const served = servedIn(kind, group, version)
    if (served === undefined) continue
    const entry: Draft = {
      name: kind.plural,
      singularName: kind.singular,
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: kind.verbs ?? ALL_VERBS,
    }
    if (kind.shortNames !== undefined && kind.shortNames.length > 0) entry.shortNames = kind.shortNames
    if (kind.categories !== undefined && kind.categories.length > 0) entry.categories = kind.categories
    if ((kind.verbs ?? ALL_VERBS).includes('list') && kind.plural !== 'componentstatuses')
      entry.storageVersionHash = storageVersionHash(kind)
    out.push(entry)
    for (const sub of subresourcesOf(kind)) {
      const gv = sub.group === undefined ? {} : { group: sub.group, version: sub.version }
      out.push({
        name: `${kind.plural}/${sub.name}`,
        singularName: '',
        namespaced: kind.namespaced,
        ...gv,
        kind: sub.kind,
        verbs: sub.verbs,
      })
    }
  }
  return out.sort((a, b) => (str(a, 'name') < str(b, 'name') ? -1 : 1))
}

function subresourcesOf(kind: Kind): {
  readonly name: string
  readonly kind: string
  readonly group?: string
  readonly version?: string
  readonly verbs: readonly string[]
}[] {
  return [
    ...(kind.status === true ? [{ name: 'status', kind: kind.kind, verbs: RESOURCES_OF_STATUS }] : []),
    ...(kind.scale === undefined
      ? []
      : [
          {
            name: 'scale',
            kind: 'Scale',
            group: 'autoscaling',
            version: 'v1',
            verbs: RESOURCES_OF_STATUS,
          },
        ]),
    ...(kind.subresources ?? []),
  ]
}

/** The first eight bytes of a hash of group, version and kind. */
function storageVersionHash(kind: Kind): string {
  const { group, version } = kind.served[0]
  return toBase64(sha256(encode(`${group}/${version}/${kind.kind}`)).subarray(0, 8))
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

function wantsAggregated(context: RequestContext): boolean {
  const accept = (context.request.headers.get('accept') ?? '').split(',')[0] ?? ''
  return accept.includes('as=APIGroupDiscoveryList') && accept.includes('v=v2') && !accept.includes('v=v2beta1')
}

function aggregated(server: ApiServer, core: boolean): HttpResponse {
  const items = groups(server)
    .filter((g) => (g.name === '') === core)
    .map((g) => ({
      metadata: core ? { creationTimestamp: null } : { name: g.name, creationTimestamp: null },
      versions: g.versions.map((version) => ({
        version,
        resources: aggregatedResources(server, g.name, version),
        freshness: 'Current',
      })),
    }))
  return {
    status: 200,
    headers: new Headers([['content-type', AGGREGATED]]),
    body: new JsonBody(
      {
        kind: 'APIGroupDiscoveryList',
        apiVersion: 'apidiscovery.k8s.io/v2',
        metadata: {},
        items,
      },
      '\n',
    ),
  }
}

function aggregatedResources(server: ApiServer, group: string, version: string): Obj[] {
  const out: Draft[] = []
  for (const kind of server.kinds.all) {
    const served = servedIn(kind, group, version)
    if (served === undefined) continue
    const entry: Draft = {
      resource: kind.plural,
      responseKind: { group, version, kind: kind.kind },
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      singularResource: kind.singular,
      verbs: kind.verbs ?? ALL_VERBS,
    }
    if (kind.shortNames !== undefined) entry.shortNames = kind.shortNames
    if (kind.categories !== undefined) entry.categories = kind.categories
    const subs = subresourcesOf(kind)
    if (subs.length > 0) {
      entry.subresources = subs.map((s) => ({
        subresource: s.name,
        responseKind: {
          group: s.group ?? group,
          version: s.version ?? version,
          kind: s.kind,
        },
        verbs: s.verbs,
      }))
    }
    out.push(entry)
  }
  return out.sort((a, b) => (str(a, 'resource') < str(b, 'resource') ? -1 : 1))
}

function rootPaths(server: ApiServer): string[] {
  const out = [
    '/.well-known/openid-configuration',
    '/api',
    '/api/v1',
    '/apis',
    '/apis/',
    '/flagz',
    '/metrics',
    '/metrics/slis',
    '/openapi/v2',
    '/openapi/v3',
    '/openapi/v3/',
    '/openid/v1/jwks',
    '/statusz',
    '/version',
    ...healthPaths(),
  ]
  for (const g of groups(server)) {
    if (g.name === '') continue
    out.push(`/apis/${g.name}`, ...g.versions.map((v) => `/apis/${g.name}/${v}`))
  }
  return out.sort()
}

function metrics(server: ApiServer): string {
  const lines = [
    '# HELP apiserver_storage_objects [STABLE] Number of stored objects at the time of last check split by kind.',
    '# TYPE apiserver_storage_objects gauge',
  ]
  for (const kind of server.kinds.all) {
    if (!(kind.verbs ?? ALL_VERBS).includes('list') || kind.plural === 'componentstatuses') continue
    const n = server.store.range(`${kind.prefix}/`).count
    lines.push(`apiserver_storage_objects{group="${kind.served[0].group}",resource="${kind.plural}"} ${n}`)
  }
  return `${lines.join('\n')}\n`
}
