/** Small things that a program of a node does with system calls. */
import { Errno } from '#linux/errno.ts'
import { O, type Proc } from '#linux/syscalls.ts'
import { concat, decode, encode } from '#sim/bytes.ts'
import { type Sim, WaitQueue } from '#sim/wait.ts'
import { RpcError } from './types.ts'

/**
 * Runs `body` as a thread of `proc`'s process and waits for it: what one program does for another. Throws what `body`
 * threw, or Unavailable when the process ended meanwhile.
 */
export function* inProcess<T>(proc: Proc, name: string, body: Sim<T>): Sim<T> {
  const done = new WaitQueue()
  const outcome: { ended: boolean; value?: { readonly ok: T } | { readonly error: unknown } } = { ended: false }
  const run = function* (): Sim<void> {
    try {
      outcome.value = { ok: yield* body }
    } catch (error) {
      if (error instanceof Error && error.name === 'Unwind') throw error
      outcome.value = { error }
    } finally {
      outcome.ended = true
      done.wakeAll()
    }
  }
  proc.thread(name, run())
  while (!outcome.ended) yield* done.wait()
  if (outcome.value === undefined) throw new RpcError('Unavailable', 'error reading from server: EOF')
  if ('error' in outcome.value) throw outcome.value.error
  return outcome.value.ok
}

/** Makes a directory and what is missing above it. */
export function mkdirs(proc: Proc, path: string, mode = 0o755): void {
  try {
    proc.mkdir(path, mode)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    if (error.code === 'EEXIST' || error.code === 'EROFS') return
    const slash = path.replace(/\/+$/, '').lastIndexOf('/')
    if (error.code !== 'ENOENT' || slash <= 0) throw error
    mkdirs(proc, path.slice(0, slash), mode)
    proc.mkdir(path, mode)
  }
}

export function exists(proc: Proc, path: string): boolean {
  try {
    proc.stat(path)
    return true
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}

export function* writeFile(
  proc: Proc,
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
  flags: number = O.CREAT | O.TRUNC,
): Sim<void> {
  const fd = yield* proc.open(path, O.WRONLY | O.CLOEXEC | flags, mode)
  try {
    yield* proc.write(fd, typeof content === 'string' ? encode(content) : content)
  } finally {
    proc.close(fd)
  }
}

/** Writes to a file of a pseudo file system: it must be there. */
export function writeControl(proc: Proc, path: string, content: string): Sim<void> {
  return writeFile(proc, path, content, 0, 0)
}

export function* readFile(proc: Proc, path: string): Sim<Uint8Array> {
  const fd = yield* proc.open(path, O.RDONLY | O.CLOEXEC)
  try {
    const parts: Uint8Array[] = []
    for (;;) {
      const part = yield* proc.read(fd, 1 << 20)
      if (part.length === 0) return concat(parts)
      parts.push(part)
    }
  } finally {
    proc.close(fd)
  }
}

export function* readText(proc: Proc, path: string): Sim<string> {
  return decode(yield* readFile(proc, path))
}

/** Undefined when the file isn't there. */
export function* tryReadText(proc: Proc, path: string): Sim<string | undefined> {
  try {
    return yield* readText(proc, path)
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

const isDirectory = (mode: number): boolean => (mode & 0o170000) === 0o040000

/** Removes a file or a directory with all that is in it; what is missing already is fine. */
export function removeAll(proc: Proc, path: string): void {
  try {
    if (isDirectory(proc.lstat(path).mode)) {
      for (const entry of proc.readdir(path)) removeAll(proc, `${path}/${entry.name}`)
      proc.rmdir(path)
    } else proc.unlink(path)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

/** Runs `fn`, not minding a failed system call. */
export function ignoreErrno(fn: () => void): void {
  try {
    fn()
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

/**
 * Makes a cgroup and what is missing above it; each level hands its controllers on to the next, those that were there before
 * (made by systemd, which enables fewer) included.
 */
export function* ensureCgroup(proc: Proc, path: string): Sim<void> {
  let at = '/sys/fs/cgroup'
  for (const part of path.split('/')) {
    if (part === '') continue
    if (!exists(proc, `${at}/${part}/cpu.max`)) {
      try {
        yield* writeControl(proc, `${at}/cgroup.subtree_control`, '+cpuset +cpu +io +memory +pids')
      } catch (error) {
        if (!(error instanceof Errno)) throw error
      }
      ignoreErrno(() => proc.mkdir(`${at}/${part}`, 0o755))
    }
    at += `/${part}`
  }
}

/** What lies under `path`, itself included: bytes of its blocks, and how many inodes. */
export function usage(proc: Proc, path: string): { readonly bytes: number; readonly inodes: number } {
  const stat = proc.lstat(path)
  let [bytes, inodes] = [stat.blocks * 512, 1]
  if (isDirectory(stat.mode)) {
    for (const entry of proc.readdir(path)) {
      const below = usage(proc, `${path}/${entry.name}`)
      bytes += below.bytes
      inodes += below.inodes
    }
  }
  return { bytes, inodes }
}
