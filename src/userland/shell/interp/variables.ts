import type { AssocMap } from './assoc.ts'

/** Elements of an indexed array by subscript. */
export class Sparse {
  readonly #items = new Map<number, string>()
  #ordered = true
  #last = -1

  static of(values: readonly string[]): Sparse {
    const out = new Sparse()
    values.forEach((v, i) => {
      out.set(i, v)
    })
    return out
  }

  get size(): number {
    return this.#items.size
  }

  /** One more than the greatest subscript. */
  get end(): number {
    this.#sort()
    return this.#last + 1
  }

  get(i: number): string | undefined {
    return this.#items.get(i)
  }

  set(i: number, value: string): void {
    if (!this.#items.has(i)) {
      if (i < this.#last) this.#ordered = false
      else if (this.#ordered) this.#last = i
    }
    this.#items.set(i, value)
  }

  delete(i: number): void {
    this.#items.delete(i)
    if (i === this.#last) this.#ordered = false
  }

  #sort(): void {
    if (this.#ordered) return
    const entries = [...this.#items].sort((a, b) => a[0] - b[0])
    this.#items.clear()
    for (const [k, v] of entries) this.#items.set(k, v)
    this.#last = entries.at(-1)?.[0] ?? -1
    this.#ordered = true
  }

  keys(): number[] {
    this.#sort()
    return [...this.#items.keys()]
  }

  values(): string[] {
    this.#sort()
    return [...this.#items.values()]
  }

  copy(): Sparse {
    const out = new Sparse()
    for (const k of this.keys()) out.set(k, this.#items.get(k) as string)
    return out
  }
}

/** A value that is computed when it is read. */
export interface Dynamic {
  get(): string | readonly string[] | ReadonlyMap<string, string> | undefined
  set?(value: string): void
}

/** A shell variable: a scalar, an indexed or an associative array, or a name reference. */
export class Variable {
  readonly name: string
  value: string | undefined
  array: Sparse | undefined
  assoc: AssocMap | undefined
  exported = false
  readonly = false
  integer = false
  nameref = false
  trace = false
  /** Declared, and never assigned to: `declare -p` shows no `=()` for an array. */
  invisible = false
  /** `-l`, `-u`, `-c`. */
  letters: 'l' | 'u' | 'c' | undefined
  dynamic: Dynamic | undefined
  /** A computed variable has been asked for its value: `set` lists it from then on. */
  referenced = false

  constructor(name: string, value?: string) {
    this.name = name
    this.value = value
  }

  get isArray(): boolean {
    return this.array !== undefined || this.assoc !== undefined
  }

  /** Has a value (an array: at least one element). */
  get isSet(): boolean {
    if (this.dynamic !== undefined) return this.dynamic.get() !== undefined
    return this.value !== undefined || (this.array?.size ?? 0) > 0 || (this.assoc?.size ?? 0) > 0
  }

  /** What `$name` means: the scalar, or the element 0. */
  scalar(): string | undefined {
    if (this.dynamic !== undefined) {
      this.referenced = true
      const v = this.dynamic.get()
      return typeof v === 'string' || v === undefined ? v : v instanceof Map ? v.get('0') : (v as readonly string[])[0]
    }
    if (this.array !== undefined) return this.array.get(0)
    if (this.assoc !== undefined) return this.assoc.get('0')
    return this.value
  }

  elements(): string[] {
    if (this.dynamic !== undefined) {
      this.referenced = true
      const v = this.dynamic.get()
      return v === undefined ? [] : typeof v === 'string' ? [v] : v instanceof Map ? [...v.values()] : [...(v as readonly string[])]
    }
    if (this.array !== undefined) return this.array.values()
    if (this.assoc !== undefined) return [...this.assoc.values()]
    return this.value === undefined ? [] : [this.value]
  }

  keys(): string[] {
    if (this.dynamic !== undefined) {
      this.referenced = true
      const v = this.dynamic.get()
      return v === undefined
        ? []
        : typeof v === 'string'
          ? ['0']
          : v instanceof Map
            ? [...v.keys()]
            : (v as readonly string[]).map((_, i) => String(i))
    }
    if (this.array !== undefined) return this.array.keys().map(String)
    if (this.assoc !== undefined) return [...this.assoc.keys()]
    return this.value === undefined ? [] : ['0']
  }

  copy(): Variable {
    const v = new Variable(this.name, this.value)
    if (this.array !== undefined) v.array = this.array.copy()
    if (this.assoc !== undefined) v.assoc = this.assoc.copy()
    v.exported = this.exported
    v.readonly = this.readonly
    v.integer = this.integer
    v.nameref = this.nameref
    v.trace = this.trace
    v.invisible = this.invisible
    v.letters = this.letters
    return v
  }

  /** Flags as `declare -p` and `${x@a}` show them. */
  flags(): string {
    let s = ''
    if (this.array !== undefined || (this.dynamic !== undefined && Array.isArray(this.dynamic.get()))) s += 'a'
    if (this.assoc !== undefined || (this.dynamic !== undefined && this.dynamic.get() instanceof Map)) s += 'A'
    if (this.integer) s += 'i'
    if (this.nameref) s += 'n'
    if (this.readonly) s += 'r'
    if (this.trace) s += 't'
    if (this.exported) s += 'x'
    if (this.letters !== undefined) s += this.letters
    return s
  }
}

/** Variables hidden by a function's locals, or by the assignments before a command. */
interface Frame {
  readonly saved: Map<string, Variable | undefined>
  readonly kind: 'function' | 'temporary'
}

/**
 * Dynamic scope by shallow binding: one table holds what is visible; a frame remembers what its locals hide and puts
 * that back at the end. So a look-up is one access, however deep the calls.
 */
export class Scope {
  readonly table: Map<string, Variable>
  readonly frames: Frame[]
  /** Called when a variable that means something to the shell was set or unset. */
  onChange: (name: string) => void = () => {}
  readonly watched = new Set<string>()

  constructor(table = new Map<string, Variable>(), frames: Frame[] = []) {
    this.table = table
    this.frames = frames
  }

  /** A deep copy for a forked shell. `adapt` replaces variables that are computed. */
  copy(dynamic: (name: string, v: Variable) => Variable): Scope {
    const dup = (v: Variable): Variable => (v.dynamic === undefined ? v.copy() : dynamic(v.name, v))
    const table = new Map<string, Variable>()
    for (const [k, v] of this.table) table.set(k, dup(v))
    const frames = this.frames.map((f) => ({ kind: f.kind, saved: new Map([...f.saved].map(([k, v]) => [k, v && dup(v)])) }))
    return new Scope(table, frames)
  }

  push(kind: Frame['kind']): void {
    this.frames.push({ kind, saved: new Map() })
  }

  pop(): void {
    const frame = this.frames.pop()
    if (frame === undefined) return
    for (const [name, old] of frame.saved) {
      if (old === undefined) this.table.delete(name)
      else this.table.set(name, old)
      if (this.watched.has(name)) this.onChange(name)
    }
  }

  get inFunction(): boolean {
    return this.frames.some((f) => f.kind === 'function')
  }

  /** The innermost function's frame. */
  #functionFrame(): Frame | undefined {
    return this.frames.findLast((f) => f.kind === 'function')
  }

  isLocal(name: string): boolean {
    return this.#functionFrame()?.saved.has(name) ?? false
  }

  /** Names of the innermost function's locals. */
  localNames(): string[] {
    return [...(this.#functionFrame()?.saved.keys() ?? [])]
  }

  /** Makes a variable local to the innermost frame of a kind; an existing local stays. Returns the new one and what it hides. */
  local(name: string, kind: Frame['kind'] = 'function'): { readonly variable: Variable; readonly outer: Variable | undefined } {
    const frame = kind === 'function' ? this.#functionFrame() : this.frames.at(-1)
    const now = this.table.get(name)
    if (frame?.saved.has(name) && now !== undefined) return { variable: now, outer: undefined }
    const variable = new Variable(name)
    if (frame !== undefined && !frame.saved.has(name)) {
      // A temporary frame above this one (VAR=x f) has it: the local takes that value's place.
      frame.saved.set(name, now)
    }
    this.table.set(name, variable)
    return { variable, outer: now }
  }

  /** The variable itself, name references not followed. */
  raw(name: string): Variable | undefined {
    return this.table.get(name)
  }

  /** Unsets: a local of the present function stays local; one of a caller uncovers what it hid. */
  remove(name: string): void {
    for (let i = this.frames.length - 1; i >= 0; i--) {
      const frame = this.frames[i] as Frame
      if (!frame.saved.has(name)) continue
      if (frame === this.#functionFrame()) this.table.delete(name)
      else {
        const old = frame.saved.get(name)
        frame.saved.delete(name)
        if (old === undefined) this.table.delete(name)
        else this.table.set(name, old)
      }
      if (this.watched.has(name)) this.onChange(name)
      return
    }
    this.table.delete(name)
    if (this.watched.has(name)) this.onChange(name)
  }
}
