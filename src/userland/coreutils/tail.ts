import { Errno, strerror } from '#linux/errno.ts'
import { S } from '#linux/syscalls.ts'
import { SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { anyOf, waitFor } from '#sim/wait.ts'
import { LineReader, readAll } from '#userland/lib/io.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { quote, quoteaf } from '#userland/lib/quote.ts'
import { type Amount, parseAmount } from './head.ts'

interface Followed {
  readonly name: string
  fd: number | undefined
  ino: number
  size: number
}

/** tail(1) */
export const tail = defineProgram({
  name: 'coreutils/tail',
  usage: '[OPTION]... [FILE]...',
  short: 'c:n:fFqs:vz',
  long: 'bytes=:c follow=? lines=:n max-unchanged-stats= pid= quiet:q silent:q retry sleep-interval=:s verbose:v zero-terminated:z',
  digits: true,
  *run(ctx) {
    let amount: Amount = { unit: 'lines', count: 10, sign: '' }
    const operands = [...ctx.operands]
    const old = /^\+(\d+)([cl]?)(f?)$/.exec(operands[0] ?? '')
    let follow = ctx.has('f', 'F', 'follow')
    if (old !== null && ctx.opts.list.length === 0) {
      operands.shift()
      amount = { unit: old[2] === 'c' ? 'bytes' : 'lines', count: Number(old[1]), sign: '+' }
      follow = follow || old[3] === 'f'
    }
    for (const { name, value = '' } of ctx.opts.list) {
      if (name === 'n' || name === 'NUMBER') amount = yield* parseAmount(ctx, 'lines', value)
      else if (name === 'c') amount = yield* parseAmount(ctx, 'bytes', value)
    }
    const names = operands.length === 0 ? ['-'] : operands
    const banner = ctx.opts.last('q', 'v') === 'v' || (names.length > 1 && !ctx.has('q'))
    const files: Followed[] = []
    let first = true
    for (const name of names) {
      let fd = 0
      try {
        if (name !== '-') fd = yield* ctx.proc.open(name, 0)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* ctx.warn(`cannot open ${quoteaf(name)} for reading: ${strerror(error)}`)
        files.push({ name, fd: undefined, ino: -1, size: 0 })
        continue
      }
      if (banner) ctx.out.put(`${first ? '' : '\n'}==> ${name === '-' ? 'standard input' : name} <==\n`)
      first = false
      try {
        const stat = ctx.proc.fstat(fd)
        if ((stat.mode & S.IFMT) === S.IFDIR) throw new Errno('EISDIR')
        const text = yield* new LineReader(ctx.proc, fd).rest()
        ctx.out.raw(last(text, amount, ctx.has('z') ? '\0' : '\n'))
        files.push({ name, fd, ino: stat.ino, size: stat.size })
      } catch (error) {
        if (!(error instanceof Errno) || error.code === 'EPIPE') throw error
        yield* ctx.warn(`error reading ${quoteaf(name === '-' ? 'standard input' : name)}: ${strerror(error)}`)
        if (fd !== 0) ctx.proc.close(fd)
        continue
      }
      if (!follow && fd !== 0) ctx.proc.close(fd)
    }
    if (!follow) return ctx.status
    yield* ctx.out.flush()
    const byName = ctx.has('F', 'retry') || ctx.value('follow') === 'name'
    const watched = files.filter((f) => f.fd !== undefined || byName)
    if (watched.length === 0) {
      yield* ctx.warn('no files remaining')
      return 1
    }
    if (watched.every((f) => f.name === '-')) return ctx.status
    return yield* followFiles(ctx, watched, byName, banner)
  },
})

function last(text: string, amount: Amount, delimiter: string): string {
  if (amount.unit === 'bytes') {
    if (amount.sign === '+') return text.slice(Math.max(0, amount.count - 1))
    return amount.count === 0 ? '' : text.slice(-amount.count)
  }
  let at: number
  if (amount.sign === '+') {
    at = 0
    for (let i = 1; i < amount.count; i++) {
      const end = text.indexOf(delimiter, at)
      if (end < 0) return ''
      at = end + 1
    }
    return text.slice(at)
  }
  if (amount.count === 0) return ''
  at = text.endsWith(delimiter) ? text.length - 1 : text.length
  for (let i = 0; i < amount.count; i++) {
    if (at <= 0) return text
    at = text.lastIndexOf(delimiter, at - 1)
    if (at < 0) return text
  }
  return text.slice(at + 1)
}

/** Waits for changes (inotify) and writes what was appended; with `byName` a replaced file is opened again. */
function* followFiles(ctx: Context, files: readonly Followed[], byName: boolean, banner: boolean): Sim<number> {
  const { proc, out } = ctx
  let shown = files.at(-1)
  const pid = ctx.value('pid')
  for (;;) {
    for (const file of files) {
      if (byName && file.name !== '-') yield* reopen(ctx, file)
      if (file.fd === undefined) continue
      const size = proc.fstat(file.fd).size
      if (size < file.size) {
        yield* ctx.warn(`${file.name}: file truncated`, 0)
        proc.lseek(file.fd, 0, 'set')
      }
      file.size = size
      const data = yield* readAll(proc, file.fd)
      if (data.length === 0) continue
      if (banner && shown !== file) out.put(`\n==> ${file.name} <==\n`)
      shown = file
      out.bytes(data)
      yield* out.flush()
    }
    if (pid !== undefined) {
      try {
        proc.kill(Number(pid), 0)
      } catch (error) {
        if (error instanceof Errno) return ctx.status
        throw error
      }
      yield* proc.nanosleep(SECOND)
      continue
    }
    const waits = files.filter((f) => f.name !== '-').map((f) => proc.watchPath(parentWhenMissing(ctx, f)))
    if (waits.length === 1 && waits[0] !== undefined) yield* waitFor(waits[0])
    else yield* anyOf(waits)
  }
}

function parentWhenMissing(ctx: Context, file: Followed): string {
  try {
    ctx.proc.stat(file.name)
    return file.name
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    const slash = file.name.lastIndexOf('/')
    return slash < 0 ? '.' : file.name.slice(0, slash) || '/'
  }
}

function* reopen(ctx: Context, file: Followed): Sim<void> {
  const { proc } = ctx
  try {
    const stat = proc.stat(file.name)
    if (stat.ino === file.ino && file.fd !== undefined) return
    const was = file.fd
    if (was !== undefined) proc.close(was)
    file.fd = yield* proc.open(file.name, 0)
    file.size = 0
    yield* ctx.warn(
      `${quote(file.name)} has ${was === undefined ? 'appeared;  following new file' : 'been replaced;  following new file'}`,
      0,
    )
    file.ino = stat.ino
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    if (file.fd === undefined || file.ino < 0) return
    yield* ctx.warn(`${quote(file.name)} has become inaccessible: ${strerror(error)}`, 0)
    proc.close(file.fd)
    file.fd = undefined
    file.ino = -1
  }
}
