import { Errno, strerror } from '#linux/errno.ts'
import { encodeSuper } from '#linux/fs/ext4.ts'
import { O, S } from '#linux/syscalls.ts'
import { say, slurp } from '#userland/lib/io.ts'
import { defineProgram } from '#userland/lib/program.ts'
import { parseSize } from '#userland/lib/sizes.ts'

/** Below this a file system gets blocks of 1024 bytes and more inodes ("small" of mke2fs.conf). */
const SMALL_BYTES = 512 * 1024 * 1024

/**
 * mke2fs(8) in outline: makes ext4's super block on a disk or in a file. Differs: other tables aren't written; what they would
 * take is told in the super block.
 */
export const mke2fs = defineProgram({
  name: 'e2fsprogs/mke2fs',
  usage: '[-qFn] [-b block-size] [-L volume-label] [-t fs-type] [-U UUID] device [blocks-count]',
  short: 'b:FL:m:nN:O:qt:T:U:vE:i:jI:',
  tryHelp: false,
  *run(ctx) {
    const { proc } = ctx
    const [device, count] = ctx.operands
    if (device === undefined) {
      yield* say(proc, 2, `Usage: ${ctx.prog} [-c|-l filename] [-b block-size] [-C cluster-size]\n`)
      return 1
    }
    const type = ctx.value('t') ?? 'ext4'
    if (type !== 'ext4') return yield* ctx.notModelled(`-t ${type}`)
    const quiet = ctx.has('q')
    if (!quiet) yield* say(proc, 2, 'mke2fs 1.47.0 (5-Feb-2023)\n')
    try {
      const stat = proc.stat(device)
      const regular = (stat.mode & S.IFMT) === S.IFREG
      if (!regular && (stat.mode & S.IFMT) !== S.IFBLK) {
        yield* say(proc, 2, `${device} is not a block special device.\n`)
        return 1
      }
      if (!regular && mountedDevice((yield* slurp(proc, '/proc/self/mounts')) ?? '', device)) {
        yield* say(proc, 2, `${device} is mounted; will not make a filesystem here!\n`)
        return 1
      }
      const fd = yield* proc.open(device, O.RDWR)
      try {
        const bytes = proc.lseek(fd, 0, 'end')
        const asked = count === undefined ? undefined : parseSize(count)
        const blockSize = ctx.value('b') !== undefined ? Number(ctx.value('b')) : bytes < SMALL_BYTES ? 1024 : 4096
        const blocks =
          asked === undefined ? Math.floor(bytes / blockSize) : /^\d+$/.test(count ?? '') ? asked : Math.floor(asked / blockSize)
        if (blocks * blockSize < 60 * 1024) {
          yield* say(proc, 2, `${device}: Not enough space to build proposed filesystem while setting up superblock\n`)
          return 1
        }
        const inodes =
          ctx.value('N') !== undefined
            ? Number(ctx.value('N'))
            : Math.ceil((blocks * blockSize) / (blockSize === 1024 ? 4096 : 16_384) / 8) * 8
        const journal = Math.min(Math.floor(blocks / 8), blockSize === 1024 ? 1024 : 16_384)
        const overhead = Math.ceil((inodes * 256) / blockSize) + journal + Math.ceil(blocks / 8192) * 4
        const uuid = ctx.value('U') ?? newUuid(proc.getrandom(16))
        if (regular && !quiet) yield* say(proc, 1, 'Discarding device blocks: done                            \n')
        if (!quiet) {
          yield* say(proc, 1, `Creating filesystem with ${blocks} ${blockSize === 1024 ? '1k' : '4k'} blocks and ${inodes} inodes\n`)
          if (blocks >= 8192) yield* say(proc, 1, `Filesystem UUID: ${uuid}\n`)
        }
        if (!ctx.has('n')) {
          proc.lseek(fd, 1024, 'set')
          yield* proc.write(fd, encodeSuper({ blocks, blockSize, inodes, uuid, label: ctx.value('L') ?? '', overhead }))
        }
        if (!quiet) {
          yield* say(
            proc,
            1,
            `\nAllocating group tables: done                            \nWriting inode tables: done                            \nCreating journal (${journal} blocks): done\n`,
          )
          yield* say(proc, 1, 'Writing superblocks and filesystem accounting information: done\n\n')
        }
        return 0
      } finally {
        proc.close(fd)
      }
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      if (error.code === 'ENOENT') yield* say(proc, 2, `The file ${device} does not exist and no size was specified.\n`)
      else yield* say(proc, 2, `${ctx.prog}: ${strerror(error)} while trying to determine filesystem size\n`)
      return 1
    }
  },
})

/** Whether /proc/self/mounts has a device as the source. */
const mountedDevice = (mounts: string, device: string): boolean => mounts.split('\n').some((line) => line.startsWith(`${device} `))

function newUuid(bytes: Uint8Array): string {
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}
