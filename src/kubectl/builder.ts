import { bodyBytes } from '#http/message.ts'
import { statusText } from '#http/status.ts'
import { TransportError } from '#http/transport.ts'
import { Errno } from '#linux/errno.ts'
import { request } from '#linux/http/client.ts'
import { S } from '#linux/syscalls.ts'
import { decode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import type { Call } from './command.ts'
import { CommandError, Failures } from './errors.ts'
import { readFile } from './io.ts'
import { goError, type Kubectl } from './kubectl.ts'
import { kustomize } from './kustomize/build.ts'
import { groupVersion, gvrText, type Mapping, pathOf, type RestMapper } from './mapping.ts'
import type { KubeObject } from './rest.ts'
import { readYaml, splitDocuments, YamlFailure } from './yaml-documents.ts'

/** One object a command is about. Without `name` it is a whole collection (a list). */
export interface Info {
  readonly mapping: Mapping
  readonly namespace: string | undefined
  readonly name: string
  /** From a file, or fetched. */
  readonly object?: KubeObject
  /** The file it came from, for messages; undefined when it was named on the command line. */
  readonly source?: string
}

/** One that a manifest describes. */
export interface InfoOfManifest extends Info {
  readonly object: KubeObject
}

export const NO_RESOURCES = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`

/** What `TYPE NAME`, `TYPE/NAME …` on a command line ask for. */
export interface Selection {
  /** Kinds asked for as a whole (with `names` empty), in order. */
  readonly kinds: readonly Mapping[]
  /** Objects by name. */
  readonly named: readonly { readonly mapping: Mapping; readonly name: string }[]
}

/** Parses resource arguments; the words are kubectl's cli-runtime's. */
export function parseResourceArgs(mapper: RestMapper, args: readonly string[], singleType = false): Selection {
  if (args.length === 0) return { kinds: [], named: [] }
  const slashed = args.filter((a) => a.includes('/'))
  if (slashed.length > 0) {
    if (slashed.length !== args.length) {
      throw new CommandError(
        "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
      )
    }
    const named = args.map((arg) => {
      const [type = '', name = '', ...more] = arg.split('/')
      if (more.length > 0) throw new CommandError('arguments in resource/name form may not have more than one slash')
      if (type === '' || name === '') throw new CommandError('arguments in resource/name form must have a single resource and name')
      return { mapping: mapper.resolve(type), name }
    })
    return { kinds: [], named }
  }
  const [types = '', ...names] = args
  const kinds = types
    .split(',')
    .filter((t) => t !== '')
    .flatMap((t) => {
      const category = mapper.find(t) === undefined ? mapper.category(t) : []
      return category.length > 0 ? category : [mapper.resolve(t)]
    })
  if (names.length === 0) return { kinds, named: [] }
  if (singleType && kinds.length > 1) throw new CommandError('you may only specify a single resource type')
  return { kinds: [], named: kinds.flatMap((mapping) => names.map((name) => ({ mapping, name }))) }
}

/** A document of a manifest file. */
export interface Manifest {
  readonly object: KubeObject
  readonly source: string
}

/** Reads the manifests of `-f`: files, folders, `-`. */
export function* readManifests(k: Kubectl, call: Call): Sim<{ manifests: Manifest[]; errors: CommandError[] }> {
  const manifests: Manifest[] = []
  const errors: CommandError[] = []
  const folder = call.flags.string('kustomize')
  if (folder !== '') for (const object of yield* kustomize(k, folder)) manifests.push({ object, source: folder })
  const missing = call.flags
    .list('filename')
    .filter((path) => path !== '-' && !/^https?:/.test(path) && !k.proc.access(path, '') && expandPattern(k, path).length === 0)
  if (missing.length > 1) throw new Failures(missing.map((path) => new CommandError(`the path ${JSON.stringify(path)} does not exist`)))
  for (const path of call.flags.list('filename')) {
    for (const file of expandPattern(k, path).length > 0
      ? expandPattern(k, path)
      : yield* expandPath(k, path, call.flags.bool('recursive'))) {
      const text = decode(yield* file === '-' ? k.stdin() : /^https?:\/\//.test(file) ? readUrl(k, file) : readFile(k.proc, file))
      const source = file === '-' ? 'STDIN' : file
      try {
        for (const object of parseManifest(text, source)) manifests.push({ object, source })
      } catch (error) {
        if (!(error instanceof PartialManifest)) throw error
        for (const object of error.good) manifests.push({ object, source })
        errors.push(new CommandError(error.message))
      }
    }
  }
  return { manifests, errors }
}

/** A stream of documents of which a later one could not be read. */
class PartialManifest extends Error {
  readonly good: readonly KubeObject[]

  constructor(message: string, good: readonly KubeObject[]) {
    super(message)
    this.good = good
  }
}

/** Files that a pattern such as `dir/*.yaml` stands for; none when the path has no wildcard. */
function expandPattern(k: Kubectl, path: string): string[] {
  if (!/[*?[]/.test(path) || k.proc.access(path, '')) return []
  let found = path.startsWith('/') ? ['/'] : ['']
  for (const part of path.split('/').filter((p) => p !== '')) {
    found = found.flatMap((folder) => {
      const full = (name: string): string => `${folder}${folder === '' || folder.endsWith('/') ? '' : '/'}${name}`
      if (!/[*?[]/.test(part)) return k.proc.access(full(part), '') ? [full(part)] : []
      const pattern = new RegExp(
        `^${part
          .replaceAll(/[.+^${}()|\\]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')}$`,
      )
      if ((folder !== '' && !k.proc.access(folder, '')) || (folder !== '' && (k.proc.stat(folder).mode & S.IFMT) !== S.IFDIR)) return []
      return k.proc
        .readdir(folder === '' ? '.' : folder)
        .map((e) => e.name)
        .filter((name) => name !== '.' && name !== '..' && pattern.test(name))
        .sort()
        .map(full)
    })
  }
  return found
}

/** A manifest that is fetched. Source: cli-runtime pkg/resource (URLVisitor). Differs: an answer of 5xx is not asked for again. */
function* readUrl(k: Kubectl, url: string): Sim<Uint8Array> {
  try {
    const { status, body } = yield* request(k.proc, url)
    const content = yield* bodyBytes(body)
    if (status !== 200)
      throw new CommandError(
        `unable to read URL ${JSON.stringify(url)}, server reported ${status} ${statusText(status)}, status code=${status}`,
      )
    return content
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    throw new TransportError(`Get ${JSON.stringify(url)}: ${error.message}`)
  }
}

function* expandPath(k: Kubectl, path: string, recursive: boolean): Sim<string[]> {
  if (path === '-' || /^https?:\/\//.test(path)) return [path]
  try {
    if ((k.proc.stat(path).mode & S.IFMT) !== S.IFDIR) return [path]
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    if (error.code === 'ENOENT') throw new CommandError(`the path ${JSON.stringify(path)} does not exist`)
    throw new CommandError(`the path ${JSON.stringify(path)} cannot be accessed: ${goError(error)}`)
  }
  const files: string[] = []
  const walk = (folder: string): void => {
    for (const entry of [...k.proc.readdir(folder)].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const full = `${folder.replace(/\/$/, '')}/${entry.name}`
      if (entry.type === S.IFDIR) {
        if (recursive) walk(full)
      } else if (/\.(json|yaml|yml)$/.test(entry.name)) files.push(full)
    }
  }
  walk(path)
  if (files.length === 0) throw new CommandError(`error reading [${path}]: recognized file extensions are [.json .yaml .yml]`)
  return files
}

/** The objects in a manifest; lists are taken apart. YAML 1.1, as the real client reads it. */
export function parseManifest(text: string, source: string): KubeObject[] {
  const out: KubeObject[] = []
  for (const part of splitDocuments(text)) {
    let value: unknown
    try {
      value = readYaml(part)
    } catch (failure) {
      if (!(failure instanceof YamlFailure)) throw failure
      throw new PartialManifest(`error parsing ${source}: error converting YAML to JSON: yaml: ${failure.message}`, out)
    }
    if (value === null || value === undefined) continue
    if (typeof value !== 'object' || Array.isArray(value)) {
      throw new PartialManifest(
        `error validating ${JSON.stringify(source)}: error validating data: invalid object to validate; if you choose to ignore these errors, turn validation off with --validate=false`,
        out,
      )
    }
    const object = value as KubeObject
    if (Array.isArray(object.items) && /List$/.test(object.kind ?? '')) out.push(...(object.items as KubeObject[]))
    else out.push(object)
  }
  return out
}

/** Resolves a manifest's kind and namespace; the object has its namespace in it then. */
export function infoOf(mapper: RestMapper, manifest: Manifest, namespace: string, enforce: boolean): InfoOfManifest {
  const { object, source } = manifest
  const { apiVersion = '', kind = '' } = object
  if (kind === '' && apiVersion === '')
    throw new CommandError(
      `error validating ${JSON.stringify(source)}: error validating data: [apiVersion not set, kind not set]; if you choose to ignore these errors, turn validation off with --validate=false`,
    )
  if (kind === '')
    throw new CommandError(
      `error validating ${JSON.stringify(source)}: error validating data: kind not set; if you choose to ignore these errors, turn validation off with --validate=false`,
    )
  if (apiVersion === '') {
    throw new CommandError(
      `error validating ${JSON.stringify(source)}: error validating data: apiVersion not set; if you choose to ignore these errors, turn validation off with --validate=false`,
    )
  }
  const misfit = misfitOf(object)
  if (misfit !== undefined) throw new CommandError(`unable to decode ${JSON.stringify(source)}: json: cannot unmarshal ${misfit}`)
  const mapping = mapper.forKind(apiVersion, kind)
  const name = object.metadata?.name ?? ''
  if (mapping === undefined) {
    const suffix = object.metadata?.namespace === undefined ? '' : object.metadata.namespace
    throw new CommandError(
      `resource mapping not found for name: ${JSON.stringify(name)} namespace: ${JSON.stringify(suffix)} from ${JSON.stringify(source)}: no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}\nensure CRDs are installed first`,
    )
  }
  if (!mapping.namespaced) return { mapping, namespace: undefined, name, object, source }
  const own = object.metadata?.namespace
  if (enforce && own !== undefined && own !== namespace) {
    throw new CommandError(
      `the namespace from the provided object ${JSON.stringify(own)} does not match the namespace ${JSON.stringify(namespace)}. You must pass '--namespace=${own}' to perform this operation.`,
    )
  }
  const placed = own === undefined ? { ...object, metadata: { ...object.metadata, namespace } } : object
  return { mapping, namespace: own ?? namespace, name, object: placed, source }
}

/** What of an object's metadata does not fit its Go type, in encoding/json's words. */
function misfitOf(object: KubeObject): string | undefined {
  const { metadata }: { metadata?: unknown } = object
  if (metadata === undefined || metadata === null) return undefined
  if (typeof metadata !== 'object' || Array.isArray(metadata))
    return `${jsonType(metadata)} into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta`
  const fields = metadata as Readonly<Record<string, unknown>>
  for (const field of ['name', 'generateName', 'namespace', 'uid', 'resourceVersion']) {
    const value = fields[field]
    if (value !== undefined && value !== null && typeof value !== 'string')
      return `${jsonType(value)} into Go struct field ObjectMeta.metadata.${field} of type string`
  }
  for (const field of ['labels', 'annotations']) {
    const map = fields[field]
    if (map === undefined || map === null) continue
    if (typeof map !== 'object' || Array.isArray(map))
      return `${jsonType(map)} into Go struct field ObjectMeta.metadata.${field} of type map[string]string`
    const wrong = Object.values(map).find((value) => value !== null && typeof value !== 'string')
    if (wrong !== undefined) return `${jsonType(wrong)} into Go struct field ObjectMeta.metadata.${field} of type string`
  }
  return undefined
}

function jsonType(value: unknown): string {
  return typeof value === 'boolean' ? 'bool' : Array.isArray(value) ? 'array' : typeof value
}

/** Path of the object on the server. */
export function infoPath(info: Info, subresource?: string): string {
  return pathOf(info.mapping, info.namespace, info.name, subresource)
}

/** The objects that `-f` files, or arguments and selector, ask for; fetched where only named. */
export function* selectObjects(
  k: Kubectl,
  call: Call,
  options: { readonly singleType?: boolean; readonly args?: readonly string[]; readonly all?: boolean } = {},
): Sim<Info[]> {
  const mapper = yield* k.mapper()
  const namespace = yield* k.namespace()
  const rest = yield* k.rest()
  if (call.flags.list('filename').length > 0 || call.flags.string('kustomize') !== '') {
    const { manifests, errors } = yield* readManifests(k, call)
    if (errors[0] !== undefined) throw errors[0]
    const infos: Info[] = []
    for (const m of manifests) {
      const info = infoOf(mapper, m, namespace, call.flags.changed('namespace'))
      infos.push({ ...info, object: yield* rest.json('GET', infoPath(info)) })
    }
    return infos
  }
  const args = options.args ?? call.args
  if (args.length === 0) throw new CommandError(NO_RESOURCES)
  const { kinds, named } = parseResourceArgs(mapper, args, options.singleType)
  const infos: Info[] = []
  for (const { mapping, name } of named) {
    const info: Info = { mapping, namespace: mapping.namespaced ? namespace : undefined, name }
    infos.push({ ...info, object: yield* rest.json('GET', infoPath(info)) })
  }
  const selector = call.flags.string('selector')
  if (kinds.length > 0 && selector === '' && options.all !== true)
    throw new CommandError('resource(s) were provided, but no name was specified')
  const everywhere = call.flags.bool('all-namespaces')
  for (const mapping of kinds) {
    const query = { labelSelector: selector === '' ? undefined : selector, fieldSelector: call.flags.string('field-selector') || undefined }
    const list = yield* rest.list(pathOf(mapping, everywhere ? undefined : namespace), gvrText(mapping), { query })
    for (const item of (list.items as KubeObject[] | undefined) ?? []) {
      const object = { apiVersion: groupVersion(mapping), kind: mapping.kind, ...item }
      infos.push({ mapping, namespace: item.metadata?.namespace, name: item.metadata?.name ?? '', object })
    }
  }
  return infos
}
