import { Errno, strerror } from '#linux/errno.ts'
import { O, type Proc, S, type Stat } from '#linux/syscalls.ts'
import { SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { loadAccounts } from '#userland/lib/accounts.ts'
import { globToRegExp } from '#userland/lib/glob.ts'
import { say, writeAll } from '#userland/lib/io.ts'
import { isDir, parseMode } from '#userland/lib/mode.ts'
import { formatFloat } from '#userland/lib/number-format.ts'
import { defineProgram } from '#userland/lib/program.ts'
import { quote, quoteaf } from '#userland/lib/quote.ts'
import { humanSize, parseSize } from '#userland/lib/sizes.ts'
import { backupOption, Copier, destination, joinPath, lastPart, statOf } from './copy.ts'

/** truncate(1) */
export const truncate = defineProgram({
  name: 'coreutils/truncate',
  usage: 'OPTION... FILE...',
  short: 'cor:s:',
  long: 'no-create:c io-blocks:o reference=:r size=:s',
  *run(ctx) {
    const text = ctx.value('s')
    const reference = ctx.value('r')
    if (text === undefined && reference === undefined)
      return yield* ctx.usage(`you must specify either ${quote('--size')} or ${quote('--reference')}`)
    if (ctx.operands.length === 0) return yield* ctx.usage('missing file operand')
    const m = /^\s*([+<>/%-]?)\s*(.*)$/.exec(text ?? '0')
    const n = parseSize(m?.[2] ?? '')
    if (n === undefined) return yield* ctx.die(`Invalid number: ${quote(text ?? '')}`)
    const op = m?.[1] ?? ''
    if ((op === '/' || op === '%') && n === 0) return yield* ctx.die('division by zero')
    let base: number | undefined
    if (reference !== undefined) {
      const stat = statOf(ctx, reference)
      if (stat === undefined) return yield* ctx.die(`cannot stat ${quoteaf(reference)}: No such file or directory`)
      base = stat.size
    }
    for (const path of ctx.operands) {
      try {
        const fd = yield* ctx.proc.open(path, O.WRONLY | (ctx.has('c') ? 0 : O.CREAT), 0o666)
        const have = base ?? ctx.proc.fstat(fd).size
        let size = text === undefined ? have : n
        if (op === '+') size = have + n
        else if (op === '-') size = Math.max(0, have - n)
        else if (op === '<') size = Math.min(have, n)
        else if (op === '>') size = Math.max(have, n)
        else if (op === '/') size = Math.floor(have / n) * n
        else if (op === '%') size = Math.ceil(have / n) * n
        ctx.proc.ftruncate(fd, size)
        ctx.proc.close(fd)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        if (ctx.has('c') && error.code === 'ENOENT') continue
        yield* ctx.warn(`cannot open ${quoteaf(path)} for writing: ${strerror(error)}`)
      }
    }
    return ctx.status
  },
})

/** What copying costs: two system calls a block, and the bytes, more for those that a file keeps. */
const BLOCK_MICROS = 1
const FILE_BYTES_PER_MICRO = 1_800
const DEVICE_BYTES_PER_MICRO = 9_000

function isFile(proc: Proc, fd: number): boolean {
  return (proc.fstat(fd).mode & S.IFMT) === S.IFREG
}

/** dd(1): operands `key=value`. */
export const dd = defineProgram({
  name: 'coreutils/dd',
  usage: '[OPERAND]...\nOPTION',
  *run(ctx) {
    const { proc } = ctx
    const o = new Map<string, string>([
      ['ibs', '512'],
      ['obs', '512'],
    ])
    for (const operand of ctx.operands) {
      const m = /^(if|of|bs|ibs|obs|cbs|count|skip|iseek|seek|oseek|conv|iflag|oflag|status)=(.*)$/s.exec(operand)
      if (m === null) return yield* ctx.usage(`unrecognized operand ${quote(operand)}`)
      o.set(({ iseek: 'skip', oseek: 'seek' } as Record<string, string>)[m[1] ?? ''] ?? m[1] ?? '', m[2] ?? '')
    }
    const size = function* (key: string, fallback: number): Sim<number> {
      const text = o.get(key)
      if (text === undefined) return fallback
      const n = text.split('x').reduce<number | undefined>((a, t) => {
        const v = parseSize(t.replace(/B$/, (b) => (/^\d+B$/.test(t) ? 'c' : b)))
        return a === undefined || v === undefined ? undefined : a * v
      }, 1)
      if (n === undefined || (n === 0 && key.endsWith('bs'))) return yield* ctx.die(`invalid number: ${quote(text)}`)
      return n
    }
    const bs = yield* size('bs', 0)
    const ibs = bs || (yield* size('ibs', 512))
    const obs = bs || (yield* size('obs', 512))
    const count = o.has('count') ? yield* size('count', 0) : Number.POSITIVE_INFINITY
    const skip = yield* size('skip', 0)
    const seek = yield* size('seek', 0)
    const conv = new Set((o.get('conv') ?? '').split(',').filter((c) => c !== ''))
    const iflag = new Set((o.get('iflag') ?? '').split(','))
    const oflag = new Set((o.get('oflag') ?? '').split(','))
    const input = o.get('if')
    const output = o.get('of')
    let from = 0
    let to = 1
    const started = proc.uptime()
    try {
      if (input !== undefined) from = yield* proc.open(input, O.RDONLY)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      return yield* ctx.die(`failed to open ${quoteaf(input ?? '')}: ${strerror(error)}`)
    }
    try {
      if (output !== undefined) {
        const flags =
          O.WRONLY | (conv.has('nocreat') ? 0 : O.CREAT) | (conv.has('excl') ? O.EXCL : 0) | (oflag.has('append') ? O.APPEND : 0)
        to = yield* proc.open(output, flags | (conv.has('notrunc') || seek > 0 || oflag.has('append') ? 0 : O.TRUNC), 0o666)
        if (seek > 0) {
          if (!conv.has('notrunc')) proc.ftruncate(to, seek * obs)
          proc.lseek(to, seek * obs, 'set')
        }
      }
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      return yield* ctx.die(`failed to open ${quoteaf(output ?? '')}: ${strerror(error)}`)
    }
    let toSkip = iflag.has('skip_bytes') ? skip : skip * ibs
    if (toSkip > 0) {
      try {
        proc.lseek(from, toSkip, 'cur')
        toSkip = 0
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        while (toSkip > 0) {
          const chunk = yield* proc.read(from, toSkip)
          if (chunk.length === 0) break
          toSkip -= chunk.length
        }
      }
    }
    let [inFull, inPart, outFull, outPart, bytes] = [0, 0, 0, 0, 0]
    // CPU time so far: what is used up later counts as well.
    let cost = 0
    const bytesPerMicro = isFile(proc, to) ? FILE_BYTES_PER_MICRO : DEVICE_BYTES_PER_MICRO
    let pending = new Uint8Array(0)
    const write = function* (data: Uint8Array): Sim<void> {
      yield* writeAll(proc, to, data)
      bytes += data.length
      if (data.length === obs) outFull++
      else outPart++
    }
    try {
      const limit = iflag.has('count_bytes') ? count : count * ibs
      let taken = 0
      for (let n = 0; iflag.has('count_bytes') ? taken < limit : n < count; n++) {
        let block = yield* proc.read(from, Math.min(ibs, iflag.has('count_bytes') ? limit - taken : ibs))
        while (iflag.has('fullblock') && block.length > 0 && block.length < ibs) {
          const more = yield* proc.read(from, ibs - block.length)
          if (more.length === 0) break
          const joined = new Uint8Array(block.length + more.length)
          joined.set(block)
          joined.set(more, block.length)
          block = joined
        }
        if (block.length === 0) break
        taken += block.length
        if (block.length === ibs) inFull++
        else inPart++
        let data: Uint8Array = block
        if (conv.has('sync') && data.length < ibs) {
          const padded = new Uint8Array(ibs)
          padded.set(data)
          data = padded
        }
        if (conv.has('ucase') || conv.has('lcase') || conv.has('swab')) data = convert(data, conv)
        if (bs > 0) yield* write(data)
        else {
          const joined = new Uint8Array(pending.length + data.length)
          joined.set(pending)
          joined.set(data, pending.length)
          pending = joined
          while (pending.length >= obs) {
            yield* write(pending.slice(0, obs))
            pending = pending.slice(obs)
          }
        }
        const took = BLOCK_MICROS + Math.ceil(data.length / bytesPerMicro)
        cost += took
        yield* proc.cpu(took)
      }
      if (pending.length > 0) yield* write(pending)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      const writing = error.code === 'ENOSPC' || error.code === 'EFBIG' || error.code === 'EPIPE'
      yield* ctx.warn(
        writing
          ? `error writing ${output === undefined ? quoteaf('standard output') : quoteaf(output)}: ${strerror(error)}`
          : `error reading ${quoteaf(input ?? 'standard input')}: ${strerror(error)}`,
      )
    }
    const status = o.get('status') ?? ''
    if (status !== 'none') {
      let text = `${inFull}+${inPart} records in\n${outFull}+${outPart} records out\n`
      if (status !== 'noxfer') text += `${transferred(bytes, Math.max(proc.uptime() - started, cost))}\n`
      yield* say(proc, 2, text)
    }
    return ctx.status
  },
})

function convert(data: Uint8Array, conv: ReadonlySet<string>): Uint8Array {
  const out = new Uint8Array(data)
  for (let i = 0; i < out.length; i++) {
    const b = out[i] ?? 0
    if (conv.has('ucase') && b >= 97 && b <= 122) out[i] = b - 32
    if (conv.has('lcase') && b >= 65 && b <= 90) out[i] = b + 32
  }
  if (conv.has('swab')) for (let i = 0; i + 1 < out.length; i += 2) [out[i], out[i + 1]] = [out[i + 1] ?? 0, out[i] ?? 0]
  return out
}

function transferred(bytes: number, micros: number): string {
  const unit = (base: number, units: readonly string[]): string => {
    let n = bytes
    let u = 0
    while (n >= base && u < units.length - 1) {
      n /= base
      u++
    }
    return `${n < 9.95 ? formatFloat(n, { flags: '', width: 0, precision: 1, conversion: 'f' }) : Math.round(n)} ${units[u]}`
  }
  const si = unit(1000, ['B', 'kB', 'MB', 'GB', 'TB'])
  const iec = unit(1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB'])
  const sizes = bytes < 1000 ? '' : bytes < 1024 ? ` (${si})` : ` (${si}, ${iec})`
  const seconds = Math.max(micros, 1) / SECOND
  const g = formatFloat(seconds, { flags: '', width: 0, precision: 6, conversion: 'g' })
  let rate = bytes / seconds
  let u = 0
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  while (rate >= 1000 && u < units.length - 1) {
    rate /= 1000
    u++
  }
  const shown = rate < 9.95 ? formatFloat(rate, { flags: '', width: 0, precision: 1, conversion: 'f' }) : String(Math.round(rate))
  return `${bytes} byte${bytes === 1 ? '' : 's'}${sizes} copied, ${g} s, ${shown} ${units[u]}/s`
}

/** du(1) */
export const du = defineProgram({
  name: 'coreutils/du',
  usage: '[OPTION]... [FILE]...\n[OPTION]... --files0-from=F',
  short: '0aB:bcDd:hHklLmPsStxX:',
  long: `null:0 all:a apparent-size block-size=:B bytes:b total:c dereference-args:D max-depth=:d human-readable:h inodes dereference:L
    count-links:l no-dereference:P separate-dirs:S si summarize:s threshold=:t time=? exclude=  one-file-system:x`,
  missing: 'files0-from X exclude-from',
  *run(ctx) {
    const depthText = ctx.value('d')
    if (depthText !== undefined && !/^\d+$/.test(depthText)) return yield* ctx.usage(`invalid maximum depth ${quote(depthText)}`)
    if (ctx.has('s') && ctx.has('a')) return yield* ctx.usage('cannot both summarize and show all entries')
    const depth = ctx.has('s') ? 0 : depthText === undefined ? Number.POSITIVE_INFINITY : Number(depthText)
    const apparent = ctx.has('apparent-size', 'b')
    const exclude = ctx.opts.values('exclude').map((p) => globToRegExp(p))
    const seen = new Set<string>()
    let unit = 1024
    const unitText = ctx.value('B')
    const last = ctx.opts.last('b', 'k', 'm', 'h', 'si', 'B')
    if (last === 'b') unit = 1
    else if (last === 'm') unit = 1 << 20
    else if (last === 'B') unit = parseSize(unitText ?? '') ?? 1024
    const end = ctx.has('0') ? '\0' : '\n'
    const show = (bytes: number, path: string): void => {
      const text = ctx.has('inodes')
        ? String(bytes)
        : last === 'h'
          ? humanSize(bytes)
          : last === 'si'
            ? humanSize(bytes, true)
            : String(Math.ceil(bytes / unit))
      ctx.out.put(`${text}\t${path}${end}`)
    }
    let total = 0
    const walk = function* (path: string, level: number, device: number | undefined): Sim<number> {
      let stat: Stat
      try {
        stat = ctx.has('L') || (level === 0 && ctx.has('D', 'H')) ? ctx.proc.stat(path) : ctx.proc.lstat(path)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* ctx.warn(`cannot access ${quoteaf(path)}: ${strerror(error)}`)
        return 0
      }
      if (device !== undefined && ctx.has('x') && stat.dev !== device) return 0
      if (exclude.some((re) => re.test(path) || re.test(lastPart(path)))) return 0
      const key = `${stat.dev}:${stat.ino}`
      if (!ctx.has('l') && (stat.nlink > 1 || level === 0) && seen.has(key)) return 0
      seen.add(key)
      const own = ctx.has('inodes') ? 1 : apparent ? stat.size : stat.blocks * 512
      let sum = own
      if (isDir(stat.mode)) {
        let names: string[] = []
        try {
          names = ctx.proc.readdir(path).map((e) => e.name)
        } catch (error) {
          if (!(error instanceof Errno)) throw error
          yield* ctx.warn(`cannot read directory ${quoteaf(path)}: ${strerror(error)}`)
        }
        for (const name of names) {
          const inner = yield* walk(joinPath(path, name), level + 1, device ?? stat.dev)
          if (!ctx.has('S') || !(statOf(ctx, joinPath(path, name)) !== undefined && isDir(statOf(ctx, joinPath(path, name))?.mode ?? 0)))
            sum += inner
        }
      }
      if (level <= depth && (isDir(stat.mode) || ctx.has('a') || level === 0)) {
        show(sum, path)
        yield* ctx.out.drain()
      }
      return sum
    }
    for (const path of ctx.operands.length === 0 ? ['.'] : ctx.operands) total += yield* walk(path, 0, undefined)
    if (ctx.has('c')) show(total, 'total')
    return ctx.status
  },
})

/** install(1) */
export const install = defineProgram({
  name: 'coreutils/install',
  usage: '[OPTION]... [-T] SOURCE DEST\n[OPTION]... SOURCE... DIRECTORY\n[OPTION]... -t DIRECTORY SOURCE...\n[OPTION]... -d DIRECTORY...',
  short: 'bcCdDg:m:o:pst:TvS:Z',
  long: 'backup=? compare:C directory:d group=:g mode=:m no-target-directory:T owner=:o preserve-timestamps:p strip:s suffix=:S target-directory=:t verbose:v',
  *run(ctx) {
    const { proc } = ctx
    const change = parseMode(ctx.value('m') ?? '755', 0)
    if (change === undefined) return yield* ctx.die(`invalid mode ${quote(ctx.value('m') ?? '')}`)
    const accounts = yield* loadAccounts(proc)
    const user = ctx.value('o')
    const group = ctx.value('g')
    const uid = user === undefined ? -1 : (accounts.user(user)?.uid ?? Number(user))
    const gid = group === undefined ? -1 : (accounts.group(group)?.gid ?? Number(group))
    if (Number.isNaN(uid)) return yield* ctx.die(`invalid user ${quote(user ?? '')}`)
    if (Number.isNaN(gid)) return yield* ctx.die(`invalid group ${quote(group ?? '')}`)
    const finish = (path: string, directory: boolean): void => {
      if (uid >= 0 || gid >= 0) proc.chown(path, uid, gid)
      proc.chmod(path, change(0, directory))
    }
    const parents = function* (path: string): Sim<void> {
      const parts = path.split('/')
      for (let i = 1; i <= parts.length; i++) {
        const dir = parts.slice(0, i).join('/')
        if (dir === '' || statOf(ctx, dir) !== undefined) continue
        proc.mkdir(dir, 0o755)
        if (ctx.has('v')) ctx.out.put(`${ctx.prog}: creating directory ${quoteaf(dir)}\n`)
      }
    }
    try {
      if (ctx.has('d')) {
        if (ctx.operands.length === 0) return yield* ctx.usage('missing file operand')
        for (const dir of ctx.operands) {
          yield* parents(dir)
          finish(dir, true)
        }
        return 0
      }
      if (ctx.has('D')) {
        const target = ctx.value('t') ?? ctx.operands.at(-1) ?? ''
        yield* parents(ctx.has('t') ? target : target.includes('/') ? target.slice(0, target.lastIndexOf('/')) : '')
      }
      const { sources, directory, target } = yield* destination(ctx)
      const copier = new Copier(ctx, {
        recursive: false,
        follow: 'all',
        preserve: new Set(ctx.has('p') ? (['timestamps'] as const) : []),
        force: true,
        existing: 'overwrite',
        update: false,
        verbose: ctx.has('v'),
        link: 'no',
        removeDestination: true,
        attributesOnly: false,
        oneFileSystem: false,
        backup: backupOption(ctx),
        parents: false,
      })
      for (const source of sources) {
        const st = statOf(ctx, source)
        if (st !== undefined && isDir(st.mode)) {
          yield* ctx.warn(`omitting directory ${quoteaf(source)}`)
          continue
        }
        const to = directory === undefined ? target : joinPath(directory, lastPart(source))
        if (yield* copier.copy(source, to)) finish(to, false)
        else ctx.status = 1
      }
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      return yield* ctx.die(`cannot install: ${strerror(error)}`)
    }
    return ctx.status
  },
})

/** numfmt(1): --to, --from, --suffix, --field, --grouping left out. */
export const numfmt = defineProgram({
  name: 'coreutils/numfmt',
  usage: '[OPTION]... [NUMBER]...',
  short: 'd:z',
  long: 'delimiter=:d field= format= from= from-unit= header=? invalid= padding= round= suffix= to= to-unit= zero-terminated:z',
  missing: 'grouping debug',
  posix: true,
  usageStatus: 1,
  *run(ctx) {
    const units = ['', 'K', 'M', 'G', 'T', 'P', 'E']
    const from = ctx.value('from') ?? 'none'
    const to = ctx.value('to') ?? 'none'
    const suffix = ctx.value('suffix') ?? ''
    const round = ctx.value('round') ?? 'from-zero'
    const rounded = (n: number): number =>
      round === 'up'
        ? Math.ceil(n)
        : round === 'down'
          ? Math.floor(n)
          : round === 'nearest'
            ? Math.round(n)
            : round === 'towards-zero'
              ? Math.trunc(n)
              : n < 0
                ? Math.floor(n)
                : Math.ceil(n)
    const one = function* (text: string): Sim<string> {
      const bare = suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text
      const m = /^(-?\d+(?:\.\d+)?)([KMGTPE]?)(i?)$/.exec(bare)
      if (m === null)
        return yield* ctx.die(/^[-\d]/.test(text) ? `invalid suffix in input: ${quote(text)}` : `invalid number: ${quote(text)}`, 2)
      if ((m[2] ?? '') !== '' && from === 'none')
        return yield* ctx.die(`rejecting suffix in input: ${quote(text)} (consider using --from)`, 2)
      let n = Number(m[1])
      const base = from === 'si' || (from === 'auto' && m[3] === '') ? 1000 : 1024
      for (let i = 0; i < units.indexOf(m[2] ?? ''); i++) n *= base
      n = (n * (parseSize(ctx.value('from-unit') ?? '1') ?? 1)) / (parseSize(ctx.value('to-unit') ?? '1') ?? 1)
      if (to === 'none') return `${n}${suffix}`
      const by = to === 'si' ? 1000 : 1024
      let u = 0
      let v = n
      while (Math.abs(v) >= by && u < units.length - 1) {
        v /= by
        u++
      }
      let shown: string
      if (u === 0) shown = String(rounded(v))
      else if (Math.abs(v) < 10) {
        const r = rounded(v * 10) / 10
        shown = r >= 10 ? String(rounded(v)) : formatFloat(r, { flags: '', width: 0, precision: 1, conversion: 'f' })
      } else {
        let r = rounded(v)
        if (Math.abs(r) >= by) {
          r /= by
          u++
          shown = formatFloat(r, { flags: '', width: 0, precision: 1, conversion: 'f' })
        } else shown = String(r)
      }
      return `${shown}${units[u]}${to === 'iec-i' && u > 0 ? 'i' : ''}${suffix}`
    }
    const pad = Number(ctx.value('padding') ?? 0)
    const padded = (t: string): string => (pad < 0 ? t.padEnd(-pad) : t.padStart(pad))
    for (const text of ctx.operands) ctx.out.put(`${padded(yield* one(text))}\n`)
    if (ctx.operands.length > 0) return ctx.status
    const reader = ctx.lines(0)
    const field = Number(ctx.value('field') ?? 1)
    let header = ctx.has('header') ? Number(ctx.value('header') ?? 1) : 0
    for (;;) {
      const line = yield* reader.next()
      if (line === undefined) return ctx.status
      if (header-- > 0) {
        ctx.out.raw(`${line}\n`)
        continue
      }
      const delimiter = ctx.value('d')
      const parts = delimiter === undefined ? line.split(/(?<=\S)(?=\s)/) : line.split(delimiter)
      const at = parts[field - 1]
      if (at !== undefined) {
        const value = yield* one(at.trim())
        parts[field - 1] =
          delimiter === undefined
            ? pad !== 0
              ? padded(value)
              : field > 1 || /^\s/.test(at)
                ? value.padStart(at.length)
                : value
            : padded(value)
      }
      ctx.out.raw(`${parts.join(delimiter ?? '')}\n`)
    }
  },
})
