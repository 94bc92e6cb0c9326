import { Errno, strerror } from '#linux/errno.ts'
import { LineReader, unlatin, writeFile } from '#userland/lib/io.ts'
import { defineProgram } from '#userland/lib/program.ts'
import { quote, quotefColon } from '#userland/lib/quote.ts'

/** uniq(1) */
export const uniq = defineProgram({
  name: 'coreutils/uniq',
  usage: '[OPTION]... [INPUT [OUTPUT]]',
  short: 'cdDf:is:uw:z',
  long: `count:c repeated:d all-repeated=? skip-fields=:f group=? ignore-case:i skip-chars=:s unique:u check-chars=:w zero-terminated:z`,
  *run(ctx) {
    const [input = '-', output, extra] = ctx.operands
    if (extra !== undefined) return yield* ctx.usage(`extra operand ${quote(extra)}`)
    const numbers: Record<string, number> = {}
    for (const [letter, what] of [
      ['f', 'fields to skip'],
      ['s', 'bytes to skip'],
      ['w', 'bytes to compare'],
    ] as const) {
      const value = ctx.value(letter)
      if (value !== undefined && !/^\d+$/.test(value)) return yield* ctx.die(`${value}: invalid number of ${what}`)
      if (value !== undefined) numbers[letter] = Number(value)
    }
    const all = ctx.has('D', 'all-repeated')
    const group = ctx.has('group')
    if (group && ctx.has('c', 'd', 'D', 'u')) return yield* ctx.usage('--group is mutually exclusive with -c/-d/-D/-u')
    if (ctx.has('c') && all) return yield* ctx.usage('printing all duplicated lines and repeat counts is meaningless')
    const key = (line: string): string => {
      let at = 0
      for (let i = 0; i < (numbers['f'] ?? 0); i++) at += /^[ \t]*[^ \t]*/.exec(line.slice(at))?.[0].length ?? 0
      at += numbers['s'] ?? 0
      const text = line.slice(at, numbers['w'] === undefined ? undefined : at + numbers['w'])
      return ctx.has('i') ? text.toLowerCase() : text
    }
    const fd = yield* ctx.openInput(input)
    if (fd === undefined) return 1
    const end = ctx.has('z') ? '\0' : '\n'
    const reader = new LineReader(ctx.proc, fd, end)
    const method = ctx.value('all-repeated') ?? ctx.value('group') ?? (group ? 'separate' : 'none')
    let text = ''
    let groups = 0
    const flush = (lines: readonly string[]): void => {
      const first = lines[0]
      if (first === undefined) return
      if (group || all) {
        if (all && lines.length < 2) return
        if (method === 'prepend' || method === 'both' || (method === 'separate' && groups > 0)) text += end
        groups++
        text += lines.map((l) => l + end).join('')
        if (method === 'append') text += end
        return
      }
      if (ctx.has('d') && lines.length < 2) return
      if (ctx.has('u') && lines.length > 1) return
      text += `${ctx.has('c') ? `${String(lines.length).padStart(7)} ` : ''}${first}${end}`
    }
    let current: string[] = []
    try {
      for (;;) {
        const line = yield* reader.next()
        if (line === undefined) break
        const before = current[0]
        if (before !== undefined && key(before) === key(line)) current.push(line)
        else {
          flush(current)
          current = [line]
        }
        if (output === undefined && text !== '') {
          ctx.out.raw(text)
          text = ''
          yield* ctx.out.drain()
        }
      }
    } catch (error) {
      if (!(error instanceof Errno) || error.code === 'EPIPE') throw error
      return yield* ctx.die(`error reading ${quotefColon(input)}: ${strerror(error)}`)
    }
    flush(current)
    if (method === 'both' && groups > 0) text += end
    if (output === undefined) ctx.out.raw(text)
    else {
      try {
        yield* writeFile(ctx.proc, output, unlatin(text))
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        return yield* ctx.die(`${quotefColon(output)}: ${strerror(error)}`)
      }
    }
    return ctx.status
  },
})
