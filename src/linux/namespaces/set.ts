import type { NetNamespaceRef } from '../process/network.ts'
import type { PidNamespace } from './pid.ts'
import type { CgroupNamespace, IpcNamespace, TimeNamespace, UtsNamespace } from './plain.ts'

/**
 * struct nsproxy: the namespaces of a process that may change while it lives. Its pid namespace is that of its `id`, its
 * user namespace that of its credentials, its mount namespace that of its file system context.
 */
export interface Namespaces {
  uts: UtsNamespace
  ipc: IpcNamespace
  net: NetNamespaceRef
  cgroup: CgroupNamespace
  time: TimeNamespace
  timeForChildren: TimeNamespace
  pidForChildren: PidNamespace
}
