import { Errno } from '#linux/errno.ts'
import type { Proc, StatFs } from '#linux/syscalls.ts'
import { defineProgram } from '#userland/lib/program.ts'
import { canonical, type MountLine, matchesType, mountTable, options, optionValue, propagation, sourceWithRoot } from './mountinfo.ts'
import { pairs, shortSize, table, treeRows } from './table.ts'

interface Cell {
  readonly right?: boolean
  show(m: MountLine, proc: Proc, plainSource: boolean): string
}

const sizeCell = (value: (s: StatFs) => string): Cell => ({
  right: true,
  show: (m, proc) => {
    try {
      return value(proc.statfs(m.target))
    } catch (error) {
      if (error instanceof Errno) return ''
      throw error
    }
  },
})

const CELLS: Readonly<Record<string, Cell>> = {
  TARGET: { show: (m) => m.target },
  SOURCE: { show: (m, _proc, plain) => (plain ? m.source : sourceWithRoot(m)) },
  FSTYPE: { show: (m) => m.type },
  OPTIONS: { show: (m) => options(m) },
  'VFS-OPTIONS': { show: (m) => m.vfsOptions },
  'FS-OPTIONS': { show: (m) => m.fsOptions },
  'OPT-FIELDS': { show: (m) => m.optional },
  PROPAGATION: { show: (m) => propagation(m) },
  FSROOT: { show: (m) => m.root },
  'MAJ:MIN': { show: (m) => m.device },
  ID: { right: true, show: (m) => String(m.id) },
  PARENT: { right: true, show: (m) => String(m.parent) },
  LABEL: { show: () => '' },
  UUID: { show: () => '' },
  SIZE: sizeCell((s) => (s.totalBytes === 0 ? '0' : shortSize(s.totalBytes))),
  AVAIL: sizeCell((s) => (s.availableBytes === 0 ? '0' : shortSize(s.availableBytes))),
  USED: sizeCell((s) => (s.totalBytes === s.freeBytes ? '0' : shortSize(s.totalBytes - s.freeBytes))),
  'USE%': sizeCell((s) =>
    s.totalBytes === 0 ? '-' : `${Math.ceil(((s.totalBytes - s.freeBytes) * 100) / (s.totalBytes - s.freeBytes + s.availableBytes))}%`,
  ),
}

/** findmnt(8), over /proc/self/mountinfo. */
export const findmnt = defineProgram({
  name: 'util-linux/findmnt',
  usage:
    '[options]\n[options] <device> | <mountpoint>\n[options] <device> <mountpoint>\n[options] [--source <device>] [--target <path> | --mountpoint <dir>]',
  short: 'aAbcDfiJklM:mno:O:pPrRsS:t:T:uUvw',
  long:
    'ascii:a all:A bytes:b df:D first-only:f invert:i json:J kernel:k list:l mountpoint=:M noheadings:n output=:o options=:O pairs:P raw:r submounts:R source=:S types=:t target=:T notruncate:u uniq:U ' +
    'nofsroot:v tree output-all real pseudo',
  missing: 's m p w fstab mtab poll timeout verify tab-file task vfs-all shadowed',
  *run(ctx) {
    const { proc, operands } = ctx
    const all = yield* mountTable(proc)
    const names = (ctx.value('o') ?? (ctx.has('D') ? 'SOURCE,FSTYPE,SIZE,USED,AVAIL,USE%,TARGET' : 'TARGET,SOURCE,FSTYPE,OPTIONS'))
      .toUpperCase()
      .split(',')
    for (const name of names) if (!Object.hasOwn(CELLS, name)) return yield* ctx.die(`unknown column: ${name.toLowerCase()}`)
    const [first, second] = operands
    const source = ctx.value('S') ?? (second === undefined ? undefined : first)
    const mountpoint = ctx.value('M') ?? second
    const either = second === undefined ? first : undefined
    const path = ctx.value('T')
    const under = path === undefined ? undefined : mountOf(proc, all, path)
    if (path !== undefined && under === undefined) return 1
    const wanted = (m: MountLine): boolean => {
      if (under !== undefined && m !== under) return false
      if (source !== undefined && m.source !== source && m.source !== canonical(proc, source)) return false
      if (mountpoint !== undefined && m.target !== canonical(proc, mountpoint)) return false
      if (either !== undefined && m.target !== canonical(proc, either) && m.source !== either && m.source !== canonical(proc, either))
        return false
      if (!matchesType(m.type, ctx.value('t'))) return false
      const option = ctx.value('O')
      return option === undefined || option.split(',').every((o) => optionValue(options(m), o.replace(/=.*/, '')) !== undefined)
    }
    const filtered = source ?? mountpoint ?? either ?? path ?? ctx.value('t') ?? ctx.value('O')
    let matches = all.filter(wanted)
    if (ctx.has('i')) matches = all.filter((m) => !matches.includes(m))
    if (ctx.has('f')) matches = matches.slice(0, 1)
    if (matches.length === 0) return 1
    const children = (m: MountLine): MountLine[] => all.filter((c) => c.parent === m.id && c !== m).sort((a, b) => a.id - b.id)
    const roots = filtered === undefined ? all.filter((m) => !all.some((p) => p.id === m.parent && p !== m)) : matches
    const flat = ctx.has('l', 'r', 'P', 'D') || (filtered !== undefined && !ctx.has('R'))
    const rows =
      filtered !== undefined && !ctx.has('R')
        ? matches.map((node) => ({ node, prefix: '' }))
        : flat && !ctx.has('R')
          ? all.map((node) => ({ node, prefix: '' }))
          : treeRows(roots, children).map((r) => (flat ? { ...r, prefix: '' } : r))
    const columns = names.map((name) => ({ name, ...(CELLS[name]?.right === true ? { right: true } : {}) }))
    const cells = rows.map(({ node, prefix }) =>
      names.map((n) => (n === 'TARGET' ? prefix : '') + (CELLS[n]?.show(node, proc, ctx.has('v')) ?? '')),
    )
    if (ctx.has('J')) {
      const objects = cells.map((r) => Object.fromEntries(names.map((n, i) => [n.toLowerCase(), (r[i] ?? '').replace(/^[|` -]+/, '')])))
      ctx.out.put(`{\n   "filesystems": ${JSON.stringify(objects, undefined, 3).replace(/\n/g, '\n   ')}\n}\n`)
    } else if (ctx.has('P')) ctx.out.put(pairs(columns, cells))
    else ctx.out.put(table(columns, cells, { noHeadings: ctx.has('n'), raw: ctx.has('r') }))
    return 0
  },
})

/** The mount a path lies in. */
export function mountOf(proc: Proc, all: readonly MountLine[], path: string): MountLine | undefined {
  let at: string
  try {
    at = proc.realpath(path)
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
  for (;;) {
    const found = all.findLast((m) => m.target === at)
    if (found !== undefined || at === '/') return found
    at = at.slice(0, at.lastIndexOf('/')) || '/'
  }
}
