import type { GlobOptions } from '../expand/glob.ts'
import type { Shell } from './shell.ts'

/** How file names are matched now; `o`: as it was before, kept while nothing has changed. */
export function globOptions(sh: Shell, o: GlobOptions | undefined): GlobOptions {
  const { shopts } = sh
  if (
    o !== undefined &&
    o.dotglob === shopts.dotglob &&
    o.globstar === shopts.globstar &&
    o.dots !== shopts.globskipdots &&
    o.extglob === shopts.extglob &&
    o.nocase === shopts.nocaseglob &&
    o.utf8 === sh.utf8
  )
    return o
  const ignore = sh.get('GLOBIGNORE')
  return {
    extglob: shopts.extglob === true,
    nocase: shopts.nocaseglob === true,
    utf8: sh.utf8,
    dotglob: shopts.dotglob === true,
    globstar: shopts.globstar === true,
    dots: shopts.globskipdots !== true,
    ...(ignore ? { ignore: ignore.split(':') } : {}),
  }
}
