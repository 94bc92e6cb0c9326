import { Errno } from '../../errno.ts'
import type { Kernel } from '../../kernel.ts'
import { NetNs } from '../../net/network.ts'
import type { Sysctls } from '../../net/sysctl.ts'
import { CAP } from '../../process/capability.ts'
import type { Process } from '../../process/process.ts'
import { S } from '../../syscalls.ts'
import type { FsContext, Inode } from '../../vfs/types.ts'
import { PseudoDir, PseudoFile } from '../pseudo.ts'
import { asker } from './access.ts'
import type { ProcSuper } from './proc.ts'

/** /proc/sys: sysctl(8). A parameter is a name with dots; directories follow from the names. */

interface Parameter {
  readonly mode: number
  get(p: Process | undefined): string
  set?(p: Process | undefined, value: string): void
}

function netSysctls(k: Kernel, p: Process | undefined): Sysctls | undefined {
  const ns = p?.ns.net ?? k.network.initial
  return ns instanceof NetNs ? ns.net.sysctls : undefined
}

/** Parameters that only keep what is written: numbers unless the default is text. */
const KEPT: Readonly<Record<string, string>> = {
  'kernel.panic': '0',
  'kernel.panic_on_oops': '0',
  'kernel.keys.root_maxkeys': '1000000',
  'kernel.keys.root_maxbytes': '25000000',
  'kernel.threads-max': '15644',
  'kernel.msgmax': '8192',
  'kernel.msgmnb': '16384',
  'kernel.msgmni': '32000',
  'kernel.shmmax': '18446744073692774399',
  'kernel.shmall': '18446744073692774399',
  'kernel.shmmni': '4096',
  'kernel.sem': '32000\t1024000000\t500\t32000',
  'kernel.core_pattern': 'core',
  'kernel.core_uses_pid': '0',
  'kernel.randomize_va_space': '2',
  'kernel.kptr_restrict': '0',
  'kernel.dmesg_restrict': '1',
  'kernel.printk': '4\t4\t1\t7',
  'kernel.sysrq': '438',
  'kernel.unprivileged_userns_clone': '1',
  'kernel.yama.ptrace_scope': '0',
  'kernel.perf_event_paranoid': '3',
  'kernel.sched_autogroup_enabled': '1',
  'kernel.hung_task_timeout_secs': '120',
  'kernel.softlockup_panic': '0',
  'kernel.watchdog': '1',
  'kernel.tainted': '0',
  'kernel.modprobe': '/sbin/modprobe',
  'kernel.shm_rmid_forced': '0',
  'kernel.numa_balancing': '0',
  'vm.overcommit_memory': '0',
  'vm.overcommit_ratio': '50',
  'vm.panic_on_oom': '0',
  'vm.oom_kill_allocating_task': '0',
  'vm.oom_dump_tasks': '1',
  'vm.swappiness': '60',
  'vm.dirty_ratio': '20',
  'vm.dirty_background_ratio': '10',
  'vm.max_map_count': '65530',
  'vm.min_free_kbytes': '5644',
  'vm.vfs_cache_pressure': '100',
  'vm.drop_caches': '0',
  'vm.nr_hugepages': '0',
  'vm.mmap_min_addr': '65536',
  'fs.file-max': '9223372036854775807',
  'fs.nr_open': '1048576',
  'fs.inotify.max_user_watches': '14558',
  'fs.inotify.max_user_instances': '128',
  'fs.inotify.max_queued_events': '16384',
  'fs.protected_hardlinks': '1',
  'fs.protected_symlinks': '1',
  'fs.protected_regular': '2',
  'fs.protected_fifos': '1',
  'fs.suid_dumpable': '0',
  'fs.pipe-max-size': '1048576',
  'fs.aio-max-nr': '65536',
  'fs.mqueue.queues_max': '256',
  'fs.mqueue.msg_max': '10',
  'fs.mqueue.msgsize_max': '8192',
  'fs.epoll.max_user_watches': '421248',
  'fs.may_detach_mounts': '1',
  'user.max_user_namespaces': '7822',
  'user.max_pid_namespaces': '7822',
  'user.max_net_namespaces': '7822',
  'user.max_mnt_namespaces': '7822',
  'user.max_uts_namespaces': '7822',
  'user.max_ipc_namespaces': '7822',
  'user.max_cgroup_namespaces': '7822',
  'user.max_time_namespaces': '7822',
  'debug.exception-trace': '1',
  'abi.vsyscall32': '1',
}

/** The parameters of one machine. */
export class SysctlTree {
  readonly #kernel: Kernel
  readonly #own: Map<string, Parameter>

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#own = parameters(kernel)
  }

  /** Names below a directory (`kernel`, or `` for the top), each with whether it is a directory. */
  list(dir: string, p: Process | undefined): Map<string, boolean> {
    const prefix = dir === '' ? '' : `${dir}/`
    const out = new Map<string, boolean>()
    const add = (name: string): void => {
      if (!name.startsWith(prefix)) return
      const rest = name.slice(prefix.length)
      const slash = rest.indexOf('/')
      out.set(slash < 0 ? rest : rest.slice(0, slash), slash >= 0)
    }
    for (const name of this.#own.keys()) add(name)
    // A mount point, without parameters until something is mounted there.
    if (dir === 'fs') out.set('binfmt_misc', true)
    for (const name of netSysctls(this.#kernel, p)?.names() ?? []) add(path(name))
    return out
  }

  parameter(name: string, p: Process | undefined): Parameter | undefined {
    const own = this.#own.get(name)
    if (own !== undefined || !name.startsWith('net/')) return own
    const dotted = dots(name)
    if (netSysctls(this.#kernel, p)?.get(dotted) === undefined) return undefined
    return {
      mode: 0o644,
      get: (reader) => netSysctls(this.#kernel, reader)?.get(dotted) ?? '',
      set: (writer, value) => netSysctls(this.#kernel, writer)?.set(dotted, value),
    }
  }
}

/** `net.ipv4.ip_forward` ↔ `net/ipv4/ip_forward`; K3's names of devices never hold a slash. */
const path = (name: string): string => name.replaceAll('.', '/')
const dots = (name: string): string => name.replaceAll('/', '.')

function parameters(k: Kernel): Map<string, Parameter> {
  const out = new Map<string, Parameter>()
  const kept = new Map(Object.entries(KEPT))
  const bootId = k.random.uuid()
  for (const name of Object.keys(KEPT)) {
    const numeric = /^-?\d+$/.test(KEPT[name] ?? '')
    out.set(name.replace('.', '/').replaceAll(/\.(?=[a-z_]+$)/g, '/'), {
      mode: name === 'vm.drop_caches' ? 0o200 : 0o644,
      get: () => kept.get(name) ?? '',
      set: (_p, value) => {
        const text = value.trim()
        if (numeric && !/^-?\d+$/.test(text)) throw new Errno('EINVAL')
        kept.set(name, text.replace(/\s+/g, '\t'))
      },
    })
  }
  const fixed = (name: string, get: (p: Process | undefined) => string): void => {
    out.set(name, { mode: 0o444, get })
  }
  const uts = (p: Process | undefined): typeof k.uts => p?.ns.uts ?? k.uts
  const name = (what: 'hostname' | 'domainname'): Parameter => ({
    mode: 0o644,
    get: (p) => uts(p)[what],
    set: (p, value) => {
      const ns = uts(p)
      if (p !== undefined && !p.cred.capable(CAP.sys_admin, ns.owner)) throw new Errno('EPERM')
      ns[what] = value.replace(/\n[\s\S]*$/, '').slice(0, 64)
    },
  })
  out.set('kernel/hostname', name('hostname'))
  out.set('kernel/domainname', name('domainname'))
  fixed('kernel/osrelease', () => k.release)
  fixed('kernel/ostype', () => 'Linux')
  fixed('kernel/version', () => k.version)
  fixed('kernel/cap_last_cap', () => '40')
  fixed('kernel/ngroups_max', () => '65536')
  fixed('kernel/overflowuid', () => '65534')
  fixed('kernel/overflowgid', () => '65534')
  fixed('kernel/random/boot_id', () => bootId)
  fixed('kernel/random/uuid', () => k.random.uuid())
  fixed('kernel/random/entropy_avail', () => '256')
  fixed('kernel/random/poolsize', () => '256')
  fixed('kernel/seccomp/actions_avail', () => 'kill_process kill_thread trap errno user_notif trace log allow')
  fixed('fs/file-nr', () => `${openFiles(k)}\t0\t9223372036854775807`)
  fixed('fs/inode-nr', () => '15000\t500')
  out.set('kernel/pid_max', {
    mode: 0o644,
    get: (p) => String((p?.pidns ?? k.pidns).pidMax),
    set: (p, value) => {
      const n = Number(value.trim())
      if (!Number.isInteger(n) || n < 301 || n > 4_194_304) throw new Errno('EINVAL')
      ;(p?.pidns ?? k.pidns).pidMax = n
    },
  })
  out.set('kernel/ns_last_pid', {
    mode: 0o666,
    get: (p) => String((p?.pidns ?? k.pidns).lastPid),
    set: (p, value) => {
      const ns = p?.pidns ?? k.pidns
      if (p !== undefined && !p.cred.capable(CAP.sys_admin, ns.owner)) throw new Errno('EPERM')
      ns.lastPid = Number(value.trim())
    },
  })
  return out
}

function openFiles(k: Kernel): number {
  let n = 0
  for (const p of k.pidns.processes.values()) if (!p.exited && !p.kthread) n += p.files.list().length
  return n
}

/** A parameter belongs to root of the namespace that governs it; for net.* that is the network namespace's user namespace. */
function mayWrite(ctx: FsContext, name: string): boolean | undefined {
  const p = asker(ctx)
  if (p === undefined || !name.startsWith('net/')) return undefined
  return p.cred.capable(CAP.net_admin, p.ns.net.owner) ? true : undefined
}

class SysctlFile extends PseudoFile {
  readonly name: string

  constructor(sb: ProcSuper, name: string, parameter: Parameter) {
    super(sb, parameter.mode, {
      read: (ctx) => `${parameter.get(asker(ctx))}\n`,
      write: (value, ctx) => {
        if (parameter.set === undefined) throw new Errno('EACCES')
        parameter.set(asker(ctx), value)
      },
    })
    this.name = name
  }

  /** No capability helps where the mode forbids: /proc/sys has rules of its own. */
  permission(ctx: FsContext, mask: number): boolean | undefined {
    if ((mask & 1) !== 0) return false
    if ((mask & 2) !== 0 && mayWrite(ctx, this.name) === true) return true
    const bits = ctx.cred.fsuid === 0 ? this.mode >> 6 : ctx.cred.fsgid === 0 ? this.mode >> 3 : this.mode
    return (bits & mask) === mask
  }
}

/** The directory /proc/sys or one below. */
export function sysctlDirectory(sb: ProcSuper, tree: SysctlTree, dir = ''): Inode {
  const made = new Map<string, Inode>()
  return new PseudoDir(
    sb,
    0o555,
    {
      *list(ctx) {
        for (const [name, isDir] of tree.list(dir, asker(ctx))) yield [name, isDir ? S.IFDIR : S.IFREG]
      },
      get(name) {
        const full = dir === '' ? name : `${dir}/${name}`
        let inode = made.get(name)
        if (inode !== undefined) return inode
        const reader = sb.kernel.current?.process
        const parameter = tree.parameter(full, reader)
        if (parameter !== undefined) inode = new SysctlFile(sb, full, parameter)
        else if (tree.list(dir, reader).get(name) === true) inode = sysctlDirectory(sb, tree, full)
        if (inode !== undefined) made.set(name, inode)
        return inode
      },
    },
    'ENOENT',
  )
}
