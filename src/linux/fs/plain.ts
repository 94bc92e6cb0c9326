import { Errno } from '../errno.ts'
import type { FileSystemType, SuperBlock } from '../vfs/types.ts'
import type { Vfs } from '../vfs/vfs.ts'
import { MemorySuper } from './memory/super.ts'

/** File systems that are there to be mounted and listed: empty, with their default options. */

/** Types in one state: what /proc/mounts shows by default, root mode, whether a user namespace's root may mount it. */
const PLAIN: Readonly<Record<string, { readonly shown?: string; readonly mode?: number; readonly userns?: boolean }>> = {
  mqueue: { mode: 0o1777, userns: true },
  securityfs: {},
  pstore: {},
  bpf: { shown: 'mode=700', mode: 0o1700, userns: true },
  debugfs: { mode: 0o700 },
  tracefs: { mode: 0o700 },
  configfs: {},
  fusectl: { mode: 0o555 },
  hugetlbfs: { shown: 'pagesize=2M' },
  binfmt_misc: {},
  autofs: { mode: 0o555 },
}

/** A file system whose options are shown as they were given (or its default), and do nothing. */
export function plainTypes(vfs: Vfs): ReadonlyMap<string, FileSystemType> {
  const out = new Map<string, FileSystemType>()
  for (const [name, { shown, mode, userns }] of Object.entries(PLAIN)) {
    const type: FileSystemType = {
      name,
      nodev: true,
      ...(userns === true ? { userns } : {}),
      mount(source, data, readonly, ctx): SuperBlock {
        const options = data !== '' ? data.split(',') : shown === undefined ? [] : [shown]
        return new MemorySuper(vfs, {
          type,
          dev: vfs.anonymousDev(),
          source,
          userns: ctx.mntns.userns,
          readonly,
          mode: mode ?? 0o755,
          dirSize: () => 0,
          cacheKind: 'shmem',
          showOptions: () => options,
        })
      },
    }
    out.set(name, type)
  }
  return out
}

/** A type that is only listed: mounting it says that it isn't modelled. */
export function listedType(vfs: Vfs, name: string, nodev = true): FileSystemType {
  return {
    name,
    nodev,
    mount() {
      vfs.host.klog(3, `podlab: file system ${name} is not modelled`)
      throw new Errno('ENODEV')
    },
  }
}
