import { Errno, strerror } from '#linux/errno.ts'
import { O, type Program, S } from '#linux/syscalls.ts'
import { latin } from '../lib/io.ts'
import { defineProgram } from '../lib/program.ts'

/** What the first bytes of a file say it is: the kinds a learner meets. */
function kind(head: string, size: number): string {
  if (size === 0) return 'empty'
  if (head.startsWith('\x7fELF')) {
    const library = head.includes('soname')
    return library
      ? 'ELF 64-bit LSB shared object, x86-64, version 1 (SYSV), dynamically linked, stripped'
      : 'ELF 64-bit LSB pie executable, x86-64, version 1 (SYSV), dynamically linked, interpreter /lib64/ld-linux-x86-64.so.2, for GNU/Linux 3.2.0, stripped'
  }
  const interpreter = /^#! ?(\S+)(?: (\S+))?/.exec(head)
  const ascii = !/[^\x07-\x0d\x1b\x20-\x7e]/.test(head)
  if (interpreter !== null) {
    const path = interpreter[1] ?? ''
    const name = path.endsWith('/env') ? (interpreter[2] ?? path) : path
    const base = name.slice(name.lastIndexOf('/') + 1)
    const what =
      base === 'bash'
        ? 'Bourne-Again shell script'
        : base === 'sh' || base === 'dash'
          ? 'POSIX shell script'
          : base.startsWith('python')
            ? 'Python script'
            : `a ${name} script`
    return `${what}, ${ascii ? 'ASCII' : 'Unicode text, UTF-8'} text executable`
  }
  if (head.startsWith('\x1f\x8b')) return 'gzip compressed data, from Unix'
  if (head.startsWith('PK\x03\x04')) return 'Zip archive data'
  if (head.startsWith('\x89PNG')) return 'PNG image data'
  if (head.startsWith('!<arch>\ndebian')) return 'Debian binary package (format 2.0)'
  if (head.slice(257, 262) === 'ustar') return 'POSIX tar archive (GNU)'
  if (head.startsWith('TZif')) return 'timezone data (fat), version 2'
  if (head.startsWith('-----BEGIN CERTIFICATE')) return 'PEM certificate'
  if (head.startsWith('-----BEGIN ') && head.includes('PRIVATE KEY')) return 'PEM RSA private key'
  if (/^\s*[{[]/.test(head) && /[}\]]\s*$/.test(head)) return 'JSON text data'
  if (head.includes('\0')) return 'data'
  const lines = head.includes('\r\n') ? ', with CRLF line terminators' : head.includes('\n') ? '' : ', with no line terminators'
  if (ascii) return `ASCII text${lines}`
  return `Unicode text, UTF-8 text${lines}`
}

/** file(1) in outline: what a file is, by its first bytes. */
const file = defineProgram({
  name: 'file/file',
  short: 'biLhsz',
  long: 'brief:b mime:i mime-type dereference:L no-dereference:h',
  *run(ctx) {
    const { proc } = ctx
    if (ctx.operands.length === 0) return yield* ctx.die('missing operand')
    const width = Math.max(...ctx.operands.map((name) => name.length))
    for (const name of ctx.operands) {
      let text: string
      let mime = 'inode/x-empty'
      try {
        const stat = ctx.has('L') ? proc.stat(name) : proc.lstat(name)
        const type = stat.mode & S.IFMT
        if (type === S.IFDIR) [text, mime] = [(stat.mode & S.ISVTX) !== 0 ? 'sticky, directory' : 'directory', 'inode/directory']
        else if (type === S.IFLNK)
          [text, mime] = [`${proc.access(name, '') ? 'symbolic' : 'broken symbolic'} link to ${proc.readlink(name)}`, 'inode/symlink']
        else if (type === S.IFIFO) [text, mime] = ['fifo (named pipe)', 'inode/fifo']
        else if (type === S.IFSOCK) [text, mime] = ['socket', 'inode/socket']
        else if (type === S.IFCHR)
          [text, mime] = [`character special (${(stat.rdev >> 8) & 0xfff}/${stat.rdev & 0xff})`, 'inode/chardevice']
        else if (type === S.IFBLK) [text, mime] = [`block special (${(stat.rdev >> 8) & 0xfff}/${stat.rdev & 0xff})`, 'inode/blockdevice']
        else {
          const fd = yield* proc.open(name, O.RDONLY)
          const head = latin(yield* proc.read(fd, 4096))
          proc.close(fd)
          text = kind(head, stat.size)
          mime = text.startsWith('ELF')
            ? 'application/x-pie-executable'
            : text.includes('shell script')
              ? 'text/x-shellscript'
              : text.includes('JSON')
                ? 'application/json'
                : text.startsWith('gzip')
                  ? 'application/gzip'
                  : text.includes('text')
                    ? 'text/plain'
                    : text === 'empty'
                      ? mime
                      : 'application/octet-stream'
          if (ctx.has('i'))
            mime += `; charset=${text.includes('UTF-8') ? 'utf-8' : mime.startsWith('text') || text.includes('JSON') ? 'us-ascii' : 'binary'}`
          const bits = [stat.mode & S.ISUID ? 'setuid' : '', stat.mode & S.ISGID ? 'setgid' : ''].filter((b) => b !== '')
          if (bits.length > 0) text = `${bits.join(', ')} ${text}`
        }
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        const why = error.code === 'EACCES' ? 'regular file, no read permission' : `cannot open \`${name}' (${strerror(error)})`
        text = mime = why
      }
      const shown = ctx.has('i', 'mime-type') ? mime : text
      ctx.out.put(ctx.has('b') ? `${shown}\n` : `${`${name}:`.padEnd(width + 1)} ${shown}\n`)
    }
    return 0
  },
})

export const programs: readonly Program[] = [file]
