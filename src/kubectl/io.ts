import { O, type Proc } from '#linux/syscalls.ts'
import { concat, encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'

const CHUNK = 65_536

/** All bytes of a file. Throws Errno. */
export function* readFile(proc: Proc, path: string): Sim<Uint8Array> {
  const fd = yield* proc.open(path, O.RDONLY | O.CLOEXEC)
  try {
    return yield* readAll(proc, fd)
  } finally {
    proc.close(fd)
  }
}

/** All that is left to read from a descriptor. */
export function* readAll(proc: Proc, fd: number): Sim<Uint8Array> {
  const parts: Uint8Array[] = []
  for (;;) {
    const part = yield* proc.read(fd, CHUNK)
    if (part.length === 0) return parts.length === 1 ? (parts[0] as Uint8Array) : concat(parts)
    parts.push(part)
  }
}

export function* writeFile(proc: Proc, path: string, data: Uint8Array, mode: number): Sim<void> {
  const fd = yield* proc.open(path, O.WRONLY | O.CREAT | O.TRUNC | O.CLOEXEC, mode)
  try {
    yield* proc.write(fd, data)
  } finally {
    proc.close(fd)
  }
}

/** Writes text to standard output. */
export function* print(proc: Proc, text: string): Sim<void> {
  if (text !== '') yield* proc.write(1, encode(text))
}

/** Writes text to standard error. */
export function* printError(proc: Proc, text: string): Sim<void> {
  if (text !== '') yield* proc.write(2, encode(text))
}
