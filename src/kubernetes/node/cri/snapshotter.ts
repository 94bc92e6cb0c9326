/** Roots of containers: layers unpacked once, an overlay with an upper directory of its own for each. Source: containerd, overlayfs snapshotter. */
import { buildTree, type ImageTree } from '#linux/fs/memory/image.ts'
import type { MemoryInode } from '#linux/fs/memory/inode.ts'
import type { Kernel } from '#linux/kernel.ts'
import type { Process } from '#linux/process/process.ts'
import { MS, type Proc, S } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import type { Blob } from './content.ts'
import { type ImageStore, layerTree, type RegistryLayer } from './images.ts'
import { exists, inProcess, mkdirs, writeFile } from './process.ts'

export const SNAPSHOTS = '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots'
const BLOBS = '/var/lib/containerd/io.containerd.content.v1.content/blobs/sha256'

export class Snapshotter {
  readonly #kernel: Kernel
  readonly #runtime: () => Process
  /** Directories of unpacked layers. */
  readonly #layers = new Map<RegistryLayer, string>()
  #snapshots = 0

  /** `runtime`: the process that writes it all. */
  constructor(kernel: Kernel, runtime: () => Process) {
    this.#kernel = kernel
    this.#runtime = runtime
  }

  /** The content store: a file a blob, those of the images that the node comes with at once. */
  keepContent(images: ImageStore): void {
    const path = (blob: Blob): string => `${BLOBS}/${blob.digest.slice('sha256:'.length)}`
    mkdirs(this.#runtime(), BLOBS)
    this.#graft(
      BLOBS,
      buildTree(images.blobs().map((blob) => ({ path: path(blob).slice(BLOBS.length), mode: S.IFREG | 0o444, content: blob.bytes }))),
    )
    const write = function* (proc: Proc, blobs: readonly Blob[]): Sim<void> {
      for (const blob of blobs) if (!exists(proc, path(blob))) yield* writeFile(proc, path(blob), blob.bytes, 0o444)
    }
    images.keeper = {
      add: (blobs) => inProcess(this.#runtime(), 'content', write(this.#runtime(), blobs)),
      remove: (blobs) => {
        for (const blob of blobs) if (exists(this.#runtime(), path(blob))) this.#runtime().unlink(path(blob))
      },
    }
  }

  /** Mounts an overlay of `layers` with an upper directory of its own; returns the snapshot's directory. */
  mount(layers: readonly RegistryLayer[], rootfs: string): string {
    const proc = this.#runtime()
    const lower = this.unpack(layers)
    const snapshot = `${SNAPSHOTS}/${++this.#snapshots}`
    for (const dir of [`${snapshot}/fs`, `${snapshot}/work`, rootfs]) mkdirs(proc, dir)
    proc.mount('overlay', rootfs, 'overlay', MS.RELATIME, `lowerdir=${lower.join(':')},upperdir=${snapshot}/fs,workdir=${snapshot}/work`)
    return snapshot
  }

  /** Directories of layers, the uppermost first. */
  unpack(layers: readonly RegistryLayer[]): readonly string[] {
    return [...layers].reverse().map((layer) => this.#unpacked(layer))
  }

  #unpacked(layer: RegistryLayer): string {
    const known = this.#layers.get(layer)
    if (known !== undefined) return known
    const dir = `${SNAPSHOTS}/${++this.#snapshots}/fs`
    mkdirs(this.#runtime(), dir)
    this.#graft(dir, layerTree(layer))
    this.#layers.set(layer, dir)
    return dir
  }

  /** Fills an empty directory. By system calls it would take as long as it does on a real machine, to the same end. */
  #graft(dir: string, tree: ImageTree): void {
    const memory = this.#kernel.vfs.resolve(this.#runtime().fs, dir).dentry.inode as MemoryInode
    memory.sb.graft(memory, tree)
  }
}
