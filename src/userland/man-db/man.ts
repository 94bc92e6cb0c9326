import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { withEnv } from '../lib/exec.ts'
import { bytesOf, say, unlatin, writeAll } from '../lib/io.ts'
import { type Context, defineProgram } from '../lib/program.ts'
import { layout } from './layout.ts'
import { type Page, pagesNamed, SECTIONS } from './page.ts'
import { apropos, whatis } from './whatis.ts'

/** Nothing was found. Source: man(1), EXIT STATUS. */
const NOT_FOUND = 16

/** Columns of a page: MANWIDTH, else the terminal's, else COLUMNS, else 80; two of them stay free. */
function width(proc: Proc): number {
  const told = [proc.getenv('MANWIDTH'), proc.isatty(1) ? String(proc.getWinSize(1).cols) : undefined, proc.getenv('COLUMNS'), '80']
  const columns = told.map(Number).find((n) => n > 0) ?? 80
  return Math.max(38, columns - 2)
}

/** Shows a page in the pager. Whether it ended well. */
function* show(proc: Proc, page: Page): Sim<void> {
  const terminal = proc.isatty(1)
  const text = layout(page, width(proc), terminal)
  if (!terminal) {
    yield* writeAll(proc, 1, unlatin(bytesOf(text)))
    return
  }
  const { read, write } = proc.pipe()
  const pid = proc.fork(function* (child) {
    child.dup2(read, 0)
    child.close(read)
    child.close(write)
    return yield* child.exec('/usr/bin/less', ['less', '-R'], withEnv(child.environ, 'MAN_PN', `${page.name}(${page.section})`))
  })
  proc.close(read)
  proc.sigaction(13, 'ignore')
  proc.sigaction(2, 'ignore')
  try {
    yield* writeAll(proc, write, unlatin(bytesOf(text)))
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  proc.close(write)
  yield* proc.wait(pid)
}

/** Where man-db would keep the page. */
const fileOf = (page: Page): string => `/usr/share/man/man${page.section.charAt(0)}/${page.name}.${page.section}.gz`

/** `ls.1` and `ls(1)` as well as `ls`. */
function named(word: string): [name: string, section: string | undefined] {
  const m = /^(.+?)(?:\.([1-9])|\(([1-9])\))$/.exec(word)
  return m === null ? [word, undefined] : [m[1] ?? '', m[2] ?? m[3]]
}

function* run(ctx: Context): Sim<number> {
  const { proc } = ctx
  if (ctx.has('k')) return yield* apropos(ctx)
  if (ctx.has('f')) return yield* whatis(ctx)
  const words = [...ctx.operands]
  if (ctx.has('w') && words.length === 0) {
    ctx.out.put('/usr/local/man:/usr/local/share/man:/usr/share/man\n')
    return 0
  }
  let section = ctx.value('s')
  if (section === undefined && words[0] !== undefined && SECTIONS.includes(words[0])) section = words.shift()
  if (words.length === 0) {
    const where = section === undefined ? '' : ` from section ${section}`
    yield* say(proc, 2, `What manual page do you want${where}?\nFor example, try 'man man'.\n`)
    return 1
  }
  for (const word of words) {
    const all = pagesNamed(word, section)
    const [name, own] = named(word)
    const found = all.length > 0 ? all : pagesNamed(name, own ?? section)
    if (found.length === 0) {
      yield* ctx.out.flush()
      yield* say(proc, 2, `No manual entry for ${word}${section === undefined ? '' : ` in section ${section}`}\n`)
      ctx.status = NOT_FOUND
      continue
    }
    for (const page of ctx.has('a') ? found : found.slice(0, 1)) {
      if (ctx.has('w')) ctx.out.put(`${fileOf(page)}\n`)
      else yield* show(proc, page)
    }
  }
  return ctx.status
}

/** man(1). Differs: pages are this program's own, there are no files in /usr/share/man; text is not justified. */
export const man = defineProgram({
  name: 'man-db/man',
  usage: '[OPTION...] [SECTION] PAGE...',
  version: '2.11.2',
  short: 'akfws:S:P:',
  long: 'all:a apropos:k whatis:f where:w path:w location:w sections=:s pager=:P',
  missing: 'K l W c d D H i I L m M r R t T u X 7 C global-apropos local-file regex wildcard locale systems html ditroff troff',
  run,
})
