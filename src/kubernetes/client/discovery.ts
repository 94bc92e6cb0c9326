/** What resources a server has: for garbage collection and namespace deletion, which care for all of them. */
import type { Sim } from '#sim/wait.ts'
import type { Client } from './client.ts'
import { ApiError } from './errors.ts'
import type { Resource } from './resources.ts'

export interface DiscoveredResource extends Resource {
  readonly verbs: readonly string[]
}

interface ResourceListDocument {
  readonly groupVersion: string
  readonly resources: readonly {
    readonly name: string
    readonly kind: string
    readonly namespaced: boolean
    readonly verbs?: readonly string[]
  }[]
}

interface GroupListDocument {
  readonly groups: readonly {
    readonly name: string
    readonly preferredVersion: { readonly groupVersion: string }
    readonly versions: readonly { readonly groupVersion: string }[]
  }[]
}

/** The resources of each group's preferred version, and those only other versions have. Groups that fail are left out. */
export function* discover(client: Client): Sim<DiscoveredResource[]> {
  const found = new Map<string, DiscoveredResource>()
  const add = (list: ResourceListDocument): void => {
    const slash = list.groupVersion.indexOf('/')
    const group = slash < 0 ? '' : list.groupVersion.slice(0, slash)
    const version = list.groupVersion.slice(slash + 1)
    for (const { name, kind, namespaced, verbs = [] } of list.resources) {
      const key = `${group}/${name}`
      if (!name.includes('/') && !found.has(key)) found.set(key, { group, version, resource: name, kind, namespaced, verbs })
    }
  }
  add((yield* client.request('GET', '/api/v1')) as ResourceListDocument)
  const { groups } = (yield* client.request('GET', '/apis')) as GroupListDocument
  for (const { preferredVersion, versions } of groups) {
    const ordered = [preferredVersion, ...versions.filter((v) => v.groupVersion !== preferredVersion.groupVersion)]
    for (const { groupVersion } of ordered) {
      try {
        add((yield* client.request('GET', `/apis/${groupVersion}`)) as ResourceListDocument)
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
      }
    }
  }
  return [...found.values()]
}
