/** All kinds that are served: the built-in ones and those of CustomResourceDefinitions. */
import { apiVersionOf, type Endpoint } from '../context.ts'
import type { Kind } from './kind.ts'

export class Kinds {
  readonly #kinds: Kind[] = []
  readonly #paths = new Map<string, Endpoint>()

  constructor(kinds: readonly Kind[]) {
    for (const kind of kinds) this.add(kind)
  }

  add(kind: Kind): void {
    this.#kinds.push(kind)
    for (const served of kind.served)
      this.#paths.set(`${apiVersionOf(served)}/${kind.plural}`, {
        kind,
        served,
      })
  }

  remove(kind: Kind): void {
    const i = this.#kinds.indexOf(kind)
    if (i >= 0) this.#kinds.splice(i, 1)
    for (const served of kind.served) this.#paths.delete(`${apiVersionOf(served)}/${kind.plural}`)
  }

  get all(): readonly Kind[] {
    return this.#kinds
  }

  /** The resource at `/apis/<group>/<version>/<plural>`. */
  at(group: string, version: string, plural: string): Endpoint | undefined {
    return this.#paths.get(`${apiVersionOf({ group, version })}/${plural}`)
  }

  /** By group and kind; in any served version unless one is given. */
  byKind(group: string, kind: string, version?: string): Endpoint | undefined {
    for (const k of this.#kinds) {
      if (k.kind !== kind) continue
      for (const served of k.served)
        if (served.group === group && (version === undefined || served.version === version)) return { kind: k, served }
    }
    return undefined
  }

  /** By group and plural name, in the preferred version. */
  byResource(group: string, plural: string): Endpoint | undefined {
    for (const kind of this.#kinds)
      for (const served of kind.served) if (served.group === group && kind.plural === plural) return { kind, served }
    return undefined
  }
}
