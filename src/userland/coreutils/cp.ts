import { Errno } from '#linux/errno.ts'
import { defineProgram } from '#userland/lib/program.ts'
import { quote } from '#userland/lib/quote.ts'
import { backupOption, Copier, type CopyOptions, destination, joinPath, lastPart } from './copy.ts'

type Kept = CopyOptions['preserve'] extends ReadonlySet<infer T> ? T : never

/** cp(1) */
export const cp = defineProgram({
  name: 'coreutils/cp',
  usage: '[OPTION]... [-T] SOURCE DEST\n[OPTION]... SOURCE... DIRECTORY\n[OPTION]... -t DIRECTORY SOURCE...',
  short: 'abdfiHlLnprst:uvxPRS:TZ',
  long: `archive:a attributes-only backup=? copy-contents dereference:L force:f interactive:i link:l no-clobber:n no-dereference:P
    no-preserve= no-target-directory:T one-file-system:x parents preserve=? recursive:r reflink=? remove-destination sparse=
    strip-trailing-slashes suffix=:S symbolic-link:s target-directory=:t update:u verbose:v context=?`,
  *run(ctx) {
    const keep = new Set<Kept>()
    let follow: CopyOptions['follow'] | undefined
    let existing: CopyOptions['existing'] = 'overwrite'
    for (const { name, value } of ctx.opts.list) {
      if (name === 'a') {
        for (const k of ['mode', 'ownership', 'timestamps', 'links', 'xattr'] as const) keep.add(k)
        follow = 'none'
      } else if (name === 'd') {
        keep.add('links')
        follow = 'none'
      } else if (name === 'p' || name === 'preserve') {
        for (const word of (value ?? 'mode,ownership,timestamps').split(',')) {
          if (word === 'all') for (const k of ['mode', 'ownership', 'timestamps', 'links', 'xattr'] as const) keep.add(k)
          else if (['mode', 'ownership', 'timestamps', 'links', 'xattr', 'context'].includes(word)) keep.add(word as Kept)
          else return yield* ctx.usage(`invalid argument ${quote(word)} for ${quote('--preserve')}`)
        }
      } else if (name === 'no-preserve') for (const word of (value ?? '').split(',')) keep.delete(word as Kept)
      else if (name === 'P') follow = 'none'
      else if (name === 'H') follow = 'arguments'
      else if (name === 'L') follow = 'all'
      else if (name === 'i') existing = 'ask'
      else if (name === 'n') existing = 'skip'
    }
    const recursive = ctx.has('r', 'R', 'a')
    const { sources, directory, target } = yield* destination(ctx)
    const copier = new Copier(ctx, {
      recursive,
      follow: follow ?? (recursive ? 'none' : 'all'),
      preserve: keep,
      force: ctx.has('f'),
      existing,
      update: ctx.has('u'),
      verbose: ctx.has('v'),
      link: ctx.has('l') ? 'hard' : ctx.has('s') ? 'symbolic' : 'no',
      removeDestination: ctx.has('remove-destination'),
      attributesOnly: ctx.has('attributes-only'),
      oneFileSystem: ctx.has('x'),
      backup: backupOption(ctx),
      parents: ctx.has('parents'),
    })
    for (const given of sources) {
      const source = ctx.has('strip-trailing-slashes') ? given.replace(/(.)\/+$/, '$1') : given
      let to = target
      if (directory !== undefined) {
        if (ctx.has('parents')) {
          const parts = source.replace(/\/+$/, '').split('/').slice(0, -1)
          for (let i = 1; i <= parts.length; i++) {
            const dir = joinPath(directory, parts.slice(0, i).join('/'))
            try {
              ctx.proc.mkdir(dir)
              if (ctx.has('v')) ctx.out.put(`${parts.slice(0, i).join('/')} -> ${dir}\n`)
            } catch (error) {
              if (!(error instanceof Errno)) throw error
            }
          }
          to = joinPath(directory, source.replace(/\/+$/, ''))
        } else to = lastPart(source) === '..' ? directory : joinPath(directory, lastPart(source))
      } else if (ctx.has('parents')) return yield* ctx.usage('with --parents, the destination must be a directory')
      if (!(yield* copier.copy(source, to))) ctx.status = 1
      yield* ctx.out.drain()
    }
    return ctx.status
  },
})
