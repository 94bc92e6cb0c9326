import type { Errno } from '#linux/errno.ts'
import { strerror } from '#linux/errno.ts'
import type { SockAddr, Stat } from '#linux/syscalls.ts'

/** One system call as strace shows it: `name(entry` when it begins, `exit) = result` when it ends. */
export interface Shown {
  readonly name: string
  readonly entry: string
  readonly exit: string
  readonly result: string
  readonly failed: boolean
}

/**
 * A call of the model with typed access to its arguments and its value; the values come from the kernel's own interface,
 * so a wrong type is a bug of the table.
 */
export class Call {
  readonly args: readonly unknown[]
  readonly value: unknown
  readonly error: Errno | undefined
  readonly limit: number
  /** What the descriptor argument is, under -y. */
  readonly file: string | undefined
  readonly spare: number

  constructor(init: Pick<Call, 'args' | 'value' | 'error' | 'limit' | 'file' | 'spare'>) {
    this.args = init.args
    this.value = init.value
    this.error = init.error
    this.limit = init.limit
    this.file = init.file
    this.spare = init.spare
  }

  get ok(): boolean {
    return this.error === undefined
  }

  num(i: number, absent = 0): number {
    const x = this.args[i]
    return typeof x === 'number' ? x : absent
  }

  has(i: number): boolean {
    return this.args[i] !== undefined
  }

  str(i: number): string {
    const x = this.args[i]
    return typeof x === 'string' ? x : ''
  }

  flag(i: number): boolean {
    return this.args[i] === true
  }

  /** A descriptor, with its file under -y: `3</etc/passwd>`. */
  fd(i = 0): string {
    return this.file === undefined ? String(this.num(i)) : `${this.num(i)}<${this.file}>`
  }

  bytes(x: unknown): Uint8Array {
    return x instanceof Uint8Array ? x : new Uint8Array()
  }

  list(i: number): readonly unknown[] {
    const x: unknown = this.args[i]
    return Array.isArray(x) ? x : []
  }

  /** Strings of an argument. */
  words(i: number): readonly string[] {
    return this.list(i).filter((w) => typeof w === 'string')
  }

  numbers(x: unknown): readonly number[] {
    if (x instanceof Set) return [...x].filter((n) => typeof n === 'number')
    return Array.isArray(x) ? x.filter((n) => typeof n === 'number') : []
  }

  /** A member of the value or of an argument. */
  member(of: unknown, name: string): unknown {
    return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined
  }

  number(of: unknown, name: string): number {
    const x = this.member(of, name)
    return typeof x === 'number' ? x : 0
  }

  get stat(): Stat | undefined {
    return isStat(this.value) ? this.value : undefined
  }

  addr(x: unknown): SockAddr | undefined {
    return isAddress(x) ? x : undefined
  }

  /** The call with everything known. Without `exit` all arguments show when it begins; a failed one returns -1 and why. */
  show(name: string, entry: string, result: number | string = 0, exit = ''): Shown {
    const { error } = this
    const text = error === undefined ? String(result) : `-1 ${error.code} (${strerror(error)})`
    return { name, entry, exit, result: text, failed: error !== undefined }
  }
}

function isStat(x: unknown): x is Stat {
  return typeof x === 'object' && x !== null && 'mode' in x && 'ino' in x
}

function isAddress(x: unknown): x is SockAddr {
  return typeof x === 'object' && x !== null && 'family' in x
}
