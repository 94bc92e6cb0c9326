import type { Sim } from '#sim/wait.ts'
import { CommandError } from './errors.ts'
import type { RestClient } from './rest.ts'

/** One resource of the server: what discovery tells of it. */
export interface Mapping {
  readonly group: string
  readonly version: string
  /** Plural: `deployments`. */
  readonly resource: string
  readonly singular: string
  readonly kind: string
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly verbs: readonly string[]
  /** Names of subresources: `status`, `scale`. */
  readonly subresources: readonly string[]
}

/** `apps/v1`, or `v1` for the core group. */
export function groupVersion(mapping: { readonly group: string; readonly version: string }): string {
  return mapping.group === '' ? mapping.version : `${mapping.group}/${mapping.version}`
}

/** `deployments.apps`, `pods`. */
export function groupResource(mapping: Mapping): string {
  return mapping.group === '' ? mapping.resource : `${mapping.resource}.${mapping.group}`
}

/** As client-go prints a GroupVersionResource: `apps/v1, Resource=deployments`, `/v1, Resource=pods`. */
export const gvrText = (m: Mapping): string => `${m.group}/${m.version}, Resource=${m.resource}`

/** How success messages name a kind: `deployment.apps`, `pod`. */
export function singularName(mapping: Mapping): string {
  const kind = mapping.kind.toLowerCase()
  return mapping.group === '' ? kind : `${kind}.${mapping.group}`
}

/** Path of the collection (or of an object in it). */
export function pathOf(mapping: Mapping, namespace: string | undefined, name?: string, subresource?: string): string {
  const root = mapping.group === '' ? `/api/${mapping.version}` : `/apis/${mapping.group}/${mapping.version}`
  const scope = mapping.namespaced && namespace !== undefined && namespace !== '' ? `/namespaces/${namespace}` : ''
  const rest = name === undefined ? '' : `/${name}${subresource === undefined ? '' : `/${subresource}`}`
  return `${root}${scope}/${mapping.resource}${rest}`
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

interface DiscoveredResource {
  readonly resource: string
  readonly responseKind?: { readonly kind?: string }
  readonly scope: string
  readonly singularResource?: string
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly verbs?: readonly string[]
  readonly subresources?: readonly { readonly subresource: string }[]
}

interface DiscoveryList {
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string }
    readonly versions?: readonly { readonly version: string; readonly resources?: readonly DiscoveredResource[] }[]
  }[]
}

/** A resource was not found among those that were kept from an earlier command: the server may know better by now. */
export class StaleDiscovery extends Error {}

/** All resources, core group first, preferred versions first within a group. */
export class RestMapper {
  readonly all: readonly Mapping[]
  readonly #kept: boolean

  /** `kept`: the resources come from a cache; what is not there throws {@link StaleDiscovery}. */
  constructor(all: readonly Mapping[], kept = false) {
    this.all = all
    this.#kept = kept
  }

  #missing(text: string): undefined {
    if (this.#kept && this.category(text).length === 0) throw new StaleDiscovery(text)
    return undefined
  }

  /** Asks the server (aggregated discovery, two requests). */
  static *discover(rest: RestClient): Sim<RestMapper> {
    const all: Mapping[] = []
    for (const root of ['/api', '/apis']) {
      const list = yield* rest.json<DiscoveryList>('GET', root, undefined, { accept: AGGREGATED, query: { timeout: '32s' } })
      for (const group of list.items ?? []) {
        for (const version of group.versions ?? []) {
          for (const r of version.resources ?? []) {
            all.push({
              group: group.metadata?.name ?? '',
              version: version.version,
              resource: r.resource,
              singular: r.singularResource ?? '',
              kind: r.responseKind?.kind ?? '',
              namespaced: r.scope === 'Namespaced',
              shortNames: r.shortNames ?? [],
              categories: r.categories ?? [],
              verbs: r.verbs ?? [],
              subresources: (r.subresources ?? []).map((s) => s.subresource),
            })
          }
        }
      }
    }
    return new RestMapper(all)
  }

  /** Resolves `pods`, `po`, `pod`, `deployments.apps`, `deployments.v1.apps`, `Deployment`; fails with kubectl's words. */
  resolve(text: string): Mapping {
    const found = this.find(text)
    if (found === undefined) throw new CommandError(`the server doesn't have a resource type ${JSON.stringify(text.split('.')[0])}`)
    return found
  }

  find(text: string): Mapping | undefined {
    const [name = '', ...rest] = text.split('.')
    const lower = name.toLowerCase()
    const group = rest.join('.')
    const [version, ...groupRest] = rest
    const matches = (m: Mapping): boolean => m.resource === lower || m.singular === lower || m.kind.toLowerCase() === lower
    const byName = this.all.filter(matches)
    const candidates = byName.length > 0 ? byName : this.all.filter((m) => m.shortNames.includes(lower))
    if (rest.length === 0) return candidates[0] ?? this.#missing(text)
    return (
      candidates.find((m) => m.version === version && m.group === groupRest.join('.')) ??
      candidates.find((m) => m.group === group) ??
      candidates.find((m) => m.group.startsWith(group)) ??
      this.#missing(text)
    )
  }

  /** The resource of an object's apiVersion and kind. */
  forKind(apiVersion: string, kind: string): Mapping | undefined {
    return this.all.find((m) => groupVersion(m) === apiVersion && (m.kind === kind || m.kind.toLowerCase() === kind)) ?? this.#missing(kind)
  }

  /** Resources of a category such as `all`, in discovery order without repeats. */
  category(name: string): readonly Mapping[] {
    const seen = new Set<string>()
    return this.all.filter((m) => m.categories.includes(name) && !seen.has(groupResource(m)) && seen.add(groupResource(m)))
  }
}
