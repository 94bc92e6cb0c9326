import { decode, encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { type ElfHeader, parseElf } from '../elf.ts'
import { Errno } from '../errno.ts'
import { MS, S } from '../syscalls.ts'
import { checkPermission, MAY } from '../vfs/permission.ts'
import type { FileDescription, Inode, VfsPath } from '../vfs/types.ts'
import { CAP, parseFileCaps } from './capability.ts'
import { execCred } from './cred.ts'
import { missingLibrary } from './ld.ts'
import type { Process } from './process.ts'
import { EXEC } from './thread.ts'

/** How much of a file the kernel looks at (BINPRM_BUF_SIZE), and how deep `#!` may nest. */
const HEAD_BYTES = 4096
const SCRIPT_HEAD_BYTES = 256
const MAX_INTERPRETERS = 5
/** Limit of argv and environment together (a quarter of the default stack), and of one string (MAX_ARG_STRLEN). */
const ARG_MAX = 2 * 1024 * 1024
const ARG_STRING_MAX = 131_072
/** System time of an exec with its dynamic linking, microseconds. */
const EXEC_MICROS = 1200
/** Resident memory of a small dynamically linked program. */
const BASE_ANON_BYTES = 96 * 1024
const BASE_FILE_BYTES = 850 * 1024

interface Image {
  readonly elf: ElfHeader | undefined
  readonly script: { readonly interpreter: string; readonly argument: string | undefined } | undefined
}

interface CachedImage extends Image {
  readonly mtime: number
  readonly ctime: number
  readonly size: number
}

const IMAGES = new WeakMap<Inode, CachedImage>()

/** The first bytes of a place's file, without asking for permission to read. */
export function readHead(p: Process, place: VfsPath): Uint8Array {
  const opened = place.dentry.inode.open(0, place, p.fs) as FileDescription
  try {
    return opened.pread(p.fs, HEAD_BYTES, 0)
  } finally {
    opened.release()
  }
}

/** What kind of executable a file is; remembered while it does not change. */
export function imageOf(p: Process, place: VfsPath): Image {
  const { inode } = place.dentry
  const known = IMAGES.get(inode)
  if (known !== undefined && known.mtime === inode.mtime && known.ctime === inode.ctime && known.size === inode.size) return known
  const head = readHead(p, place)
  const elf = parseElf(head)
  let script: Image['script']
  if (elf === undefined && head[0] === 0x23 && head[1] === 0x21) {
    const end = head.indexOf(10)
    const line = decode(head.subarray(2, Math.min(end < 0 ? head.length : end, SCRIPT_HEAD_BYTES))).replace(/^[ \t]+|[ \t]+$/g, '')
    const m = /^([^ \t]+)(?:[ \t]+(.*))?$/.exec(line)
    if (m?.[1] !== undefined) script = { interpreter: m[1], argument: m[2] }
  }
  const image = {
    elf,
    script,
    mtime: inode.mtime,
    ctime: inode.ctime,
    size: inode.size,
  }
  IMAGES.set(inode, image)
  return image
}

/** A file that may be executed: regular, x permission, not on a noexec mount; else EACCES. */
function executable(p: Process, path: string): VfsPath {
  const place = p.kernel.vfs.resolve(p.fs, path)
  const { inode } = place.dentry
  if ((inode.mode & S.IFMT) !== S.IFREG) throw new Errno('EACCES')
  if ((place.mount.flags & MS.NOEXEC) !== 0) throw new Errno('EACCES')
  checkPermission(p.fs, inode, MAY.EXEC)
  return place
}

/**
 * execve(2). Everything that can fail fails before the old program is touched; then its coroutine is dropped and the new
 * one takes its place in the same process.
 */
export function* exec(p: Process, path: string, argv: readonly string[], environ: readonly string[]): Sim<never> {
  checkArguments(argv, environ)
  let place = executable(p, path)
  let image = imageOf(p, place)
  let args = argv.length === 0 ? [''] : argv
  let scriptPath = path
  for (let depth = 0; image.script !== undefined; depth++) {
    if (depth === MAX_INTERPRETERS) throw new Errno('ELOOP')
    const { interpreter, argument } = image.script
    args = [interpreter, ...(argument === undefined ? [] : [argument]), scriptPath, ...args.slice(1)]
    scriptPath = interpreter
    place = executable(p, interpreter)
    image = imageOf(p, place)
  }
  const { elf } = image
  if (elf === undefined || (elf.program === undefined && elf.soname === undefined)) throw new Errno('ENOEXEC')
  if (elf.interp !== undefined) {
    const loader = executable(p, elf.interp)
    if (imageOf(p, loader).elf === undefined) throw new Errno('ENOEXEC')
  }
  const { inode } = place.dentry
  const attribute = (inode.mode & S.IFMT) === S.IFREG ? inode.getxattr('security.capability') : undefined
  const cred = execCred(p.cred, {
    mode: inode.mode,
    uid: inode.uid,
    gid: inode.gid,
    nosuid: (place.mount.flags & MS.NOSUID) !== 0 || weaklyTraced(p),
    caps: attribute === undefined ? undefined : parseFileCaps(attribute),
  })
  // The point of no return.
  if (cred !== p.cred) {
    if (cred.state.euid !== p.cred.state.euid || cred.state.egid !== p.cred.state.egid) p.parentDeathSignal = 0
    p.cred = cred
  }
  p.argv = args
  p.cmdline = args
  p.environ = environ
  p.comm = path.slice(path.lastIndexOf('/') + 1).slice(0, 15)
  p.exe = place
  p.execed = true
  p.signals.resetHandlers()
  p.attention = false
  p.files.closeOnExec()
  if (p.ns.time !== p.ns.timeForChildren) p.ns = { ...p.ns, time: p.ns.timeForChildren }
  p.kernel.execMemory(p, BASE_ANON_BYTES, BASE_FILE_BYTES)
  p.chargeSystem(EXEC_MICROS)
  p.tracee?.execed([path, argv, environ])
  p.setImage(imageMain(p, elf, place))
  for (;;) yield EXEC
}

/** Traced by somebody without CAP_SYS_PTRACE: exec gives no privileges then (LSM_UNSAFE_PTRACE). */
function weaklyTraced(p: Process): boolean {
  const by = p.tracee?.session.process
  return by !== undefined && !by.cred.capable(CAP.sys_ptrace, p.cred.userns)
}

function checkArguments(argv: readonly string[], environ: readonly string[]): void {
  let total = 0
  for (const list of [argv, environ]) {
    for (const text of list) {
      if (text.length >= ARG_STRING_MAX) throw new Errno('E2BIG')
      total += text.length + 9
    }
  }
  if (total > ARG_MAX) throw new Errno('E2BIG')
}

/** The coroutine that an executable's file stands for. */
function imageMain(p: Process, elf: ElfHeader, place: VfsPath): Sim<number> {
  const trouble = missingLibrary(p, elf)
  if (trouble !== undefined) return complain(p, trouble, 127)
  const name = elf.program
  if (name === undefined) return complain(p, `podlab: ${p.kernel.vfs.pathName(p.fs, place)} is a library\n`, 127)
  const program = p.kernel.program(name)
  if (program === undefined) return complain(p, `podlab: the program ${name} is not modelled\n`, 1)
  return program.main(p)
}

function* complain(p: Process, text: string, status: number): Sim<number> {
  try {
    yield* p.write(2, encode(text))
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  return status
}
