import { Errno, strerror } from '#linux/errno.ts'
import { decodeSuper } from '#linux/fs/ext4.ts'
import { MS, O, type Proc, S } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { say, slurp } from '#userland/lib/io.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { attachLoop } from './loopdev.ts'
import { canonical, matchesType, mountTable, options, optionValue } from './mountinfo.ts'

/** Exit status of a failed mount: MNT_EX_FAIL. */
const FAIL = 32

/** Options that are flags of mount(2): set, or cleared when the second is true. mount(8), "FILESYSTEM-INDEPENDENT MOUNT OPTIONS" */
const FLAGS: Readonly<Record<string, readonly [flag: number, clear?: true]>> = {
  ro: [MS.RDONLY],
  rw: [MS.RDONLY, true],
  nosuid: [MS.NOSUID],
  suid: [MS.NOSUID, true],
  nodev: [MS.NODEV],
  dev: [MS.NODEV, true],
  noexec: [MS.NOEXEC],
  exec: [MS.NOEXEC, true],
  sync: [MS.SYNCHRONOUS],
  async: [MS.SYNCHRONOUS, true],
  dirsync: [MS.DIRSYNC],
  remount: [MS.REMOUNT],
  bind: [MS.BIND],
  rbind: [MS.BIND | MS.REC],
  move: [MS.MOVE],
  noatime: [MS.NOATIME],
  atime: [MS.NOATIME, true],
  nodiratime: [MS.NODIRATIME],
  diratime: [MS.NODIRATIME, true],
  relatime: [MS.RELATIME],
  norelatime: [MS.RELATIME, true],
  strictatime: [MS.STRICTATIME],
  nostrictatime: [MS.STRICTATIME, true],
  mand: [MS.MANDLOCK],
  nomand: [MS.MANDLOCK, true],
  silent: [MS.SILENT],
  loud: [MS.SILENT, true],
}

const PROPAGATION: Readonly<Record<string, number>> = {
  shared: MS.SHARED,
  rshared: MS.SHARED | MS.REC,
  private: MS.PRIVATE,
  rprivate: MS.PRIVATE | MS.REC,
  slave: MS.SLAVE,
  rslave: MS.SLAVE | MS.REC,
  unbindable: MS.UNBINDABLE,
  runbindable: MS.UNBINDABLE | MS.REC,
}

/** Options for mount(8) itself. */
const USERSPACE = [
  'defaults',
  'auto',
  'noauto',
  'user',
  'nouser',
  'users',
  'owner',
  'group',
  'nofail',
  '_netdev',
  'loop',
  'comment',
  'uhelper',
  'helper',
]

interface Request {
  flags: number
  readonly propagation: number[]
  readonly data: string[]
  loop: string | undefined
  mkdir: boolean
  nofail: boolean
}

function splitOptions(text: string): string[] {
  return text.match(/(?:[^,"]|"[^"]*")+/g) ?? []
}

function parse(list: readonly string[]): Request {
  const out: Request = { flags: 0, propagation: [], data: [], loop: undefined, mkdir: false, nofail: false }
  for (const text of list) {
    for (const option of splitOptions(text)) {
      const name = option.replace(/=.*$/s, '')
      const flag = Object.hasOwn(FLAGS, option) ? FLAGS[option] : undefined
      const spread = Object.hasOwn(PROPAGATION, option) ? PROPAGATION[option] : undefined
      if (flag !== undefined) out.flags = flag[1] === true ? out.flags & ~flag[0] : out.flags | flag[0]
      else if (spread !== undefined) out.propagation.push(spread)
      else if (name === 'loop') out.loop = option.slice(5)
      else if (name === 'X-mount.mkdir' || name === 'x-mount.mkdir') out.mkdir = true
      else if (name === 'nofail') out.nofail = true
      else if (!USERSPACE.includes(name) && !name.startsWith('x-') && !name.startsWith('X-')) out.data.push(option)
    }
  }
  return out
}

/** Types whose source is just a word. */
const PSEUDO = new Set([
  'tmpfs',
  'proc',
  'sysfs',
  'devpts',
  'devtmpfs',
  'ramfs',
  'overlay',
  'mqueue',
  'cgroup',
  'cgroup2',
  'securityfs',
  'debugfs',
  'tracefs',
  'configfs',
  'bpf',
  'pstore',
  'hugetlbfs',
  'fusectl',
  'binfmt_misc',
  'autofs',
])

/** One line of fstab(5). */
interface FstabLine {
  readonly source: string
  readonly target: string
  readonly type: string
  readonly options: string
}

function* fstab(proc: Proc): Sim<FstabLine[]> {
  try {
    const out: FstabLine[] = []
    for (const line of ((yield* slurp(proc, '/etc/fstab')) ?? '').split('\n')) {
      const [source, target, type, opts = 'defaults'] = line.trim().split(/\s+/)
      if (source !== undefined && target !== undefined && type !== undefined && !source.startsWith('#'))
        out.push({ source, target, type, options: opts })
    }
    return out
  } catch (error) {
    if (error instanceof Errno) return []
    throw error
  }
}

/** What a disk or an image holds, as libblkid finds out. */
function* probeType(proc: Proc, path: string): Sim<string | undefined> {
  try {
    const fd = yield* proc.open(path, O.RDONLY)
    try {
      return decodeSuper(proc.pread(fd, 1024, 1024)) === undefined ? undefined : 'ext4'
    } finally {
      proc.close(fd)
    }
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

/** Types that need a device, in the kernel's order. */
function* deviceTypes(proc: Proc): Sim<string[]> {
  const text = (yield* slurp(proc, '/proc/filesystems')) ?? ''
  return text
    .split('\n')
    .filter((l) => l.startsWith('\t'))
    .map((l) => l.trim())
}

function kind(proc: Proc, path: string): number | undefined {
  try {
    return proc.stat(path).mode & S.IFMT
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

function isThere(proc: Proc, path: string): boolean {
  try {
    proc.lstat(path)
    return true
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}

/** mnt_context_get_mount_excode(): the words for a failed mount(2). */
function* explain(proc: Proc, error: Errno, source: string, target: string, type: string | undefined, request: Request): Sim<string> {
  const { flags } = request
  switch (error.code) {
    case 'EPERM':
      if (proc.credentials().euid !== 0) return 'must be superuser to use mount.'
      return kind(proc, target) === S.IFDIR || (flags & MS.BIND) !== 0 ? 'permission denied.' : 'mount point is not a directory.'
    case 'EBUSY': {
      if ((flags & MS.REMOUNT) !== 0) return 'mount point is busy.'
      const real = canonical(proc, source)
      const mounted = (yield* mountTable(proc)).find((m) => m.source === real)
      return mounted === undefined ? `${source} already mounted or mount point busy.` : `${source} already mounted on ${mounted.target}.`
    }
    case 'ENOENT':
      if (!isThere(proc, target)) return 'mount point does not exist.'
      if (kind(proc, target) === undefined) return 'mount point is a symbolic link to nowhere.'
      if (!isThere(proc, source)) return `special device ${source} does not exist.`
      return 'mount(2) system call failed: No such file or directory.'
    case 'ENOTDIR':
      if (kind(proc, target) !== undefined && kind(proc, target) !== S.IFDIR) return 'mount point is not a directory.'
      if (kind(proc, source) === undefined && !PSEUDO.has(type ?? ''))
        return `special device ${source} does not exist (a path prefix is not a directory).`
      return 'mount(2) system call failed: Not a directory.'
    case 'EINVAL':
      if ((flags & MS.REMOUNT) !== 0) return 'mount point not mounted or bad option.'
      if (request.propagation.length > 0 && source === 'none') return 'not mount point or bad option.'
      if ((flags & MS.MOVE) !== 0) return 'not a mountpoint or moving a mount residing under a shared mount is unsupported.'
      return `wrong fs type, bad option, bad superblock on ${source}, missing codepage or helper program, or other error.`
    case 'EIO':
      return `can't read superblock on ${source}.`
    case 'ENODEV':
      return `unknown filesystem type '${type ?? ''}'.`
    case 'ENOTBLK':
      return `${source} is not a block device.`
    case 'ENXIO':
      return `${source} is not a valid block device.`
    case 'EACCES':
    case 'EROFS':
      if ((flags & MS.BIND) !== 0) return `bind ${source} failed.`
      return (flags & MS.RDONLY) !== 0
        ? `cannot mount ${source} read-only.`
        : `${source} is write-protected but explicit read-write mode requested.`
    default:
      return `mount(2) system call failed: ${strerror(error)}.`
  }
}

function* complain(ctx: Context, target: string, message: string, syscall = true): Sim<void> {
  yield* ctx.out.flush()
  yield* say(
    ctx.proc,
    2,
    `${ctx.prog}: ${target}: ${message}\n${syscall ? '       dmesg(1) may have more information after failed mount system call.\n' : ''}`,
  )
}

/** One mount; returns the exit status. */
function* mountOne(ctx: Context, source: string, target: string, type: string | undefined, request: Request): Sim<number> {
  const { proc } = ctx
  const shown = canonical(proc, target)
  const { uid } = proc.credentials()
  if (uid !== 0) {
    yield* complain(ctx, shown, 'must be superuser to use mount.')
    return FAIL
  }
  if (request.mkdir && kind(proc, target) === undefined) yield* makeParents(proc, target)
  let used = type
  try {
    if (
      request.flags & MS.REMOUNT ||
      request.flags & MS.BIND ||
      request.flags & MS.MOVE ||
      (request.propagation.length > 0 && source === 'none')
    ) {
      mountSpecial(proc, source, shown, request, yield* mountTable(proc))
    } else used = yield* mountNew(proc, source, shown, type, request)
    if (source !== 'none' || request.flags !== 0) for (const flag of request.propagation) proc.mount('none', shown, '', flag, '')
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    if (request.nofail && error.code === 'ENOENT') return 0
    yield* complain(ctx, shown, yield* explain(proc, error, source, target, used ?? type, request))
    return FAIL
  }
  if (ctx.has('v')) ctx.out.put(`${ctx.prog}: ${source} mounted on ${shown}.\n`)
  return 0
}

function* makeParents(proc: Proc, path: string): Sim<void> {
  let at = path.startsWith('/') ? '' : '.'
  for (const part of path.split('/')) {
    if (part === '') continue
    at += `/${part}`
    if (kind(proc, at) === undefined) proc.mkdir(at, 0o755)
  }
}

const KEEP = MS.RDONLY | MS.NOSUID | MS.NODEV | MS.NOEXEC | MS.NOATIME | MS.NODIRATIME | MS.RELATIME

/** Bind, remount, move and propagation: calls that need no type. */
function mountSpecial(
  proc: Proc,
  source: string,
  target: string,
  request: Request,
  mounts: readonly { readonly target: string; readonly vfsOptions: string }[],
): void {
  const { flags } = request
  if ((flags & MS.REMOUNT) !== 0) {
    const now = mounts.findLast((m) => m.target === target)
    let kept = 0
    for (const option of now?.vfsOptions.split(',') ?? []) kept |= option === 'ro' ? 0 : (FLAGS[option]?.[0] ?? 0)
    proc.mount(source, target, '', flags | (kept & KEEP), request.data.join(','))
    return
  }
  if ((flags & MS.MOVE) !== 0) {
    proc.mount(source, target, '', MS.MOVE, '')
    return
  }
  if ((flags & MS.BIND) !== 0) {
    proc.mount(source, target, '', flags & (MS.BIND | MS.REC | MS.SILENT), '')
    if ((flags & (KEEP & ~MS.RELATIME)) !== 0) proc.mount(source, target, '', MS.REMOUNT | MS.BIND | (flags & KEEP), '')
    return
  }
  for (const flag of request.propagation) proc.mount('none', target, '', flag, '')
}

/** A new mount: finds the type where none is told, sets up a loop device for a file. Returns the type used. */
function* mountNew(proc: Proc, source: string, target: string, type: string | undefined, request: Request): Sim<string | undefined> {
  const data = request.data.join(',')
  const auto = type === undefined || type === 'auto'
  if (!auto && !type.startsWith('no') && (PSEUDO.has(type) || kind(proc, source) === undefined)) {
    proc.mount(source, target, type, request.flags, data)
    return type
  }
  let device = canonical(proc, source)
  const regular = kind(proc, source) === S.IFREG
  const found = yield* probeType(proc, source)
  if (request.loop !== undefined || (regular && found !== undefined)) {
    if (kind(proc, target) === undefined) throw new Errno('ENOENT')
    device = yield* attachLoop(proc, source, (request.flags & MS.RDONLY) !== 0, true, request.loop === '' ? undefined : request.loop)
  }
  if (!auto && !type.startsWith('no')) {
    proc.mount(device, target, type, request.flags, data)
    return type
  }
  if (kind(proc, target) === undefined) throw new Errno('ENOENT')
  if (kind(proc, device) === undefined) throw new Errno('ENOENT')
  if (auto) {
    if (found === undefined) throw new Errno(kind(proc, device) === S.IFBLK || regular ? 'EINVAL' : 'ENOTBLK')
    proc.mount(device, target, found, request.flags, data)
    return found
  }
  for (const candidate of yield* deviceTypes(proc)) {
    if (!matchesType(candidate, type)) continue
    try {
      proc.mount(device, target, candidate, request.flags, data)
      return candidate
    } catch (error) {
      if (!(error instanceof Errno) || (error.code !== 'EINVAL' && error.code !== 'ENODEV')) throw error
    }
  }
  throw new Errno('EINVAL')
}

/** mount -a: every line of fstab that isn't mounted yet and isn't noauto. */
function* mountAll(ctx: Context): Sim<number> {
  let status = 0
  for (const line of yield* fstab(ctx.proc)) {
    if (line.type === 'swap' || line.type === 'ignore' || line.target === 'none' || !matchesType(line.type, ctx.value('t'))) continue
    if (optionValue(line.options, 'noauto') !== undefined) continue
    const mounted = (yield* mountTable(ctx.proc)).some((m) => m.target === line.target)
    if (mounted) {
      if (ctx.has('v')) ctx.out.put(`${line.target.padEnd(24)} : already mounted\n`)
      continue
    }
    const rc = yield* mountOne(ctx, line.source, line.target, line.type, parse([line.options]))
    if (rc !== 0) status = FAIL
  }
  return status
}

function* list(ctx: Context): Sim<number> {
  for (const m of yield* mountTable(ctx.proc)) {
    if (matchesType(m.type, ctx.value('t'))) ctx.out.put(`${m.source} on ${m.target} type ${m.type} (${options(m)})\n`)
  }
  return 0
}

/** mount(8), 2.38 */
export const mount = defineProgram({
  name: 'util-linux/mount',
  usage:
    '[-lhV]\n-a [options]\n[options] [--source] <source> | [--target] <directory>\n[options] <source> <directory>\n<operation> <mountpoint> [<target>]',
  short: 'aBfilMno:rRt:vwO:',
  long:
    'all:a bind:B rbind:R move:M fake:f internal-only:i show-labels:l no-mtab:n options=:o read-only:r types=:t verbose:v rw:w read-write:w source= target= mkdir=?:m ' +
    'make-shared make-slave make-private make-unbindable make-rshared make-rslave make-rprivate make-runbindable',
  missing: 'F T L U N label uuid fork target-prefix fstab namespace test-opts options-mode options-source',
  *run(ctx) {
    const { operands, proc } = ctx
    const texts: string[] = []
    for (const { name, value } of ctx.opts.list) {
      if (name === 'o' && value !== undefined) texts.push(value)
      else if (name === 'r') texts.push('ro')
      else if (name === 'w') texts.push('rw')
      else if (name === 'B') texts.push('bind')
      else if (name === 'R') texts.push('rbind')
      else if (name === 'M') texts.push('move')
      else if (name === 'm') texts.push('X-mount.mkdir')
      else if (name.startsWith('make-')) texts.push(name.slice(5))
    }
    const type = ctx.value('t')
    const source = ctx.value('source') ?? (operands.length === 2 || ctx.value('target') !== undefined ? operands[0] : undefined)
    const target = ctx.value('target') ?? (source !== undefined && ctx.value('source') === undefined ? operands[1] : operands[0])
    if (ctx.has('a')) return yield* mountAll(ctx)
    if (target === undefined && source === undefined) {
      if (texts.length > 0) return yield* badUsage(ctx)
      return yield* list(ctx)
    }
    if (operands.length > 2) return yield* badUsage(ctx)
    const request = parse(texts)
    const place = target ?? source ?? ''
    if (source === undefined) {
      if (request.propagation.length > 0 && request.flags === 0) return yield* mountOne(ctx, 'none', place, type, request)
      const real = canonical(proc, place)
      if ((request.flags & MS.REMOUNT) !== 0) {
        const m = (yield* mountTable(proc)).findLast((line) => line.target === real || line.source === real)
        if (m !== undefined) return yield* mountOne(ctx, m.source, m.target, type, request)
      }
      const line = (yield* fstab(proc)).find((l) => l.target === real || l.source === place || l.target === place)
      if (line === undefined) {
        yield* complain(ctx, place, "can't find in /etc/fstab.", false)
        return 1
      }
      return yield* mountOne(ctx, line.source, line.target, type ?? line.type, parse([line.options, ...texts]))
    }
    return yield* mountOne(ctx, source, place, type, request)
  },
})

function* badUsage(ctx: Context): Sim<number> {
  yield* say(ctx.proc, 2, `${ctx.prog}: bad usage\nTry '${ctx.prog} --help' for more information.\n`)
  return 1
}
