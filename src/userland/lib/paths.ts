import { Errno } from '#linux/errno.ts'
import { type Proc, S, type Stat } from '#linux/syscalls.ts'

/** stat(2) of a path, or undefined when it can't be looked at. `follow`: of what a symbolic link leads to. */
export function statOf(proc: Proc, path: string, follow = true): Stat | undefined {
  try {
    return follow ? proc.stat(path) : proc.lstat(path)
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

/** Whether a path leads to a folder. */
export function isDirectory(proc: Proc, path: string): boolean {
  const stat = statOf(proc, path)
  return stat !== undefined && (stat.mode & S.IFMT) === S.IFDIR
}
