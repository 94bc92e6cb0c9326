import { gunzipSync, gzipSync } from 'fflate'
import { Errno, strerror } from '#linux/errno.ts'
import type { Program } from '#linux/syscalls.ts'
import { S } from '#linux/syscalls.ts'
import { civil } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { readAll, readFile, say, writeAll, writeFile } from '#userland/lib/io.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'

/** Header and trailer around the packed data. */
const GZIP_FRAME_BYTES = 18
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Unpacks gzip data; undefined when it is none or damaged. */
export function gunzip(data: Uint8Array): Uint8Array | undefined {
  if (data[0] !== 0x1f || data[1] !== 0x8b) return undefined
  try {
    return gunzipSync(data)
  } catch {
    return undefined
  }
}

/** Packs; the time stamp in the header is 0, so that the same input gives the same bytes. */
export function gzipData(data: Uint8Array): Uint8Array {
  return gzipSync(data, { mtime: 0 })
}

function gzipping(name: string, decompress: boolean, stdout: boolean): Program {
  return defineProgram({
    name: `gzip/${name}`,
    usage: '[OPTION]... [FILE]...',
    short: '123456789cdfhklnNqrS:tvV',
    missing: 'N',
    long: 'stdout:c to-stdout:c decompress:d uncompress:d force:f keep:k list:l no-name:n name:N quiet:q recursive:r suffix=:S test:t verbose:v fast:1 best:9',
    *run(ctx) {
      const unpack = decompress || ctx.has('d') || ctx.has('t')
      if (ctx.has('r')) return yield* ctx.notModelled('-r')
      if (ctx.has('l')) return yield* list(ctx)
      for (const file of ctx.operands.length === 0 ? ['-'] : ctx.operands) yield* one(ctx, file, unpack, stdout || ctx.has('c'))
      return ctx.status
    },
  })
}

interface Listed {
  readonly file: string
  readonly packed: number
  readonly unpacked: number
}

/** `60.5%`: how much is saved, without the header and the trailer of gzip's format. */
function ratio(packed: number, unpacked: number): string {
  const saved = unpacked === 0 ? 0 : (unpacked - (packed - GZIP_FRAME_BYTES)) / unpacked
  return `${(saved * 100).toFixed(1).padStart(5)}%`
}

/** gzip -l: a row a file, and the totals. */
function* list(ctx: Context): Sim<number> {
  const rows: Listed[] = []
  const verbose = ctx.has('v')
  const put = (text: string): void => ctx.out.put(text)
  if (!ctx.has('q'))
    put(`${verbose ? 'method  crc     date  time  ' : ''}         compressed        uncompressed  ratio uncompressed_name\n`)
  const row = (r: Listed, name: string, head: string): void =>
    put(
      `${verbose ? head : ''}${String(r.packed).padStart(19)} ${String(r.unpacked).padStart(19)} ${ratio(r.packed, r.unpacked)} ${name}\n`,
    )
  for (const given of ctx.operands) {
    const { proc } = ctx
    const file = given.endsWith('.gz') || proc.access(given, '') ? given : `${given}.gz`
    try {
      const data = yield* readFile(proc, file)
      const plain = gunzip(data)
      if (plain === undefined) {
        yield* ctx.out.flush()
        yield* say(proc, 2, `\ngzip: ${file}: not in gzip format\n`)
        ctx.status = 1
        continue
      }
      const listed = { file, packed: data.length, unpacked: plain.length }
      rows.push(listed)
      const crc = [...data.subarray(-8, -4)].reverse().map((b) => b.toString(16).padStart(2, '0'))
      const at = civil(proc.stat(file).mtime)
      const two = (n: number): string => String(n).padStart(2, '0')
      row(
        listed,
        file.replace(/\.gz$/, ''),
        `defla ${crc.join('')} ${MONTHS[at.month - 1]} ${String(at.day).padStart(2)} ${two(at.hour)}:${two(at.minute)} `,
      )
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* ctx.out.flush()
      yield* say(proc, 2, `gzip: ${file}: ${strerror(error)}\n`)
      ctx.status = 1
    }
  }
  const sum = (of: (r: Listed) => number): number => rows.reduce((n, r) => n + of(r), 0)
  if (rows.length > 1) row({ file: '', packed: sum((r) => r.packed), unpacked: sum((r) => r.unpacked) }, '(totals)', ' '.repeat(28))
  return ctx.status
}

function* one(ctx: Context, given: string, unpack: boolean, stdout: boolean): Sim<void> {
  const { proc } = ctx
  const suffix = ctx.value('S') ?? '.gz'
  const complain = function* (text: string, status: number): Sim<void> {
    yield* ctx.out.flush()
    yield* say(proc, 2, text)
    ctx.status = status === 2 && ctx.status === 1 ? 1 : status
  }
  let file = given
  try {
    if (file === '-') {
      if (!unpack && proc.isatty(1) && !ctx.has('f'))
        return yield* complain(
          `gzip: compressed data not written to a terminal. Use -f to force compression.\nFor help, type: ${ctx.prog} -h\n`,
          1,
        )
      const data = yield* readAll(proc, 0)
      const result = unpack ? gunzip(data) : gzipData(data)
      if (result === undefined)
        return yield* complain(`\ngzip: stdin: ${data.length === 0 ? 'unexpected end of file' : 'not in gzip format'}\n`, 1)
      if (!ctx.has('t')) yield* writeAll(proc, 1, result)
      return
    }
    try {
      proc.lstat(file)
    } catch (error) {
      if (!(error instanceof Errno) || !unpack || file.endsWith(suffix)) throw error
      try {
        proc.lstat(file + suffix)
      } catch {
        throw new Errno('ENOENT', file)
      }
      file += suffix
    }
    const stat = proc.stat(file)
    if ((stat.mode & S.IFMT) === S.IFDIR) return yield* complain(`gzip: ${file} is a directory -- ignored\n`, 2)
    const tgz = /\.tgz$/.test(file)
    if (unpack && !stdout && !ctx.has('t') && !file.endsWith(suffix) && !tgz)
      return yield* complain(`gzip: ${file}: unknown suffix -- ignored\n`, 2)
    if (!unpack && file.endsWith(suffix)) return yield* complain(`gzip: ${file} already has ${suffix} suffix -- unchanged\n`, 2)
    const data = yield* readFile(proc, file)
    const result = unpack ? gunzip(data) : gzipData(data)
    if (result === undefined)
      return yield* complain(`\ngzip: ${file}: ${data.length === 0 ? 'unexpected end of file' : 'not in gzip format'}\n`, 1)
    if (ctx.has('t')) {
      if (ctx.has('v')) yield* complain(`${file}:\t OK\n`, 0)
      return
    }
    if (stdout) {
      yield* writeAll(proc, 1, result)
      return
    }
    const target = unpack ? (tgz ? file.replace(/\.tgz$/, '.tar') : file.slice(0, -suffix.length)) : file + suffix
    let exists = true
    try {
      proc.lstat(target)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      exists = false
    }
    if (exists && !ctx.has('f')) {
      yield* say(proc, 2, `gzip: ${target} already exists;`)
      if (!proc.isatty(0)) return yield* complain('\tnot overwritten\n', 2)
      yield* say(proc, 2, ' do you wish to overwrite (y or n)? ')
      if (!/^[yY]/.test((yield* ctx.lines(0).next()) ?? '')) return yield* complain('\tnot overwritten\n', 2)
    }
    yield* writeFile(proc, target, result, stat.mode & 0o777)
    proc.chmod(target, stat.mode & 0o7777)
    proc.utimens(target, stat.atime, stat.mtime)
    if (!ctx.has('k')) proc.unlink(file)
    if (ctx.has('v')) {
      const [small, large] = unpack ? [data.length, result.length] : [result.length, data.length]
      const saved = large === 0 ? 0 : ((large - small) / large) * 100
      yield* complain(`${file}:\t${saved.toFixed(1).padStart(5)}% -- ${ctx.has('k') ? 'created' : 'replaced with'} ${target}\n`, 0)
    }
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    yield* complain(`gzip: ${given}: ${strerror(error)}\n`, 1)
  }
}

/** gzip(1), gunzip(1), zcat(1). Differs: the two last are programs here, shell scripts in Debian. */
export const gzip = gzipping('gzip', false, false)
export const gunzipProgram = gzipping('gunzip', true, false)
export const zcat = gzipping('zcat', true, true)
