import { Errno } from '#linux/errno.ts'
import { S } from '#linux/syscalls.ts'
import { defineProgram } from '#userland/lib/program.ts'
import { quotef } from '#userland/lib/quote.ts'
import { isUtf8 } from '../lib/locale.ts'

interface Counts {
  lines: number
  words: number
  chars: number
  bytes: number
  longest: number
}

/** wc(1) */
export const wc = defineProgram({
  name: 'coreutils/wc',
  usage: '[OPTION]... [FILE]...\n[OPTION]... --files0-from=F',
  short: 'clLmw',
  long: 'bytes:c chars:m lines:l words:w max-line-length:L',
  missing: 'files0-from',
  *run(ctx) {
    const { proc } = ctx
    const utf8 = isUtf8(proc)
    const any = ctx.has('c', 'l', 'L', 'm', 'w')
    const want = {
      lines: !any || ctx.has('l'),
      words: !any || ctx.has('w'),
      chars: ctx.has('m'),
      bytes: !any || ctx.has('c'),
      longest: ctx.has('L'),
    }
    const columns = Object.values(want).filter((w) => w).length
    const total: Counts = { lines: 0, words: 0, chars: 0, bytes: 0, longest: 0 }
    const names = ctx.operands
    let width = 1
    if (!(names.length <= 1 && columns === 1)) {
      let sum = 0
      for (const name of names.length === 0 ? ['-'] : names) {
        try {
          const stat = name === '-' ? proc.fstat(0) : proc.stat(name)
          if ((stat.mode & S.IFMT) === S.IFREG) sum += stat.size
          else width = 7
        } catch (error) {
          if (!(error instanceof Errno)) throw error
        }
      }
      width = Math.max(width, String(sum).length)
    }
    const row = (c: Counts, name: string | undefined): void => {
      const fields: string[] = []
      for (const key of ['lines', 'words', 'chars', 'bytes', 'longest'] as const) if (want[key]) fields.push(String(c[key]).padStart(width))
      ctx.out.put(`${fields.join(' ')}${name === undefined ? '' : ` ${quotef(name)}`}\n`)
    }
    const scans = want.lines || want.words || want.longest
    yield* ctx.eachInput(names, function* (fd, name) {
      const counts: Counts = { lines: 0, words: 0, chars: 0, bytes: 0, longest: 0 }
      let inWord = false
      let position = 0
      try {
        for (;;) {
          const chunk = yield* proc.read(fd, 65_536)
          if (chunk.length === 0) break
          counts.bytes += chunk.length
          if (!utf8) counts.chars += chunk.length
          else for (const b of chunk) if ((b & 0xc0) !== 0x80) counts.chars++
          if (!scans) continue
          for (const c of chunk) {
            const space = c === 32 || (c >= 9 && c <= 13)
            if (c === 10) counts.lines++
            if (c === 10 || c === 12 || c === 13) {
              counts.longest = Math.max(counts.longest, position)
              position = 0
            } else if (c === 9) position += 8 - (position % 8)
            else if (c >= 32 && c < 127) position++
            if (space) inWord = false
            else if (!inWord && ((c > 32 && c < 127) || (utf8 && c >= 128))) {
              inWord = true
              counts.words++
            }
          }
        }
      } catch (error) {
        if (!(error instanceof Errno) || error.code === 'EPIPE') throw error
        yield* ctx.warnFile(name, error)
      }
      counts.longest = Math.max(counts.longest, position)
      row(counts, names.length === 0 ? undefined : name)
      for (const key of ['lines', 'words', 'chars', 'bytes'] as const) total[key] += counts[key]
      total.longest = Math.max(total.longest, counts.longest)
    })
    if (names.length > 1) row(total, 'total')
    return ctx.status
  },
})
