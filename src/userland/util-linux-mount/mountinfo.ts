import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { slurp } from '#userland/lib/io.ts'

/** One line of /proc/self/mountinfo, as libmount keeps it. */
export interface MountLine {
  readonly id: number
  readonly parent: number
  readonly device: string
  readonly root: string
  readonly target: string
  readonly vfsOptions: string
  readonly optional: string
  readonly type: string
  readonly source: string
  readonly fsOptions: string
}

const unmangle = (text: string): string => text.replace(/\\([0-7]{3})/g, (_, n: string) => String.fromCharCode(Number.parseInt(n, 8)))

export function parseMountinfo(text: string): MountLine[] {
  const out: MountLine[] = []
  for (const line of text.split('\n')) {
    const m = /^(\d+) (\d+) (\S+) (\S+) (\S+) (\S+)((?: \S+)*?) - (\S+) (\S*) (\S+)$/.exec(line)
    if (m === null) continue
    const [, id, parent, device = '', root = '', target = '', vfsOptions = '', optional = '', type = '', source = '', fsOptions = ''] = m
    out.push({
      id: Number(id),
      parent: Number(parent),
      device,
      root: unmangle(root),
      target: unmangle(target),
      vfsOptions,
      optional: optional.trim(),
      type,
      source: unmangle(source),
      fsOptions,
    })
  }
  return out
}

/** The mounts the caller sees; without a proc none. */
export function* mountTable(proc: Proc): Sim<MountLine[]> {
  try {
    return parseMountinfo((yield* slurp(proc, '/proc/self/mountinfo')) ?? '')
  } catch (error) {
    if (error instanceof Errno) return []
    throw error
  }
}

/** Options of mount and file system together, once `rw` or `ro`. */
export function options(m: MountLine): string {
  const vfs = m.vfsOptions.split(',')
  const fs = m.fsOptions.split(',')
  const ro = vfs[0] === 'ro' || fs[0] === 'ro'
  return [ro ? 'ro' : 'rw', ...vfs.slice(1), ...fs.slice(1)].join(',')
}

/** `/dev/vda[/dir]` for a mount that shows only a part. */
export function sourceWithRoot(m: MountLine): string {
  return m.root === '/' ? m.source : `${m.source}[${m.root}]`
}

export function propagation(m: MountLine): string {
  let out = /\bshared:/.test(m.optional) ? 'shared' : 'private'
  if (/\bmaster:/.test(m.optional)) out += ',slave'
  if (/\bunbindable\b/.test(m.optional)) out += ',unbindable'
  return out
}

/** The path without symbolic links if it is there, else made absolute; as libmount's canonicalize. */
export function canonical(proc: Proc, path: string): string {
  try {
    return proc.realpath(path)
  } catch (error) {
    if (error instanceof Errno) return path
    throw error
  }
}

/** Whether a -t list (`ext4,tmpfs`, `noproc,sysfs`) takes a type. */
export function matchesType(type: string, list: string | undefined): boolean {
  if (list === undefined) return true
  const negative = list.startsWith('no')
  const names = (negative ? list.slice(2) : list).split(',').map((n) => (negative && n.startsWith('no') ? n.slice(2) : n))
  return names.includes(type) !== negative
}

/** `errors=remount-ro` → 'remount-ro' for a name in an option list; '' for a bare one. */
export function optionValue(list: string, name: string): string | undefined {
  for (const part of list.split(',')) {
    if (part === name) return ''
    if (part.startsWith(`${name}=`)) return part.slice(name.length + 1)
  }
  return undefined
}
