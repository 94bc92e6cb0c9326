import { Errno, strerror } from '#linux/errno.ts'
import { decodeSuper, type Ext4Super } from '#linux/fs/ext4.ts'
import { O, type Proc, S } from '#linux/syscalls.ts'
import { majorOf, minorOf } from '#linux/vfs/inode.ts'
import type { Sim } from '#sim/wait.ts'
import { slurp } from '#userland/lib/io.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { attachLoop, detachLoop, freeLoop, loops } from './loopdev.ts'
import { canonical, mountTable } from './mountinfo.ts'
import { type Column, pairs, shortSize, table } from './table.ts'

/** mountpoint(1): status 0, 1 on errors, 32 when it is none. */
export const mountpoint = defineProgram({
  name: 'util-linux/mountpoint',
  usage: '[-qd] </path/to/directory>\n-x </dev/device>',
  short: 'dqx',
  long: 'quiet:q fs-devno:d devno:x nofollow',
  *run(ctx) {
    const [path] = ctx.operands
    if (path === undefined || ctx.operands.length > 1) {
      yield* ctx.warn('bad usage')
      return yield* ctx.usage()
    }
    const quiet = ctx.has('q')
    try {
      const stat = ctx.proc.stat(path)
      const number = (dev: number): string => `${majorOf(dev)}:${minorOf(dev)}`
      if (ctx.has('x')) {
        if ((stat.mode & S.IFMT) !== S.IFBLK) {
          if (!quiet) yield* ctx.warn(`${path}: not a block device`)
          return 32
        }
        ctx.out.put(`${number(stat.rdev)}\n`)
        return 0
      }
      const real = canonical(ctx.proc, path)
      const is = (yield* mountTable(ctx.proc)).some((m) => m.target === real)
      if (!is && (stat.mode & S.IFMT) !== S.IFDIR) {
        if (!quiet) yield* ctx.warn(`${path}: Not a directory`)
        return 1
      }
      if (ctx.has('d')) {
        if (is) ctx.out.put(`${number(stat.dev)}\n`)
      } else if (!quiet) ctx.out.put(`${path} is ${is ? '' : 'not '}a mountpoint\n`)
      return is ? 0 : 32
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      if (!quiet) yield* ctx.warn(`${path}: ${strerror(error)}`)
      return 1
    }
  },
})

/** pivot_root(8) */
export const pivotRoot = defineProgram({
  name: 'util-linux/pivot_root',
  usage: '[options] <new_root> <put_old>',
  *run(ctx) {
    const [root, old] = ctx.operands
    if (root === undefined || old === undefined || ctx.operands.length !== 2) {
      yield* ctx.warn('bad usage')
      return yield* ctx.usage()
    }
    try {
      ctx.proc.pivotRoot(root, old)
      return 0
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      return yield* ctx.die(`failed to change root from \`${root}' to \`${old}': ${strerror(error)}`)
    }
  },
})

interface Disk {
  readonly name: string
  readonly device: string
  readonly size: number
  readonly readonly: boolean
}

/** Disks that have a size, from sysfs. */
function* disks(proc: Proc): Sim<Disk[]> {
  const out: Disk[] = []
  let names: string[]
  try {
    names = proc.readdir('/sys/block').map((e) => e.name)
  } catch (error) {
    if (error instanceof Errno) return out
    throw error
  }
  const read = function* (name: string, file: string): Sim<string> {
    return ((yield* slurp(proc, `/sys/block/${name}/${file}`)) ?? '').trim()
  }
  for (const name of names.sort()) {
    const size = Number(yield* read(name, 'size')) * 512
    if (size > 0) out.push({ name, device: yield* read(name, 'dev'), size, readonly: (yield* read(name, 'ro')) === '1' })
  }
  return out
}

function* superOf(proc: Proc, path: string): Sim<Ext4Super | undefined> {
  try {
    const fd = yield* proc.open(path, O.RDONLY)
    try {
      return decodeSuper(proc.pread(fd, 1024, 1024))
    } finally {
      proc.close(fd)
    }
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

const LSBLK: readonly string[] = ['NAME', 'MAJ:MIN', 'RM', 'SIZE', 'RO', 'TYPE', 'MOUNTPOINTS']
const LSBLK_FS: readonly string[] = ['NAME', 'FSTYPE', 'FSVER', 'LABEL', 'UUID', 'FSAVAIL', 'FSUSE%', 'MOUNTPOINTS']
const LSBLK_RIGHT = new Set(['RM', 'SIZE', 'RO', 'FSAVAIL', 'FSUSE%'])

/** lsblk(8) */
export const lsblk = defineProgram({
  name: 'util-linux/lsblk',
  usage: '[options] [<device> ...]',
  short: 'abdfilno:pPrJ',
  long: 'all:a bytes:b nodeps:d fs:f ascii:i list:l noheadings:n output=:o paths:p pairs:P raw:r json:J',
  missing: 'c D e I m M O s S t T x z topology scsi perms',
  *run(ctx) {
    const { proc } = ctx
    const names = ctx.value('o')?.toUpperCase().split(',') ?? (ctx.has('f') ? LSBLK_FS : LSBLK)
    const mounts = yield* mountTable(proc)
    const rows: string[][] = []
    for (const disk of yield* disks(proc)) {
      const path = `/dev/${disk.name}`
      if (ctx.operands.length > 0 && !ctx.operands.some((o) => canonical(proc, o) === path)) continue
      const at = mounts.filter((m) => m.device === disk.device && m.root === '/').map((m) => m.target)
      const sb = yield* superOf(proc, path)
      const fs = at[0] === undefined ? undefined : proc.statfs(at[0])
      const values: Readonly<Record<string, string>> = {
        NAME: ctx.has('p') ? path : disk.name,
        KNAME: disk.name,
        PATH: path,
        'MAJ:MIN': disk.device.padEnd(3),
        RM: '0',
        SIZE: ctx.has('b') ? String(disk.size) : shortSize(disk.size),
        RO: disk.readonly ? '1' : '0',
        TYPE: disk.name.startsWith('loop') ? 'loop' : 'disk',
        MOUNTPOINT: at.at(-1) ?? '',
        MOUNTPOINTS: at.join(' '),
        FSTYPE: sb === undefined ? '' : 'ext4',
        FSVER: sb === undefined ? '' : '1.0',
        LABEL: sb?.label ?? '',
        UUID: sb?.uuid ?? '',
        FSAVAIL: fs === undefined ? '' : shortSize(fs.availableBytes),
        'FSUSE%': fs === undefined || fs.totalBytes === 0 ? '' : `${Math.floor(((fs.totalBytes - fs.freeBytes) * 100) / fs.totalBytes)}%`,
      }
      for (const name of names) if (!Object.hasOwn(values, name)) return yield* ctx.die(`unknown column: ${name}`)
      rows.push(names.map((n) => values[n] ?? ''))
    }
    if (rows.length === 0 && ctx.operands[0] !== undefined) return yield* ctx.die(`${ctx.operands[0]}: not a block device`, 32)
    const columns: Column[] = names.map((name) => ({
      name: name === 'MAJ:MIN' ? 'MAJ:MIN' : name,
      ...(LSBLK_RIGHT.has(name) ? { right: true } : {}),
    }))
    ctx.out.put(ctx.has('P') ? pairs(columns, rows) : table(columns, rows, { noHeadings: ctx.has('n'), raw: ctx.has('r') }))
    return 0
  },
})

/** blkid(8): what disks and images hold; status 2 when nothing is found. */
export const blkid = defineProgram({
  name: 'util-linux/blkid',
  usage: '[options] [<dev> ...]',
  short: 'o:s:pkl',
  long: 'output=:o match-tag=:s probe:p',
  usageStatus: 4,
  *run(ctx) {
    const paths = ctx.operands.length > 0 ? ctx.operands : (yield* disks(ctx.proc)).map((d) => `/dev/${d.name}`)
    let found = false
    for (const path of paths) {
      const sb = yield* superOf(ctx.proc, path)
      if (sb === undefined) continue
      found = true
      const tags: [string, string][] = [
        ...(sb.label === '' ? [] : [['LABEL', sb.label] as [string, string]]),
        ['UUID', sb.uuid],
        ['BLOCK_SIZE', String(sb.blockSize)],
        ['TYPE', 'ext4'],
      ]
      const only = ctx.value('s')
      const shown = tags.filter(([name]) => only === undefined || name === only)
      if (ctx.value('o') === 'value') for (const [, value] of shown) ctx.out.put(`${value}\n`)
      else if (ctx.value('o') === 'export') ctx.out.put(`DEVNAME=${path}\n${shown.map(([n, v]) => `${n}=${v}\n`).join('')}`)
      else ctx.out.put(`${path}:${shown.map(([n, v]) => ` ${n}="${v}"`).join('')}\n`)
    }
    return found ? 0 : 2
  },
})

/** losetup(8) */
export const losetup = defineProgram({
  name: 'util-linux/losetup',
  usage: '[options] [<loopdev>]\n[options] -f | <loopdev> <file>',
  short: 'ad:Dfj:lnO:r',
  long: 'all:a detach=:d detach-all:D find:f show associated=:j list:l noheadings:n output=:O read-only:r',
  missing: 'c L o P b v J offset sizelimit partscan sector-size direct-io raw json',
  *run(ctx) {
    const { proc } = ctx
    try {
      return yield* setup(ctx)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      const file = ctx.operands.at(-1) ?? ''
      if (ctx.value('d') !== undefined) return yield* ctx.die(`${ctx.value('d')}: detach failed: ${strerror(error)}`)
      if (proc.credentials().euid !== 0) return yield* ctx.die(`cannot find an unused loop device: ${strerror(error)}`)
      return yield* ctx.die(`${file}: failed to set up loop device: ${strerror(error)}`)
    }
  },
})

function* setup(ctx: Context): Sim<number> {
  const { proc, operands } = ctx
  const detach = ctx.value('d')
  if (detach !== undefined) {
    for (const device of [detach, ...operands]) yield* detachLoop(proc, device)
    return 0
  }
  const active = yield* loops(proc)
  if (ctx.has('D')) {
    for (const { device } of active) yield* detachLoop(proc, device)
    return 0
  }
  if (ctx.has('f')) {
    const [file] = operands
    if (file === undefined) {
      ctx.out.put(`${yield* freeLoop(proc)}\n`)
      return 0
    }
    const device = yield* attachLoop(proc, file, ctx.has('r'), false)
    if (ctx.has('show')) ctx.out.put(`${device}\n`)
    return 0
  }
  const [device, file] = operands
  if (device !== undefined && file !== undefined) {
    yield* attachLoop(proc, file, ctx.has('r'), false, device)
    return 0
  }
  const wanted = ctx.value('j')
  const shown = active.filter(
    (l) => (device === undefined || l.device === device) && (wanted === undefined || l.status.file === canonical(proc, wanted)),
  )
  if (ctx.has('a') || wanted !== undefined || (device !== undefined && !ctx.has('l'))) {
    if (device !== undefined && shown.length === 0) return yield* ctx.die(`${device}: No such device or address`)
    for (const { device: name, status } of shown) ctx.out.put(`${name}: []: (${status.file})\n`)
    return 0
  }
  if (shown.length === 0) return 0
  const columns: Column[] = [
    { name: 'NAME' },
    { name: 'SIZELIMIT', right: true },
    { name: 'OFFSET', right: true },
    { name: 'AUTOCLEAR', right: true },
    { name: 'RO', right: true },
    { name: 'BACK-FILE' },
    { name: 'DIO', right: true },
    { name: 'LOG-SEC', right: true },
  ]
  const rows = shown.map(({ device: name, status }) => [
    name,
    '0',
    '0',
    status.autoclear ? '1' : '0',
    status.readonly ? '1' : '0',
    status.file,
    '0',
    '512',
  ])
  ctx.out.put(table(columns, rows, { noHeadings: ctx.has('n') }))
  return 0
}
