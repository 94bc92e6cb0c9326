import { S } from '#linux/syscalls.ts'

/** `-rwxr-xr-x` and its like; inode(7), ls(1). */
export function modeString(mode: number): string {
  return typeLetter(mode) + permissionString(mode)
}

export function permissionString(mode: number): string {
  const bit = (mask: number, letter: string): string => ((mode & mask) !== 0 ? letter : '-')
  const special = (exec: number, flag: number, both: string): string => {
    if ((mode & flag) === 0) return bit(exec, 'x')
    return (mode & exec) !== 0 ? both : both.toUpperCase()
  }
  return (
    bit(0o400, 'r') +
    bit(0o200, 'w') +
    special(0o100, S.ISUID, 's') +
    bit(0o040, 'r') +
    bit(0o020, 'w') +
    special(0o010, S.ISGID, 's') +
    bit(0o004, 'r') +
    bit(0o002, 'w') +
    special(0o001, S.ISVTX, 't')
  )
}

export function typeLetter(mode: number): string {
  switch (mode & S.IFMT) {
    case S.IFDIR:
      return 'd'
    case S.IFLNK:
      return 'l'
    case S.IFCHR:
      return 'c'
    case S.IFBLK:
      return 'b'
    case S.IFIFO:
      return 'p'
    case S.IFSOCK:
      return 's'
    case S.IFREG:
      return '-'
    default:
      return '?'
  }
}

/** As stat(1) and file(1) name types. */
export function typeName(mode: number, size: number): string {
  switch (mode & S.IFMT) {
    case S.IFDIR:
      return 'directory'
    case S.IFLNK:
      return 'symbolic link'
    case S.IFCHR:
      return 'character special file'
    case S.IFBLK:
      return 'block special file'
    case S.IFIFO:
      return 'fifo'
    case S.IFSOCK:
      return 'socket'
    default:
      return size === 0 ? 'regular empty file' : 'regular file'
  }
}

export const isDir = (mode: number): boolean => (mode & S.IFMT) === S.IFDIR
export const isLink = (mode: number): boolean => (mode & S.IFMT) === S.IFLNK
export const isFile = (mode: number): boolean => (mode & S.IFMT) === S.IFREG

export const majorOf = (rdev: number): number => ((rdev >> 8) & 0xfff) | ((Math.floor(rdev / 0x1_0000_0000) & 0xfffff) << 12)
export const minorOf = (rdev: number): number => (rdev & 0xff) | ((rdev >> 12) & 0xfff00)
/** makedev(3). */
export const makedev = (major: number, minor: number): number => (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & 0xfff00) << 12)

/** A change of mode: applied to (old mode, is a directory); knows about `X`, set-id bits of directories and the umask. */
export type ModeChange = (mode: number, directory: boolean) => number

interface Clause {
  readonly who: number
  readonly whoGiven: boolean
  readonly op: string
  readonly perms: string
}

/**
 * Parses a mode of chmod(1): octal or `u=rwx,go+X,a-t`. Undefined when it is none. Without a `who` the umask masks.
 * Octal modes of fewer than five digits keep set-id bits of directories.
 */
export function parseMode(text: string, umask: number): ModeChange | undefined {
  if (/^[0-7]{1,5}$/.test(text)) {
    const value = Number.parseInt(text, 8)
    if (value > 0o7777) return undefined
    const keep = text.length < 5 ? 0o6000 : 0
    return (mode, directory) => value | (directory ? mode & keep : 0)
  }
  const clauses: Clause[] = []
  for (const part of text.split(',')) {
    const m = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(part)
    if (m === null) return undefined
    let who = 0
    for (const c of m[1] ?? '') who |= c === 'u' ? 0o4700 : c === 'g' ? 0o2070 : c === 'o' ? 0o1007 : 0o7777
    for (const action of (m[2] ?? '').matchAll(/([-+=])([rwxXstugo]*)/g)) {
      clauses.push({ who: who === 0 ? 0o7777 : who, whoGiven: who !== 0, op: action[1] ?? '', perms: action[2] ?? '' })
    }
  }
  return (start, directory) => {
    let mode = start & 0o7777
    for (const clause of clauses) mode = applyClause(clause, mode, directory, umask)
    return mode
  }
}

function applyClause(clause: Clause, mode: number, directory: boolean, umask: number): number {
  let bits = 0
  if (/^[ugo]$/.test(clause.perms)) {
    const three = clause.perms === 'u' ? (mode >> 6) & 7 : clause.perms === 'g' ? (mode >> 3) & 7 : mode & 7
    bits = three * 0o111
  } else {
    for (const c of clause.perms) {
      if (c === 'r') bits |= 0o444
      else if (c === 'w') bits |= 0o222
      else if (c === 'x' || (c === 'X' && (directory || (mode & 0o111) !== 0))) bits |= 0o111
      else if (c === 's') bits |= 0o6000
      else if (c === 't') bits |= 0o1000
    }
  }
  let mask = clause.who
  if (!clause.whoGiven) mask &= ~umask | 0o7000
  bits &= mask
  if (clause.op === '+') return mode | bits
  if (clause.op === '-') return mode & ~bits
  const kept = directory && !/s/.test(clause.perms) ? mode & 0o6000 : 0
  return (mode & ~(clause.whoGiven ? clause.who : 0o7777)) | bits | kept
}
