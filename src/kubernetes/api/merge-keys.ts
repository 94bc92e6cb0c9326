/** The key by which the items of a list merge in a strategic merge patch, for clients that make such patches. */
import { mergingOf } from './merging.ts'
import { definitionOf } from './protobuf.ts'
import type { Def, Type } from './schema.ts'

/** How the value at a path of member names merges; lists and maps on the way are passed through. */
function find(apiVersion: string, kind: string, path: readonly string[]): { readonly def: Def; readonly name: string } | undefined {
  let type: Type | undefined
  let def = definitionOf(apiVersion, kind)
  for (const [i, name] of path.entries()) {
    if (type?.kind === 'map') {
      type = type.elem
      def = type.kind === 'struct' ? type.def : undefined
      continue
    }
    if (def === undefined) return undefined
    if (i === path.length - 1) return { def, name }
    type = def.json.get(name)?.type
    while (type?.kind === 'slice') type = type.elem
    def = type?.kind === 'struct' ? type.def : undefined
  }
  return undefined
}

/**
 * The merge key of the list at `path` (member names without indexes) of a kind: `name` for `spec.template.spec.containers`;
 * `''` for lists that merge as sets; undefined for lists that are replaced.
 */
export function mergeKeyOf(apiVersion: string, kind: string, path: readonly string[]): string | undefined {
  const found = find(apiVersion, kind, path)
  if (found === undefined) return undefined
  const merging = mergingOf(found.def, found.name)
  return merging.patchMerge === true ? (merging.patchKey ?? '') : undefined
}

/** Whether an object there is replaced as a whole except for the keys kept (`$retainKeys`). */
export function retainsKeys(apiVersion: string, kind: string, path: readonly string[]): boolean {
  const found = find(apiVersion, kind, path)
  return found !== undefined && mergingOf(found.def, found.name).retainKeys === true
}
