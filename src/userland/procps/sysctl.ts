import { Errno, strerror } from '#linux/errno.ts'
import { S } from '#linux/syscalls.ts'
import { decode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { statOf } from '#userland/lib/paths.ts'
import { readFile, slurp, writeFile } from '../lib/io.ts'
import { type Context, defineProgram } from '../lib/program.ts'

const ROOT = '/proc/sys/'
/** Files of `sysctl --system`, in order. */
const DIRS = ['/etc/sysctl.d', '/run/sysctl.d', '/usr/local/lib/sysctl.d', '/usr/lib/sysctl.d', '/lib/sysctl.d']

/** `net.ipv4.ip_forward` as a path; a name with slashes is one already. Dots inside names are slashes and vice versa. */
function pathOf(name: string): string {
  const slash = name.indexOf('/')
  const dot = name.indexOf('.')
  if (slash >= 0 && (dot < 0 || slash < dot)) return ROOT + name
  return ROOT + name.replace(/[./]/g, (c) => (c === '.' ? '/' : '.'))
}

function nameOf(path: string): string {
  return path.slice(ROOT.length).replace(/[./]/g, (c) => (c === '/' ? '.' : '/'))
}

/** sysctl(8) of procps. */
export const sysctl = defineProgram({
  name: 'procps/sysctl',
  usage: '[options] [variable[=value] ...]',
  short: 'aAXbdeNnp::fqwr:xo',
  long: 'all:a binary:b deprecated ignore:e names:N values:n load=?:p quiet:q write:w pattern=:r system dry-run',
  missing: 'dry-run',
  *run(ctx) {
    let status = 0
    if (ctx.has('a', 'A', 'X')) {
      yield* walk(ctx, ROOT.slice(0, -1))
      return 0
    }
    if (ctx.has('system')) return yield* system(ctx)
    if (ctx.has('p')) {
      const files = [...ctx.opts.values('p').filter((v) => v !== ''), ...ctx.operands]
      for (const file of files.length === 0 ? ['/etc/sysctl.conf'] : files) status = Math.max(status, yield* load(ctx, file))
      return status
    }
    if (ctx.operands.length === 0) {
      ctx.out.put('\nUsage:\n sysctl [options] [variable[=value] ...]\n\nFor more details see sysctl(8).\n')
      return 1
    }
    for (const word of ctx.operands) {
      const eq = word.indexOf('=')
      if (eq < 0 && ctx.has('w')) {
        yield* ctx.warn(`"${word}" must be of the form name=value`)
        status = 1
      } else if (eq >= 0) status = Math.max(status, yield* set(ctx, word.slice(0, eq).trim(), word.slice(eq + 1).trim()))
      else status = Math.max(status, yield* show(ctx, pathOf(word), word))
    }
    return status
  },
})

function* show(ctx: Context, path: string, asked: string): Sim<number> {
  const { proc } = ctx
  try {
    if ((proc.stat(path).mode & S.IFMT) === S.IFDIR) {
      yield* walk(ctx, path)
      return 0
    }
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    if (ctx.has('e')) return 0
    yield* ctx.out.flush()
    yield* ctx.warn(`cannot stat ${path}: ${strerror(error)}`)
    return 1
  }
  return yield* showValue(ctx, path, asked)
}

function* showValue(ctx: Context, path: string, asked: string): Sim<number> {
  try {
    const text = decode(yield* readFile(ctx.proc, path))
    const name = nameOf(path)
    for (const line of text.replace(/\n$/, '').split('\n')) {
      if (ctx.has('N')) ctx.out.put(`${name}\n`)
      else ctx.out.put(ctx.has('n') ? `${line}\n` : `${name} = ${line}\n`)
      if (ctx.has('N')) break
    }
    return 0
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    if (ctx.has('e')) return 0
    yield* ctx.warn(error.code === 'EACCES' ? `permission denied on key '${asked}'` : `reading key "${asked}": ${strerror(error)}`)
    return 1
  }
}

function* walk(ctx: Context, dir: string): Sim<void> {
  const { proc } = ctx
  const entries = [...proc.readdir(dir)].sort((a, b) => (a.name < b.name ? -1 : 1))
  const pattern = ctx.value('r')
  for (const entry of entries) {
    const path = `${dir}/${entry.name}`
    if (entry.type === S.IFDIR) yield* walk(ctx, path)
    else {
      const name = nameOf(path)
      if (pattern !== undefined && !new RegExp(pattern).test(name)) continue
      if ((proc.stat(path).mode & 0o444) !== 0) yield* showValue(ctx, path, name)
    }
    yield* ctx.out.drain()
  }
}

function* set(ctx: Context, name: string, value: string): Sim<number> {
  const path = pathOf(name)
  const { proc } = ctx
  const ignore = name.startsWith('-')
  const target = ignore ? pathOf(name.slice(1)) : path
  try {
    if (statOf(proc, target) === undefined) throw new Errno('ENOENT')
    yield* writeFile(proc, target, `${value}\n`)
    if (!ctx.has('q')) ctx.out.put(ctx.has('n') ? `${value}\n` : `${nameOf(target)} = ${value}\n`)
    return 0
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    if (ctx.has('e') || ignore) return 0
    yield* ctx.out.flush()
    if (error.code === 'ENOENT') yield* ctx.warn(`cannot stat ${target}: ${strerror(error)}`)
    else if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS')
      yield* ctx.warn(
        `permission denied on key "${name}"${error.code === 'EACCES' || error.code === 'EPERM' ? '' : `: ${strerror(error)}`}`,
      )
    else yield* ctx.warn(`setting key "${name}": ${strerror(error)}`)
    return 1
  }
}

function* load(ctx: Context, file: string): Sim<number> {
  const text = yield* slurp(ctx.proc, file)
  if (text === undefined) {
    yield* ctx.warn(`cannot open "${file}": No such file or directory`)
    return 1
  }
  let status = 0
  for (const raw of text.split('\n')) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue
    const eq = line.indexOf('=')
    if (eq < 0) continue
    status = Math.max(status, yield* set(ctx, line.slice(0, eq).trim(), line.slice(eq + 1).trim()))
  }
  return status
}

function* system(ctx: Context): Sim<number> {
  const { proc } = ctx
  const seen = new Map<string, string>()
  for (const dir of DIRS) {
    if (statOf(proc, dir) === undefined) continue
    for (const { name } of proc.readdir(dir)) if (name.endsWith('.conf') && !seen.has(name)) seen.set(name, `${dir}/${name}`)
  }
  let status = 0
  for (const name of [...seen.keys()].sort()) {
    const file = seen.get(name) ?? ''
    ctx.out.put(`* Applying ${file} ...\n`)
    status = Math.max(status, yield* load(ctx, file))
  }
  if (statOf(proc, '/etc/sysctl.conf') !== undefined) {
    ctx.out.put('* Applying /etc/sysctl.conf ...\n')
    status = Math.max(status, yield* load(ctx, '/etc/sysctl.conf'))
  }
  return status
}
