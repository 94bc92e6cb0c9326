import type { Random } from '#sim/random.ts'
import type { Simulation } from '#sim/simulation.ts'
import type { Sim, Wait } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import { INITIAL_INO } from '../namespaces/namespace.ts'
import { namespaceOfFile } from '../namespaces/nsfs.ts'
import type { UserNamespace } from '../namespaces/user.ts'
import { CAP } from '../process/capability.ts'
import type { NetNamespaceRef, Network } from '../process/network.ts'
import type { Process } from '../process/process.ts'
import { type Frame, O, S, type SockAddr } from '../syscalls.ts'
import { BaseFile } from '../vfs/file.ts'
import type { FileDescription, IoContext, PollState } from '../vfs/types.ts'
import type { NetAdmin, SocketInfo } from './admin.ts'
import { NetNamespace } from './namespace.ts'
import { type AdminHost, netAdmin } from './net-admin.ts'
import { IcmpSocket } from './raw.ts'
import type { Socket } from './socket.ts'
import { TcpSocket } from './tcp.ts'
import { UdpSocket } from './udp.ts'
import { UnixRegistry, UnixSocket } from './unix.ts'

/** A network namespace with its number and owner: what /proc/PID/ns/net leads to. */
export class NetNs implements NetNamespaceRef {
  readonly kind = 'net'
  readonly ino: number
  readonly owner: UserNamespace
  readonly net: NetNamespace

  constructor(ino: number, owner: UserNamespace, net: NetNamespace) {
    this.ino = ino
    this.owner = owner
    this.net = net
  }
}

/** An open socket. */
export class SocketFile extends BaseFile {
  readonly socket: Socket

  constructor(socket: Socket, ...rest: ConstructorParameters<typeof BaseFile>) {
    super(...rest)
    this.socket = socket
  }

  get nonblock(): boolean {
    return (this.flags & O.NONBLOCK) !== 0
  }

  override read(_io: IoContext, max: number): Sim<Uint8Array> {
    return this.socket.recv(max, this.nonblock)
  }

  override write(_io: IoContext, data: Uint8Array): Sim<number> {
    return this.socket.send(data, this.nonblock)
  }

  override poll(): PollState {
    return this.socket.poll()
  }

  override pollQueue(): Wait {
    return this.socket.changed
  }

  override release(): void {
    this.socket.close()
    super.release()
  }
}

function socketOf(file: FileDescription): Socket {
  if (!(file instanceof SocketFile)) throw new Errno('ENOTSOCK')
  return file.socket
}

/** The machine's networking: namespaces and sockets. Give it to the kernel: `network: (kernel) => new MachineNetwork(kernel)`. */
export class MachineNetwork implements Network {
  readonly kernel: Kernel
  readonly initial: NetNs
  readonly unix = new UnixRegistry()
  readonly #random: Random
  readonly #sim: Simulation
  readonly #namespaces = new Map<NetNamespace, NetNs>()

  constructor(kernel: Kernel) {
    this.kernel = kernel
    this.#sim = kernel.sim
    this.#random = kernel.sim.random(`net/${kernel.uts.hostname}`)
    this.initial = this.#make(INITIAL_INO.net, kernel.userns)
  }

  #make(ino: number, owner: UserNamespace): NetNs {
    const net = new NetNamespace({ sim: this.#sim, random: this.#random, klog: (level, text) => this.kernel.klog(level, text) })
    const ns = new NetNs(ino, owner, net)
    this.#namespaces.set(net, ns)
    return ns
  }

  /** The initial namespace: where the machine's network cards are. */
  get host(): NetNamespace {
    return this.initial.net
  }

  createNamespace(ino: number, owner: UserNamespace): NetNs {
    return this.#make(ino, owner)
  }

  /** Every network namespace of the machine, the initial one first. */
  allNamespaces(): readonly NetNamespace[] {
    return [...this.#namespaces.keys()]
  }

  destroyNamespace(ns: NetNamespaceRef): void {
    const { net } = ns as NetNs
    this.#namespaces.delete(net)
    net.destroy()
  }

  /** The namespace a process is in. */
  of(p: Process): NetNs {
    return p.ns.net as NetNs
  }

  admin(p: Process): NetAdmin {
    const ns = this.of(p)
    const host: AdminHost = {
      namespaceOfFd: (fd) => {
        const found = namespaceOfFile(p.files.get(fd))
        if (!(found instanceof NetNs)) throw new Errno('EINVAL')
        return found.net
      },
      inodeOf: (net) => this.#namespaces.get(net)?.ino ?? 0,
      may: (what) => p.cred.capable(CAP[what], ns.owner),
      users: (inode) => this.#users(inode, p),
      unix: this.unix,
    }
    return netAdmin(ns.net, host)
  }

  /** Administration of the initial namespace without a process: setting up a machine. */
  hostAdmin(): NetAdmin {
    return netAdmin(this.host)
  }

  #users(inode: number, asker: Process): SocketInfo['users'] {
    const out: { pid: number; comm: string; fd: number }[] = []
    for (const [pid, p] of asker.pidns.processes) {
      if (p.exited) continue
      for (const fd of p.files.list()) {
        const file = p.files.get(fd)
        if (file instanceof SocketFile && file.socket.inode === inode) out.push({ pid, comm: p.comm, fd })
      }
    }
    return out
  }

  #file(p: Process, socket: Socket): SocketFile {
    const place = this.kernel.vfs.anonymous('socket', S.IFSOCK | 0o777, { uid: p.fs.cred.fsuid, gid: p.fs.cred.fsgid })
    socket.inode = place.dentry.inode.ino
    socket.uid = p.cred.state.euid
    return new SocketFile(socket, place.dentry.inode, O.RDWR, place)
  }

  socket(p: Process, family: 'inet' | 'unix', type: 'stream' | 'dgram' | 'raw', protocol?: 'icmp'): FileDescription {
    const ns = this.of(p)
    return this.#file(p, this.#open(p, ns, family, type, protocol))
  }

  #open(p: Process, ns: NetNs, family: 'inet' | 'unix', type: 'stream' | 'dgram' | 'raw', protocol: 'icmp' | undefined): Socket {
    if (family === 'unix') {
      if (type === 'raw') throw new Errno('EPROTONOSUPPORT')
      return new UnixSocket(this.unix, ns.net, type)
    }
    if (type === 'raw') {
      if (!p.cred.capable(CAP.net_raw, ns.owner)) throw new Errno('EPERM')
      return new IcmpSocket(ns.net, false)
    }
    if (protocol === 'icmp') {
      if (type !== 'dgram') throw new Errno('EPROTONOSUPPORT')
      const [low, high] = (ns.net.sysctls.get('net.ipv4.ping_group_range') ?? '1 0').split(/\s+/).map(Number) as [number, number]
      const gids = [p.cred.state.egid, ...p.cred.state.groups]
      if (!gids.some((g) => g >= low && g <= high)) throw new Errno('EACCES')
      return new IcmpSocket(ns.net, true)
    }
    return type === 'stream' ? new TcpSocket(ns.net) : new UdpSocket(ns.net)
  }

  socketpair(p: Process): readonly [FileDescription, FileDescription] {
    const [a, b] = UnixSocket.pair(this.unix, this.of(p).net, 'stream')
    return [this.#file(p, a), this.#file(p, b)]
  }

  /** Name of a unix socket in the registry: a file's identity, or the abstract name in the network namespace. */
  #unixKey(p: Process, path: string): string {
    if (path.startsWith('\0') || path.startsWith('@')) return `${this.of(p).ino}@${path.slice(1)}`
    const stat = this.kernel.vfs.stat(p.fs, path)
    if ((stat.mode & S.IFMT) !== S.IFSOCK) throw new Errno('ECONNREFUSED')
    if (!this.kernel.vfs.access(p.fs, path, 'w', true)) throw new Errno('EACCES')
    return `${stat.dev}:${stat.ino}`
  }

  bind(p: Process, file: FileDescription, address: SockAddr): void {
    const socket = socketOf(file)
    if (address.family === 'unix') {
      if (!(socket instanceof UnixSocket)) throw new Errno('EINVAL')
      if (!address.path.startsWith('\0') && !address.path.startsWith('@')) {
        try {
          this.kernel.vfs.mknod(p.fs, address.path, S.IFSOCK | 0o777)
        } catch (error) {
          if (error instanceof Errno && error.code === 'EEXIST') throw new Errno('EADDRINUSE')
          throw error
        }
      }
      socket.bindKey(address.path, this.#unixKey(p, address.path))
      return
    }
    const ns = this.of(p)
    const start = Number(ns.net.sysctls.get('net.ipv4.ip_unprivileged_port_start') ?? '1024')
    if (address.port > 0 && address.port < start && !(socket instanceof IcmpSocket) && !p.cred.capable(CAP.net_bind_service, ns.owner))
      throw new Errno('EACCES')
    socket.bind(address)
  }

  listen(_p: Process, file: FileDescription, backlog: number): void {
    socketOf(file).listen(backlog)
  }

  *accept(p: Process, file: FileDescription): Sim<{ readonly file: FileDescription; readonly peer: SockAddr }> {
    const socket = socketOf(file)
    const accepted = yield* socket.accept((file as SocketFile).nonblock)
    return { file: this.#file(p, accepted.socket), peer: accepted.peer }
  }

  *connect(p: Process, file: FileDescription, address: SockAddr): Sim<void> {
    const socket = socketOf(file)
    const { nonblock } = file as SocketFile
    if (socket instanceof UnixSocket) {
      if (address.family !== 'unix') throw new Errno('EINVAL')
      yield* socket.connectKey(this.#unixKey(p, address.path), nonblock)
    } else yield* socket.connect(address, nonblock)
  }

  *sendto(p: Process, file: FileDescription, data: Uint8Array, address: SockAddr): Sim<number> {
    const socket = socketOf(file)
    const { nonblock } = file as SocketFile
    if (socket instanceof UnixSocket && address.family === 'unix')
      return yield* socket.sendTo(this.unix.find(this.#unixKey(p, address.path)), data, nonblock)
    return yield* socket.sendto(data, address, nonblock)
  }

  recvfrom(
    _p: Process,
    file: FileDescription,
    max: number,
  ): Sim<{ readonly data: Uint8Array; readonly from: SockAddr; readonly ttl?: number }> {
    return socketOf(file).recvfrom(max, (file as SocketFile).nonblock)
  }

  shutdown(_p: Process, file: FileDescription, how: 'read' | 'write' | 'both'): void {
    socketOf(file).shutdown(how)
  }

  getsockname(_p: Process, file: FileDescription): SockAddr {
    return socketOf(file).localAddress()
  }

  getpeername(_p: Process, file: FileDescription): SockAddr {
    return socketOf(file).peerAddress()
  }

  setsockopt(_p: Process, file: FileDescription, option: string, value: number | string): void {
    socketOf(file).setOption(option, value)
  }

  *sendFrame(_p: Process, file: FileDescription, frame: Frame): Sim<void> {
    yield* socketOf(file).send(frame, (file as SocketFile).nonblock)
  }

  recvFrame(_p: Process, file: FileDescription): Sim<Frame | Uint8Array | undefined> {
    return socketOf(file).recvFrame((file as SocketFile).nonblock)
  }
}
