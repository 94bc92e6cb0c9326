import { defineProgram } from '#userland/lib/program.ts'

const TYPES =
  'rs=0:di=01;34:ln=01;36:mh=00:pi=40;33:so=01;35:do=01;35:bd=40;33;01:cd=40;33;01:or=40;31;01:mi=00:su=37;41:sg=30;43:ca=00:tw=30;42:ow=34;42:st=37;44:ex=01;32'
const ARCHIVES =
  'tar tgz arc arj taz lha lz4 lzh lzma tlz txz tzo t7z zip z dz gz lrz lz lzo xz zst tzst bz2 bz tbz tbz2 tz deb rpm jar war ear sar rar alz ace zoo cpio 7z rz cab wim swm dwm esd'
const IMAGES =
  'avif jpg jpeg mjpg mjpeg gif bmp pbm pgm ppm tga xbm xpm tif tiff png svg svgz mng pcx mov mpg mpeg m2v mkv webm webp ogm mp4 m4v mp4v vob qt nuv wmv asf rm rmvb flc avi fli flv gl dl xcf xwd yuv cgm emf ogv ogx'
const SOUNDS = 'aac au flac m4a mid midi mka mp3 mpc ogg ra wav oga opus spx xspf'
const BACKUPS = [
  '~',
  '#',
  '.bak',
  '.crdownload',
  '.dpkg-dist',
  '.dpkg-new',
  '.dpkg-old',
  '.dpkg-tmp',
  '.old',
  '.orig',
  '.part',
  '.rej',
  '.rpmnew',
  '.rpmorig',
  '.rpmsave',
  '.swp',
  '.tmp',
  '.ucf-dist',
  '.ucf-new',
  '.ucf-old',
]

/** The built-in database as LS_COLORS has it. */
function builtin(): string {
  const all = (list: string, colour: string): string =>
    list
      .split(' ')
      .map((suffix) => `*.${suffix}=${colour}:`)
      .join('')
  return `${TYPES}:${all(ARCHIVES, '01;31')}${all(IMAGES, '01;35')}${all(SOUNDS, '00;36')}${BACKUPS.map((suffix) => `*${suffix}=00;90:`).join('')}`
}

/** Prints commands that set LS_COLORS. Source: dircolors(1). */
export const dircolors = defineProgram({
  name: 'coreutils/dircolors',
  usage: '[OPTION]... [FILE]',
  short: 'bcp',
  long: 'sh:b bourne-shell:b csh:c c-shell:c print-database:p print-ls-colors',
  *run(ctx) {
    if (ctx.operands.length > 0) return yield* ctx.notModelled('FILE')
    if (ctx.has('p', 'print-ls-colors')) return yield* ctx.notModelled('--print-database')
    ctx.out.put(ctx.has('c') ? `setenv LS_COLORS '${builtin()}'\n` : `LS_COLORS='${builtin()}';\nexport LS_COLORS\n`)
    return 0
  },
})
