import { Errno, strerror } from '#linux/errno.ts'
import { readAll, readFile } from '#userland/lib/io.ts'
import { defineProgram } from '#userland/lib/program.ts'

/** cmp(1) */
export const cmp = defineProgram({
  name: 'diffutils/cmp',
  usage: '[OPTION]... FILE1 [FILE2 [SKIP1 [SKIP2]]]',
  short: 'bi:ln:sv',
  long: 'print-bytes:b ignore-initial=:i verbose:l bytes=:n quiet:s silent:s',
  usageStatus: 2,
  *run(ctx) {
    const [a, b = '-'] = ctx.operands
    if (a === undefined) return yield* ctx.usage(`missing operand after '${ctx.prog}'`)
    const data: Uint8Array[] = []
    for (const name of [a, b]) {
      try {
        data.push(name === '-' ? yield* readAll(ctx.proc, 0) : yield* readFile(ctx.proc, name))
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        if (!ctx.has('s') || error.code !== 'ENOENT') return yield* ctx.die(`${name}: ${strerror(error)}`, 2)
        return 2
      }
    }
    const skip = Number(ctx.value('i') ?? 0)
    const limit = Number(ctx.value('n') ?? Number.MAX_SAFE_INTEGER)
    const x = (data[0] ?? new Uint8Array(0)).subarray(skip, skip + limit)
    const y = (data[1] ?? new Uint8Array(0)).subarray(skip, skip + limit)
    let line = 1
    let differs = false
    const length = Math.min(x.length, y.length)
    for (let i = 0; i < length; i++) {
      if (x[i] !== y[i]) {
        if (ctx.has('s')) return 1
        const octal = (n: number | undefined): string => (n ?? 0).toString(8).padStart(3)
        if (!ctx.has('l')) {
          ctx.out.put(
            `${a} ${b} differ: ${ctx.has('b') ? 'byte' : 'char'} ${i + 1}, line ${line}${ctx.has('b') ? ` is ${octal(x[i])} ${String.fromCharCode(x[i] ?? 0)} ${octal(y[i])} ${String.fromCharCode(y[i] ?? 0)}` : ''}\n`,
          )
          return 1
        }
        differs = true
        ctx.out.put(`${String(i + 1).padStart(String(length).length)} ${octal(x[i])} ${octal(y[i])}\n`)
      }
      if (x[i] === 10) line++
    }
    if (x.length !== y.length) {
      if (!ctx.has('s')) {
        const short = x.length < y.length ? a : b
        yield* ctx.warn(
          length === 0
            ? `EOF on ${short} which is empty`
            : `EOF on ${short} after byte ${length}${ctx.has('l') ? '' : x[length - 1] === 10 || y[length - 1] === 10 ? `, line ${line - 1}` : `, in line ${line}`}`,
        )
      }
      return 1
    }
    return differs ? 1 : 0
  },
})
