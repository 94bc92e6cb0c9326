/**
 * What an image is in a registry and in containerd's content store: blobs that are named by the hash of their bytes.
 * Source: OCI image specification (manifest.md, config.md, layer.md), ustar of tar(5).
 * Differs: layers are stored unpacked (registries have them compressed), for one platform (no index), and archives hold the bytes that
 * the model's files have, which for programs is less than `ls` says.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { encode } from '#sim/bytes.ts'
import type { RegistryEntry, RegistryImage, RegistryLayer } from './images.ts'
import type { ImageConfig } from './types.ts'

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'
export const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json'
export const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar'

export interface Blob {
  /** `sha256:…`. */
  readonly digest: string
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/** The blobs of an image. The image's id is the digest of its configuration. */
export interface ImageContent {
  readonly manifest: Blob
  readonly config: Blob
  /** The lowest first. */
  readonly layers: readonly Blob[]
}

const layers = new WeakMap<RegistryLayer, Blob>()
const contents = new WeakMap<RegistryImage, ImageContent>()

/** Made once for an image; nodes share the bytes. */
export function contentOf(image: RegistryImage): ImageContent {
  let content = contents.get(image)
  if (content === undefined) {
    content = makeContent(image)
    contents.set(image, content)
  }
  return content
}

export function layerBlob(layer: RegistryLayer): Blob {
  let blob = layers.get(layer)
  if (blob === undefined) {
    blob = blobOf(LAYER_TYPE, tarOf(layer.entries().map(fromEntry)))
    layers.set(layer, blob)
  }
  return blob
}

function blobOf(mediaType: string, bytes: Uint8Array): Blob {
  return { digest: digest(bytes), mediaType, bytes }
}

/** `sha256:` and the hash. */
export function digest(bytes: Uint8Array): string {
  let hex = ''
  for (const b of sha256(bytes)) hex += (b < 16 ? '0' : '') + b.toString(16)
  return `sha256:${hex}`
}

function descriptor({ mediaType, digest, bytes }: Blob): object {
  return { mediaType, digest, size: bytes.length }
}

/** An image's configuration as OCI has it (config.md). */
export function configurationOf(config: ImageConfig, layers: readonly { readonly digest: string; readonly createdBy: string }[]): object {
  return {
    architecture: 'amd64',
    os: 'linux',
    config: {
      ...(config.user === undefined ? {} : { User: config.user }),
      ...(config.exposedPorts === undefined ? {} : { ExposedPorts: Object.fromEntries(config.exposedPorts.map((port) => [port, {}])) }),
      ...(config.env === undefined ? {} : { Env: config.env }),
      ...(config.entrypoint === undefined ? {} : { Entrypoint: config.entrypoint }),
      ...(config.cmd === undefined ? {} : { Cmd: config.cmd }),
      ...(config.workingDir === undefined ? {} : { WorkingDir: config.workingDir }),
      ...(config.labels === undefined ? {} : { Labels: config.labels }),
      ...(config.stopSignal === undefined ? {} : { StopSignal: config.stopSignal }),
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
    history: layers.map((layer) => ({ created_by: layer.createdBy })),
  }
}

function makeContent(image: RegistryImage): ImageContent {
  const { config } = image
  const blobs = image.layers.map(layerBlob)
  const configuration = blobOf(
    CONFIG_TYPE,
    encode(
      JSON.stringify(
        configurationOf(
          config,
          image.layers.map((layer, n) => ({ digest: blobs[n]?.digest ?? '', createdBy: layer.createdBy ?? '' })),
        ),
      ),
    ),
  )
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: descriptor(configuration),
    layers: blobs.map(descriptor),
  }
  return { manifest: blobOf(MANIFEST_TYPE, encode(JSON.stringify(manifest))), config: configuration, layers: blobs }
}

/** An image as one archive, as `ctr images export` writes it: layout, index and blobs. Source: OCI image-layout.md. */
export function archiveOf(content: ImageContent, reference: string): Uint8Array {
  const { manifest, config } = content
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        ...descriptor(manifest),
        annotations: { 'io.containerd.image.name': reference, 'org.opencontainers.image.ref.name': reference.replace(/^.*:/, '') },
        platform: { architecture: 'amd64', os: 'linux' },
      },
    ],
  }
  const path = (blob: Blob): string => `blobs/sha256/${blob.digest.slice(7)}`
  const docker = [{ Config: path(config), RepoTags: [reference], Layers: content.layers.map(path) }]
  const blobs = [...new Map([manifest, config, ...content.layers].map((blob) => [blob.digest, blob])).values()]
  return tarOf([
    { name: 'blobs/', type: '5', mode: 0o755, uid: 0, gid: 0, link: '', data: NONE },
    { name: 'blobs/sha256/', type: '5', mode: 0o755, uid: 0, gid: 0, link: '', data: NONE },
    ...blobs.map((blob) => file(path(blob), blob.bytes)).sort((a, b) => (a.name < b.name ? -1 : 1)),
    file('index.json', encode(JSON.stringify(index))),
    file('manifest.json', encode(JSON.stringify(docker))),
    file('oci-layout', encode('{"imageLayoutVersion":"1.0.0"}')),
  ])
}

interface Member {
  readonly name: string
  /** `0` file, `2` symbolic link, `5` directory. */
  readonly type: '0' | '2' | '5'
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly link: string
  readonly data: Uint8Array
}

const NONE = new Uint8Array(0)
const BLOCK = 512

function file(name: string, data: Uint8Array): Member {
  return { name, type: '0', mode: 0o444, uid: 0, gid: 0, link: '', data }
}

function fromEntry(entry: RegistryEntry): Member {
  const name = entry.path.replace(/^\/+/, '')
  switch (entry.type) {
    case 'dir':
      return { name: `${name}/`, type: '5', mode: entry.mode, uid: entry.uid ?? 0, gid: entry.gid ?? 0, link: '', data: NONE }
    case 'symlink':
      return { name, type: '2', mode: 0o777, uid: 0, gid: 0, link: entry.target, data: NONE }
    case 'file':
      return { name, type: '0', mode: entry.mode, uid: entry.uid ?? 0, gid: entry.gid ?? 0, link: '', data: entry.content }
  }
}

/** A ustar archive; dates are the epoch's beginning, as in reproducible builds. Names have at most 100 bytes. */
function tarOf(members: readonly Member[]): Uint8Array {
  const blocks = members.reduce((n, m) => n + 1 + Math.ceil(m.data.length / BLOCK), 2)
  const out = new Uint8Array(blocks * BLOCK)
  let at = 0
  for (const m of members) {
    header(out.subarray(at, at + BLOCK), m)
    out.set(m.data, at + BLOCK)
    at += BLOCK + Math.ceil(m.data.length / BLOCK) * BLOCK
  }
  return out
}

function header(h: Uint8Array, m: Member): void {
  const put = (at: number, length: number, text: string): void => h.set(encode(text).subarray(0, length), at)
  const octal = (at: number, length: number, n: number): void => put(at, length, `${n.toString(8).padStart(length - 1, '0')}\0`)
  put(0, 100, m.name)
  octal(100, 8, m.mode)
  octal(108, 8, m.uid)
  octal(116, 8, m.gid)
  octal(124, 12, m.data.length)
  octal(136, 12, 0)
  put(148, 8, '        ')
  put(156, 1, m.type)
  put(157, 100, m.link)
  put(257, 8, 'ustar\x0000')
  let sum = 0
  for (const b of h) sum += b
  put(148, 8, `${sum.toString(8).padStart(6, '0')}\0 `)
}
