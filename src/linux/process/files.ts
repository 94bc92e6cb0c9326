import { Errno } from '../errno.ts'
import type { FileDescription } from '../vfs/types.ts'
import { releaseLocks } from './flock.ts'

/** One entry of the table: an open file and FD_CLOEXEC. */
export interface Descriptor {
  readonly file: FileDescription
  readonly cloexec: boolean
}

/** Lets go of one reference; at zero the file's locks go and it is closed. */
export function putFile(file: FileDescription): void {
  if (--file.refs > 0) return
  releaseLocks(file)
  file.release()
}

/** The descriptors of a process: struct files_struct. */
export class FdTable {
  readonly #slots: (Descriptor | undefined)[] = []

  get(fd: number): FileDescription {
    const slot = this.#slots[fd]
    if (slot === undefined) throw new Errno('EBADF')
    return slot.file
  }

  entry(fd: number): Descriptor {
    const slot = this.#slots[fd]
    if (slot === undefined) throw new Errno('EBADF')
    return slot
  }

  /** Puts `file` at the lowest free number from `min` on; its reference passes to the table. EMFILE at `limit`. */
  install(file: FileDescription, cloexec: boolean, limit: number, min = 0): number {
    let fd = min
    while (this.#slots[fd] !== undefined) fd++
    if (fd >= limit) {
      putFile(file)
      throw new Errno('EMFILE')
    }
    this.#slots[fd] = { file, cloexec }
    return fd
  }

  /** dup2: what was at `to` is closed. */
  set(to: number, file: FileDescription, cloexec: boolean): void {
    const old = this.#slots[to]
    file.refs++
    while (this.#slots.length < to) this.#slots.push(undefined)
    this.#slots[to] = { file, cloexec }
    if (old !== undefined) putFile(old.file)
  }

  setCloexec(fd: number, cloexec: boolean): void {
    this.#slots[fd] = { file: this.get(fd), cloexec }
  }

  close(fd: number): void {
    const slot = this.#slots[fd]
    if (slot === undefined) throw new Errno('EBADF')
    this.#slots[fd] = undefined
    putFile(slot.file)
  }

  /** The lowest free number. */
  nextFree(): number {
    let fd = 0
    while (this.#slots[fd] !== undefined) fd++
    return fd
  }

  /** Open numbers, ascending. */
  list(): number[] {
    const out: number[] = []
    for (let fd = 0; fd < this.#slots.length; fd++) if (this.#slots[fd] !== undefined) out.push(fd)
    return out
  }

  /** A copy for a child; the open files are shared. */
  copy(): FdTable {
    const copy = new FdTable()
    for (const slot of this.#slots) {
      if (slot !== undefined) slot.file.refs++
      copy.#slots.push(slot)
    }
    return copy
  }

  closeOnExec(): void {
    for (let fd = 0; fd < this.#slots.length; fd++) if (this.#slots[fd]?.cloexec === true) this.close(fd)
  }

  closeAll(): void {
    for (let fd = 0; fd < this.#slots.length; fd++) if (this.#slots[fd] !== undefined) this.close(fd)
  }
}
