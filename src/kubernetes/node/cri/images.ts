/** Images of a node: names, pulling, unpacked layers. Source: containerd's CRI image service. */
import { buildTree, type ImageEntry, type ImageTree } from '#linux/fs/memory/image.ts'
import { S } from '#linux/syscalls.ts'
import type { Simulation } from '#sim/simulation.ts'
import { MILLISECOND, SECOND } from '#sim/time.ts'
import { type Sim, WaitQueue } from '#sim/wait.ts'
import { type Blob, contentOf, type ImageContent, layerBlob } from './content.ts'
import { type ImageConfig, type ImageInfo, type ImageService, type ImageSpec, RpcError } from './types.ts'

/** What the runtime needs of a modelled image; those of `#images` are such. */
export interface RegistryImage {
  readonly references: readonly string[]
  readonly config: ImageConfig
  readonly layers: readonly RegistryLayer[]
}

export interface RegistryLayer {
  readonly sizeBytes: number
  /** The build step it came from. */
  readonly createdBy?: string
  entries(): readonly RegistryEntry[]
}

export type RegistryEntry =
  | { readonly path: string; readonly type: 'dir'; readonly mode: number; readonly uid?: number; readonly gid?: number }
  | {
      readonly path: string
      readonly type: 'file'
      readonly mode: number
      readonly content: Uint8Array
      readonly size?: number
      readonly uid?: number
      readonly gid?: number
    }
  | { readonly path: string; readonly type: 'symlink'; readonly target: string }

export type Resolution =
  | { readonly image: RegistryImage }
  /** There is such a repository, but no such tag (`not-found`); or no such repository (`denied`). */
  | { readonly problem: 'not-found' | 'denied' }

/** The registries a node can reach. */
export interface Registry {
  /** `reference` is full: `docker.io/library/nginx:1.27`. Throws Error with the transport's words when there is no way there. */
  resolve(reference: string): Sim<Resolution>
}

/** Bytes a second from the registry, and time until the first. */
const BANDWIDTH = 40_000_000
const LATENCY = 250 * MILLISECOND

/** `nginx` as containerd names it: `docker.io/library/nginx:latest`. */
export function normalizeReference(reference: string): string {
  const first = reference.split('/')[0] ?? ''
  const hasHost = reference.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost')
  const named = hasHost ? reference : reference.includes('/') ? `docker.io/${reference}` : `docker.io/library/${reference}`
  const tail = named.slice(named.lastIndexOf('/') + 1)
  return tail.includes(':') || tail.includes('@') ? named : `${named}:latest`
}

export function sizeOf(image: RegistryImage): number {
  return image.layers.reduce((sum, layer) => sum + layer.sizeBytes, 0)
}

export interface StoredImage {
  readonly id: string
  readonly image: RegistryImage
  readonly references: Set<string>
}

const trees = new WeakMap<RegistryLayer, ImageTree>()

/** The files of a layer; built once, shared by all nodes. */
export function layerTree(layer: RegistryLayer): ImageTree {
  let tree = trees.get(layer)
  if (tree === undefined) {
    tree = buildTree(layer.entries().map(imageEntry))
    trees.set(layer, tree)
  }
  return tree
}

function imageEntry(entry: RegistryEntry): ImageEntry {
  switch (entry.type) {
    case 'dir':
      return { path: entry.path, mode: S.IFDIR | entry.mode, uid: entry.uid ?? 0, gid: entry.gid ?? 0 }
    case 'symlink':
      return { path: entry.path, mode: S.IFLNK | 0o777, target: entry.target }
    case 'file':
      return {
        path: entry.path,
        mode: S.IFREG | entry.mode,
        uid: entry.uid ?? 0,
        gid: entry.gid ?? 0,
        content: entry.content,
        ...(entry.size === undefined ? {} : { size: entry.size }),
      }
  }
}

export interface ContentKeeper {
  add(blobs: readonly Blob[]): Sim<void>
  remove(blobs: readonly Blob[]): void
}

function blobsOf(image: RegistryImage): readonly Blob[] {
  const { manifest, config, layers } = contentOf(image)
  return [manifest, config, ...layers]
}

export class ImageStore implements ImageService {
  readonly #sim: Simulation
  readonly #registry: Registry
  readonly #images = new Map<string, StoredImage>()
  readonly #byReference = new Map<string, StoredImage>()
  /** Pulls that are going on: a second one of the same image waits for the first. */
  readonly #pulling = new Map<string, WaitQueue>()

  /** Told of blobs that come and go: the runtime, which has them as files. */
  keeper: ContentKeeper | undefined

  constructor(sim: Simulation, registry: Registry) {
    this.#sim = sim
    this.#registry = registry
  }

  /** Puts an image on the node without pulling it: those a kind node comes with. */
  load(image: RegistryImage): void {
    for (const reference of image.references) this.#store(normalizeReference(reference), image)
  }

  /** The image of a reference or id. */
  find(reference: string): StoredImage | undefined {
    return this.#images.get(reference) ?? this.#images.get(`sha256:${reference}`) ?? this.#byReference.get(normalizeReference(reference))
  }

  listImages(): readonly ImageInfo[] {
    return [...this.#images.values()].map(info)
  }

  imageStatus(reference: string): ImageInfo | undefined {
    const found = this.find(reference)
    return found === undefined ? undefined : info(found)
  }

  imageSpec(reference: string): ImageSpec | undefined {
    const image = this.find(reference)?.image
    if (image === undefined) return undefined
    const layers = image.layers.map((layer) => ({
      digest: layerBlob(layer).digest,
      sizeBytes: layer.sizeBytes,
      createdBy: layer.createdBy ?? '',
    }))
    return { config: image.config, layers }
  }

  *pullImage(reference: string): Sim<string> {
    const full = normalizeReference(reference)
    const busy = this.#pulling.get(full)
    if (busy !== undefined) {
      yield* busy.wait()
      const found = this.#byReference.get(full)
      if (found !== undefined) return found.id
    }
    const done = new WaitQueue()
    this.#pulling.set(full, done)
    try {
      return yield* this.#pull(full)
    } finally {
      this.#pulling.delete(full)
      done.wakeAll()
    }
  }

  *#pull(full: string): Sim<string> {
    const prefix = `failed to pull and unpack image "${full}": failed to resolve image: `
    let resolution: Resolution
    try {
      resolution = yield* this.#registry.resolve(full)
    } catch (error) {
      throw new RpcError('Unknown', `${prefix}${error instanceof Error ? error.message : String(error)}`)
    }
    yield* this.#sim.sleep(LATENCY)
    if ('problem' in resolution) {
      if (resolution.problem === 'not-found') throw new RpcError('NotFound', `${prefix}${full}: not found`)
      throw new RpcError(
        'Unknown',
        `${prefix}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
      )
    }
    const { image } = resolution
    const missing = image.layers.filter((layer) => ![...this.#images.values()].some((other) => other.image.layers.includes(layer)))
    yield* this.#sim.sleep(Math.round((missing.reduce((sum, layer) => sum + layer.sizeBytes, 0) * SECOND) / BANDWIDTH))
    const stored = this.#store(full, image)
    if (this.keeper !== undefined) yield* this.keeper.add(blobsOf(image))
    return stored.id
  }

  removeImage(reference: string): Sim<void> {
    return this.#remove(reference)
  }

  *#remove(reference: string): Sim<void> {
    const found = this.find(reference)
    if (found === undefined) return
    this.#images.delete(found.id)
    for (const name of found.references) this.#byReference.delete(name)
    const kept = new Set(this.blobs().map((blob) => blob.digest))
    this.keeper?.remove(blobsOf(found.image).filter((blob) => !kept.has(blob.digest)))
  }

  /** What the content store holds: the blobs of all images, each once. */
  blobs(): readonly Blob[] {
    const all = [...this.#images.values()].flatMap(({ image }) => blobsOf(image))
    return [...new Map(all.map((blob) => [blob.digest, blob])).values()]
  }

  imageContent(reference: string): ImageContent | undefined {
    const found = this.find(reference)
    return found === undefined ? undefined : contentOf(found.image)
  }

  #store(full: string, image: RegistryImage): StoredImage {
    const id = contentOf(image).config.digest
    const stored = this.#images.get(id) ?? { id, image, references: new Set() }
    stored.references.add(full)
    this.#images.set(id, stored)
    this.#byReference.set(full, stored)
    return stored
  }
}

function info({ id, image, references }: StoredImage): ImageInfo {
  const tags = [...references].filter((r) => !r.includes('@'))
  const repositories = new Set([...references].map(repositoryOf))
  const { digest } = contentOf(image).manifest
  return {
    id,
    repoTags: tags,
    repoDigests: [...repositories].map((r) => `${r}@${digest}`),
    sizeBytes: sizeOf(image),
    user: image.config.user ?? '',
  }
}

function repositoryOf(reference: string): string {
  const at = reference.indexOf('@')
  if (at >= 0) return reference.slice(0, at)
  const colon = reference.lastIndexOf(':')
  return colon > reference.lastIndexOf('/') ? reference.slice(0, colon) : reference
}
