import { Errno, strerror } from '#linux/errno.ts'
import { S, type StatFs } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { quotefColon } from '#userland/lib/quote.ts'
import { humanSize, parseSize } from '#userland/lib/sizes.ts'
import { mountOf } from '#userland/util-linux-mount/findmnt.ts'
import { type MountLine, matchesType, mountTable } from '#userland/util-linux-mount/mountinfo.ts'

/** A field of --output: heading, smallest width, alignment. */
interface Field {
  readonly head: (unit: Unit) => string
  readonly width: number
  readonly left?: true
  readonly show: (row: Row, unit: Unit) => string
}

interface Row {
  readonly source: string
  readonly type: string
  readonly target: string
  readonly file: string
  readonly fs: StatFs
}

interface Unit {
  readonly size: number
  readonly human: 'si' | 'iec' | undefined
  readonly posix: boolean
  /** Word for the unit in the heading: `1K`, `1M`. */
  readonly name: string
}

const percent = (used: number, available: number): string =>
  used + available === 0 ? '-' : `${Math.ceil((used * 100) / (used + available))}%`

function blocks(bytes: number, unit: Unit): string {
  return unit.human !== undefined ? humanSize(bytes, unit.human === 'si') : String(Math.ceil(bytes / unit.size))
}

const fixed = (text: string) => (): string => text

const FIELDS: Readonly<Record<string, Field>> = {
  source: { head: fixed('Filesystem'), width: 14, left: true, show: (r) => r.source },
  fstype: { head: fixed('Type'), width: 4, left: true, show: (r) => r.type },
  size: { head: (u) => (u.human !== undefined ? 'Size' : `${u.name}-blocks`), width: 5, show: (r, u) => blocks(r.fs.totalBytes, u) },
  used: { head: fixed('Used'), width: 5, show: (r, u) => blocks(r.fs.totalBytes - r.fs.freeBytes, u) },
  avail: { head: (u) => (u.human !== undefined ? 'Avail' : 'Available'), width: 5, show: (r, u) => blocks(r.fs.availableBytes, u) },
  pcent: {
    head: (u) => (u.posix ? 'Capacity' : 'Use%'),
    width: 4,
    show: (r) => percent(r.fs.totalBytes - r.fs.freeBytes, r.fs.availableBytes),
  },
  itotal: { head: fixed('Inodes'), width: 5, show: (r, u) => counts(r.fs.files, u) },
  iused: { head: fixed('IUsed'), width: 5, show: (r, u) => counts(r.fs.files - r.fs.freeFiles, u) },
  iavail: { head: fixed('IFree'), width: 5, show: (r, u) => counts(r.fs.freeFiles, u) },
  ipcent: { head: fixed('IUse%'), width: 4, show: (r) => percent(r.fs.files - r.fs.freeFiles, r.fs.freeFiles) },
  file: { head: fixed('File'), width: 0, left: true, show: (r) => r.file },
  target: { head: fixed('Mounted on'), width: 0, left: true, show: (r) => r.target },
}

const counts = (n: number, unit: Unit): string => (unit.human !== undefined ? humanSize(n, unit.human === 'si') : String(n))

const ALL_FIELDS = ['source', 'fstype', 'itotal', 'iused', 'iavail', 'ipcent', 'size', 'used', 'avail', 'pcent', 'file', 'target']
const REMOTE = new Set(['nfs', 'nfs4', 'cifs', 'smbfs'])

/** df(1), coreutils 9.1 */
export const df = defineProgram({
  name: 'coreutils/df',
  usage: '[OPTION]... [FILE]...',
  short: 'aB:hHiklmPt:Tvx:',
  long: 'all:a block-size=:B human-readable:h si:H inodes:i local:l no-sync output=? portability:P sync total type=:t print-type:T exclude-type=:x',
  *run(ctx) {
    const unit = unitOf(ctx)
    if (unit === undefined) return yield* ctx.die(`invalid --block-size argument '${ctx.value('B')}'`)
    const output = ctx.has('output') ? (ctx.value('output') ?? '') : undefined
    const names = output !== undefined ? (output === '' ? ALL_FIELDS : output.split(',')) : columnsOf(ctx)
    for (const name of names) if (!Object.hasOwn(FIELDS, name)) return yield* ctx.usage(`option --output: field '${name}' unknown`)
    const mounts = yield* mountTable(ctx.proc)
    const rows = ctx.operands.length > 0 ? yield* named(ctx, mounts) : listed(ctx, mounts)
    if (rows.length === 0) {
      if (ctx.status === 0) yield* ctx.warn('no file systems processed')
      return 1
    }
    if (ctx.has('total')) rows.push(sum(rows))
    print(ctx, names, rows, unit)
    return ctx.status
  },
})

function unitOf(ctx: Context): Unit | undefined {
  const posix = ctx.has('P')
  let unit: Unit = { size: 1024, human: undefined, posix, name: posix ? '1024' : '1K' }
  for (const { name, value } of ctx.opts.list) {
    if (name === 'h') unit = { ...unit, human: 'iec' }
    else if (name === 'H') unit = { ...unit, human: 'si' }
    else if (name === 'k') unit = { size: 1024, human: undefined, posix, name: posix ? '1024' : '1K' }
    else if (name === 'm') unit = { size: 1 << 20, human: undefined, posix, name: posix ? '1048576' : '1M' }
    else if (name === 'B' && value !== undefined) {
      const size = parseSize(value)
      if (size === undefined || size === 0) return undefined
      unit = { size, human: undefined, posix, name: /^\d+$/.test(value) ? `${value}B` : value.replace(/^(?=[A-Za-z])/, '1') }
    }
  }
  return unit
}

function columnsOf(ctx: Context): string[] {
  const middle = ctx.has('i') ? ['itotal', 'iused', 'iavail', 'ipcent'] : ['size', 'used', 'avail', 'pcent']
  return ['source', ...(ctx.has('T') ? ['fstype'] : []), ...middle, 'target']
}

function wanted(ctx: Context, type: string): boolean {
  const only = ctx.opts.list.filter((o) => o.name === 't').map((o) => o.value ?? '')
  const not = ctx.opts.list.filter((o) => o.name === 'x').map((o) => o.value ?? '')
  if (ctx.has('l') && REMOTE.has(type)) return false
  return (only.length === 0 || only.some((t) => matchesType(type, t))) && !not.includes(type)
}

function statfs(ctx: Context, path: string): StatFs | undefined {
  try {
    return ctx.proc.statfs(path)
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

/** Without operands: every device once, where its root is shown at the shortest path; empty file systems only with -a. */
function listed(ctx: Context, mounts: readonly MountLine[]): Row[] {
  const best = new Map<string, MountLine>()
  for (const m of mounts) {
    const key = ctx.has('a') ? String(m.id) : m.device
    const old = best.get(key)
    if (old === undefined || better(m, old)) best.set(key, m)
  }
  const rows: Row[] = []
  for (const m of mounts) {
    if (!ctx.has('a') && best.get(m.device) !== m) continue
    const fs = statfs(ctx, m.target)
    if (fs === undefined || !wanted(ctx, m.type) || (fs.totalBytes === 0 && !ctx.has('a'))) continue
    rows.push({ source: m.source, type: m.type, target: m.target, file: '-', fs })
  }
  return rows
}

function better(m: MountLine, old: MountLine): boolean {
  if (m.source.includes('/') && !old.source.includes('/')) return true
  return m.target.length < old.target.length && (m.source === old.source || m.root === '/')
}

/** The mount of each operand; a mounted disk stands for its file system. */
function* named(ctx: Context, mounts: readonly MountLine[]): Sim<Row[]> {
  const rows: Row[] = []
  for (const name of ctx.operands) {
    try {
      const isDisk = (ctx.proc.stat(name).mode & S.IFMT) === S.IFBLK
      const real = ctx.proc.realpath(name)
      const m = (isDisk ? mounts.find((line) => line.source === real && line.root === '/') : undefined) ?? mountOf(ctx.proc, mounts, name)
      const fs = m === undefined ? undefined : statfs(ctx, m.target)
      if (m === undefined || fs === undefined) yield* ctx.warn(`${quotefColon(name)}: No such file or directory`)
      else if (wanted(ctx, m.type)) rows.push({ source: m.source, type: m.type, target: m.target, file: name, fs })
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* ctx.warn(`${quotefColon(name)}: ${strerror(error)}`)
    }
  }
  return rows
}

function sum(rows: readonly Row[]): Row {
  const add = (key: 'totalBytes' | 'freeBytes' | 'availableBytes' | 'files' | 'freeFiles'): number =>
    rows.reduce((n, r) => n + r.fs[key], 0)
  const fs: StatFs = {
    type: '-',
    blockSize: 4096,
    totalBytes: add('totalBytes'),
    freeBytes: add('freeBytes'),
    availableBytes: add('availableBytes'),
    files: add('files'),
    freeFiles: add('freeFiles'),
  }
  return { source: 'total', type: '-', target: '-', file: '-', fs }
}

function print(ctx: Context, names: readonly string[], rows: readonly Row[], unit: Unit): void {
  const fields = names.map((n) => FIELDS[n] as Field)
  const lines = [fields.map((f) => f.head(unit)), ...rows.map((r) => fields.map((f) => f.show(r, unit)))]
  const widths = fields.map((f, i) => Math.max(f.width, ...lines.map((l) => (l[i] ?? '').length)))
  for (const line of lines) {
    const cells = fields.map((f, i) => {
      const cell = line[i] ?? ''
      if (f.left !== true) return cell.padStart(widths[i] as number)
      return i === fields.length - 1 ? cell : cell.padEnd(widths[i] as number)
    })
    ctx.out.put(`${cells.join(' ')}\n`)
  }
}
