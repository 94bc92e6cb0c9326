import { elf } from '#linux/elf.ts'
import { encode } from '#sim/bytes.ts'
import type { Layer, LayerEntry } from './types.ts'

export const KIB = 1024
export const MIB = 1024 * KIB

export function folder(path: string, mode = 0o755, uid = 0, gid = 0): LayerEntry {
  return { path, type: 'dir', mode, uid, gid }
}

export function text(path: string, content: string, mode = 0o644): LayerEntry {
  return { path, type: 'file', mode, content: encode(content) }
}

export function symlink(path: string, target: string): LayerEntry {
  return { path, type: 'symlink', target }
}

/** A statically linked executable that runs a program of the model. */
export function binary(path: string, program: string, size: number): LayerEntry {
  return { path, type: 'file', mode: 0o755, content: elf({ program }), size }
}

/** A layer of a Dockerfile step. */
export function layer(createdBy: string, sizeBytes: number, entries: () => readonly LayerEntry[]): Layer {
  return { createdBy, sizeBytes, entries }
}

/** The directories and accounts every distribution's base has. */
export function baseFiles(): LayerEntry[] {
  return [
    ...[
      '/bin',
      '/dev',
      '/etc',
      '/home',
      '/lib',
      '/mnt',
      '/opt',
      '/sbin',
      '/srv',
      '/usr',
      '/usr/bin',
      '/usr/sbin',
      '/var',
      '/var/log',
      '/var/run',
    ].map((p) => folder(p)),
    folder('/proc', 0o555),
    folder('/sys', 0o555),
    folder('/root', 0o700),
    folder('/run'),
    folder('/tmp', 0o1777),
    text('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n'),
    text('/etc/group', 'root:x:0:\nnogroup:x:65534:\n'),
    text('/etc/nsswitch.conf', 'hosts: files dns\n'),
  ]
}
