import { signalName } from '#linux/signal.ts'
import { CLONE, MS, O, S, type SockAddr, type Stat } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'

/** How strace writes arguments: strings, flags and structures. */

/** Where the model puts a program's stack and code (/proc/PID/maps): what a pointer that is not followed looks like. */
export const STACK = '0x7fff0001f2a0'
export const HEAP = '0x560000c982c0'
export const CODE = '0x7f0000035d60'

const SHORT: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r', 34: '\\"', 92: '\\\\' }

/** A quoted string of at most `limit` bytes, octal where it does not print. */
export function quoted(data: Uint8Array | string, limit: number): string {
  const bytes = typeof data === 'string' ? encode(data) : data
  const shown = bytes.subarray(0, limit)
  let out = ''
  shown.forEach((c, i) => {
    const next = shown[i + 1] ?? 0
    if (SHORT[c] !== undefined) out += SHORT[c]
    else if (c >= 32 && c < 127) out += String.fromCharCode(c)
    else out += `\\${c.toString(8).padStart(next >= 48 && next <= 57 ? 3 : 1, '0')}`
  })
  return `"${out}"${bytes.length > limit ? '...' : ''}`
}

/** Names of the bits of `value`, the rest in hexadecimal; `0` or `none` for no bit. */
export function flags(value: number, names: readonly (readonly [number, string])[], none = '0'): string {
  const out: string[] = []
  let rest = value
  for (const [bit, name] of names) {
    if (bit === 0 || (rest & bit) !== bit) continue
    out.push(name)
    rest &= ~bit
  }
  if (rest !== 0) out.push(`0x${(rest >>> 0).toString(16)}`)
  return out.length === 0 ? none : out.join('|')
}

const OPEN_BITS: readonly (readonly [number, string])[] = [
  [O.CREAT, 'O_CREAT'],
  [O.EXCL, 'O_EXCL'],
  [O.NOCTTY, 'O_NOCTTY'],
  [O.TRUNC, 'O_TRUNC'],
  [O.APPEND, 'O_APPEND'],
  [O.NONBLOCK, 'O_NONBLOCK'],
  [O.DIRECTORY, 'O_DIRECTORY'],
  [O.NOFOLLOW, 'O_NOFOLLOW'],
  [O.CLOEXEC, 'O_CLOEXEC'],
  [O.PATH, 'O_PATH'],
]

export function openFlags(value: number): string {
  const mode = ['O_RDONLY', 'O_WRONLY', 'O_RDWR'][value & O.ACCMODE] ?? 'O_ACCMODE'
  const rest = value & ~O.ACCMODE
  return rest === 0 ? mode : `${mode}|${flags(rest, OPEN_BITS)}`
}

const byName = (table: Readonly<Record<string, number>>, prefix: string): (readonly [number, string])[] =>
  Object.entries(table).map(([name, bit]) => [bit, `${prefix}${name}`] as const)

const MOUNT_BITS = byName(MS, 'MS_')
const CLONE_BITS = byName(CLONE, 'CLONE_')

export function mountFlags(value: number): string {
  return flags(value, MOUNT_BITS)
}

export function cloneFlags(value: number): string {
  return flags(value, CLONE_BITS)
}

const octal = (n: number): string => `0${n.toString(8)}`

export function mode(value: number): string {
  return value === 0 ? '000' : octal(value).padStart(4, '0')
}

const TYPES: Readonly<Record<number, string>> = {
  [S.IFSOCK]: 'S_IFSOCK',
  [S.IFLNK]: 'S_IFLNK',
  [S.IFREG]: 'S_IFREG',
  [S.IFBLK]: 'S_IFBLK',
  [S.IFDIR]: 'S_IFDIR',
  [S.IFCHR]: 'S_IFCHR',
  [S.IFIFO]: 'S_IFIFO',
}

export function fileMode(value: number): string {
  const type = TYPES[value & S.IFMT]
  const sticky = [
    [S.ISUID, 'S_ISUID'],
    [S.ISGID, 'S_ISGID'],
    [S.ISVTX, 'S_ISVTX'],
  ] as const
  const names = [...(type === undefined ? [] : [type]), ...sticky.filter(([bit]) => (value & bit) !== 0).map(([, name]) => name)]
  return [...names, mode(value & 0o777)].join('|')
}

/** makedev(3) with the kernel's numbering of the model. */
export function device(rdev: number): string {
  const major = (rdev >>> 8) & 0xfff
  const minor = (rdev & 0xff) + Math.floor(rdev / 0x100000) * 256
  const hex = (n: number): string => (n === 0 ? '0' : `0x${n.toString(16)}`)
  return `makedev(${hex(major)}, ${hex(minor)})`
}

export function stat(s: Stat): string {
  const type = s.mode & S.IFMT
  const what = type === S.IFCHR || type === S.IFBLK ? `st_rdev=${device(s.rdev)}` : `st_size=${s.size}`
  return `{st_mode=${fileMode(s.mode)}, ${what}, ...}`
}

export function signal(n: number): string {
  const name = signalName(n)
  if (name === undefined) return String(n)
  const plus = /^RT(?:MIN|MAX)/.test(name) ? n - 32 : undefined
  return plus === undefined ? `SIG${name}` : `SIGRT_${plus}`
}

/** `[INT CHLD]`; names without SIG. */
export function signalSet(set: Iterable<number>): string {
  return `[${[...set]
    .sort((a, b) => a - b)
    .map((n) => signal(n).slice(3))
    .join(' ')}]`
}

export function address(a: SockAddr | undefined): string {
  if (a === undefined) return 'NULL'
  if (a.family === 'unix') return a.path === '' ? '{sa_family=AF_UNIX}' : `{sa_family=AF_UNIX, sun_path=${unixPath(a.path)}}`
  return `{sa_family=AF_INET, sin_port=htons(${a.port}), sin_addr=inet_addr("${a.address}")}`
}

function unixPath(path: string): string {
  return path.startsWith('\0') ? `@${quoted(path.slice(1), 108)}` : quoted(path, 108)
}

/** Bytes of a struct sockaddr as the C library passes it. */
export function addressLength(a: SockAddr | undefined): number {
  if (a === undefined) return 0
  return a.family === 'inet' ? 16 : 110
}

export function timespec(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000)
  return `{tv_sec=${seconds}, tv_nsec=${Math.round(micros - seconds * 1_000_000) * 1000}}`
}
