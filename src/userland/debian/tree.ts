/** A file of a root file system as data, before there is a file system. Paths are absolute; parents come first or are made. */
export interface TreeEntry {
  readonly path: string
  /** Permission bits; 0755 for directories, 0644 for files, 0777 for links unless told. */
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  /** Extended attributes, e.g. `security.capability`. */
  readonly xattrs?: Readonly<Record<string, Uint8Array>>
  readonly what: TreeContent
}

/** `size`: bytes when the content is padded with zeros (executables, libraries). */
export type TreeContent =
  | { readonly kind: 'dir' }
  | { readonly kind: 'link'; readonly target: string }
  | {
      readonly kind: 'file'
      readonly content: string | Uint8Array
      readonly size?: number
    }

export function dir(path: string, mode = 0o755, uid = 0, gid = 0): TreeEntry {
  return { path, mode, uid, gid, what: { kind: 'dir' } }
}

export function link(path: string, target: string): TreeEntry {
  return { path, mode: 0o777, what: { kind: 'link', target } }
}

export function file(path: string, content: string | Uint8Array, mode = 0o644, uid = 0, gid = 0, size?: number): TreeEntry {
  return {
    path,
    mode,
    uid,
    gid,
    what: size === undefined ? { kind: 'file', content } : { kind: 'file', content, size },
  }
}
