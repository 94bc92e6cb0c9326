import { Errno, strerror } from '#linux/errno.ts'
import { O, type Program, S } from '#linux/syscalls.ts'
import { decode, encode } from '#sim/bytes.ts'
import { SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { loadAccounts } from '#userland/lib/accounts.ts'
import { strftime, zone } from '#userland/lib/date.ts'
import { globToRegExp } from '#userland/lib/glob.ts'
import { readAll, readFile, say, writeAll, writeFile } from '#userland/lib/io.ts'
import { majorOf, minorOf, modeString } from '#userland/lib/mode.ts'
import { type Options, parseOptions, UsageError } from '#userland/lib/options.ts'
import { Context, ExitProgram, finish } from '#userland/lib/program.ts'
import { gunzip, gzipData } from '../gzip/gzip.ts'

const SPEC = {
  short: 'cxtruAdf:vzC:OkpPhmjJaT:X:SlW',
  long: `create:c extract:x get:x list:t append:r update:u file=:f verbose:v gzip:z gunzip:z directory=:C to-stdout:O keep-old-files:k
    preserve-permissions:p absolute-names:P dereference:h touch:m exclude= strip-components= files-from=:T exclude-from=:X no-same-owner
    same-owner numeric-owner owner= group= mode= mtime= sort= bzip2:j xz:J auto-compress:a totals overwrite no-recursion transform= wildcards`,
} as const

interface Member {
  readonly name: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly user: string
  readonly group: string
  readonly size: number
  readonly mtime: number
  readonly type: string
  readonly link: string
  readonly data: Uint8Array
  readonly major: number
  readonly minor: number
}

const BLOCK = 512

/** Header and content of a member, ustar; long names by GNU's `././@LongLink`. */
function pack(m: Member): Uint8Array[] {
  const out: Uint8Array[] = []
  for (const [text, type] of [
    [m.link, 'K'],
    [m.name, 'L'],
  ] as const) {
    const bytes = encode(text)
    if (bytes.length <= 100) continue
    const data = new Uint8Array(bytes.length + 1)
    data.set(bytes)
    out.push(...pack({ ...m, name: '././@LongLink', link: '', type, size: data.length, data, mode: 0, mtime: 0 }))
  }
  const h = new Uint8Array(BLOCK)
  const put = (at: number, length: number, text: string): void => h.set(encode(text).subarray(0, length), at)
  const octal = (at: number, length: number, n: number): void => put(at, length, `${n.toString(8).padStart(length - 1, '0')}\0`)
  put(0, 100, m.name)
  octal(100, 8, m.mode & 0o7777)
  octal(108, 8, m.uid)
  octal(116, 8, m.gid)
  octal(124, 12, m.size)
  octal(136, 12, Math.floor(m.mtime / SECOND))
  put(148, 8, '        ')
  put(156, 1, m.type)
  put(157, 100, m.link)
  put(257, 8, 'ustar  \0')
  put(265, 32, m.user)
  put(297, 32, m.group)
  if (m.type === '3' || m.type === '4') {
    octal(329, 8, m.major)
    octal(337, 8, m.minor)
  }
  put(
    148,
    8,
    `${h
      .reduce((a, b) => a + b, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
  )
  out.push(h)
  if (m.data.length > 0) {
    const padded = new Uint8Array(Math.ceil(m.data.length / BLOCK) * BLOCK)
    padded.set(m.data)
    out.push(padded)
  }
  return out
}

/** All members of an archive; undefined when it is none. */
function unpack(archive: Uint8Array): Member[] | undefined {
  const out: Member[] = []
  let longName: string | undefined
  let longLink: string | undefined
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const h = archive.subarray(at, at + BLOCK)
    if (h.every((b) => b === 0)) return out
    const text = (from: number, length: number): string => decode(h.subarray(from, from + length)).replace(/\0.*$/s, '')
    const octal = (from: number, length: number): number => Number.parseInt(text(from, length).trim() || '0', 8)
    if (octal(148, 8) !== h.reduce((a, b, i) => a + (i >= 148 && i < 156 ? 32 : b), 0)) return out.length > 0 ? out : undefined
    const size = octal(124, 12)
    const data = archive.subarray(at + BLOCK, at + BLOCK + size)
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
    const type = text(156, 1) || '0'
    if (type === 'L') longName = decode(data).replace(/\0$/, '')
    else if (type === 'K') longLink = decode(data).replace(/\0$/, '')
    else if (type !== 'x' && type !== 'g') {
      const prefix = text(257, 6) === 'ustar' && text(263, 2) === '00' ? text(345, 155) : ''
      out.push({
        name: longName ?? (prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`),
        mode: octal(100, 8),
        uid: octal(108, 8),
        gid: octal(116, 8),
        user: text(265, 32),
        group: text(297, 32),
        size: type === '0' ? size : 0,
        mtime: octal(136, 12) * SECOND,
        type,
        link: longLink ?? text(157, 100),
        data,
        major: octal(329, 8),
        minor: octal(337, 8),
      })
      longName = longLink = undefined
    }
  }
  return out.length > 0 || archive.length === 0 ? out : undefined
}

/** tar(1): create, list, extract; gzip; -C, -v, -O, --exclude, --strip-components. */
export const tar: Program = {
  name: 'tar/tar',
  *main(proc) {
    const prog = proc.argv[0] ?? 'tar'
    let args = proc.argv.slice(1)
    // The old form: a first word of letters, their arguments following in order.
    if (args[0] !== undefined && !args[0].startsWith('-')) {
      const [letters = '', ...rest] = args
      const converted: string[] = []
      for (const c of letters) converted.push(`-${c}`, ...('fCTX'.includes(c) ? [rest.shift() ?? ''] : []))
      args = [...converted, ...rest]
    }
    const hint = `Try '${prog} --help' or '${prog} --usage' for more information.\n`
    let opts: Options
    try {
      opts = parseOptions(args, SPEC)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      yield* say(proc, 2, `${prog}: ${error.message}\n${hint}`)
      return 64
    }
    const ctx = new Context(
      proc,
      {
        name: 'tar/tar',
        usageStatus: 2,
        *run() {
          return 0
        },
      },
      opts,
    )
    const modes = ['c', 'x', 't'].filter((m) => opts.has(m))
    if (modes.length === 0 && !opts.has('r', 'u', 'A', 'd', 'help', 'version')) {
      yield* say(proc, 2, `${prog}: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\n${hint}`)
      return 2
    }
    if (modes.length > 1) {
      yield* say(proc, 2, `${prog}: You may not specify more than one '-Acdtrux', '--delete' or  '--test-label' option\n${hint}`)
      return 2
    }
    if (modes.length === 0 || opts.has('j', 'J', 'transform')) return yield* finish(ctx, ctx.notModelled('this mode or compression'))
    return yield* finish(ctx, modes[0] === 'c' ? create(ctx) : read(ctx, modes[0] === 't'))
  },
}

function* ending(ctx: Context): Sim<number> {
  if (ctx.status !== 0) yield* ctx.warn('Exiting with failure status due to previous errors', 2)
  return ctx.status
}

function* fatal(ctx: Context, message: string): Sim<never> {
  yield* ctx.warn(message, 2)
  yield* ctx.warn('Error is not recoverable: exiting now', 2)
  throw new ExitProgram(2)
}

function* create(ctx: Context): Sim<number> {
  const { proc, opts } = ctx
  const file = opts.value('f') ?? '-'
  if (ctx.operands.length === 0 && !opts.has('T')) {
    yield* ctx.warn('Cowardly refusing to create an empty archive', 2)
    yield* say(proc, 2, `Try '${ctx.prog} --help' or '${ctx.prog} --usage' for more information.\n`)
    return 2
  }
  const accounts = yield* loadAccounts(proc)
  const exclude = opts.values('exclude').map((g) => globToRegExp(g))
  const blocks: Uint8Array[] = []
  const links = new Map<string, string>()
  let warned = false
  const from = proc.getcwd()
  const archive = file === '-' || file.startsWith('/') ? file : `${from}/${file}`
  const add = function* (path: string): Sim<void> {
    const parts = path.split('/')
    if (exclude.some((re) => re.test(path) || parts.some((_, i) => re.test(parts.slice(i).join('/'))))) return
    try {
      const st = opts.has('h') ? proc.stat(path) : proc.lstat(path)
      let name = path
      if (!opts.has('P') && name.startsWith('/')) {
        if (!warned) yield* ctx.warn("Removing leading `/' from member names", 0)
        warned = true
        name = name.replace(/^\/+/, '') || './'
      }
      const format = st.mode & S.IFMT
      const base = {
        mode: st.mode,
        uid: st.uid,
        gid: st.gid,
        user: accounts.userById(st.uid)?.name ?? '',
        group: accounts.groupById(st.gid)?.name ?? '',
        mtime: st.mtime,
        link: '',
        size: 0,
        data: new Uint8Array(0),
        major: majorOf(st.rdev),
        minor: minorOf(st.rdev),
      }
      const shown = format === S.IFDIR && !name.endsWith('/') ? `${name}/` : name
      if (opts.has('v')) {
        const line = `${shown}\n`
        if (file === '-') yield* say(proc, 2, line)
        else ctx.out.put(line)
      }
      if (format === S.IFDIR) {
        blocks.push(...pack({ ...base, name: shown, type: '5' }))
        if (!opts.has('no-recursion')) {
          const names = proc.readdir(path).map((e) => e.name)
          for (const n of opts.value('sort') === 'name' ? names.sort() : names) yield* add(path.endsWith('/') ? path + n : `${path}/${n}`)
        }
      } else if (format === S.IFLNK) blocks.push(...pack({ ...base, name: shown, type: '2', link: proc.readlink(path) }))
      else if (format === S.IFREG) {
        const key = `${st.dev}:${st.ino}`
        const first = links.get(key)
        if (st.nlink > 1 && first !== undefined) blocks.push(...pack({ ...base, name: shown, type: '1', link: first }))
        else {
          links.set(key, shown)
          const data = yield* readFile(proc, path)
          blocks.push(...pack({ ...base, name: shown, type: '0', size: data.length, data }))
        }
      } else if (format !== S.IFSOCK)
        blocks.push(...pack({ ...base, name: shown, type: format === S.IFCHR ? '3' : format === S.IFBLK ? '4' : '6' }))
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* ctx.warn(`${path}: Cannot ${error.code === 'ENOENT' ? 'stat' : 'open'}: ${strerror(error)}`, 2)
    }
  }
  const dir = opts.value('C')
  if (dir !== undefined) yield* enter(ctx, dir)
  for (const path of ctx.operands) yield* add(path)
  const size = blocks.reduce((n, b) => n + b.length, 0) + 2 * BLOCK
  const bytes = new Uint8Array(Math.ceil(size / 10_240) * 10_240)
  let at = 0
  for (const block of blocks) {
    bytes.set(block, at)
    at += block.length
  }
  const result = opts.has('z') || (opts.has('a') && /\.(tgz|tar\.gz)$/.test(file)) ? gzipData(bytes) : bytes
  if (file === '-') {
    if (proc.isatty(1)) return yield* fatal(ctx, 'Refusing to write archive contents to terminal (missing -f option?)')
    yield* writeAll(proc, 1, result)
  } else {
    try {
      yield* writeFile(proc, archive, result)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      return yield* fatal(ctx, `${file}: Cannot open: ${strerror(error)}`)
    }
  }
  return yield* ending(ctx)
}

function* enter(ctx: Context, dir: string): Sim<void> {
  try {
    ctx.proc.chdir(dir)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    yield* fatal(ctx, `${dir}: Cannot open: ${strerror(error)}`)
  }
}

function* read(ctx: Context, list: boolean): Sim<number> {
  const { proc, opts, out } = ctx
  const file = opts.value('f') ?? '-'
  let data: Uint8Array
  try {
    data = file === '-' ? yield* readAll(proc, 0) : yield* readFile(proc, file)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return yield* fatal(ctx, `${file}: Cannot open: ${strerror(error)}`)
  }
  const members = unpack(gunzip(data) ?? data)
  if (members === undefined) {
    yield* ctx.warn('This does not look like a tar archive', 2)
    return yield* ending(ctx)
  }
  const dir = opts.value('C')
  if (dir !== undefined) yield* enter(ctx, dir)
  const strip = Number(opts.value('strip-components') ?? 0)
  const exclude = opts.values('exclude').map((g) => globToRegExp(g))
  const wanted = ctx.operands.map((o) => ({ name: o.replace(/\/+$/, ''), seen: false }))
  const later: Member[] = []
  const now = proc.now()
  let warned = false
  for (const m of members) {
    const bare = m.name.replace(/\/+$/, '')
    if (wanted.length > 0) {
      const hit = wanted.find(
        (w) => bare === w.name || bare.startsWith(`${w.name}/`) || (opts.has('wildcards') && globToRegExp(w.name).test(bare)),
      )
      if (hit === undefined) continue
      hit.seen = true
    }
    if (exclude.some((re) => re.test(bare) || bare.split('/').some((_, i, all) => re.test(all.slice(i).join('/'))))) continue
    if (list) {
      if (!opts.has('v')) out.put(`${m.name}\n`)
      else {
        const type = { '5': S.IFDIR, '2': S.IFLNK, '3': S.IFCHR, '4': S.IFBLK, '6': S.IFIFO }[m.type] ?? S.IFREG
        const owner = `${m.user || m.uid}/${m.group || m.gid}`
        const size = m.type === '3' || m.type === '4' ? `${m.major},${m.minor}` : String(m.size)
        const tail = m.type === '2' ? ` -> ${m.link}` : m.type === '1' ? ` link to ${m.link}` : ''
        const mode = modeString(type | m.mode)
        out.put(
          `${m.type === '1' ? `h${mode.slice(1)}` : mode} ${owner} ${size.padStart(Math.max(0, 19 - 1 - owner.length))} ${strftime('%Y-%m-%d %H:%M', m.mtime, zone(proc.getenv('TZ')))} ${m.name}${tail}\n`,
        )
      }
      continue
    }
    let target = m.name
    if (!opts.has('P') && target.startsWith('/')) {
      if (!warned) yield* ctx.warn("Removing leading `/' from member names", 0)
      warned = true
      target = target.replace(/^\/+/, '')
    }
    target = target.replace(/\/+$/, '').split('/').slice(strip).join('/')
    if (target === '' || target.split('/').includes('..')) continue
    if (opts.has('v')) {
      if (opts.has('O')) yield* say(proc, 2, `${m.name}\n`)
      else out.put(`${m.name}\n`)
    }
    if (opts.has('O')) {
      if (m.type === '0') out.bytes(m.data)
      continue
    }
    try {
      yield* extract(ctx, m, target, now)
      if (m.type === '5') later.push({ ...m, name: target })
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* ctx.warn(`${target}: Cannot ${m.type === '5' ? 'mkdir' : 'open'}: ${strerror(error)}`, 2)
    }
  }
  for (const m of later.reverse()) if (!opts.has('m')) proc.utimens(m.name, m.mtime, m.mtime)
  for (const w of wanted) if (!w.seen) yield* ctx.warn(`${w.name}: Not found in archive`, 2)
  return yield* ending(ctx)
}

function* extract(ctx: Context, m: Member, target: string, now: number): Sim<void> {
  const { proc, opts } = ctx
  const parts = target.split('/')
  for (let i = 1; i < parts.length; i++) {
    try {
      proc.mkdir(parts.slice(0, i).join('/'), 0o777)
    } catch (error) {
      if (!(error instanceof Errno) || error.code !== 'EEXIST') throw error
    }
  }
  const root = proc.credentials().euid === 0
  const mode = opts.has('p') || root ? m.mode & 0o7777 : m.mode & 0o777 & ~proc.umask()
  if (m.type === '5') {
    try {
      proc.mkdir(target, 0o777)
    } catch (error) {
      if (!(error instanceof Errno) || error.code !== 'EEXIST') throw error
    }
  } else {
    try {
      proc.lstat(target)
      if (opts.has('k')) {
        yield* ctx.warn(`${target}: Cannot open: File exists`, 2)
        return
      }
      proc.unlink(target)
    } catch (error) {
      if (!(error instanceof Errno) || error.code !== 'ENOENT') throw error
    }
    if (m.type === '2') proc.symlink(m.link, target)
    else if (m.type === '1') proc.link(m.link, target)
    else if (m.type === '6') proc.mknod(target, S.IFIFO | 0o600)
    else if (m.type === '3' || m.type === '4')
      proc.mknod(target, (m.type === '3' ? S.IFCHR : S.IFBLK) | 0o600, (m.minor & 0xff) | (m.major << 8))
    else {
      const fd = yield* proc.open(target, O.WRONLY | O.CREAT | O.EXCL, 0o600)
      try {
        yield* writeAll(proc, fd, m.data)
      } finally {
        proc.close(fd)
      }
    }
  }
  if (root && !opts.has('no-same-owner')) {
    const accounts = yield* loadAccounts(proc)
    proc.chown(target, accounts.user(m.user)?.uid ?? m.uid, accounts.group(m.group)?.gid ?? m.gid, false)
  }
  if (m.type !== '2') proc.chmod(target, mode)
  const time = opts.has('m') ? now : m.mtime
  if (m.type !== '1') proc.utimens(target, time, time, false)
}
