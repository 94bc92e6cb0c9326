import { O } from '#linux/syscalls.ts'
import type { Call, Shown } from './call.ts'
import { fileMode, flags, HEAP, mode, mountFlags, openFlags, quoted, STACK, stat, timespec } from './format.ts'

/** The model's calls about files as the system calls that the C library makes for them. */

const AT = 'AT_FDCWD'
const WHENCE: Readonly<Record<string, string>> = { set: 'SEEK_SET', cur: 'SEEK_CUR', end: 'SEEK_END' }
const LOCKS: Readonly<Record<string, string>> = { shared: 'LOCK_SH', exclusive: 'LOCK_EX', unlock: 'LOCK_UN' }
const ACCESS: Readonly<Record<string, string>> = { r: 'R_OK', w: 'W_OK', x: 'X_OK' }
const UMOUNT = [
  [1, 'MNT_FORCE'],
  [2, 'MNT_DETACH'],
  [4, 'MNT_EXPIRE'],
  [8, 'UMOUNT_NOFOLLOW'],
] as const
/** Bytes of a struct linux_dirent64 before the name. */
const DIRENT_BYTES = 19
const GETDENTS_BYTES = 32_768

type Decoder = (c: Call) => Shown | readonly Shown[]

const path = (c: Call, i = 0): string => quoted(c.str(i), Number.POSITIVE_INFINITY)

/** A path alone, as for mkdir, chdir. */
const onPath =
  (name: string): Decoder =>
  (c) =>
    c.show(name, path(c))

function statCall(c: Call, entry: string, last: string): Shown {
  return c.show('newfstatat', `${entry}, `, 0, `${c.stat === undefined ? STACK : stat(c.stat)}, ${last}`)
}

function readdir(c: Call): readonly Shown[] {
  const open = c.show('openat', `${AT}, ${path(c)}, O_RDONLY|O_NONBLOCK|O_CLOEXEC|O_DIRECTORY`, c.spare)
  if (!c.ok) return [open]
  const names = (Array.isArray(c.value) ? c.value : []).map((e: unknown) => String(c.member(e, 'name')))
  const bytes = [...names, '.', '..'].reduce((sum, n) => sum + Math.ceil((DIRENT_BYTES + n.length + 1) / 8) * 8, 0)
  const entries = (n: number, size: number): Shown =>
    c.show('getdents64', `${c.spare}, `, size, `${HEAP} /* ${n} entries */, ${GETDENTS_BYTES}`)
  return [open, entries(names.length + 2, bytes), entries(0, 0), c.show('close', String(c.spare))]
}

const mount: Decoder = (c) => {
  const fstype = c.str(2) === '' ? 'NULL' : path(c, 2)
  const data = c.str(4) === '' ? 'NULL' : quoted(c.str(4), c.limit)
  return c.show('mount', `${path(c)}, ${path(c, 1)}, ${fstype}, ${mountFlags(c.num(3))}, ${data}`)
}

const getxattr: Decoder = (c) => {
  const bytes = c.bytes(c.value)
  if (c.ok && c.value === undefined) {
    const missing = c.show('getxattr', `${path(c)}, ${path(c, 1)}, `, '-1 ENODATA (No data available)', `${STACK}, 256`)
    return { ...missing, failed: true }
  }
  return c.show('getxattr', `${path(c)}, ${path(c, 1)}, `, bytes.length, `${quoted(bytes, c.limit)}, 256`)
}

/** By path in the model, by a descriptor in Linux. */
function fileFlags(c: Call, request: string, value: string): readonly Shown[] {
  const open = c.show('openat', `${AT}, ${path(c)}, O_RDONLY|O_NONBLOCK|O_NOFOLLOW`, c.spare)
  if (c.error?.code === 'ENOENT') return [open]
  const ioctl = c.show('ioctl', `${c.spare}, ${request}, `, 0, `[${value}]`)
  return [{ ...open, result: String(c.spare), failed: false }, ioctl, { ...c.show('close', String(c.spare)), result: '0', failed: false }]
}

function times(c: Call): string {
  const one = (i: number): string => (c.has(i) ? timespec(c.num(i)) : 'UTIME_OMIT')
  return `[${one(1)}, ${one(2)}]`
}

const statfs: Decoder = (c) => {
  const size = c.number(c.value, 'blockSize')
  const blocks = (name: string): number => Math.floor(c.number(c.value, name) / Math.max(1, size))
  const text = `{f_type=${String(c.member(c.value, 'type'))}, f_bsize=${size}, f_blocks=${blocks('totalBytes')}, f_bfree=${blocks('freeBytes')}, f_bavail=${blocks('availableBytes')}, ...}`
  return c.show('statfs', `${path(c)}, `, 0, c.ok ? text : STACK)
}

const access: Decoder = (c) => {
  const how = [...c.str(1)].map((l) => ACCESS[l] ?? l).join('|') || 'F_OK'
  return c.flag(2) ? c.show('faccessat2', `${AT}, ${path(c)}, ${how}, AT_EACCESS`) : c.show('access', `${path(c)}, ${how}`)
}

export const FILES: Readonly<Record<string, Decoder>> = {
  open: (c) => {
    const how = c.num(1)
    const made = (how & O.CREAT) === 0 ? '' : `, ${mode(c.num(2, 0o666))}`
    return c.show(
      'openat',
      `${AT}, ${path(c)}, ${openFlags(how)}${made}`,
      c.file === undefined ? String(c.value) : `${String(c.value)}<${c.file}>`,
    )
  },
  close: (c) => c.show('close', c.fd()),
  read: (c) => {
    const data = c.bytes(c.value)
    return c.show('read', `${c.fd()}, `, data.length, `${c.ok ? quoted(data, c.limit) : HEAP}, ${c.num(1)}`)
  },
  write: (c) => {
    const data = c.bytes(c.args[1])
    return c.show('write', `${c.fd()}, ${quoted(data, c.limit)}, ${data.length}`, String(c.value))
  },
  pread: (c) => {
    const data = c.bytes(c.value)
    return c.show('pread64', `${c.fd()}, `, data.length, `${c.ok ? quoted(data, c.limit) : HEAP}, ${c.num(1)}, ${c.num(2)}`)
  },
  lseek: (c) => c.show('lseek', `${c.fd()}, ${c.num(1)}, ${WHENCE[c.str(2)] ?? 'SEEK_SET'}`, String(c.value)),
  ftruncate: (c) => c.show('ftruncate', `${c.fd()}, ${c.num(1)}`),
  truncate: (c) => c.show('truncate', `${path(c)}, ${c.num(1)}`),
  dup: (c) => {
    if (c.num(1) === 0 && !c.flag(2)) return c.show('dup', c.fd(), String(c.value))
    return c.show('fcntl', `${c.fd()}, ${c.flag(2) ? 'F_DUPFD_CLOEXEC' : 'F_DUPFD'}, ${c.num(1)}`, String(c.value))
  },
  dup2: (c) => c.show('dup2', `${c.fd()}, ${c.num(1)}`, c.num(1)),
  setCloexec: (c) => c.show('fcntl', `${c.fd()}, F_SETFD, ${c.flag(1) ? 'FD_CLOEXEC' : '0'}`),
  getFlags: (c) => {
    const value = typeof c.value === 'number' ? c.value : 0
    return c.show('fcntl', `${c.fd()}, F_GETFL`, `0x${(value | 0o100000).toString(16)} (flags ${openFlags(value)}|O_LARGEFILE)`)
  },
  setFlags: (c) => c.show('fcntl', `${c.fd()}, F_SETFL, ${openFlags(c.num(1))}`),
  pipe: (c) => c.show('pipe2', '', 0, `[${c.number(c.value, 'read')}, ${c.number(c.value, 'write')}], 0`),
  ioctl: (c) => c.show('ioctl', `${c.fd()}, ${c.str(1)}, ${STACK}`, typeof c.value === 'number' ? c.value : 0),
  flock: (c) => c.show('flock', `${c.fd()}, ${LOCKS[c.str(1)] ?? c.str(1)}${c.flag(2) || c.str(1) === 'unlock' ? '' : '|LOCK_NB'}`),
  watchPath: (c) => [
    c.show('inotify_init1', 'IN_CLOEXEC', c.spare),
    c.show('inotify_add_watch', `${c.spare}, ${path(c)}, IN_MODIFY|IN_ATTRIB|IN_CREATE|IN_DELETE|IN_DELETE_SELF|IN_MOVE_SELF`, 1),
  ],
  stat: (c) => statCall(c, `${AT}, ${path(c)}`, '0'),
  lstat: (c) => statCall(c, `${AT}, ${path(c)}`, 'AT_SYMLINK_NOFOLLOW'),
  fstat: (c) => statCall(c, `${c.fd()}, ""`, 'AT_EMPTY_PATH'),
  statfs,
  access,
  readdir,
  readlink: (c) => {
    const target = typeof c.value === 'string' ? c.value : ''
    return c.show('readlink', `${path(c)}, `, target.length, `${c.ok ? quoted(target, Number.POSITIVE_INFINITY) : STACK}, 4096`)
  },
  mkdir: (c) => c.show('mkdir', `${path(c)}, ${mode(c.num(1, 0o777))}`),
  rmdir: onPath('rmdir'),
  mknod: (c) => c.show('mknodat', `${AT}, ${path(c)}, ${fileMode(c.num(1))}${c.num(2) === 0 ? '' : `, ${c.num(2)}`}`),
  symlink: (c) => c.show('symlinkat', `${path(c)}, ${AT}, ${path(c, 1)}`),
  link: (c) => c.show('linkat', `${AT}, ${path(c)}, ${AT}, ${path(c, 1)}, 0`),
  unlink: (c) => c.show('unlinkat', `${AT}, ${path(c)}, 0`),
  rename: (c) => c.show('renameat2', `${AT}, ${path(c)}, ${AT}, ${path(c, 1)}, 0`),
  chmod: (c) => c.show('fchmodat', `${AT}, ${path(c)}, ${mode(c.num(1))}`),
  fchmod: (c) => c.show('fchmod', `${c.fd()}, ${mode(c.num(1))}`),
  chown: (c) => c.show('fchownat', `${AT}, ${path(c)}, ${c.num(1)}, ${c.num(2)}, ${c.args[3] === false ? 'AT_SYMLINK_NOFOLLOW' : '0'}`),
  utimens: (c) => c.show('utimensat', `${AT}, ${path(c)}, ${times(c)}, ${c.args[3] === false ? 'AT_SYMLINK_NOFOLLOW' : '0'}`),
  getxattr,
  setxattr: (c) => {
    if (!c.has(2)) return c.show('removexattr', `${path(c)}, ${path(c, 1)}`)
    const data = c.bytes(c.args[2])
    return c.show('setxattr', `${path(c)}, ${path(c, 1)}, ${quoted(data, c.limit)}, ${data.length}, 0`)
  },
  listxattr: (c) => {
    const names = (Array.isArray(c.value) ? c.value : []).map((n) => `${String(n)}\0`).join('')
    return c.show('listxattr', `${path(c)}, `, names.length, `${c.ok ? quoted(names, c.limit) : STACK}, 152`)
  },
  getFileFlags: (c) => fileFlags(c, 'FS_IOC_GETFLAGS', String(c.value)),
  setFileFlags: (c) => fileFlags(c, 'FS_IOC_SETFLAGS', String(c.num(1))),
  umask: (c) => c.show('umask', mode(c.num(0)), mode(typeof c.value === 'number' ? c.value : 0)),
  getcwd: (c) => {
    const dir = typeof c.value === 'string' ? c.value : ''
    return c.show('getcwd', '', dir.length + 1, `${c.ok ? quoted(dir, Number.POSITIVE_INFINITY) : STACK}, 4096`)
  },
  chdir: onPath('chdir'),
  fchdir: (c) => c.show('fchdir', c.fd()),
  chroot: onPath('chroot'),
  pivotRoot: (c) => c.show('pivot_root', `${path(c)}, ${path(c, 1)}`),
  mount,
  umount: (c) => c.show('umount2', `${path(c)}, ${flags(c.num(1), UMOUNT)}`),
  sync: (c) => c.show('sync', ''),
}
