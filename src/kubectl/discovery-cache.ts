/**
 * What the server said of its resources, kept for six hours in files: `~/.kube/cache/discovery/HOST_PORT/GROUP/VERSION/serverresources.json`.
 * Source: client-go discovery/cached/disk, cli-runtime pkg/genericclioptions (ToDiscoveryClient).
 * Differs: no cache of HTTP answers beside it; of subresources only the names are kept.
 */
import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import { decode, encode } from '#sim/bytes.ts'
import { HOUR } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { readFile, writeFile } from './io.ts'
import { groupVersion, type Mapping } from './mapping.ts'

const LIFETIME = 6 * HOUR

interface ResourceList {
  readonly groupVersion: string
  readonly resources: readonly {
    readonly name: string
    readonly singularName: string
    readonly namespaced: boolean
    readonly kind: string
    readonly verbs: readonly string[]
    readonly shortNames?: readonly string[]
    readonly categories?: readonly string[]
  }[]
}

interface GroupList {
  readonly groups: readonly { readonly name: string; readonly versions: readonly { readonly groupVersion: string }[] }[]
}

export class DiscoveryCache {
  readonly #proc: Proc
  readonly #folder: string

  /** `cache`: the folder of all caches. `server`: its URL. */
  constructor(proc: Proc, cache: string, server: string) {
    this.#proc = proc
    this.#folder = `${cache}/discovery/${server.replace(/^https?:\/\//, '').replaceAll(/[^(\w/.)]/g, '_')}`
  }

  /** What was kept; undefined when that is nothing, too old or damaged. */
  *read(): Sim<readonly Mapping[] | undefined> {
    try {
      const { groups } = (yield* this.#load('servergroups.json')) as GroupList
      const all: Mapping[] = []
      for (const { versions } of groups) {
        for (const version of versions)
          all.push(...mappingsOf((yield* this.#load(`${version.groupVersion}/serverresources.json`)) as ResourceList))
      }
      return all
    } catch (error) {
      if (error instanceof Errno || error instanceof SyntaxError || error instanceof TypeError || error instanceof Expired) return undefined
      throw error
    }
  }

  /** Keeps what the server said. Where nothing can be written nothing is kept. */
  *write(all: readonly Mapping[]): Sim<void> {
    const versions = grouped(all, groupVersion)
    const groups = grouped([...versions.keys()], (gv) => (gv.includes('/') ? gv.slice(0, gv.indexOf('/')) : ''))
    const list = [...groups].map(([name, gvs]) => {
      const described = gvs.map((gv) => ({ groupVersion: gv, version: gv.slice(gv.indexOf('/') + 1) }))
      return { name, versions: described, preferredVersion: described[0] }
    })
    try {
      yield* this.#save('servergroups.json', { kind: 'APIGroupList', apiVersion: 'v1', groups: list })
      for (const [gv, mappings] of versions) yield* this.#save(`${gv}/serverresources.json`, resourceList(gv, mappings))
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }

  *#load(name: string): Sim<unknown> {
    const path = `${this.#folder}/${name}`
    if (this.#proc.now() > this.#proc.stat(path).mtime + LIFETIME) throw new Expired()
    return JSON.parse(decode(yield* readFile(this.#proc, path)))
  }

  *#save(name: string, content: object): Sim<void> {
    const path = `${this.#folder}/${name}`
    makeFolders(this.#proc, path.slice(0, path.lastIndexOf('/')))
    yield* writeFile(this.#proc, path, encode(`${JSON.stringify(content)}\n`), 0o660)
  }
}

class Expired extends Error {}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}

function makeFolders(proc: Proc, path: string): void {
  if (path === '' || proc.access(path, '')) return
  makeFolders(proc, path.slice(0, path.lastIndexOf('/')))
  proc.mkdir(path, 0o750)
}

function resourceList(gv: string, mappings: readonly Mapping[]): object {
  const resources = mappings.flatMap((m) => [
    {
      name: m.resource,
      singularName: m.singular,
      namespaced: m.namespaced,
      kind: m.kind,
      verbs: m.verbs,
      ...(m.shortNames.length === 0 ? {} : { shortNames: m.shortNames }),
      ...(m.categories.length === 0 ? {} : { categories: m.categories }),
    },
    ...m.subresources.map((s) => ({ name: `${m.resource}/${s}`, singularName: '', namespaced: m.namespaced, kind: '', verbs: [] })),
  ])
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: gv, resources }
}

function mappingsOf({ groupVersion: gv, resources }: ResourceList): Mapping[] {
  const slash = gv.indexOf('/')
  const subresources = grouped(
    resources.filter((r) => r.name.includes('/')).map((r) => r.name.split('/')),
    ([resource = '']) => resource,
  )
  return resources
    .filter((r) => !r.name.includes('/'))
    .map((r) => ({
      group: slash < 0 ? '' : gv.slice(0, slash),
      version: gv.slice(slash + 1),
      resource: r.name,
      singular: r.singularName,
      kind: r.kind,
      namespaced: r.namespaced,
      shortNames: r.shortNames ?? [],
      categories: r.categories ?? [],
      verbs: r.verbs,
      subresources: (subresources.get(r.name) ?? []).map(([, name = '']) => name),
    }))
}
