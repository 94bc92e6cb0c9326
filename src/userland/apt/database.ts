import { elf } from '#linux/elf.ts'
import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { slurp, writeFile } from '../lib/io.ts'
import type { Package } from './catalogue.ts'

/** A stanza of /var/lib/dpkg/status: its fields in order. */
export type Stanza = ReadonlyMap<string, string>

const STATUS = '/var/lib/dpkg/status'

/** The installed packages, by name. */
export function* installed(proc: Proc): Sim<Map<string, Stanza>> {
  const out = new Map<string, Stanza>()
  for (const block of ((yield* slurp(proc, STATUS)) ?? '').split(/\n\n+/)) {
    const fields = new Map<string, string>()
    for (const m of block.matchAll(/^([A-Za-z-]+): ?(.*(?:\n[ \t].*)*)$/gm)) fields.set(m[1] ?? '', m[2] ?? '')
    const name = fields.get('Package')
    if (name !== undefined) out.set(name, fields)
  }
  return out
}

/** Writes the status file. Throws Errno. */
export function* save(proc: Proc, packages: ReadonlyMap<string, Stanza>): Sim<void> {
  const names = [...packages.keys()].sort()
  const text = names.map((n) => [...(packages.get(n) ?? [])].map(([k, v]) => `${k}: ${v}\n`).join('')).join('\n')
  yield* writeFile(proc, STATUS, text)
}

/** The stanza of a package of the catalogue, once installed. */
export function stanzaOf(p: Package, automatic: boolean): Stanza {
  const fields: (readonly [string, string | undefined])[] = [
    ['Package', p.name],
    ['Status', 'install ok installed'],
    ['Priority', 'optional'],
    ['Section', p.section],
    ['Installed-Size', String(Math.round(p.installed))],
    [
      'Maintainer',
      p.name.startsWith('vim') ? 'Debian Vim Maintainers <team+vim@tracker.debian.org>' : 'Debian Maintainers <packages@debian.org>',
    ],
    ['Architecture', p.arch],
    ['Version', p.version],
    ['Provides', p.provides],
    ['Depends', p.depends.length === 0 ? undefined : p.depends.join(', ')],
    ['Suggests', p.suggests?.join(', ')],
    ['Description', p.description],
    ['Auto-Installed', automatic ? '1' : undefined],
  ]
  return new Map(fields.flatMap(([k, v]) => (v === undefined ? [] : [[k, v] as const])))
}

/** Files of an installed package, directories first. */
export function* filesOf(proc: Proc, name: string): Sim<string[]> {
  return ((yield* slurp(proc, `/var/lib/dpkg/info/${name}.list`)) ?? '').split('\n').filter((l) => l !== '')
}

/** Puts a package's files in place. Throws Errno. */
export function* unpack(proc: Proc, p: Package): Sim<void> {
  const paths = new Set(['/.'])
  const add = (path: string): void => {
    const parts = path.split('/')
    for (let i = 2; i <= parts.length; i++) paths.add(parts.slice(0, i).join('/'))
  }
  for (const [path, program] of p.programs) {
    const dir = path.slice(0, path.lastIndexOf('/'))
    if (!proc.access(dir, '')) proc.mkdir(dir, 0o755)
    yield* writeFile(proc, path, elf({ program, interp: '/lib64/ld-linux-x86-64.so.2', needed: ['libc.so.6'] }), 0o755)
    proc.chmod(path, 0o755)
    add(path)
  }
  for (const [path, target] of p.links ?? []) {
    try {
      proc.unlink(path)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
    proc.symlink(target, path)
  }
  add(`/usr/share/doc/${p.name}`)
  if (!proc.access(`/usr/share/doc/${p.name}`, '')) proc.mkdir(`/usr/share/doc/${p.name}`, 0o755)
  yield* writeFile(proc, `/var/lib/dpkg/info/${p.name}.list`, [...paths].map((f) => `${f}\n`).join(''))
}

/** Takes a package's files away. */
export function* erase(proc: Proc, name: string, p: Package | undefined): Sim<void> {
  for (const path of [...(yield* filesOf(proc, name)).reverse(), ...(p?.links ?? []).map(([l]) => l), `/var/lib/dpkg/info/${name}.list`]) {
    try {
      if ((proc.lstat(path).mode & 0o170000) === 0o040000) {
        if (path.startsWith('/usr/share/doc/')) proc.rmdir(path)
      } else proc.unlink(path)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
}
