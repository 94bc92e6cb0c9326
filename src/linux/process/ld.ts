import type { ElfHeader } from '../elf.ts'
import { attempt, Errno } from '../errno.ts'
import { O, S } from '../syscalls.ts'
import type { VfsPath } from '../vfs/types.ts'
import { imageOf, readHead } from './exec.ts'
import type { Process } from './process.ts'

/** Where Debian's ld.so looks without a cache, and musl's without a path file. */
const GLIBC_PATH = ['/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu', '/lib', '/usr/lib', '/lib64', '/usr/lib64']
const MUSL_PATH = ['/lib', '/usr/local/lib', '/usr/lib']

/**
 * What the dynamic loader says when a library is missing, with its newline; undefined when all are there. Libraries are
 * looked for breadth first, those that libraries need too. Source: ld.so(8).
 */
export function missingLibrary(p: Process, program: ElfHeader): string | undefined {
  if (program.interp === undefined) return undefined
  const seen = (file: string, content = true): void => traceFile(p, file, content)
  if (p.tracee !== undefined && !program.interp.includes('musl')) {
    p.tracee.loader(
      'access',
      ['/etc/ld.so.preload', 'r'],
      attempt(() => p.kernel.vfs.stat(p.fs, '/etc/ld.so.preload')),
    )
    seen('/etc/ld.so.cache', false)
  }
  return firstMissing(p, program, program.interp, seen)
}

/** What a tracer sees of the loader: each file that it tries to open. */
function traceFile(p: Process, file: string, content: boolean): void {
  const { tracee } = p
  if (tracee === undefined) return
  const { vfs } = p.kernel
  const stat = attempt(() => vfs.stat(p.fs, file))
  const fd = p.files.nextFree()
  const flags = O.RDONLY | O.CLOEXEC
  if (stat instanceof Errno) {
    tracee.loader('open', [file, flags], stat)
    return
  }
  const name = vfs.pathName(p.fs, vfs.resolve(p.fs, file))
  tracee.loader('open', [file, flags], fd, name)
  if (content) tracee.loader('read', [fd, 832], readHead(p, vfs.resolve(p.fs, file)).subarray(0, 832), name)
  tracee.loader('fstat', [fd], stat, name)
  tracee.loader('close', [fd], undefined, name)
}

function firstMissing(p: Process, program: ElfHeader, interp: string, tried: (file: string) => void): string | undefined {
  const musl = interp.includes('musl')
  const own = p.getenv('LD_LIBRARY_PATH')
  const path = [...(own === undefined || own === '' ? [] : own.split(/[:;]/)), ...(musl ? MUSL_PATH : GLIBC_PATH)]
  const argv0 = p.argv[0] ?? p.comm
  const seen = new Set<string>()
  const queue = [...(program.needed ?? [])]
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    if (seen.has(name)) continue
    seen.add(name)
    const itself = interp.endsWith(`/${name}`)
    const found = findLibrary(p, name, path, itself ? () => {} : tried)
    if (found === undefined) {
      if (musl) return `Error loading shared library ${name}: No such file or directory (needed by ${argv0})\n`
      return `${argv0}: error while loading shared libraries: ${name}: cannot open shared object file: No such file or directory\n`
    }
    const { elf } = imageOf(p, found.place)
    if (elf === undefined) {
      const why = found.place.dentry.inode.size < 4 ? 'file too short' : 'invalid ELF header'
      return `${argv0}: error while loading shared libraries: ${found.path}: ${why}\n`
    }
    queue.push(...(elf.needed ?? []))
  }
  return undefined
}

interface Library {
  readonly path: string
  readonly place: VfsPath
}

function findLibrary(p: Process, name: string, path: readonly string[], tried: (file: string) => void): Library | undefined {
  for (const dir of name.includes('/') ? [''] : path) {
    const file = dir === '' ? name : `${dir}/${name}`
    tried(file)
    try {
      const place = p.kernel.vfs.resolve(p.fs, file)
      if ((place.dentry.inode.mode & S.IFMT) === S.IFREG) return { path: file, place }
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
  return undefined
}
