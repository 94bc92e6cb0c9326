import { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import type { LinkInfo, NetAdmin } from '../net/admin.ts'
import { TaskFs } from '../process/fs-context.ts'
import { S } from '../syscalls.ts'
import { majorOf, minorOf } from '../vfs/inode.ts'
import type { FileSystemType, FsContext, Inode } from '../vfs/types.ts'
import { BlockDevice } from './block.ts'
import { cpuList } from './proc/status.ts'
import { type Entries, fixedEntries, PseudoDir, PseudoFile, PseudoLink, PseudoSuper } from './pseudo.ts'

/**
 * sysfs in outline: block devices, CPUs, network interfaces, kernel, and empty directories for what mounts there. A mount
 * shows the interfaces of the network namespace of who mounted it. sysfs(5)
 */
type Node = readonly [type: number, make: () => Inode]

class SysfsSuper extends PseudoSuper {
  file(read: () => string, mode = 0o444): Node {
    return [S.IFREG, () => new PseudoFile(this, mode, { read, ...(mode === 0o444 ? {} : { write: () => {} }) }, 4096)]
  }

  dir(entries: Entries | Readonly<Record<string, Node>>): Node {
    return [
      S.IFDIR,
      () =>
        new PseudoDir(
          this,
          0o755,
          'list' in entries && typeof entries.list === 'function' ? (entries as Entries) : fixedEntries(entries as Record<string, Node>),
        ),
    ]
  }

  link(target: string): Node {
    return [S.IFLNK, () => new PseudoLink(this, () => target)]
  }

  empty(): Node {
    return this.dir({})
  }
}

/** Entries that follow a changing table: nodes are made again when the table's value for a name changes. */
function liveEntries<T extends object>(table: () => ReadonlyMap<string, T>, make: (name: string) => Node, type = S.IFDIR): Entries {
  const made = new Map<string, { key: string; inode: Inode }>()
  return {
    *list() {
      for (const name of table().keys()) yield [name, type]
    },
    get(name) {
      if (!table().has(name)) {
        made.delete(name)
        return undefined
      }
      let entry = made.get(name)
      if (entry === undefined) {
        entry = { key: name, inode: make(name)[1]() }
        made.set(name, entry)
      }
      return entry.inode
    },
  }
}

function interfaceFiles(sb: SysfsSuper, link: () => LinkInfo): Record<string, Node> {
  const num = (read: (l: LinkInfo) => number | string): Node => sb.file(() => `${read(link())}\n`)
  const state: Readonly<Record<LinkInfo['state'], string>> = {
    UP: 'up',
    DOWN: 'down',
    UNKNOWN: 'unknown',
    LOWERLAYERDOWN: 'lowerlayerdown',
  }
  const flagBits: Readonly<Record<string, number>> = {
    UP: 1,
    BROADCAST: 2,
    LOOPBACK: 8,
    POINTOPOINT: 16,
    NOARP: 128,
    PROMISC: 256,
    MULTICAST: 4096,
  }
  return {
    address: num((l) => l.mac),
    addr_len: num(() => 6),
    broadcast: num((l) => (l.kind === 'loopback' ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff')),
    carrier: sb.file(() => {
      const l = link()
      if (!l.flags.includes('UP')) throw new Errno('EINVAL')
      return `${l.flags.includes('LOWER_UP') ? 1 : 0}\n`
    }),
    flags: num((l) => `0x${l.flags.reduce((bits, f) => bits | (flagBits[f] ?? 0), 0).toString(16)}`),
    ifalias: num((l) => l.alias ?? ''),
    ifindex: num((l) => l.index),
    iflink: num((l) => l.peerIndex ?? l.index),
    mtu: num((l) => l.mtu),
    operstate: num((l) => state[l.state]),
    speed: sb.file(() => {
      if (link().kind !== 'veth' && link().kind !== 'bridge') throw new Errno('EINVAL')
      return '10000\n'
    }),
    statistics: sb.dir({
      rx_bytes: num((l) => l.stats.rxBytes),
      rx_dropped: num((l) => l.stats.rxDropped),
      rx_errors: num(() => 0),
      rx_packets: num((l) => l.stats.rxPackets),
      tx_bytes: num((l) => l.stats.txBytes),
      tx_dropped: num((l) => l.stats.txDropped),
      tx_errors: num(() => 0),
      tx_packets: num((l) => l.stats.txPackets),
    }),
    tx_queue_len: num((l) => l.qlen),
    type: num((l) => (l.kind === 'loopback' ? 772 : 1)),
    uevent: num((l) => `INTERFACE=${l.name}\nIFINDEX=${l.index}`),
  }
}

function netEntries(sb: SysfsSuper, admin: () => NetAdmin | undefined): Entries {
  const table = (): ReadonlyMap<string, LinkInfo> => new Map((admin()?.links() ?? []).map((l) => [l.name, l]))
  return liveEntries(table, (name) =>
    sb.dir(
      interfaceFiles(sb, () => {
        const link = table().get(name)
        if (link === undefined) throw new Errno('ENODEV')
        return link
      }),
    ),
  )
}

function blockEntries(sb: SysfsSuper, k: Kernel): Entries {
  const table = (): ReadonlyMap<string, BlockDevice> => {
    const out = new Map<string, BlockDevice>()
    for (const { device } of k.vfs.devices('block')) if (device instanceof BlockDevice) out.set(device.node, device)
    return out
  }
  return liveEntries(table, (name) => {
    const disk = (): BlockDevice => {
      const found = table().get(name)
      if (found === undefined) throw new Errno('ENODEV')
      return found
    }
    const dev = (): string => `${majorOf(disk().rdev)}:${minorOf(disk().rdev)}`
    return sb.dir({
      dev: sb.file(() => `${dev()}\n`),
      removable: sb.file(() => '0\n'),
      ro: sb.file(() => `${disk().readonly ? 1 : 0}\n`),
      size: sb.file(() => `${Math.floor(disk().size / 512)}\n`),
      stat: sb.file(
        () =>
          '       0        0        0        0        0        0        0        0        0        0        0        0        0        0        0        0        0\n',
      ),
      queue: sb.dir({
        rotational: sb.file(() => '0\n'),
        scheduler: sb.file(() => '[none] mq-deadline\n'),
        logical_block_size: sb.file(() => '512\n'),
      }),
      ...(name.startsWith('loop') && disk().backing !== undefined
        ? { loop: sb.dir({ backing_file: sb.file(() => `${disk().backing ?? ''}\n`) }) }
        : {}),
      uevent: sb.file(() => `MAJOR=${majorOf(disk().rdev)}\nMINOR=${minorOf(disk().rdev)}\nDEVNAME=${name}\nDEVTYPE=disk\n`),
    })
  })
}

function tree(sb: SysfsSuper, k: Kernel, admin: () => NetAdmin | undefined): Entries {
  const numbers = Array.from({ length: k.cpus }, (_, i) => i)
  const list = (): string => `${cpuList(numbers)}\n`
  const cpus = Object.fromEntries(
    numbers.map((i) => [
      `cpu${i}`,
      sb.dir({
        online: sb.file(() => '1\n', 0o644),
        topology: sb.dir({ core_id: sb.file(() => `${i}\n`), physical_package_id: sb.file(() => '0\n') }),
      }),
    ]),
  )
  const cpu = sb.dir({
    ...cpus,
    kernel_max: sb.file(() => '8191\n'),
    offline: sb.file(() => '\n'),
    online: sb.file(list),
    possible: sb.file(list),
    present: sb.file(list),
  })
  return fixedEntries({
    block: sb.dir(blockEntries(sb, k)),
    bus: sb.dir({ cpu: sb.empty(), pci: sb.empty(), virtio: sb.empty() }),
    class: sb.dir({ block: sb.dir(blockEntries(sb, k)), mem: sb.empty(), net: sb.dir(netEntries(sb, admin)), tty: sb.empty() }),
    dev: sb.dir({ block: sb.empty(), char: sb.empty() }),
    devices: sb.dir({
      platform: sb.empty(),
      system: sb.dir({ cpu, node: sb.dir({ node0: sb.dir({ cpulist: sb.file(list) }), online: sb.file(() => '0\n') }) }),
      virtual: sb.empty(),
    }),
    firmware: sb.empty(),
    fs: sb.dir({ bpf: sb.empty(), cgroup: sb.empty(), ext4: sb.empty(), fuse: sb.dir({ connections: sb.empty() }), pstore: sb.empty() }),
    hypervisor: sb.empty(),
    kernel: sb.dir({
      cgroup: sb.dir({
        delegate: sb.file(() => CGROUP_DELEGATE),
        features: sb.file(() => 'nsdelegate\nfavordynmods\nmemory_localevents\nmemory_recursiveprot\n'),
      }),
      config: sb.empty(),
      debug: sb.empty(),
      mm: sb.dir({ transparent_hugepage: sb.dir({ enabled: sb.file(() => 'always [madvise] never\n', 0o644) }) }),
      security: sb.empty(),
      tracing: sb.empty(),
      uevent_seqnum: sb.file(() => '1000\n'),
    }),
    module: sb.dir({ ext4: sb.empty(), nf_conntrack: sb.empty(), overlay: sb.empty() }),
    power: sb.dir({ state: sb.file(() => '\n', 0o644) }),
  })
}

const CGROUP_DELEGATE = 'cgroup.procs\ncgroup.threads\ncgroup.subtree_control\nmemory.oom.group\n'

export function sysfsType(k: Kernel): FileSystemType {
  const type: FileSystemType = {
    name: 'sysfs',
    nodev: true,
    userns: true,
    mount(source, data, readonly, ctx: FsContext) {
      if (data !== '') throw new Errno('EINVAL')
      const mounter = ctx instanceof TaskFs ? ctx.process : undefined
      // The interfaces are those of the mounter's network namespace; before there is a process, of the initial one.
      const ns = mounter?.ns.net ?? k.network.initial
      const admin = (): NetAdmin | undefined => {
        for (const p of [k.current?.process, ...k.pidns.processes.values()]) {
          if (p !== undefined && !p.exited && p.ns.net === ns) return k.network.admin(p)
        }
        return undefined
      }
      const sb = new SysfsSuper(k.vfs, type, source, ctx.mntns.userns, readonly)
      sb.setRoot(new PseudoDir(sb, 0o555, tree(sb, k, admin)))
      return sb
    },
  }
  return type
}
