import type { Sim } from '#sim/wait.ts'
import type { Namespace } from '../namespaces/namespace.ts'
import type { UserNamespace } from '../namespaces/user.ts'
import type { NetAdmin } from '../net/admin.ts'
import type { Frame, SockAddr } from '../syscalls.ts'
import type { FileDescription } from '../vfs/types.ts'
import type { Process } from './process.ts'

/** A network namespace as the process layer sees it. */
export interface NetNamespaceRef extends Namespace {
  readonly kind: 'net'
}

/** The seam to `src/linux/net`: namespaces and sockets. Files are those of sockets (ENOTSOCK for others is thrown behind it). */
export interface Network {
  readonly initial: NetNamespaceRef
  createNamespace(ino: number, owner: UserNamespace): NetNamespaceRef
  /** The last process, descriptor and bind mount are gone: devices go with it. */
  destroyNamespace(ns: NetNamespaceRef): void
  admin(p: Process): NetAdmin
  socket(p: Process, family: 'inet' | 'unix', type: 'stream' | 'dgram' | 'raw', protocol?: 'icmp'): FileDescription
  socketpair(p: Process): readonly [FileDescription, FileDescription]
  bind(p: Process, file: FileDescription, address: SockAddr): void
  listen(p: Process, file: FileDescription, backlog: number): void
  accept(p: Process, file: FileDescription): Sim<{ readonly file: FileDescription; readonly peer: SockAddr }>
  connect(p: Process, file: FileDescription, address: SockAddr): Sim<void>
  sendto(p: Process, file: FileDescription, data: Uint8Array, address: SockAddr): Sim<number>
  recvfrom(
    p: Process,
    file: FileDescription,
    max: number,
  ): Sim<{
    readonly data: Uint8Array
    readonly from: SockAddr
    readonly ttl?: number
  }>
  shutdown(p: Process, file: FileDescription, how: 'read' | 'write' | 'both'): void
  getsockname(p: Process, file: FileDescription): SockAddr
  getpeername(p: Process, file: FileDescription): SockAddr
  setsockopt(p: Process, file: FileDescription, option: string, value: number | string): void
  sendFrame(p: Process, file: FileDescription, frame: Frame): Sim<void>
  recvFrame(p: Process, file: FileDescription): Sim<Frame | Uint8Array | undefined>
}
