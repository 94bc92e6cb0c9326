import { Errno } from '#linux/errno.ts'
import { type Program, S } from '#linux/syscalls.ts'
import { isDirectory } from '#userland/lib/paths.ts'
import { globToRegExp } from '../lib/glob.ts'
import { isUtf8 } from '../lib/locale.ts'
import { permissionString, typeLetter } from '../lib/mode.ts'
import { type Context, defineProgram } from '../lib/program.ts'
import { humanSize } from '../lib/sizes.ts'

interface Counts {
  dirs: number
  files: number
}

/** What the branches are drawn with: in a locale of another character set than UTF-8, of ASCII. */
const LINES = {
  utf8: { branch: '├── ', last: '└── ', bar: '│\u00a0\u00a0 ' },
  ascii: { branch: '|-- ', last: '`-- ', bar: '|   ' },
}

function list(ctx: Context, path: string, indent: string, depth: number, counts: Counts): void {
  const { proc, opts } = ctx
  const lines = isUtf8(proc) ? LINES.utf8 : LINES.ascii
  const ignore = opts
    .values('I')
    .flatMap((p) => p.split('|'))
    .map((p) => globToRegExp(p))
  const only = opts
    .values('P')
    .flatMap((p) => p.split('|'))
    .map((p) => globToRegExp(p))
  let entries = proc.readdir(path).filter((e) => opts.has('a') || !e.name.startsWith('.'))
  entries = entries.filter((e) => !ignore.some((p) => p.test(e.name)))
  if (opts.has('d')) entries = entries.filter((e) => e.type === S.IFDIR)
  if (only.length > 0) entries = entries.filter((e) => e.type === S.IFDIR || only.some((p) => p.test(e.name)))
  entries.sort((a, b) => {
    if (opts.has('dirsfirst') && (a.type === S.IFDIR) !== (b.type === S.IFDIR)) return a.type === S.IFDIR ? -1 : 1
    return a.name < b.name ? -1 : 1
  })
  const max = opts.value('L')
  for (const [i, entry] of entries.entries()) {
    const last = i === entries.length - 1
    const full = `${path === '/' ? '' : path}/${entry.name}`
    const stat = proc.lstat(full)
    const extra = [
      opts.has('p') ? `${typeLetter(stat.mode)}${permissionString(stat.mode)}` : '',
      opts.has('h') ? humanSize(stat.size).padStart(4) : opts.has('s') ? String(stat.size).padStart(11) : '',
    ].filter((t) => t !== '')
    const mark =
      opts.has('F') && entry.type === S.IFDIR ? '/' : opts.has('F') && entry.type === S.IFREG && (stat.mode & 0o111) !== 0 ? '*' : ''
    const target = entry.type === S.IFLNK ? ` -> ${proc.readlink(full)}` : ''
    const name = opts.has('f') ? full : entry.name
    const branch = opts.has('i') ? '' : `${indent}${last ? lines.last : lines.branch}`
    ctx.out.put(`${branch}${extra.length > 0 ? `[${extra.join(' ')}]  ` : ''}${name}${mark}${target}\n`)
    const dir = entry.type === S.IFDIR || (entry.type === S.IFLNK && isDirectory(ctx.proc, full))
    if (dir) counts.dirs++
    else counts.files++
    if (entry.type !== S.IFDIR || (max !== undefined && depth >= Number(max))) continue
    try {
      list(ctx, full, `${indent}${last ? '    ' : lines.bar}`, depth + 1, counts)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
}

/** tree(1). */
const tree = defineProgram({
  name: 'tree/tree',
  short: 'adfiL:P:I:psghFCn',
  missing: 'C g',
  long: 'dirsfirst noreport',
  *run(ctx) {
    const counts: Counts = { dirs: 0, files: 0 }
    for (const path of ctx.operands.length === 0 ? ['.'] : ctx.operands) {
      if (!isDirectory(ctx.proc, path)) {
        ctx.out.put(`${path}  [error opening dir]\n`)
        ctx.status = 2
        continue
      }
      ctx.out.put(`${path}\n`)
      counts.dirs++
      list(ctx, path, '', 1, counts)
    }
    if (ctx.has('noreport')) return ctx.status
    const dirs = `${counts.dirs} director${counts.dirs === 1 ? 'y' : 'ies'}`
    ctx.out.put(`\n${dirs}${ctx.has('d') ? '' : `, ${counts.files} file${counts.files === 1 ? '' : 's'}`}\n`)
    yield* ctx.out.flush()
    return ctx.status
  },
})

export const programs: readonly Program[] = [tree]
