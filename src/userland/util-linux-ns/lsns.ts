import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import { Accounts } from '../lib/accounts.ts'
import { Out, slurp } from '../lib/io.ts'
import { commandLine, isKernelThread, type ProcessInfo, readProcesses } from '../procps/processes.ts'
import { Fatal, numberArg, tool } from './common.ts'

const HELP = `
Usage:
 lsns [options] [<namespace>]

List system namespaces.

Options:
 -J, --json             use JSON output format
 -l, --list             use list format output
 -n, --noheadings       don't print headings
 -o, --output <list>    define which output columns to use
     --output-all       output all columns
 -p, --task <pid>       print process namespaces
 -r, --raw              use the raw output format
 -u, --notruncate       don't truncate text in columns
 -W, --nowrap           don't use multi-line representation
 -t, --type <name>      namespace type (mnt, net, ipc, user, pid, uts, cgroup, time)
 -T, --tree[=<rel>]     use tree format (parent, owner, or process)

 -h, --help             display this help
 -V, --version          display version

Available output columns:
          NS  namespace identifier (inode number)
        TYPE  kind of namespace
        PATH  path to the namespace
      NPROCS  number of processes in the namespace
         PID  lowest PID in the namespace
        PPID  PPID of the PID
     COMMAND  command line of the PID
         UID  UID of the PID
        USER  username of the PID
     NETNSID  namespace ID as used by network subsystem
        NSFS  nsfs mountpoint (usually used network subsystem)
         PNS  parent namespace identifier (inode number)
         ONS  owner namespace identifier (inode number)

For more details see lsns(8).
`

const TYPES = ['mnt', 'net', 'ipc', 'user', 'pid', 'uts', 'cgroup', 'time'] as const
const COLUMNS = ['NS', 'TYPE', 'PATH', 'NPROCS', 'PID', 'PPID', 'COMMAND', 'UID', 'USER', 'NETNSID', 'NSFS'] as const
type ColumnName = (typeof COLUMNS)[number]
const RIGHT: readonly string[] = ['NS', 'NPROCS', 'PID', 'PPID', 'UID', 'NETNSID']

interface Row {
  readonly ns: number
  readonly type: string
  readonly count: number
  readonly leader: ProcessInfo
  readonly nsfs: string
  readonly children: Row[]
  prefix: string
}

/** lsns(8): what /proc/PID/ns says, as a tree of the processes that made them. */
export const lsns = tool({
  name: 'util-linux/lsns',
  help: HELP,
  posix: false,
  short: 'Jlp:o:nruhVt:T::W',
  long: 'json:J task=:p output=:o output-all noheadings:n list:l raw:r notruncate:u type=:t tree=?:T nowrap:W',
  *run(proc, opts) {
    const types = opts.values('t')
    for (const type of types) if (!TYPES.some((t) => t === type)) throw new Fatal(`unknown namespace type: ${type}`)
    const word = opts.value('p')
    const task = word === undefined ? undefined : numberArg(word, 'invalid PID argument')
    const wantedNs = opts.operands[0] === undefined ? undefined : numberArg(opts.operands[0], 'invalid namespace argument')
    const columns = pickColumns(opts.has('output-all') ? COLUMNS.join(',') : opts.value('o'), types)
    const processes = yield* readProcesses(proc)
    if (task !== undefined && !processes.some((p) => p.pid === task)) throw new Fatal(`not found process ${task}`)
    const accounts = new Accounts((yield* slurp(proc, '/etc/passwd')) ?? '', '')
    const mounts = nsfsMounts((yield* slurp(proc, '/proc/self/mountinfo')) ?? '')
    const rows = collect(proc, processes, types, task, mounts).filter((r) => wantedNs === undefined || r.ns === wantedNs)
    if (wantedNs !== undefined && rows.length === 0) throw new Fatal(`not found namespace: ${wantedNs}`)
    const list = opts.has('l', 'r', 'J') ? rows : arrange(rows, processes)
    const cell = (row: Row, column: ColumnName): string => {
      switch (column) {
        case 'NS':
          return String(row.ns)
        case 'TYPE':
          return row.type
        case 'PATH':
          return `/proc/${row.leader.pid}/ns/${row.type}`
        case 'NPROCS':
          return String(row.count)
        case 'PID':
          return String(row.leader.pid)
        case 'PPID':
          return String(row.leader.ppid)
        case 'COMMAND':
          return row.prefix + (isKernelThread(row.leader) ? row.leader.comm : commandLine(row.leader))
        case 'UID':
          return String(row.leader.euid)
        case 'USER':
          return accounts.userName(row.leader.euid)
        case 'NETNSID':
          return row.type === 'net' ? 'unassigned' : ''
        case 'NSFS':
          return row.nsfs
      }
    }
    const out = new Out(proc, 1)
    if (opts.has('J')) out.put(json(list.map((row) => columns.map((c) => [c, cell(row, c)] as const))))
    else
      table(
        out,
        columns,
        list.map((row) => columns.map((c) => cell(row, c))),
        !opts.has('n'),
        opts.has('r'),
      )
    yield* out.flush()
    return 0
  },
})

function pickColumns(text: string | undefined, types: readonly string[]): ColumnName[] {
  if (text === undefined) {
    const net: ColumnName[] = types.includes('net') ? ['NETNSID', 'NSFS'] : []
    return ['NS', 'TYPE', 'NPROCS', 'PID', 'USER', ...net, 'COMMAND']
  }
  const names = text.replace(/^\+/, 'NS,TYPE,NPROCS,PID,USER,COMMAND,').split(',')
  return names.map((name) => {
    const column = COLUMNS.find((c) => c === name.toUpperCase())
    if (column === undefined) throw new Fatal(`unknown column: ${name}`)
    return column
  })
}

/** Where nsfs files are bound: inode → first mount point. */
function nsfsMounts(mountinfo: string): ReadonlyMap<number, string> {
  const out = new Map<number, string>()
  for (const line of mountinfo.split('\n')) {
    if (!/ - nsfs /.test(line)) continue
    const f = line.split(' ')
    const ino = /\[(\d+)\]/.exec(f[3] ?? '')?.[1]
    if (ino !== undefined && !out.has(Number(ino))) out.set(Number(ino), f[4] ?? '')
  }
  return out
}

function collect(
  proc: Proc,
  processes: readonly ProcessInfo[],
  types: readonly string[],
  task: number | undefined,
  mounts: ReadonlyMap<number, string>,
): Row[] {
  const found = new Map<number, { type: string; count: number; leader: ProcessInfo; hasTask: boolean }>()
  for (const p of processes) {
    for (const type of TYPES) {
      if (types.length > 0 && !types.includes(type)) continue
      let link: string
      try {
        link = proc.readlink(`/proc/${p.pid}/ns/${type}`)
      } catch (error) {
        if (error instanceof Errno) continue
        throw error
      }
      const ns = Number(/\[(\d+)\]/.exec(link)?.[1])
      const known = found.get(ns)
      if (known === undefined) found.set(ns, { type, count: 1, leader: p, hasTask: p.pid === task })
      else {
        known.count++
        known.hasTask ||= p.pid === task
      }
    }
  }
  return [...found]
    .filter(([, v]) => task === undefined || v.hasTask)
    .sort(([a], [b]) => a - b)
    .map(([ns, v]) => ({
      ns,
      type: v.type,
      count: v.count,
      leader: v.leader,
      nsfs: mounts.get(ns) ?? '',
      children: [],
      prefix: '',
    }))
}

/** Each namespace hangs below the line that its leader's parent had last; the others are at the margin. */
function arrange(rows: readonly Row[], processes: readonly ProcessInfo[]): Row[] {
  const lines = new Map<number, Row>()
  const top: Row[] = []
  const exists = new Set(processes.map((p) => p.pid))
  for (const row of rows) {
    const parent = exists.has(row.leader.ppid) ? lines.get(row.leader.ppid) : undefined
    if (parent === undefined) top.push(row)
    else parent.children.push(row)
    lines.set(row.leader.pid, row)
  }
  const out: Row[] = []
  const visit = (row: Row, prefix: string, mark: string): void => {
    row.prefix = prefix + mark
    out.push(row)
    const below = mark === '' ? prefix : prefix + (mark === '|-' ? '| ' : '  ')
    for (const [i, child] of row.children.entries()) visit(child, below, i === row.children.length - 1 ? '`-' : '|-')
  }
  for (const row of top) visit(row, '', '')
  return out
}

function table(out: Out, columns: readonly string[], rows: readonly (readonly string[])[], headings: boolean, rawFormat: boolean): void {
  const all = headings ? [columns, ...rows] : rows
  if (rawFormat) {
    for (const row of all) out.put(`${row.join(' ')}\n`)
    return
  }
  const widths = columns.map((c, i) => Math.max(headings ? c.length : 0, ...rows.map((r) => (r[i] ?? '').length)))
  for (const row of all) {
    out.put(
      `${row.map((text, i) => (RIGHT.includes(columns[i] ?? '') ? text.padStart(widths[i] ?? 0) : i === row.length - 1 ? text : text.padEnd(widths[i] ?? 0))).join(' ')}\n`,
    )
  }
}

function json(rows: readonly (readonly (readonly [string, string])[])[]): string {
  const body = rows.map((row) => {
    const fields = row.map(
      ([name, value]) =>
        `         "${name.toLowerCase()}": ${RIGHT.includes(name) && /^\d+$/.test(value) ? value : value === '' ? 'null' : JSON.stringify(value)}`,
    )
    return `      {\n${fields.join(',\n')}\n      }`
  })
  return `{\n   "namespaces": [\n${body.join(',')}\n   ]\n}\n`
}
