import { pageCache } from '../cgroup/memory.ts'
import type { FsContext, MountNamespace, PageCacheAccount, VfsPath } from '../vfs/types.ts'
import { type Cred, realCred } from './cred.ts'
import type { Process } from './process.ts'

/**
 * What path walks and file operations see of a process: struct fs_struct and its credentials. Devices that want the
 * process itself narrow an `IoContext` by `instanceof TaskFs`.
 */
export class TaskFs implements FsContext {
  root: VfsPath
  cwd: VfsPath
  mntns: MountNamespace
  umask: number
  /** Set by the process that owns it. */
  process: Process | undefined

  constructor(root: VfsPath, cwd: VfsPath, mntns: MountNamespace, umask: number) {
    this.root = root
    this.cwd = cwd
    this.mntns = mntns
    this.umask = umask
  }

  get owner(): Process {
    if (this.process === undefined) throw new Error('a file system context without its process')
    return this.process
  }

  get cred(): Cred {
    return this.owner.cred
  }

  get realCred(): Cred {
    return realCred(this.owner.cred)
  }

  get fsizeLimit(): number {
    return this.owner.limits.fsize.soft
  }

  /** Files remember the cgroup that paid for their page cache. */
  get pageCache(): PageCacheAccount {
    const { cgroup } = this.owner
    return { chargePageCache: (bytes) => pageCache(cgroup, bytes) }
  }

  copy(): TaskFs {
    return new TaskFs(this.root, this.cwd, this.mntns, this.umask)
  }
}
