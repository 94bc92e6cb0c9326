import { Errno, strerror } from '#linux/errno.ts'
import { type Proc, S, type Stat, type StatFs } from '#linux/syscalls.ts'
import { SECOND } from '#sim/time.ts'
import { type Accounts, loadAccounts } from '#userland/lib/accounts.ts'
import { strftime, type Zone, zone } from '#userland/lib/date.ts'
import { isLink, majorOf, minorOf, modeString, typeName } from '#userland/lib/mode.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { quoteaf } from '#userland/lib/quote.ts'

const TIME = '%Y-%m-%d %H:%M:%S.%N %z'

/** stat(1) */
export const stat = defineProgram({
  name: 'coreutils/stat',
  usage: '[OPTION]... FILE...',
  short: 'c:fLt',
  long: 'dereference:L file-system:f format=:c printf= terse:t cached=',
  *run(ctx) {
    if (ctx.operands.length === 0) return yield* ctx.usage('missing operand')
    const accounts = yield* loadAccounts(ctx.proc)
    const tz = zone(ctx.proc.getenv('TZ'))
    const printf = ctx.value('printf')
    const given = ctx.value('c')
    const which = ctx.opts.last('c', 'printf')
    for (const path of ctx.operands) {
      try {
        const format = which === 'printf' ? unescapeText(printf ?? '') : which === 'c' ? `${given ?? ''}\n` : undefined
        if (ctx.has('f')) {
          const fs = ctx.proc.statfs(path)
          ctx.out.put(
            expand(format ?? (ctx.has('t') ? '%n %i %l %t %s %S %b %f %a %c %d\n' : FS_DEFAULT), (_, c) => fsDirective(path, fs, c)),
          )
        } else {
          const st = path === '-' ? ctx.proc.fstat(0) : ctx.has('L') ? ctx.proc.stat(path) : ctx.proc.lstat(path)
          const device = (st.mode & S.IFMT) === S.IFCHR || (st.mode & S.IFMT) === S.IFBLK
          const text = format ?? (ctx.has('t') ? '%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %W %o\n' : device ? DEVICE_DEFAULT : DEFAULT)
          ctx.out.put(expand(text, (flags, c) => directive(ctx, accounts, tz, path, st, flags, c)))
          const unread = isLink(st.mode) && text.includes('%N') ? unreadable(ctx.proc, path) : undefined
          if (unread !== undefined) yield* ctx.warn(`cannot read symbolic link ${quoteaf(path)}: ${strerror(unread)}`)
        }
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* ctx.warn(
          ctx.has('f')
            ? `cannot read file system information for ${quoteaf(path)}: ${strerror(error)}`
            : `cannot statx ${quoteaf(path)}: ${strerror(error)}`,
        )
      }
      yield* ctx.out.drain()
    }
    return ctx.status
  },
})

/** Why a symbolic link can't be read; undefined: it can. */
function unreadable(proc: Proc, path: string): Errno | undefined {
  try {
    proc.readlink(path)
    return undefined
  } catch (error) {
    if (error instanceof Errno) return error
    throw error
  }
}

const DEFAULT =
  '  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %Hd,%Ld\tInode: %-10i  Links: %h\nAccess: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z\n Birth: %w\n'
const DEVICE_DEFAULT = DEFAULT.replace('Links: %h', 'Links: %-5h Device type: %Hr,%Lr')
const FS_DEFAULT =
  '  File: "%n"\n    ID: %-8i Namelen: %-7l Type: %T\nBlock size: %-10s Fundamental block size: %S\nBlocks: Total: %-10b Free: %-10f Available: %a\nInodes: Total: %-10c Free: %d\n'

/** Replaces `%[flags][width][.precision][HL]letter`. */
function expand(format: string, value: (modifier: string, letter: string) => string): string {
  return format.replace(
    /%([-#+0 ']*)(\d*)(?:\.(\d+))?([HL]?)([A-Za-z%])/g,
    (whole, flags: string, width: string, precision: string | undefined, modifier: string, letter: string) => {
      if (letter === '%') return '%'
      let text = value(modifier, letter)
      if (text === whole) return text
      if (precision !== undefined && /[XYZW]/.test(letter))
        text = `${text.replace(/\..*/, '')}${Number(precision) > 0 ? `.${'0'.repeat(Number(precision))}` : ''}`
      else if (precision !== undefined) text = text.slice(0, Number(precision))
      if (flags.includes('#') && letter === 'a' && !text.startsWith('0')) text = `0${text}`
      if (flags.includes('#') && 'fDtTR'.includes(letter)) text = `0x${text}`
      if (width === '') return text
      if (flags.includes('-')) return text.padEnd(Number(width))
      return text.padStart(Number(width), flags.includes('0') ? '0' : ' ')
    },
  )
}

function directive(ctx: Context, accounts: Accounts, tz: Zone, path: string, st: Stat, modifier: string, c: string): string {
  const seconds = (t: number): string => String(Math.floor(t / SECOND))
  const human = (t: number): string => strftime(TIME, t, tz)
  switch (c) {
    case 'a':
      return (st.mode & 0o7777).toString(8)
    case 'A':
      return modeString(st.mode)
    case 'b':
      return String(st.blocks)
    case 'B':
      return '512'
    case 'C':
      return '?'
    case 'd':
      return modifier === 'H' ? String(majorOf(st.dev)) : modifier === 'L' ? String(minorOf(st.dev)) : String(st.dev)
    case 'D':
      return st.dev.toString(16)
    case 'f':
      return st.mode.toString(16)
    case 'F':
      return typeName(st.mode, st.size)
    case 'g':
      return String(st.gid)
    case 'G':
      return accounts.groupById(st.gid)?.name ?? 'UNKNOWN'
    case 'h':
      return String(st.nlink)
    case 'i':
      return String(st.ino)
    case 'm':
      return mountPoint(ctx, path)
    case 'n':
      return path
    case 'N':
      return isLink(st.mode)
        ? `${quoteaf(path)}${unreadable(ctx.proc, path) === undefined ? ` -> ${quoteaf(ctx.proc.readlink(path))}` : ''}`
        : ctx.opts.last('c', 'printf') === undefined
          ? path
          : quoteaf(path)
    case 'o':
      return String(st.blksize)
    case 'r':
      return modifier === 'H' ? String(majorOf(st.rdev)) : modifier === 'L' ? String(minorOf(st.rdev)) : String(st.rdev)
    case 'R':
      return st.rdev.toString(16)
    case 's':
      return String(st.size)
    case 't':
      return majorOf(st.rdev).toString(16)
    case 'T':
      return minorOf(st.rdev).toString(16)
    case 'u':
      return String(st.uid)
    case 'U':
      return accounts.userById(st.uid)?.name ?? 'UNKNOWN'
    case 'w':
      return st.btime === 0 ? '-' : human(st.btime)
    case 'W':
      return seconds(st.btime)
    case 'x':
      return human(st.atime)
    case 'X':
      return seconds(st.atime)
    case 'y':
      return human(st.mtime)
    case 'Y':
      return seconds(st.mtime)
    case 'z':
      return human(st.ctime)
    case 'Z':
      return seconds(st.ctime)
    default:
      return '?'
  }
}

function mountPoint(ctx: Context, path: string): string {
  let at = ctx.proc.realpath(path)
  while (at !== '/') {
    const up = at.slice(0, at.lastIndexOf('/')) || '/'
    if (ctx.proc.stat(up).dev !== ctx.proc.stat(at).dev) return at
    at = up
  }
  return '/'
}

const FS_NAMES: Record<string, readonly [string, string]> = {
  ext4: ['ext2/ext3', 'ef53'],
  tmpfs: ['tmpfs', '1021994'],
  devtmpfs: ['tmpfs', '1021994'],
  proc: ['proc', '9fa0'],
  sysfs: ['sysfs', '62656572'],
  overlay: ['overlayfs', '794c7630'],
  cgroup2: ['cgroup2fs', '63677270'],
  devpts: ['devpts', '1cd1'],
  nsfs: ['nsfs', '6e736673'],
  mqueue: ['mqueue', '19800202'],
  ramfs: ['ramfs', '858458f6'],
}

function fsDirective(path: string, fs: StatFs, c: string): string {
  const blocks = (bytes: number): string => String(Math.floor(bytes / fs.blockSize))
  switch (c) {
    case 'a':
      return blocks(fs.availableBytes)
    case 'b':
      return blocks(fs.totalBytes)
    case 'c':
      return String(fs.files)
    case 'd':
      return String(fs.freeFiles)
    case 'f':
      return blocks(fs.freeBytes)
    case 'i':
      return '0'
    case 'l':
      return '255'
    case 'n':
      return path
    case 's':
      return String(fs.blockSize)
    case 'S':
      return String(fs.blockSize)
    case 't':
      return FS_NAMES[fs.type]?.[1] ?? '0'
    case 'T':
      return FS_NAMES[fs.type]?.[0] ?? fs.type
    default:
      return '?'
  }
}

/** Backslash escapes of --printf. */
function unescapeText(text: string): string {
  const map: Record<string, string> = { a: '\x07', b: '\b', e: '\x1b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', '"': '"' }
  return text.replace(/\\(x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|.)/gs, (_, e: string) => {
    if (/^x./.test(e)) return String.fromCharCode(Number.parseInt(e.slice(1), 16))
    if (/^[0-7]/.test(e)) return String.fromCharCode(Number.parseInt(e, 8))
    return map[e] ?? e
  })
}
