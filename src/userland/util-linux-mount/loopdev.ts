import { Errno } from '#linux/errno.ts'
import type { LoopStatus } from '#linux/fs/loop.ts'
import { O, type Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { canonical } from './mountinfo.ts'

/** Loop devices by their ioctls: losetup(8), mount -o loop. */

/** Ties a free loop device to a file; returns `/dev/loopN`. */
export function* attachLoop(proc: Proc, file: string, readonly: boolean, autoclear: boolean, wanted?: string): Sim<string> {
  const fd = yield* proc.open(file, readonly ? O.RDONLY : O.RDWR)
  try {
    const device = wanted ?? (yield* freeLoop(proc))
    const dev = yield* proc.open(device, readonly ? O.RDONLY : O.RDWR)
    try {
      proc.ioctl(dev, 'LOOP_SET_FD', { fd, path: canonical(proc, file), readonly, autoclear })
    } finally {
      proc.close(dev)
    }
    return device
  } finally {
    proc.close(fd)
  }
}

/** LOOP_CTL_GET_FREE */
export function* freeLoop(proc: Proc): Sim<string> {
  const control = yield* proc.open('/dev/loop-control', O.RDWR)
  try {
    return `/dev/loop${Number(proc.ioctl(control, 'LOOP_CTL_GET_FREE'))}`
  } finally {
    proc.close(control)
  }
}

export function* detachLoop(proc: Proc, device: string): Sim<void> {
  const dev = yield* proc.open(device, O.RDONLY)
  try {
    proc.ioctl(dev, 'LOOP_CLR_FD')
  } finally {
    proc.close(dev)
  }
}

/** What is set up, by device. */
export function* loops(proc: Proc): Sim<{ readonly device: string; readonly status: LoopStatus }[]> {
  const out: { device: string; status: LoopStatus }[] = []
  for (let n = 0; ; n++) {
    const device = `/dev/loop${n}`
    try {
      const fd = yield* proc.open(device, O.RDONLY)
      try {
        out.push({ device, status: proc.ioctl(fd, 'LOOP_GET_STATUS') as LoopStatus })
      } finally {
        proc.close(fd)
      }
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      if (error.code !== 'ENXIO') return out
    }
  }
}
