import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'

/** Descriptors of pipes that scripts know about (process substitutions, coprocesses) lie below this. */
const LIMIT = 64

/** Moves a descriptor to the highest free place below {@link LIMIT}; one that can't be moved stays. Source: bash, `move_to_high_fd`. */
export function moveHigh(proc: Proc, fd: number, cloexec = false): number {
  let to = LIMIT - 1
  while (to > 3 && isOpen(proc, to)) to--
  try {
    const moved = proc.dup(fd, to, cloexec)
    proc.close(fd)
    return moved
  } catch (error) {
    if (error instanceof Errno) return fd
    throw error
  }
}

function isOpen(proc: Proc, fd: number): boolean {
  try {
    proc.getFlags(fd)
    return true
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}
