import type { Micros } from '#sim/wait.ts'

interface Row {
  readonly name: string
  calls: number
  errors: number
  micros: Micros
}

const RULE = `${'-'.repeat(6)} ${'-'.repeat(11)} ${'-'.repeat(11)} ${'-'.repeat(9)} ${'-'.repeat(9)} ${'-'.repeat(16)}\n`

/** Counts of strace -c. */
export class Summary {
  readonly #rows = new Map<string, Row>()

  add(name: string, failed: boolean, micros: Micros): void {
    const row = this.#rows.get(name) ?? { name, calls: 0, errors: 0, micros: 0 }
    row.calls++
    if (failed) row.errors++
    row.micros += Math.round(micros)
    this.#rows.set(name, row)
  }

  /** The table, sorted by time, calls or name. */
  text(sort: 'time' | 'calls' | 'name' | 'errors'): string {
    const by = { time: (r: Row) => r.micros, calls: (r: Row) => r.calls, errors: (r: Row) => r.errors, name: () => 0 }[sort]
    const rows = [...this.#rows.values()].sort(
      (a, b) => by(b) - by(a) || (sort === 'name' ? (a.name < b.name ? -1 : 1) : b.calls - a.calls),
    )
    const total = rows.reduce((sum, r) => sum + r.micros, 0)
    const line = (r: Row, share: number): string => {
      const each = r.calls === 0 ? 0 : Math.floor(r.micros / r.calls)
      const numbers = `${share.toFixed(2).padStart(6)} ${(r.micros / 1_000_000).toFixed(6).padStart(11)} ${String(each).padStart(11)} ${String(r.calls).padStart(9)}`
      return `${numbers} ${(r.errors === 0 ? '' : String(r.errors)).padStart(9)} ${r.name}\n`
    }
    const all: Row = { name: 'total', calls: 0, errors: 0, micros: total }
    for (const r of rows) {
      all.calls += r.calls
      all.errors += r.errors
    }
    const body = rows.map((r) => line(r, total === 0 ? 0 : (100 * r.micros) / total)).join('')
    return `% time     seconds  usecs/call     calls    errors syscall\n${RULE}${body}${RULE}${line(all, 100)}`
  }
}
