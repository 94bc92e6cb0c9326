import type { Process } from '../../process/process.ts'
import { majorOf, minorOf } from '../../vfs/inode.ts'
import type { FsContext } from '../../vfs/types.ts'

/**
 * /proc/PID/maps in outline: executable, heap, C library, loader, stack, with the layout of a position-independent
 * program. Differs: other libraries are left out; addresses depend on the pid only.
 */
export function maps(p: Process, ctx: FsContext): string {
  const { exe } = p
  if (exe === undefined || p.exited) return ''
  const { vfs } = p.kernel
  const base = 0x5600_0000_0000 + (p.globalPid % 65536) * 0x1000_0000
  const lib = 0x7f00_0000_0000 + (p.globalPid % 65536) * 0x100_0000
  const hex = (n: number): string => n.toString(16).padStart(8, '0')
  const row = (from: number, size: number, mode: string, offset: number, device: string, ino: number, name: string): string => {
    const head = `${hex(from)}-${hex(from + size)} ${mode} ${hex(offset)} ${device} ${ino} `
    return `${name === '' ? head : `${head.padEnd(73)}${name}`}\n`
  }
  const file = (path: { dentry: { inode: { ino: number; sb: { dev: number } } } }): [string, number] => {
    const { sb, ino } = path.dentry.inode
    return [`${majorOf(sb.dev).toString(16).padStart(2, '0')}:${minorOf(sb.dev).toString(16).padStart(2, '0')}`, ino]
  }
  const segments = (from: number, device: string, ino: number, name: string): string =>
    row(from, 0x2000, 'r--p', 0, device, ino, name) +
    row(from + 0x2000, 0x5000, 'r-xp', 0x2000, device, ino, name) +
    row(from + 0x7000, 0x2000, 'r--p', 0x7000, device, ino, name) +
    row(from + 0x9000, 0x1000, 'r--p', 0x9000, device, ino, name) +
    row(from + 0xa000, 0x1000, 'rw-p', 0xa000, device, ino, name)
  const name = vfs.pathName(ctx, exe)
  let out = segments(base, ...file(exe), name) + row(base + 0x2c98_000, 0x21000, 'rw-p', 0, '00:00', 0, '[heap]')
  for (const path of ['/usr/lib/x86_64-linux-gnu/libc.so.6', '/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2']) {
    try {
      const place = vfs.resolve(p.fs, path)
      if (path.endsWith('libc.so.6')) out += row(lib, 0x3000, 'rw-p', 0, '00:00', 0, '')
      out += segments(lib + (path.endsWith('libc.so.6') ? 0x3000 : 0x20_0000), ...file(place), path)
    } catch {
      // A box without that library: the program is static or would not have started.
    }
  }
  return `${out}${row(0x7fff_0000_0000, 0x21000, 'rw-p', 0, '00:00', 0, '[stack]')}${row(0x7fff_0010_0000, 0x4000, 'r--p', 0, '00:00', 0, '[vvar]')}${row(0x7fff_0010_4000, 0x2000, 'r-xp', 0, '00:00', 0, '[vdso]')}`
}
