/** What a modelled image is: the part of the OCI image specification that the model needs, and its files. */
import type { ImageConfig } from '#kubernetes/node/cri/types.ts'

/** A file, directory or link of a layer. Sizes in bytes. */
export type LayerEntry =
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

export interface Layer {
  /** Compressed size as the registry tells it. */
  readonly sizeBytes: number
  /** The Dockerfile step, as `docker history` shows it. */
  readonly createdBy: string
  entries(): readonly LayerEntry[]
}

export interface Image {
  /** Full references that resolve to this image, `docker.io/library/nginx:1.27`; the first is its canonical one. */
  readonly references: readonly string[]
  readonly config: ImageConfig
  readonly layers: readonly Layer[]
  /** Names of the programs (registry of executables) that its files hold. */
  readonly programs: readonly import('#linux/syscalls.ts').Program[]
}

/** Size of an image: the sum of its layers. */
export function imageSize(image: Image): number {
  return image.layers.reduce((sum, layer) => sum + layer.sizeBytes, 0)
}
