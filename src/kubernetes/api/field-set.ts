/**
 * Sets of fields, as managed fields keep them: `{"f:spec":{"f:replicas":{}}}`.
 *
 * A path is made of `f:name`, `k:{"name":"web"}` (an item of a list told apart by keys), `v:"x"` (a value of a set).
 * Source: sigs.k8s.io/structured-merge-diff, fieldpath.
 */
import { isObj, type Obj } from './json.ts'

export class FieldSet {
  /** The path up to here is in the set itself. */
  member = false
  readonly children = new Map<string, FieldSet>()

  child(name: string): FieldSet {
    let found = this.children.get(name)
    if (found === undefined) {
      found = new FieldSet()
      this.children.set(name, found)
    }
    return found
  }

  get empty(): boolean {
    if (this.member) return false
    for (const child of this.children.values()) if (!child.empty) return false
    return true
  }

  /** Whether the two have anything in common, or one lies under a member of `other`. */
  touches(other: FieldSet): boolean {
    if (other.member) return true
    for (const [name, child] of other.children) {
      const twin = this.children.get(name)
      if (twin?.touches(child) === true) return true
    }
    return false
  }

  /** With every path above a member as a member too. */
  withAncestors(): FieldSet {
    const out = new FieldSet()
    out.member = this.member
    for (const [name, child] of this.children) {
      if (child.empty) continue
      out.children.set(name, child.withAncestors())
      out.member = true
    }
    return out
  }

  insert(path: readonly string[]): void {
    let here: FieldSet = this
    for (const name of path) here = here.child(name)
    here.member = true
  }

  has(path: readonly string[]): boolean {
    let here: FieldSet | undefined = this
    for (const name of path) here = here?.children.get(name)
    return here?.member === true
  }

  /** Whether every member of `other` is one of this set too. */
  includes(other: FieldSet): boolean {
    if (other.member && !this.member) return false
    for (const [name, child] of other.children) {
      const twin = this.children.get(name)
      if (twin === undefined ? !child.empty : !twin.includes(child)) return false
    }
    return true
  }

  union(other: FieldSet): FieldSet {
    const out = new FieldSet()
    out.member = this.member || other.member
    for (const [name, child] of this.children) {
      const twin = other.children.get(name)
      out.children.set(name, twin === undefined ? child : child.union(twin))
    }
    for (const [name, child] of other.children) if (!this.children.has(name)) out.children.set(name, child)
    return out
  }

  intersection(other: FieldSet): FieldSet {
    const out = new FieldSet()
    out.member = this.member && other.member
    for (const [name, child] of this.children) {
      const twin = other.children.get(name)
      if (twin === undefined) continue
      const both = child.intersection(twin)
      if (!both.empty) out.children.set(name, both)
    }
    return out
  }

  difference(other: FieldSet): FieldSet {
    const out = new FieldSet()
    out.member = this.member && !other.member
    for (const [name, child] of this.children) {
      const twin = other.children.get(name)
      const left = twin === undefined ? child : child.difference(twin)
      if (!left.empty) out.children.set(name, left)
    }
    return out
  }

  /** Without the fields of `other` and everything under them. */
  recursiveDifference(other: FieldSet): FieldSet {
    const out = new FieldSet()
    if (other.member) return out
    out.member = this.member
    for (const [name, child] of this.children) {
      const twin = other.children.get(name)
      const left = twin === undefined ? child : child.recursiveDifference(twin)
      if (!left.empty) out.children.set(name, left)
    }
    return out
  }

  /** Calls `visit` for every path in the set, in order. */
  each(visit: (path: readonly string[]) => void, prefix: readonly string[] = []): void {
    if (this.member && prefix.length > 0) visit(prefix)
    for (const name of [...this.children.keys()].sort()) this.children.get(name)?.each(visit, [...prefix, name])
  }

  /** As `fieldsV1`. */
  toJson(): Obj {
    const out: { [key: string]: unknown } = {}
    for (const name of [...this.children.keys()].sort()) {
      const child = this.children.get(name) as FieldSet
      if (child.empty) continue
      const inner = child.toJson()
      let leaf = true
      for (const _ in inner) leaf = false
      out[name] = child.member && !leaf ? { '.': EMPTY, ...inner } : inner
    }
    return out
  }

  static fromJson(value: unknown): FieldSet {
    const out = new FieldSet()
    if (!isObj(value)) return out
    for (const name of Object.keys(value)) {
      if (name === '.') {
        out.member = true
        continue
      }
      const child = FieldSet.fromJson(value[name])
      if (child.children.size === 0) child.member = true
      out.children.set(name, child)
    }
    return out
  }
}

const EMPTY: Obj = Object.freeze({})

/** A path in the words of messages: `.spec.containers[name="web"].image`. */
export function pathText(path: readonly string[]): string {
  return path
    .map((p) => {
      if (p.startsWith('f:')) return `.${p.slice(2)}`
      if (p.startsWith('k:')) {
        const keys = JSON.parse(p.slice(2)) as Obj
        return `[${Object.keys(keys)
          .sort()
          .map((k) => `${k}=${JSON.stringify(keys[k])}`)
          .join(',')}]`
      }
      return p.startsWith('v:') ? `[=${p.slice(2)}]` : `[${p.slice(2)}]`
    })
    .join('')
}
