import { Errno, strerror } from '#linux/errno.ts'
import { O } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { latin, writeAll } from '#userland/lib/io.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { quotefColon } from '#userland/lib/quote.ts'

/** cat(1) */
export const cat = defineProgram({
  name: 'coreutils/cat',
  usage: '[OPTION]... [FILE]...',
  short: 'benstuvAET',
  long: 'number-nonblank:b number:n squeeze-blank:s show-nonprinting:v show-ends:E show-tabs:T show-all:A',
  *run(ctx) {
    const style: Style = {
      ends: ctx.has('e', 'E', 'A'),
      tabs: ctx.has('t', 'T', 'A'),
      nonprinting: ctx.has('e', 't', 'v', 'A'),
      number: ctx.has('b') ? 'nonblank' : ctx.has('n') ? 'all' : 'no',
      squeeze: ctx.has('s'),
    }
    const plain = !style.ends && !style.tabs && !style.nonprinting && style.number === 'no' && !style.squeeze
    const state: State = { line: 0, blank: 0, start: true }
    for (const name of ctx.operands.length === 0 ? ['-'] : ctx.operands) {
      let fd = 0
      try {
        fd = name === '-' ? 0 : yield* ctx.proc.open(name, O.RDONLY | O.CLOEXEC)
        yield* sameFile(ctx, fd, name)
        for (;;) {
          const chunk = yield* ctx.proc.read(fd, 1 << 17)
          if (chunk.length === 0) break
          try {
            if (plain) yield* writeAll(ctx.proc, 1, chunk)
            else {
              ctx.out.raw(decorate(latin(chunk), style, state))
              yield* ctx.out.flush()
            }
          } catch (error) {
            if (!(error instanceof Errno)) throw error
            return yield* ctx.die(`write error: ${strerror(error)}`)
          }
        }
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* ctx.warnFile(name, error)
      } finally {
        if (fd !== 0) ctx.proc.close(fd)
      }
    }
    if ((ctx.operands.length === 0 || ctx.operands.includes('-')) && !isOpen(ctx, 0))
      yield* ctx.warn(`closing standard input: ${strerror(new Errno('EBADF'))}`)
    return ctx.status
  },
})

function isOpen(ctx: Context, fd: number): boolean {
  try {
    ctx.proc.getFlags(fd)
    return true
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}

/** `cat f >> f` would never end. */
function* sameFile(ctx: Context, fd: number, name: string): Sim<void> {
  const input = ctx.proc.fstat(fd)
  const output = ctx.proc.fstat(1)
  if (input.dev !== output.dev || input.ino !== output.ino || (output.mode & 0o170000) !== 0o100000) return
  if ((ctx.proc.getFlags(1) & O.APPEND) !== 0 ? input.size > 0 : ctx.proc.lseek(fd, 0, 'cur') < output.size)
    yield* ctx.warn(`${quotefColon(name)}: input file is output file`)
}

interface Style {
  readonly ends: boolean
  readonly tabs: boolean
  readonly nonprinting: boolean
  readonly number: 'no' | 'all' | 'nonblank'
  readonly squeeze: boolean
}

interface State {
  line: number
  /** Empty lines in a row. */
  blank: number
  /** At the start of a line. */
  start: boolean
}

function decorate(text: string, style: Style, state: State): string {
  let out = ''
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at)
    const line = end < 0 ? text.slice(at) : text.slice(at, end)
    const empty = state.start && line === '' && end >= 0
    at = end < 0 ? text.length : end + 1
    if (empty) {
      state.blank++
      if (style.squeeze && state.blank > 1) continue
    } else state.blank = 0
    if (state.start && (style.number === 'all' || (style.number === 'nonblank' && !empty))) out += `${String(++state.line).padStart(6)}\t`
    let body = line
    if (style.nonprinting) body = caret(line)
    if (style.ends && end >= 0 && body.endsWith('\r') && !style.nonprinting) body = `${body.slice(0, -1)}^M`
    if (style.tabs) body = body.replaceAll('\t', '^I')
    out += body
    if (end >= 0) out += style.ends ? '$\n' : '\n'
    state.start = end >= 0
  }
  return out
}

/** `^X` and `M-x` for what does not print, but tabs. */
function caret(text: string): string {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    let c = text.charCodeAt(i)
    if (c === 9) {
      out += '\t'
      continue
    }
    if (c >= 128) {
      out += 'M-'
      c -= 128
    }
    out += c < 32 ? `^${String.fromCharCode(c + 64)}` : c === 127 ? '^?' : String.fromCharCode(c)
  }
  return out
}
