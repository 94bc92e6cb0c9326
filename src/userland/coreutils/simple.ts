import { Errno, strerror } from '#linux/errno.ts'
import type { Program } from '#linux/syscalls.ts'
import { MILLISECOND } from '#sim/time.ts'
import { bytesOf, LineReader, say } from '#userland/lib/io.ts'
import { defineProgram } from '#userland/lib/program.ts'
import { quote } from '#userland/lib/quote.ts'

/** true(1), false(1): only --help and --version, alone, are looked at. */
export const trueProgram: Program = {
  name: 'coreutils/true',
  *main() {
    return 0
  },
}

export const falseProgram: Program = {
  name: 'coreutils/false',
  *main() {
    return 1
  },
}

/** yes(1) */
export const yes = defineProgram({
  name: 'coreutils/yes',
  usage: '[STRING]...',
  *run(ctx) {
    const line = `${ctx.operands.length === 0 ? 'y' : ctx.operands.join(' ')}\n`
    const block = bytesOf(line).repeat(Math.max(1, Math.floor(8192 / line.length)))
    try {
      for (;;) {
        ctx.out.raw(block)
        yield* ctx.out.flush()
        yield* ctx.proc.cpu(10)
      }
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      ctx.out.discard()
      return yield* ctx.die(`standard output: ${strerror(error)}`)
    }
  },
})

/** echo(1). Options are only options when they are all of `n`, `e`, `E`. */
export const echo: Program = {
  name: 'coreutils/echo',
  *main(proc) {
    const args = proc.argv.slice(1)
    let newline = true
    let escapes = false
    while (/^-[neE]+$/.test(args[0] ?? '')) {
      for (const c of (args.shift() ?? '').slice(1)) {
        if (c === 'n') newline = false
        else escapes = c === 'e'
      }
    }
    const text = args.join(' ')
    if (!escapes) {
      yield* say(proc, 1, newline ? `${text}\n` : text)
      return 0
    }
    const { out, stopped } = echoEscapes(text)
    yield* say(proc, 1, newline && !stopped ? `${out}\n` : out)
    return 0
  },
}

/** The escapes of echo -e and printf's %b; `\c` stops. */
export function echoEscapes(text: string): { out: string; stopped: boolean } {
  const map: Record<string, string> = { a: '\x07', b: '\b', e: '\x1b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\' }
  let out = ''
  for (let i = 0; i < text.length; i++) {
    if (text.charAt(i) !== '\\' || i + 1 >= text.length) {
      out += text.charAt(i)
      continue
    }
    const c = text.charAt(++i)
    if (c === 'c') return { out, stopped: true }
    const digits = /^(?:0[0-7]{0,3}|[1-7][0-7]{0,2}|x[0-9A-Fa-f]{1,2})/.exec(text.slice(i))?.[0]
    if (digits !== undefined) {
      const code = digits.startsWith('x') ? Number.parseInt(digits.slice(1), 16) : Number.parseInt(digits, 8) & 0xff
      out += code < 128 ? String.fromCharCode(code) : String.fromCharCode(0xdc00 + code)
      i += digits.length - 1
    } else out += map[c] ?? `\\${c}`
  }
  return { out, stopped: false }
}

/** Microseconds of `1`, `0.5`, `2m`, `1h`, `1d`, `infinity`; undefined when it is no time. */
export function parseDuration(text: string): number | undefined {
  const m = /^(\d+\.?\d*|\.\d+|inf(?:inity)?)(?:e([+-]?\d+))?([smhd]?)$/i.exec(text)
  if (m === null) return undefined
  if (/^inf/i.test(m[1] ?? '')) return 1e15
  const factor: Record<string, number> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }
  return (
    Math.round(Number((m[1] ?? '') + (m[2] === undefined ? '' : `e${m[2]}`)) * (factor[(m[3] ?? '').toLowerCase()] ?? 1) * 1000) *
    MILLISECOND
  )
}

/** sleep(1) */
export const sleep = defineProgram({
  name: 'coreutils/sleep',
  usage: 'NUMBER[SUFFIX]...',
  *run(ctx) {
    if (ctx.operands.length === 0) return yield* ctx.usage('missing operand')
    let total = 0
    for (const text of ctx.operands) {
      const duration = parseDuration(text)
      if (duration === undefined) yield* ctx.warn(`invalid time interval ${quote(text)}`)
      else total += duration
    }
    if (ctx.status !== 0) return yield* ctx.usage()
    yield* ctx.proc.nanosleep(total)
    return 0
  },
})

/** sync(1) */
export const sync = defineProgram({
  name: 'coreutils/sync',
  usage: '[OPTION] [FILE]...',
  short: 'df',
  long: 'data:d file-system:f',
  *run(ctx) {
    for (const path of ctx.operands) {
      try {
        ctx.proc.stat(path)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* ctx.warn(`error opening ${quote(path)}: ${strerror(error)}`)
      }
    }
    yield* ctx.proc.sync()
    return ctx.status
  },
})

/** tee(1) */
export const tee = defineProgram({
  name: 'coreutils/tee',
  usage: '[OPTION]... [FILE]...',
  short: 'aip',
  long: 'append:a ignore-interrupts:i output-error=?',
  *run(ctx) {
    const { proc } = ctx
    if (ctx.has('i')) proc.sigaction(2, 'ignore')
    const fds: { fd: number; name: string }[] = [{ fd: 1, name: "'standard output'" }]
    for (const path of ctx.operands) {
      try {
        fds.push({ fd: yield* proc.open(path, 0o1 | 0o100 | (ctx.has('a') ? 0o2000 : 0o1000), 0o666), name: path })
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* ctx.warnFile(path, error)
      }
    }
    for (;;) {
      const chunk = yield* proc.read(0, 65_536)
      if (chunk.length === 0) return ctx.status
      for (const { fd, name } of [...fds]) {
        try {
          yield* proc.write(fd, chunk)
        } catch (error) {
          if (!(error instanceof Errno)) throw error
          fds.splice(
            fds.findIndex((f) => f.fd === fd),
            1,
          )
          yield* ctx.warnFile(name, error)
        }
      }
    }
  },
})

/** factor(1) */
export const factor = defineProgram({
  name: 'coreutils/factor',
  usage: '[NUMBER]...',
  *run(ctx) {
    const numbers = [...ctx.operands]
    if (numbers.length === 0) numbers.push(...(yield* new LineReader(ctx.proc, 0).rest()).split(/\s+/).filter((w) => w !== ''))
    for (const text of numbers) {
      if (!/^\+?\d+$/.test(text)) {
        yield* ctx.warn(`${quote(text)} is not a valid positive integer`)
        continue
      }
      let n = BigInt(text)
      const factors: bigint[] = []
      for (let p = 2n; p * p <= n && p < 3_000_000n; p += p === 2n ? 1n : 2n) {
        while (n % p === 0n) {
          factors.push(p)
          n /= p
        }
      }
      if (n > 1n) factors.push(n)
      ctx.out.put(`${BigInt(text)}:${factors.map((f) => ` ${f}`).join('')}\n`)
    }
    return ctx.status
  },
})
