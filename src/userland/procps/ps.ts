import { Errno } from '#linux/errno.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { Out, say, slurp } from '../lib/io.ts'
import { UsageError } from '../lib/options.ts'
import {
  isKernelThread,
  type ProcessInfo,
  processIds,
  readProcess,
  readProcesses,
  readSystem,
  type SystemInfo,
  ttyName,
} from './processes.ts'
import { COLUMN_FILES, COLUMNS, type Column, type View, widthOf } from './ps-columns.ts'
import { defaultFormat, type PsOptions, parsePs } from './ps-options.ts'

const USAGE = `
Usage:
 ps [options]

 Try 'ps --help <simple|list|output|threads|misc|all>'
  or 'ps --help <s|l|o|t|m|a>'
 for additional help text.

For more details see ps(1).
`

/** ps(1) of procps 4.0: reads nothing but /proc. */
export const ps: Program = {
  name: 'procps/ps',
  *main(proc) {
    const args = proc.argv.slice(1)
    if (args.includes('--help')) {
      yield* say(proc, 1, USAGE)
      return 0
    }
    if (args.includes('--version') || args.includes('-V') || args.includes('V')) {
      yield* say(proc, 1, 'ps from procps-ng 4.0.2\n')
      return 0
    }
    let options: PsOptions
    try {
      options = parsePs(args)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      yield* say(proc, 2, `${error.message}\n${USAGE}`)
      return 1
    }
    if (processIds(proc) === undefined || (yield* slurp(proc, '/proc/self/stat')) === undefined) {
      yield* say(proc, 2, 'Error, do this: mount -t proc proc /proc\n')
      return 47
    }
    return yield* run(proc, options)
  },
}

function* run(proc: Proc, options: PsOptions): Sim<number> {
  const sys = yield* readSystem(proc)
  const everything = yield* readProcesses(proc)
  const own = everything.find((p) => p.pid === proc.pid) ?? everything.find((p) => p.euid === proc.credentials().euid)
  let chosen = everything.filter((p) => isSelected(p, options, own, proc, sys) !== options.negate)
  if (options.running) chosen = chosen.filter((p) => p.state === 'R' || p.state === 'D')
  if (options.threads) chosen = yield* withThreads(proc, chosen)
  const format = options.format ?? defaultFormat(options)
  const files = new Map<string, string>()
  for (const { name } of format) {
    const file = COLUMN_FILES[name]
    if (file !== undefined) for (const p of chosen) files.set(`${file}/${p.pid}`, (yield* slurp(proc, `/proc/${p.pid}/${file}`)) ?? '')
  }
  const indents = new Map<number, string>()
  const view: View = {
    proc,
    sys,
    files,
    indent: (p) => indents.get(p.pid) ?? '',
  }
  if (options.sort.length > 0) sortBy(chosen, options, view)
  if (options.forest) chosen = forest(chosen, indents)
  const columns = format.map(({ name, header, width: asked }) => {
    const column = COLUMNS.get(name) as Column
    return {
      column,
      header: header ?? column.header,
      width:
        asked ??
        Math.max(
          header === undefined ? 0 : header.length,
          header === undefined ? widthOf(column, sys) : widthOf({ ...column, header: '' }, sys),
        ),
    }
  })
  const lines: string[] = []
  const width = screenWidth(proc, options)
  const line = (cells: readonly string[]): void => {
    let out = ''
    let debt = 0
    for (const [i, cell] of cells.entries()) {
      const { column, width: w } = columns[i] as (typeof columns)[number]
      const space = i === 0 ? '' : ' '
      const room = Math.max(0, w - debt)
      const text = column.right ? cell.padStart(room) : i === cells.length - 1 ? cell : cell.padEnd(room)
      debt = Math.max(0, text.length - room)
      out += space + text
    }
    lines.push(width === undefined ? out : out.slice(0, width))
  }
  if (options.headers && columns.some((c) => c.header !== '')) line(columns.map((c) => c.header))
  for (const p of chosen) line(columns.map(({ column, width: w }) => column.show(p, view, w)))
  const out = new Out(proc, 1)
  for (const text of lines) {
    out.put(`${text}\n`)
    yield* out.drain()
  }
  yield* out.flush()
  return chosen.length === 0 ? 1 : 0
}

/** Characters a line may have: COLUMNS, the terminal's width, or no limit. */
function screenWidth(proc: Proc, options: PsOptions): number | undefined {
  if (options.wide > 1) return undefined
  const own = Number(proc.getenv('COLUMNS'))
  let width = own > 0 ? own : undefined
  if (width === undefined) {
    try {
      const { cols } = proc.getWinSize(1)
      width = cols > 0 ? cols : 80
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      return undefined
    }
  }
  return options.wide === 1 ? Math.max(132, width) : width
}

function isSelected(p: ProcessInfo, o: PsOptions, own: ProcessInfo | undefined, proc: Proc, sys: SystemInfo): boolean {
  if (o.all) return true
  const mine = p.euid === (own?.euid ?? 0)
  let simple = false
  if (o.bsdA && o.bsdX) simple = true
  else if (o.bsdA) simple = p.ttyNr !== 0
  else if (o.bsdX) simple = mine
  if (o.sysvA && p.ttyNr !== 0 && p.session !== p.pid) simple = true
  if (o.sysvD && p.session !== p.pid) simple = true
  if (o.thisTty && own !== undefined && p.ttyNr === own.ttyNr) simple = true
  if (simple) return true
  if (o.lists.length > 0) return o.lists.some(({ kind, values }) => values.some((value) => matches(p, kind, value, proc, sys)))
  if (o.bsdA || o.bsdX || o.sysvA || o.sysvD || o.thisTty) return false
  if (o.running && o.bsd) return mine && p.ttyNr === (own?.ttyNr ?? 0)
  return mine && p.ttyNr === (own?.ttyNr ?? 0)
}

function matches(p: ProcessInfo, kind: PsOptions['lists'][number]['kind'], value: string, proc: Proc, sys: SystemInfo): boolean {
  const user = (): number => (/^\d+$/.test(value) ? Number(value) : (sys.accounts.user(value)?.uid ?? -1))
  const group = (): number => (/^\d+$/.test(value) ? Number(value) : (sys.accounts.group(value)?.gid ?? -1))
  switch (kind) {
    case 'pid':
      return p.pid === Number(value)
    case 'ppid':
      return p.ppid === Number(value)
    case 'sid':
      return p.session === Number(value)
    case 'comm':
      return p.comm === value.slice(0, 15)
    case 'user':
      return p.euid === user()
    case 'ruser':
      return p.uid === user()
    case 'group':
      return p.egid === group()
    case 'rgroup':
      return p.gid === group()
    case 'tty':
      return ttyName(proc, p.ttyNr) === value.replace(/^\/dev\//, '').replace(/^(\d)/, 'tty$1') || ttyName(proc, p.ttyNr) === value
  }
}

function* withThreads(proc: Proc, processes: readonly ProcessInfo[]): Sim<ProcessInfo[]> {
  const out: ProcessInfo[] = []
  for (const p of processes) {
    let tids: number[]
    try {
      tids = proc
        .readdir(`/proc/${p.pid}/task`)
        .map((e) => Number(e.name))
        .sort((a, b) => a - b)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      tids = []
    }
    if (tids.length <= 1) out.push(p)
    else for (const tid of tids) out.push((yield* readProcess(proc, p.pid, tid)) ?? p)
  }
  return out
}

function sortBy(processes: ProcessInfo[], options: PsOptions, view: View): void {
  processes.sort((a, b) => {
    for (const { name, descending } of options.sort) {
      const column = COLUMNS.get(name) as Column
      const key = (p: ProcessInfo): number | string => column.key?.(p, view) ?? column.show(p, view, column.width)
      const x = key(a)
      const y = key(b)
      if (x === y) continue
      return (x < y ? -1 : 1) * (descending ? -1 : 1)
    }
    return a.pid - b.pid
  })
}

/** Children below their parents, with ` \_ ` in front of their commands. */
function forest(processes: readonly ProcessInfo[], indents: Map<number, string>): ProcessInfo[] {
  const present = new Set(processes.map((p) => p.pid))
  const children = new Map<number, ProcessInfo[]>()
  const roots: ProcessInfo[] = []
  for (const p of processes) {
    if (p.ppid !== p.pid && present.has(p.ppid)) {
      const list = children.get(p.ppid)
      if (list === undefined) children.set(p.ppid, [p])
      else list.push(p)
    } else roots.push(p)
  }
  const out: ProcessInfo[] = []
  const visit = (p: ProcessInfo, prefix: string, isTop: boolean, last: boolean): void => {
    indents.set(p.pid, isTop ? '' : `${prefix} \\_ `)
    out.push(p)
    const below = children.get(p.pid) ?? []
    // Children of init start at the margin.
    const margin = p.pid === 1
    for (const [i, child] of below.entries()) {
      const next = isTop ? '' : `${prefix}${last ? '    ' : ' |  '}`
      visit(child, next, margin && isTop, i === below.length - 1)
    }
  }
  // Kernel threads come before what init has started.
  roots.sort((a, b) => Number(isKernelThread(b)) - Number(isKernelThread(a)))
  for (const root of roots) visit(root, '', true, true)
  return out
}
