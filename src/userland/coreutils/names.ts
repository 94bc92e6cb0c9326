import { Errno, strerror } from '#linux/errno.ts'
import { S } from '#linux/syscalls.ts'
import { defineProgram } from '#userland/lib/program.ts'
import { quote, quoteaf, quotef, quotefColon } from '#userland/lib/quote.ts'
import { canonicalize, relative } from './paths.ts'

/** readlink(1) */
export const readlink = defineProgram({
  name: 'coreutils/readlink',
  usage: '[OPTION]... FILE...',
  short: 'efmnqsvz',
  long: 'canonicalize:f canonicalize-existing:e canonicalize-missing:m no-newline:n quiet:q silent:s verbose:v zero:z',
  *run(ctx) {
    if (ctx.operands.length === 0) return yield* ctx.usage('missing operand')
    const how = ctx.opts.last('e', 'f', 'm')
    const end = ctx.has('n') && ctx.operands.length === 1 ? '' : ctx.has('z') ? '\0' : '\n'
    for (const path of ctx.operands) {
      try {
        const text =
          how === undefined ? ctx.proc.readlink(path) : canonicalize(ctx.proc, path, how === 'e' ? 'none' : how === 'f' ? 'last' : 'any')
        ctx.out.put(text + end)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        ctx.status = 1
        if (ctx.has('v')) yield* ctx.warn(`${quotefColon(path)}: ${strerror(error)}`)
      }
    }
    return ctx.status
  },
})

/** realpath(1) */
export const realpath = defineProgram({
  name: 'coreutils/realpath',
  usage: '[OPTION]... FILE...',
  short: 'eLmPqsz',
  long: 'canonicalize-existing:e canonicalize-missing:m relative-to= relative-base= quiet:q strip:s no-symlinks:s zero:z logical:L physical:P',
  *run(ctx) {
    if (ctx.operands.length === 0) return yield* ctx.usage('missing operand')
    const missing = ctx.has('e') ? 'none' : ctx.has('m') ? 'any' : 'last'
    const canonical = (path: string): string => {
      if (!ctx.has('s')) return canonicalize(ctx.proc, path, missing)
      const out: string[] = []
      for (const part of (path.startsWith('/') ? path : `${ctx.proc.getcwd()}/${path}`).split('/')) {
        if (part === '..') out.pop()
        else if (part !== '' && part !== '.') out.push(part)
      }
      return `/${out.join('/')}`
    }
    const to = ctx.value('relative-to') ?? ctx.value('relative-base')
    const base = ctx.value('relative-base')
    for (const path of ctx.operands) {
      try {
        let text = canonical(path)
        const within = (dir: string): boolean => dir === '/' || text === dir || text.startsWith(`${dir}/`)
        if (to !== undefined && (base === undefined || within(canonical(base)))) text = relative(canonical(to), text)
        ctx.out.put(text + (ctx.has('z') ? '\0' : '\n'))
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        ctx.status = 1
        if (!ctx.has('q')) yield* ctx.warn(`${quotefColon(path)}: ${strerror(error)}`)
      }
    }
    return ctx.status
  },
})

/** basename(1) */
export const basename = defineProgram({
  name: 'coreutils/basename',
  usage: 'NAME [SUFFIX]\nOPTION... NAME...',
  short: 'as:z',
  long: 'multiple:a suffix=:s zero:z',
  posix: true,
  *run(ctx) {
    const suffix = ctx.value('s')
    const many = ctx.has('a') || suffix !== undefined
    if (ctx.operands.length === 0) return yield* ctx.usage('missing operand')
    if (!many && ctx.operands.length > 2) return yield* ctx.usage(`extra operand ${quote(ctx.operands[2] ?? '')}`)
    const end = ctx.has('z') ? '\0' : '\n'
    const base = (path: string, tail: string | undefined): string => {
      const trimmed = path.replace(/(.)\/+$/, '$1')
      const name = trimmed === '/' || /^\/+$/.test(trimmed) ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1)
      return tail !== undefined && tail !== '' && name !== tail && name.endsWith(tail) ? name.slice(0, -tail.length) : name
    }
    if (many) for (const path of ctx.operands) ctx.out.put(base(path, suffix) + end)
    else ctx.out.put(base(ctx.operands[0] ?? '', ctx.operands[1]) + end)
    return 0
  },
})

/** dirname(1) */
export const dirname = defineProgram({
  name: 'coreutils/dirname',
  usage: '[OPTION] NAME...',
  short: 'z',
  long: 'zero:z',
  *run(ctx) {
    if (ctx.operands.length === 0) return yield* ctx.usage('missing operand')
    for (const path of ctx.operands) {
      const trimmed = path.replace(/(.)\/+$/, '$1')
      const slash = trimmed.lastIndexOf('/')
      const dir = slash < 0 ? '.' : trimmed.slice(0, slash).replace(/\/+$/, '') || '/'
      ctx.out.put(dir + (ctx.has('z') ? '\0' : '\n'))
    }
    return 0
  },
})

/** pwd(1) */
export const pwd = defineProgram({
  name: 'coreutils/pwd',
  usage: '[OPTION]...',
  short: 'LP',
  long: 'logical:L physical:P',
  *run(ctx) {
    if (ctx.operands.length > 0) yield* ctx.warn('ignoring non-option arguments', 0)
    const { proc } = ctx
    const env = proc.getenv('PWD')
    const logical =
      ctx.opts.last('L', 'P') === 'L' || (ctx.opts.last('L', 'P') === undefined && proc.getenv('POSIXLY_CORRECT') !== undefined)
    if (logical && env?.startsWith('/') && !/(^|\/)\.\.?(\/|$)/.test(env)) {
      try {
        const a = proc.stat(env)
        const b = proc.stat('.')
        if (a.ino === b.ino && a.dev === b.dev) {
          ctx.out.put(`${env}\n`)
          return 0
        }
      } catch (error) {
        if (!(error instanceof Errno)) throw error
      }
    }
    try {
      ctx.out.put(`${proc.getcwd()}\n`)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      return yield* ctx.die(`couldn't find directory entry in ${quoteaf('..')} with matching i-node`)
    }
    return 0
  },
})

/** mktemp(1) */
export const mktemp = defineProgram({
  name: 'coreutils/mktemp',
  usage: '[OPTION]... [TEMPLATE]',
  short: 'dp:qtuV',
  long: 'directory:d dry-run:u quiet:q suffix= tmpdir=?',
  *run(ctx) {
    const { proc } = ctx
    if (ctx.operands.length > 1) return yield* ctx.usage('too many templates')
    const given = ctx.operands[0]
    let template = (given ?? 'tmp.XXXXXXXXXX') + (ctx.value('suffix') ?? '')
    const suffix = ctx.value('suffix') ?? /X([^X/]*)$/.exec(template)?.[1] ?? ''
    const head = template.slice(0, template.length - suffix.length)
    const xs = /X*$/.exec(head)?.[0].length ?? 0
    if (xs < 3) return yield* ctx.die(`too few X's in template ${quote(given ?? template)}`)
    const tmpdir = ctx.value('p') ?? ctx.value('tmpdir') ?? proc.getenv('TMPDIR') ?? '/tmp'
    if (given === undefined || ctx.has('p', 'tmpdir', 't')) {
      if (template.startsWith('/')) return yield* ctx.die(`invalid template, ${quote(template)}; with --tmpdir, it may not be absolute`)
      template = `${tmpdir || '/tmp'}/${template}`
    }
    const start = template.length - suffix.length - xs
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
    for (let tries = 0; tries < 100; tries++) {
      const random = [...proc.getrandom(xs)].map((b) => letters.charAt(b % letters.length)).join('')
      const path = template.slice(0, start) + random + suffix
      try {
        if (ctx.has('u')) proc.lstat(path)
        else if (ctx.has('d')) proc.mkdir(path, 0o700)
        else proc.close(yield* proc.open(path, 0o302, 0o600))
        if (ctx.has('u')) continue
        ctx.out.put(`${path}\n`)
        return 0
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        if (ctx.has('u') && error.code === 'ENOENT') {
          ctx.out.put(`${path}\n`)
          return 0
        }
        if (error.code === 'EEXIST') continue
        if (ctx.has('q')) return 1
        return yield* ctx.die(`failed to create ${ctx.has('d') ? 'directory' : 'file'} via template ${quote(template)}: ${strerror(error)}`)
      }
    }
    return 1
  },
})

/** pathchk(1): only the portable checks and the length limits. */
export const pathchk = defineProgram({
  name: 'coreutils/pathchk',
  usage: '[OPTION]... NAME...',
  short: 'pP',
  long: 'portability',
  *run(ctx) {
    if (ctx.operands.length === 0) return yield* ctx.usage('missing operand')
    for (const path of ctx.operands) {
      const odd = /[^A-Za-z0-9._/-]/.exec(path)
      if (path === '' && ctx.has('P', 'portability')) yield* ctx.warn('empty file name')
      else if (ctx.has('P', 'portability') && /(^|\/)-/.test(path))
        yield* ctx.warn(`leading '-' in a component of file name ${quoteaf(path)}`)
      else if (ctx.has('p', 'portability') && odd !== null)
        yield* ctx.warn(`nonportable character ${quote(odd[0])} in file name ${quoteaf(path)}`)
      else if (path.split('/').some((part) => part.length > (ctx.has('p', 'portability') ? 14 : 255))) {
        const part = path.split('/').find((p) => p.length > (ctx.has('p', 'portability') ? 14 : 255)) ?? ''
        yield* ctx.warn(
          `limit ${ctx.has('p', 'portability') ? 14 : 255} exceeded by length ${part.length} of file name component ${quoteaf(part)}`,
        )
      } else {
        try {
          ctx.proc.lstat(path)
        } catch (error) {
          if (!(error instanceof Errno)) throw error
          if (error.code !== 'ENOENT' || path === '') yield* ctx.warn(`${quotefColon(path)}: ${strerror(error)}`)
        }
      }
    }
    return ctx.status
  },
})

/** link(1), unlink(1): the bare system calls. */
export const link = defineProgram({
  name: 'coreutils/link',
  usage: 'FILE1 FILE2',
  *run(ctx) {
    const [from, to, extra] = ctx.operands
    if (from === undefined) return yield* ctx.usage('missing operand')
    if (to === undefined) return yield* ctx.usage(`missing operand after ${quote(from)}`)
    if (extra !== undefined) return yield* ctx.usage(`extra operand ${quote(extra)}`)
    try {
      ctx.proc.link(from, to)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      return yield* ctx.die(`cannot create link ${quoteaf(to)} to ${quoteaf(from)}: ${strerror(error)}`)
    }
    return 0
  },
})

export const unlink = defineProgram({
  name: 'coreutils/unlink',
  usage: 'FILE',
  *run(ctx) {
    const [path, extra] = ctx.operands
    if (path === undefined) return yield* ctx.usage('missing operand')
    if (extra !== undefined) return yield* ctx.usage(`extra operand ${quote(extra)}`)
    try {
      ctx.proc.unlink(path)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      return yield* ctx.die(`cannot unlink ${quoteaf(path)}: ${strerror(error)}`)
    }
    return 0
  },
})

/** mkfifo(1) */
export const mkfifo = defineProgram({
  name: 'coreutils/mkfifo',
  usage: '[OPTION]... NAME...',
  short: 'm:Z',
  long: 'mode=:m context=?',
  *run(ctx) {
    if (ctx.operands.length === 0) return yield* ctx.usage('missing operand')
    const mode = ctx.value('m')
    if (mode !== undefined && !/^[0-7]+$/.test(mode)) return yield* ctx.notModelled('with a symbolic mode')
    for (const path of ctx.operands) {
      try {
        ctx.proc.mknod(path, S.IFIFO | 0o666)
        if (mode !== undefined) ctx.proc.chmod(path, Number.parseInt(mode, 8))
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* ctx.warn(`cannot create fifo ${quoteaf(path)}: ${strerror(error)}`)
      }
    }
    return ctx.status
  },
})

/** mknod(1) */
export const mknod = defineProgram({
  name: 'coreutils/mknod',
  usage: '[OPTION]... NAME TYPE [MAJOR MINOR]',
  short: 'm:Z',
  long: 'mode=:m context=?',
  *run(ctx) {
    const [path, type, major, minor, extra] = ctx.operands
    if (path === undefined) return yield* ctx.usage('missing operand')
    if (type === undefined) return yield* ctx.usage(`missing operand after ${quote(path)}`)
    const wanted = type === 'p' ? 2 : 4
    if (ctx.operands.length < wanted) {
      yield* ctx.warn(`missing operand after ${quote(ctx.operands.at(-1) ?? '')}`)
      if (wanted === 4 && ctx.operands.length === 2) yield* ctx.warn('Special files require major and minor device numbers.')
      return yield* ctx.usage()
    }
    if (ctx.operands.length > wanted) return yield* ctx.usage(`extra operand ${quote((wanted === 2 ? major : extra) ?? '')}`)
    const format = type === 'b' ? S.IFBLK : type === 'c' || type === 'u' ? S.IFCHR : type === 'p' ? S.IFIFO : undefined
    if (format === undefined) return yield* ctx.usage(`invalid device type ${quote(type)}`)
    const mode = ctx.value('m')
    try {
      const ma = Number(major ?? 0)
      const mi = Number(minor ?? 0)
      ctx.proc.mknod(path, format | 0o666, (mi & 0xff) | (ma << 8) | ((mi & 0xfff00) << 12))
      if (mode !== undefined) ctx.proc.chmod(path, Number.parseInt(mode, 8))
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      return yield* ctx.die(`${quotef(path)}: ${strerror(error)}`)
    }
    return 0
  },
})
