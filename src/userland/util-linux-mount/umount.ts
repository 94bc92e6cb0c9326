import { Errno, strerror } from '#linux/errno.ts'
import { MNT } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { canonical, type MountLine, matchesType, mountTable } from './mountinfo.ts'

const FAIL = 32

function words(error: Errno): string {
  switch (error.code) {
    case 'ENXIO':
      return 'invalid block device'
    case 'EINVAL':
      return 'not mounted'
    case 'EIO':
      return "can't write superblock"
    case 'EBUSY':
      return 'target is busy'
    case 'ENOENT':
      return 'no mount point specified'
    case 'EPERM':
      return 'must be superuser to unmount'
    case 'EACCES':
      return 'block devices are not permitted on filesystem'
    default:
      return `umount(2) system call failed: ${strerror(error)}`
  }
}

function* one(ctx: Context, target: string): Sim<number> {
  let flags = ctx.has('l') ? MNT.DETACH : 0
  if (ctx.has('f')) flags |= MNT.FORCE
  try {
    ctx.proc.umount(target, flags)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    if (ctx.has('q') && error.code === 'EINVAL') return FAIL
    yield* ctx.warn(`${target}: ${words(error)}.`, 0)
    return FAIL
  }
  if (ctx.has('v')) ctx.out.put(`${ctx.prog}: ${target} unmounted\n`)
  return 0
}

/** `m` and what is mounted below it, children first. */
function below(table: readonly MountLine[], m: MountLine): MountLine[] {
  const children = table.filter((c) => c.parent === m.id).reverse()
  return [...children.flatMap((c) => below(table, c)), m]
}

function* unmount(ctx: Context, name: string): Sim<number> {
  const { proc } = ctx
  const table = yield* mountTable(proc)
  const real = canonical(proc, name)
  const found = table.findLast((m) => m.target === real) ?? table.findLast((m) => m.source === real)
  if (proc.credentials().uid !== 0) {
    yield* ctx.warn(`${found?.target ?? name}: ${found === undefined ? 'not mounted' : 'must be superuser to unmount'}.`, 0)
    return FAIL
  }
  if (found === undefined) {
    if (ctx.has('R')) {
      yield* ctx.warn(`${name}: not mounted`, 0)
      return FAIL
    }
    return yield* one(ctx, name)
  }
  if (!ctx.has('R')) return yield* one(ctx, found.target)
  let status = 0
  for (const m of below(table, found)) status = Math.max(status, yield* one(ctx, m.target))
  return status
}

/** umount(8), 2.38: the exit statuses of several operands are added up. */
export const umount = defineProgram({
  name: 'util-linux/umount',
  usage: '[-hV]\n-a [options]\n[options] <source> | <directory>',
  short: 'aAcdfilnqrRt:vO:',
  long: 'all:a all-targets:A no-canonicalize:c detach-loop:d force:f internal-only:i lazy:l no-mtab:n quiet:q read-only:r recursive:R types=:t verbose:v',
  missing: 'fake namespace N',
  *run(ctx) {
    if (ctx.has('a')) {
      let status = 0
      for (const m of (yield* mountTable(ctx.proc)).reverse()) {
        if (m.target === '/' || ['proc', 'sysfs', 'devtmpfs', 'devpts', 'cgroup2'].includes(m.type) || !matchesType(m.type, ctx.value('t')))
          continue
        status = Math.max(status, yield* one(ctx, m.target))
      }
      return status
    }
    if (ctx.operands.length === 0) {
      yield* ctx.warn('bad usage')
      return yield* ctx.usage()
    }
    let status = 0
    for (const name of ctx.operands) status += yield* unmount(ctx, name)
    return status & 0xff
  },
})
