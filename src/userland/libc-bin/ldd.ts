import { parseElf } from '#linux/elf.ts'
import { Errno, strerror } from '#linux/errno.ts'
import { O } from '#linux/syscalls.ts'
import { defineProgram } from '#userland/lib/program.ts'

/** Where ld.so looks on Debian, ld.so(8). */
const DIRECTORIES = ['/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu', '/lib', '/usr/lib']

/** ldd(1): what a program needs, in the order the loader finds it (breadth first). Addresses come from the machine's chance. */
export const ldd = defineProgram({
  name: 'libc-bin/ldd',
  usage: '[OPTION]... FILE...',
  short: 'druv',
  long: 'data-relocs:d function-relocs:r unused:u verbose:v',
  *run(ctx) {
    const { proc, out } = ctx
    if (ctx.operands.length === 0) return yield* ctx.usage('missing file arguments')
    const address = (): string => {
      const b = proc.getrandom(4)
      const n = ((b[0] ?? 0) << 16) | ((b[1] ?? 0) << 8) | (b[2] ?? 0)
      return `0x00007f${n.toString(16).padStart(6, '0')}${((b[3] ?? 0) & 15).toString(16)}000`
    }
    const header = function* (path: string) {
      const fd = yield* proc.open(path, O.RDONLY | O.CLOEXEC)
      try {
        return parseElf(proc.pread(fd, 4096, 0))
      } finally {
        proc.close(fd)
      }
    }
    for (const file of ctx.operands) {
      if (ctx.operands.length > 1) out.put(`${file}:\n`)
      const path = file.includes('/') ? file : `./${file}`
      try {
        const elf = yield* header(path)
        if (elf?.interp === undefined && elf?.soname === undefined) {
          out.put('\tnot a dynamic executable\n')
          ctx.status = 1
          continue
        }
        out.put(`\tlinux-vdso.so.1 (${address()})\n`)
        const seen = new Set<string>()
        const queue = [...(elf.needed ?? [])]
        let loader = elf.interp ?? '/lib64/ld-linux-x86-64.so.2'
        for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
          if (seen.has(name)) continue
          seen.add(name)
          if (name.startsWith('ld-linux')) {
            loader = `/lib64/${name}`
            continue
          }
          const found = DIRECTORIES.map((dir) => `${dir}/${name}`).find((candidate) => proc.access(candidate, 'r'))
          if (found === undefined) {
            out.put(`\t${name} => not found\n`)
            continue
          }
          out.put(`\t${name} => ${found} (${address()})\n`)
          queue.push(...((yield* header(found))?.needed ?? []))
        }
        out.put(`\t${loader} (${address()})\n`)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* ctx.warn(`${path}: ${strerror(error)}`)
      }
    }
    return ctx.status
  },
})
