import { Errno } from '../../errno.ts'

export const PAGE = 4096
const ZEROS = new Uint8Array(PAGE)
/** Growth of the last, partly filled page: small files stay small. */
const SMALL = 256

/** Where pages come from: a file system with a size limit. */
export interface PageBudget {
  /** Takes (or gives back) pages; throws ENOSPC. */
  takePages(n: number): void
}

/**
 * The bytes of a regular file: pages of 4096, some of them holes, over a base that is shared and never written (the
 * content in an image). Pages that hold only zeros share one array, so a padded executable or `dd if=/dev/zero` costs
 * nothing.
 */
export class Content {
  size: number
  /** Pages that exist on disk. */
  allocated: number
  readonly #pages: (Uint8Array | undefined)[] = []
  readonly #base: Uint8Array | undefined
  /** Bytes below this that have no page of their own come from the base (then zeros): on disk, not a hole. */
  #baseEnd: number
  readonly #budget: PageBudget

  constructor(budget: PageBudget, base?: Uint8Array, size = 0) {
    this.#budget = budget
    this.#base = base
    this.#baseEnd = size
    this.size = size
    this.allocated = Math.ceil(size / PAGE)
  }

  /** At most `max` bytes at `offset`; empty at the end. */
  read(offset: number, max: number): Uint8Array {
    const length = Math.min(max, this.size - offset)
    if (length <= 0) return new Uint8Array(0)
    const base = this.#base
    if (this.#pages.length === 0 && base !== undefined && offset + length <= base.length) return base.slice(offset, offset + length)
    const out = new Uint8Array(length)
    for (let done = 0; done < length; ) {
      const at = offset + done
      const index = Math.floor(at / PAGE)
      const from = at - index * PAGE
      const n = Math.min(PAGE - from, length - done)
      const page = this.#pages[index]
      if (page !== undefined) {
        if (page !== ZEROS) out.set(page.subarray(from, from + n), done)
      } else if (base !== undefined && at < this.#baseEnd && at < base.length) {
        out.set(base.subarray(at, Math.min(at + n, base.length, this.#baseEnd)), done)
      }
      done += n
    }
    return out
  }

  /** Writes as much of `data` as there is room for; ENOSPC when that is nothing. Returns how much. */
  write(offset: number, data: Uint8Array): number {
    let done = 0
    while (done < data.length) {
      const at = offset + done
      const index = Math.floor(at / PAGE)
      const from = at - index * PAGE
      const n = Math.min(PAGE - from, data.length - done)
      try {
        this.#put(index, from, data.subarray(done, done + n))
      } catch (error) {
        if (done > 0 && error instanceof Errno) break
        throw error
      }
      done += n
      if (at + n > this.size) this.size = at + n
    }
    return done
  }

  #put(index: number, from: number, bytes: Uint8Array): void {
    const end = from + bytes.length
    let page = this.#pages[index]
    if (page === undefined) {
      const inBase = index * PAGE < this.#baseEnd
      if (!inBase) {
        this.#budget.takePages(1)
        this.allocated++
      }
      if (inBase) {
        page = new Uint8Array(PAGE)
        const start = index * PAGE
        const base = this.#base
        if (base !== undefined && start < base.length) page.set(base.subarray(start, Math.min(start + PAGE, base.length, this.#baseEnd)))
      } else if (from === 0 && end === PAGE && isZero(bytes)) {
        this.#pages[index] = ZEROS
        return
      } else page = new Uint8Array(end > PAGE / 2 ? PAGE : Math.max(SMALL, end))
      this.#pages[index] = page
    } else if (page === ZEROS) {
      page = new Uint8Array(PAGE)
      this.#pages[index] = page
    } else if (end > page.length) {
      const bigger = new Uint8Array(Math.min(PAGE, Math.max(end, page.length * 2)))
      bigger.set(page)
      page = bigger
      this.#pages[index] = page
    }
    page.set(bytes, from)
  }

  truncate(size: number): void {
    if (size < this.size) {
      const keep = Math.ceil(size / PAGE)
      const baseKeep = Math.min(this.#baseEnd, size)
      let freed = 0
      for (let i = keep; i < this.#pages.length; i++) if (this.#pages[i] !== undefined && i * PAGE >= this.#baseEnd) freed++
      freed += Math.ceil(this.#baseEnd / PAGE) - Math.ceil(baseKeep / PAGE)
      if (this.#pages.length > keep) this.#pages.length = keep
      this.#baseEnd = baseKeep
      this.allocated -= freed
      this.#budget.takePages(-freed)
      const last = this.#pages[keep - 1]
      const tail = size - (keep - 1) * PAGE
      if (last !== undefined && last !== ZEROS && tail < last.length) last.fill(0, tail)
    }
    this.size = size
  }

  /** An independent copy on another file system; the base stays shared. */
  copy(budget: PageBudget): Content {
    budget.takePages(this.allocated)
    const out = new Content(budget, this.#base, this.#baseEnd)
    for (const [i, page] of this.#pages.entries()) if (page !== undefined) out.#pages[i] = page === ZEROS ? page : page.slice()
    out.size = this.size
    out.allocated = this.allocated
    return out
  }

  /** Gives all pages back. */
  free(): void {
    this.#budget.takePages(-this.allocated)
    this.allocated = 0
    this.#pages.length = 0
    this.#baseEnd = 0
    this.size = 0
  }
}

function isZero(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false
  return true
}
