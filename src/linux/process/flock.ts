import { type Sim, WaitQueue } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import type { FileDescription, Inode } from '../vfs/types.ts'

/** flock(2) locks of one inode: held by open files, not by processes. */
interface Locks {
  readonly shared: Set<FileDescription>
  exclusive: FileDescription | undefined
  readonly freed: WaitQueue
}

const LOCKS = new WeakMap<Inode, Locks>()

function release(locks: Locks, file: FileDescription): void {
  const held = locks.shared.delete(file) || locks.exclusive === file
  if (locks.exclusive === file) locks.exclusive = undefined
  if (held) locks.freed.wakeAll()
}

/** Called when an open file goes away. */
export function releaseLocks(file: FileDescription): void {
  const locks = LOCKS.get(file.inode)
  if (locks !== undefined) release(locks, file)
}

/** flock(2); EAGAIN when it would have to wait and `wait` is false. */
export function* flock(file: FileDescription, operation: 'shared' | 'exclusive' | 'unlock', wait: boolean): Sim<void> {
  let locks = LOCKS.get(file.inode)
  if (locks === undefined) {
    locks = { shared: new Set(), exclusive: undefined, freed: new WaitQueue() }
    LOCKS.set(file.inode, locks)
  }
  release(locks, file)
  if (operation === 'unlock') return
  while (locks.exclusive !== undefined || (operation === 'exclusive' && locks.shared.size > 0)) {
    if (!wait) throw new Errno('EAGAIN')
    yield* locks.freed.wait()
  }
  if (operation === 'shared') locks.shared.add(file)
  else locks.exclusive = file
}

/** Holders of a lock on `inode`, for /proc/locks. */
export function lockHolders(inode: Inode): {
  readonly shared: number
  readonly exclusive: boolean
} {
  const locks = LOCKS.get(inode)
  return {
    shared: locks?.shared.size ?? 0,
    exclusive: locks?.exclusive !== undefined,
  }
}
