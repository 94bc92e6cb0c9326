import type { Sim } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import { BaseFile } from '../vfs/file.ts'
import type { Device, IoContext } from '../vfs/types.ts'
import type { Vfs } from '../vfs/vfs.ts'

/** Most that one read of an endless device returns. */
const MAX_READ = 33_554_431

/** An open device without a position whose reads and writes are functions. */
class SimpleDeviceFile extends BaseFile {
  readonly #input: (max: number) => Uint8Array
  readonly #output: (data: Uint8Array) => number

  constructor(args: ConstructorParameters<typeof BaseFile>, input: (max: number) => Uint8Array, output: (data: Uint8Array) => number) {
    super(...args)
    this.#input = input
    this.#output = output
  }

  override *read(_io: IoContext, max: number): Sim<Uint8Array> {
    return this.#input(Math.min(max, MAX_READ))
  }

  override pread(_io: IoContext, max: number): Uint8Array {
    return this.#input(Math.min(max, MAX_READ))
  }

  override *write(_io: IoContext, data: Uint8Array): Sim<number> {
    return this.#output(data)
  }

  override seek(): number {
    this.offset = 0
    return 0
  }
}

const NOTHING = new Uint8Array(0)
const swallow = (data: Uint8Array): number => data.length

function device(input: (max: number) => Uint8Array, output: (data: Uint8Array) => number = swallow): Device {
  return {
    name: 'mem',
    open: (flags, place) => new SimpleDeviceFile([place.dentry.inode, flags, place], input, output),
  }
}

/** Lines that a program wrote to /dev/kmsg: `<30>text`. */
function kmsg(vfs: Vfs, data: Uint8Array): number {
  const text = String.fromCharCode(...data.subarray(0, 1024)).replace(/\n$/, '')
  const m = /^<(\d+)>([\s\S]*)$/.exec(text)
  vfs.host.klog(m === null ? 4 : Number(m[1]) & 7, m === null ? text : (m[2] ?? ''))
  return data.length
}

/** null(4), random(4), kmsg: major 1. Ttys and the pty master are registered by `tty/`. */
export function registerMemDevices(vfs: Vfs): void {
  const random = device((max) => vfs.host.random(max))
  vfs.registerDevice(
    'char',
    1,
    3,
    device(() => NOTHING),
  )
  vfs.registerDevice(
    'char',
    1,
    5,
    device((max) => new Uint8Array(max)),
  )
  vfs.registerDevice(
    'char',
    1,
    7,
    device(
      (max) => new Uint8Array(max),
      () => {
        throw new Errno('ENOSPC')
      },
    ),
  )
  vfs.registerDevice('char', 1, 8, random)
  vfs.registerDevice('char', 1, 9, random)
  vfs.registerDevice(
    'char',
    1,
    11,
    device(
      () => NOTHING,
      (data) => kmsg(vfs, data),
    ),
  )
}
