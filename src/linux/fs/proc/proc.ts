import { Errno } from '../../errno.ts'
import type { Kernel } from '../../kernel.ts'
import type { PidNamespace } from '../../namespaces/pid.ts'
import type { Process } from '../../process/process.ts'
import { S } from '../../syscalls.ts'
import type { FileSystemType, FsContext, Inode, UserNsView } from '../../vfs/types.ts'
import { parseOptions } from '../options.ts'
import { type Entries, fixedEntries, PseudoDir, PseudoFile, PseudoLink, PseudoSuper } from '../pseudo.ts'
import { asker } from './access.ts'
import * as machine from './machine.ts'
import { pidDirectory } from './pid.ts'
import { SysctlTree, sysctlDirectory } from './sysctl.ts'

/** One mount of proc: it shows the processes of one pid namespace, in that namespace's numbers. proc(5) */
export class ProcSuper extends PseudoSuper {
  readonly kernel: Kernel
  readonly pidns: PidNamespace

  constructor(kernel: Kernel, type: FileSystemType, source: string, userns: UserNsView, pidns: PidNamespace, readonly: boolean) {
    super(kernel.vfs, type, source, userns, readonly, 4026531855)
    this.kernel = kernel
    this.pidns = pidns
  }
}

function rootEntries(sb: ProcSuper, sysctls: SysctlTree): Entries {
  const { kernel: k } = sb
  const text = (read: (p: Process | undefined) => string, mode = 0o444): readonly [number, () => Inode] => [
    S.IFREG,
    () => new PseudoFile(sb, mode, { read: (ctx) => read(asker(ctx)) }),
  ]
  const link = (target: (ctx: FsContext | undefined) => string): readonly [number, () => Inode] => [
    S.IFLNK,
    () => new PseudoLink(sb, target),
  ]
  const own = (ctx: FsContext | undefined): number => {
    const pid = asker(ctx)?.pidIn(sb.pidns) ?? 0
    if (pid === 0) throw new Errno('ENOENT')
    return pid
  }
  const pressure = ['cpu', 'io', 'memory']
  return fixedEntries({
    buddyinfo: text(() => 'Node 0, zone      DMA      0      0      0      0      0      0      0      0      1      1      3 \n'),
    cgroups: text(() => machine.cgroups(sb.kernel)),
    cmdline: text(() => `${k.cmdline}\n`),
    consoles: text(() => 'ttyS0                -W- (EC p a)    4:64\n'),
    cpuinfo: text(() => machine.cpuinfo(k)),
    devices: text(() => machine.devices()),
    diskstats: text(() => machine.diskstats(k)),
    filesystems: text(() => machine.filesystems(k)),
    interrupts: text(() => machine.interrupts(k)),
    iomem: text(() => '', 0o400),
    kmsg: [S.IFREG, () => new PseudoFile(sb, 0o400, { read: () => k.log.map((l) => `<${l.level}>${l.text}\n`).join('') })],
    loadavg: text((p) => machine.loadavg(k, p)),
    locks: text(() => ''),
    meminfo: text(() => machine.meminfo(k)),
    misc: text(() => ''),
    modules: text(() => ''),
    mounts: link(() => 'self/mounts'),
    net: link(() => 'self/net'),
    partitions: text(() => machine.partitions(k)),
    pressure: [
      S.IFDIR,
      () =>
        new PseudoDir(sb, 0o555, fixedEntries(Object.fromEntries(pressure.map((name) => [name, text(() => machine.PRESSURE)]))), 'ENOENT'),
    ],
    self: link((ctx) => String(own(ctx))),
    slabinfo: text(() => '', 0o400),
    softirqs: text(() => ''),
    stat: text(() => machine.stat(k)),
    swaps: text(() => 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n'),
    sys: [S.IFDIR, () => sysctlDirectory(sb, sysctls)],
    'sysrq-trigger': [S.IFREG, () => new PseudoFile(sb, 0o200, { write: () => {} })],
    'thread-self': link((ctx) => `${own(ctx)}/task/${own(ctx)}`),
    timer_list: text(() => '', 0o400),
    tty: [
      S.IFDIR,
      () =>
        new PseudoDir(
          sb,
          0o555,
          fixedEntries({
            drivers: text(
              () =>
                '/dev/tty             /dev/tty        5       0 system:/dev/tty\n/dev/console         /dev/console    5       1 system:console\n/dev/ptmx            /dev/ptmx       5       2 system\npty_slave            /dev/pts      136 0-1048575 pty:slave\npty_master           /dev/ptm      128 0-1048575 pty:master\n',
            ),
          }),
          'ENOENT',
        ),
    ],
    uptime: text((p) => machine.uptime(k, p)),
    version: text(() => machine.version(k)),
    vmstat: text(() => machine.vmstat(k)),
    zoneinfo: text(() => ''),
  })
}

/** proc as a type: each mount belongs to the pid namespace of the mounter. */
export function procType(kernel: Kernel): FileSystemType {
  const sysctls = new SysctlTree(kernel)
  const type: FileSystemType = {
    name: 'proc',
    nodev: true,
    userns: true,
    mount(source, data, readonly, ctx) {
      for (const name of parseOptions(data).keys()) if (!['hidepid', 'gid', 'subset'].includes(name)) throw new Errno('EINVAL')
      return makeProc(kernel, type, sysctls, source, asker(ctx)?.pidns ?? kernel.pidns, ctx, readonly)
    },
  }
  return type
}

function makeProc(
  k: Kernel,
  type: FileSystemType,
  sysctls: SysctlTree,
  source: string,
  pidns: PidNamespace,
  ctx: FsContext,
  readonly: boolean,
): ProcSuper {
  // In a user namespace proc may only be mounted by who governs the pid namespace.
  if (!ctx.cred.capable(21, pidns.owner)) throw new Errno('EPERM')
  const sb = new ProcSuper(k, type, source, ctx.mntns.userns, pidns, readonly)
  const fixed = rootEntries(sb, sysctls)
  const dirs = new WeakMap<Process, Inode>()
  const root = new PseudoDir(
    sb,
    0o555,
    {
      *list(reader) {
        yield* fixed.list(reader)
        for (const pid of [...pidns.processes.keys()].sort((a, b) => a - b)) yield [String(pid), S.IFDIR]
      },
      get(name) {
        if (!/^[1-9]\d*$/.test(name)) return fixed.get(name)
        const p = pidns.processes.get(Number(name))
        if (p === undefined) return undefined
        let inode = dirs.get(p)
        if (inode === undefined) {
          inode = pidDirectory(sb, p)
          dirs.set(p, inode)
        }
        return inode
      },
    },
    'ENOENT',
  )
  sb.setRoot(root)
  return sb
}
