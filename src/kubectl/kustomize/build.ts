/** Builds a kustomization: resources, generators, patches, names, labels, images. Source: kustomize v5's documentation of fields. */
import { parse } from 'yaml'
import { at, clone, type Draft, draft, drafts, isObj, type Obj, obj, objs, str, strMap, strs } from '#kubernetes/api/json.ts'
import { applyJsonPatch } from '#kubernetes/api/json-patch.ts'
import { matches, parseSelector } from '#kubernetes/api/labels.ts'
import { applyMergePatch } from '#kubernetes/api/merge-patch.ts'
import { definitionOf } from '#kubernetes/api/protobuf.ts'
import { applyStrategicMergePatch } from '#kubernetes/api/strategic-merge-patch.ts'
import { Errno } from '#linux/errno.ts'
import { S } from '#linux/syscalls.ts'
import { decode, encode, toBase64 } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { parseManifest } from '../builder.ts'
import { contentHash } from '../cmd/generators/data.ts'
import { CommandError } from '../errors.ts'
import { printError, readFile } from '../io.ts'
import { goError, type Kubectl } from '../kubectl.ts'
import type { KubeObject } from '../rest.ts'

interface Item {
  object: Draft
  /** Names it has had, for references. */
  readonly names: string[]
  hash: boolean
}

const FILES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']
const FIELDS = new Set([
  'apiVersion',
  'kind',
  'metadata',
  'resources',
  'bases',
  'namespace',
  'namePrefix',
  'nameSuffix',
  'labels',
  'commonLabels',
  'commonAnnotations',
  'images',
  'replicas',
  'configMapGenerator',
  'secretGenerator',
  'generatorOptions',
  'patches',
  'patchesStrategicMerge',
  'patchesJson6902',
])
const UNMODELLED = new Set([
  'components',
  'crds',
  'vars',
  'replacements',
  'helmCharts',
  'configurations',
  'generators',
  'transformers',
  'validators',
  'openapi',
  'buildMetadata',
  'sortOptions',
])
const DEPRECATED: Readonly<Record<string, string>> = {
  bases: 'resources',
  commonLabels: 'labels',
  patchesStrategicMerge: 'patches',
  patchesJson6902: 'patches',
}
const ORDER = [
  'Namespace',
  'ResourceQuota',
  'StorageClass',
  'CustomResourceDefinition',
  'ServiceAccount',
  'PodSecurityPolicy',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
  'Endpoints',
  'Service',
  'LimitRange',
  'PriorityClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
]
const CLUSTER = new Set([
  'Namespace',
  'StorageClass',
  'CustomResourceDefinition',
  'ClusterRole',
  'ClusterRoleBinding',
  'PriorityClass',
  'PersistentVolume',
  'Node',
  'IngressClass',
])

/** The objects of a folder's kustomization, names hashed and references set, in kustomize's order. */
export function* kustomize(k: Kubectl, folder: string): Sim<KubeObject[]> {
  const root = absolute(k, folder)
  try {
    if ((k.proc.stat(root).mode & S.IFMT) !== S.IFDIR) throw new CommandError(`must build at directory: '${folder}': file is not directory`)
  } catch (error) {
    if (error instanceof Errno)
      throw new CommandError(
        `must build at directory: not a valid directory: evalsymlink failure on '${folder}' : lstat ${root}: ${goError(error)}`,
      )
    throw error
  }
  const items = yield* build(k, root)
  // The name is no part of what is hashed, so that a prefix does not change it.
  for (const item of items)
    if (item.hash) rename(item, `${str(item.object, 'metadata', 'name')}-${contentHash({ ...item.object, metadata: {} })}`)
  for (const item of items) refer(item.object, items)
  const rank = (item: Item): number => {
    const at = ORDER.indexOf(String(item.object.kind))
    return at < 0 ? (/WebhookConfiguration$/.test(String(item.object.kind)) ? 1000 : 500) : at
  }
  return items
    .map((item, i) => ({ item, i }))
    .sort((a, b) => rank(a.item) - rank(b.item) || a.i - b.i)
    .map(({ item }) => item.object)
}

function absolute(k: Kubectl, path: string, base = k.proc.getcwd()): string {
  const out: string[] = []
  for (const part of (path.startsWith('/') ? path : `${base}/${path}`).split('/')) {
    if (part === '..') out.pop()
    else if (part !== '' && part !== '.') out.push(part)
  }
  return `/${out.join('/')}`
}

function* build(k: Kubectl, root: string): Sim<Item[]> {
  const file = FILES.find((f) => k.proc.access(`${root}/${f}`, ''))
  if (file === undefined)
    throw new CommandError(`unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${root}'`)
  const text = decode(yield* readFile(k.proc, `${root}/${file}`))
  const config: unknown = parse(text, { version: '1.1' })
  if (!isObj(config)) throw new CommandError(`${file} is empty`)
  for (const field of Object.keys(config)) {
    if (UNMODELLED.has(field)) throw new CommandError(`podlab: kustomize's ${field} is not modelled`)
    if (!FIELDS.has(field)) throw new CommandError(`invalid Kustomization: json: unknown field ${JSON.stringify(field)}`)
  }
  for (const [field, use] of Object.entries(DEPRECATED)) {
    if (config[field] !== undefined)
      yield* printError(
        k.proc,
        `# Warning: '${field}' is deprecated. Please use '${use}' instead. Run 'kustomize edit fix' to update your Kustomization automatically.\n`,
      )
  }
  const items: Item[] = []
  for (const entry of [...strs(config, 'resources'), ...strs(config, 'bases')]) items.push(...(yield* resource(k, root, entry)))
  for (const generator of objs(config, 'configMapGenerator'))
    yield* generate(k, root, items, generator, 'ConfigMap', obj(config, 'generatorOptions'))
  for (const generator of objs(config, 'secretGenerator'))
    yield* generate(k, root, items, generator, 'Secret', obj(config, 'generatorOptions'))
  yield* patches(k, root, items, config)
  transform(items, config)
  return items
}

function* resource(k: Kubectl, root: string, entry: string): Sim<Item[]> {
  const path = absolute(k, entry, root)
  try {
    if ((k.proc.stat(path).mode & S.IFMT) === S.IFDIR) return yield* build(k, path)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    const why = `evalsymlink failure on '${path}' : lstat ${path}: ${goError(error)}`
    throw new CommandError(
      `accumulating resources: accumulation err='accumulating resources from '${entry}': ${why}': must build at directory: not a valid directory: ${why}`,
    )
  }
  const objects = parseManifest(decode(yield* readFile(k.proc, path)), entry)
  return objects.map((object) => ({ object: clone(object) as Draft, names: [object.metadata?.name ?? ''], hash: false }))
}

function* generate(k: Kubectl, root: string, items: Item[], spec: Obj, kind: 'ConfigMap' | 'Secret', common: Obj): Sim<void> {
  const data: Record<string, string> = {}
  const encodeValue = (value: string): string => (kind === 'Secret' ? toBase64(encode(value)) : value)
  for (const literal of strs(spec, 'literals')) {
    const eq = literal.indexOf('=')
    if (eq < 1) throw new CommandError(`invalid literal source ${literal}, expected key=value`)
    data[literal.slice(0, eq)] = encodeValue(literal.slice(eq + 1).replace(/^(['"])(.*)\1$/s, '$2'))
  }
  for (const source of strs(spec, 'files')) {
    const eq = source.indexOf('=')
    const path = eq < 0 ? source : source.slice(eq + 1)
    data[eq < 0 ? (path.split('/').at(-1) ?? path) : source.slice(0, eq)] = encodeValue(
      decode(yield* readFile(k.proc, absolute(k, path, root))),
    )
  }
  for (const source of [...strs(spec, 'envs'), ...(str(spec, 'env') === '' ? [] : [str(spec, 'env')])]) {
    for (const line of decode(yield* readFile(k.proc, absolute(k, source, root))).split('\n')) {
      const eq = line.indexOf('=')
      if (line.trim() !== '' && !line.startsWith('#') && eq > 0) data[line.slice(0, eq)] = encodeValue(line.slice(eq + 1))
    }
  }
  const name = str(spec, 'name')
  const behavior = str(spec, 'behavior')
  const options = { ...common, ...obj(spec, 'options') }
  const old = items.find((i) => i.object.kind === kind && i.names.includes(name))
  if (behavior === 'merge' || behavior === 'replace') {
    if (old === undefined)
      throw new CommandError(
        `merging from generator: id resid.ResId{Gvk:resid.Gvk{Group:"", Version:"v1", Kind:"${kind}", isClusterScoped:false}, Name:"${name}", Namespace:""} does not exist; cannot merge or replace`,
      )
    old.object.data = behavior === 'merge' ? { ...strMap(old.object, 'data'), ...data } : data
    return
  }
  const labels = strMap(options, 'labels')
  const annotations = strMap(options, 'annotations')
  const namespace = str(spec, 'namespace')
  const object: Draft = {
    apiVersion: 'v1',
    kind,
    ...(Object.keys(data).length === 0 ? {} : { data }),
    metadata: {
      name,
      ...(namespace === '' ? {} : { namespace }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    ...(kind === 'Secret' ? { type: str(spec, 'type') || 'Opaque' } : {}),
  }
  items.push({ object, names: [name], hash: options.disableNameSuffixHash !== true })
}

function* patches(k: Kubectl, root: string, items: Item[], config: Obj): Sim<void> {
  const list = [
    ...strs(config, 'patchesStrategicMerge').map((p): Obj => (p.includes('\n') ? { patch: p } : { path: p })),
    ...objs(config, 'patches'),
    ...objs(config, 'patchesJson6902'),
  ]
  for (const spec of list) {
    const text = str(spec, 'path') === '' ? str(spec, 'patch') : decode(yield* readFile(k.proc, absolute(k, str(spec, 'path'), root)))
    for (const part of text.split(/^---\s*$/m)) {
      const body: unknown = parse(part, { version: '1.1' })
      if (body === null || body === undefined) continue
      const chosen = items.filter((i) => (isObj(spec.target) ? targeted(i, spec.target) : sameId(i, body)))
      if (chosen.length === 0 && !isObj(spec.target)) {
        const [group = '', version] = str(body, 'apiVersion').includes('/')
          ? str(body, 'apiVersion').split('/')
          : ['', str(body, 'apiVersion')]
        const id = `${str(body, 'kind')}.${version}.${group === '' ? '[noGrp]' : group}/${str(body, 'metadata', 'name')}.${str(body, 'metadata', 'namespace') || '[noNs]'}`
        throw new CommandError(
          `no resource matches strategic merge patch ${JSON.stringify(id)}: no matches for Id ${id}; failed to find unique target for patch ${id}`,
        )
      }
      for (const item of chosen) apply(items, item, body)
    }
  }
}

const sameId = (item: Item, patch: unknown): boolean =>
  item.object.kind === str(patch, 'kind') &&
  item.object.apiVersion === str(patch, 'apiVersion') &&
  item.names.includes(str(patch, 'metadata', 'name'))

function targeted(item: Item, target: Obj): boolean {
  const full = (pattern: string, value: string): boolean => pattern === '' || new RegExp(`^(?:${pattern})$`).test(value)
  const [group, version] = str(item.object, 'apiVersion').includes('/')
    ? str(item.object, 'apiVersion').split('/')
    : ['', str(item.object, 'apiVersion')]
  const selector = str(target, 'labelSelector')
  return (
    full(str(target, 'group'), group ?? '') &&
    full(str(target, 'version'), version ?? '') &&
    full(str(target, 'kind'), str(item.object, 'kind')) &&
    item.names.some((n) => full(str(target, 'name'), n)) &&
    full(str(target, 'namespace'), str(item.object, 'metadata', 'namespace')) &&
    (selector === '' || matches(parseSelector(selector), strMap(item.object, 'metadata', 'labels')))
  )
}

function apply(items: Item[], item: Item, body: unknown): void {
  if (Array.isArray(body)) {
    // Replacing what is not there adds it.
    for (const operation of body as readonly unknown[]) {
      const path = str(operation, 'path').split('/').slice(1)
      const absent =
        isObj(operation) && operation.op === 'replace' && at(item.object, ...path) === undefined && !path.some((p) => /^(\d+|-)$/.test(p))
      item.object = clone(applyJsonPatch(item.object, [absent ? { ...operation, op: 'add' } : operation])) as Draft
    }
    return
  }
  if (str(body, '$patch') === 'delete') {
    items.splice(items.indexOf(item), 1)
    return
  }
  const def = definitionOf(str(item.object, 'apiVersion'), str(item.object, 'kind'))
  const { name } = obj(item.object, 'metadata')
  const after = def === undefined ? applyMergePatch(item.object, body) : applyStrategicMergePatch(item.object, body, def)
  item.object = clone(after) as Draft
  draft(item.object, 'metadata').name = name
}

function rename(item: Item, name: string): void {
  if (name === str(item.object, 'metadata', 'name')) return
  draft(item.object, 'metadata').name = name
  item.names.push(name)
}

const WORKLOADS = new Set(['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'ReplicationController'])

function templateOf(object: Draft): Draft | undefined {
  if (object.kind === 'CronJob') return draft(draft(draft(draft(object, 'spec'), 'jobTemplate'), 'spec'), 'template')
  return WORKLOADS.has(String(object.kind)) ? draft(draft(object, 'spec'), 'template') : undefined
}

function transform(items: Item[], config: Obj): void {
  const namespace = str(config, 'namespace')
  const prefix = str(config, 'namePrefix')
  const suffix = str(config, 'nameSuffix')
  for (const item of items) {
    const { object } = item
    const kind = String(object.kind)
    for (const { name, count } of objs(config, 'replicas'))
      if (['Deployment', 'ReplicaSet', 'StatefulSet', 'ReplicationController'].includes(kind) && item.names.includes(String(name)))
        draft(object, 'spec').replicas = count
    if (namespace !== '') {
      if (kind === 'Namespace') rename(item, namespace)
      else if (!CLUSTER.has(kind)) draft(object, 'metadata').namespace = namespace
      if (/RoleBinding$/.test(kind))
        for (const s of objs(object, 'subjects').length > 0 ? drafts(object, 'subjects') : [])
          if (s.kind === 'ServiceAccount' && s.name === 'default') s.namespace = namespace
    }
    if ((prefix !== '' || suffix !== '') && kind !== 'Namespace' && kind !== 'CustomResourceDefinition')
      rename(item, `${prefix}${str(object, 'metadata', 'name')}${suffix}`)
    label(object, strMap(config, 'commonLabels'), true, true)
    for (const entry of objs(config, 'labels'))
      label(
        object,
        strMap(entry, 'pairs'),
        entry.includeSelectors === true,
        entry.includeSelectors === true || entry.includeTemplates === true,
      )
    const annotations = strMap(config, 'commonAnnotations')
    if (Object.keys(annotations).length > 0) {
      Object.assign(draft(draft(object, 'metadata'), 'annotations'), annotations)
      const template = templateOf(object)
      if (template !== undefined) Object.assign(draft(draft(template, 'metadata'), 'annotations'), annotations)
    }
    images(object, objs(config, 'images'))
  }
}

function label(object: Draft, pairs: Readonly<Record<string, string>>, selectors: boolean, templates: boolean): void {
  if (Object.keys(pairs).length === 0) return
  Object.assign(draft(draft(object, 'metadata'), 'labels'), pairs)
  const template = templateOf(object)
  if (templates && template !== undefined) Object.assign(draft(draft(template, 'metadata'), 'labels'), pairs)
  if (!selectors) return
  if (object.kind === 'Service' && isObj(obj(object, 'spec').selector)) Object.assign(draft(draft(object, 'spec'), 'selector'), pairs)
  if (['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'].includes(String(object.kind)))
    Object.assign(draft(draft(draft(object, 'spec'), 'selector'), 'matchLabels'), pairs)
}

function images(object: Draft, wanted: readonly Obj[]): void {
  const pod =
    object.kind === 'Pod'
      ? draft(object, 'spec')
      : templateOf(object) === undefined
        ? undefined
        : draft(templateOf(object) as Draft, 'spec')
  if (pod === undefined || wanted.length === 0) return
  for (const list of ['containers', 'initContainers']) {
    for (const c of pod[list] === undefined ? [] : drafts(pod, list)) {
      const [, name = '', rest = ''] = /^(.*?)((?::[^:/@]+)?(?:@.*)?)$/.exec(String(c.image)) ?? []
      const change = wanted.find((w) => w.name === name)
      if (change === undefined) continue
      const tag =
        str(change, 'digest') !== '' ? `@${str(change, 'digest')}` : change.newTag !== undefined ? `:${String(change.newTag)}` : rest
      c.image = `${str(change, 'newName') || name}${tag}`
    }
  }
}

/** Where an object names others: the member that holds the name, by the member it is in, and the kind named. */
const REFERENCES: readonly (readonly [parent: string, member: string, kind: string])[] = [
  ['configMapRef', 'name', 'ConfigMap'],
  ['configMapKeyRef', 'name', 'ConfigMap'],
  ['configMap', 'name', 'ConfigMap'],
  ['secretRef', 'name', 'Secret'],
  ['secretKeyRef', 'name', 'Secret'],
  ['secret', 'secretName', 'Secret'],
  ['secret', 'name', 'Secret'],
  ['imagePullSecrets', 'name', 'Secret'],
  ['tls', 'secretName', 'Secret'],
  ['persistentVolumeClaim', 'claimName', 'PersistentVolumeClaim'],
  ['spec', 'serviceAccountName', 'ServiceAccount'],
  ['subjects', 'name', 'ServiceAccount'],
  ['service', 'name', 'Service'],
  ['spec', 'serviceName', 'Service'],
  ['roleRef', 'name', 'Role'],
  ['roleRef', 'name', 'ClusterRole'],
  ['scaleTargetRef', 'name', 'Deployment'],
]

function refer(value: unknown, items: readonly Item[], parent = ''): void {
  if (Array.isArray(value)) for (const v of value) refer(v, items, parent)
  if (!isObj(value)) return
  const map = value as Draft
  for (const [where, member, kind] of REFERENCES) {
    const name = map[member]
    if (where !== parent || typeof name !== 'string') continue
    const target = items.find((i) => i.object.kind === kind && i.names.includes(name))
    if (target !== undefined) map[member] = str(target.object, 'metadata', 'name')
  }
  for (const [key, child] of Object.entries(map)) if (key !== 'metadata') refer(child, items, key)
}
