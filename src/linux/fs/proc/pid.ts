import { encode } from '#sim/bytes.ts'
import { Errno } from '../../errno.ts'
import { writeIdMap, writeSetgroups, writeTimeOffsets } from '../../namespaces/maps.ts'
import { NS_LINKS, namespaceOf } from '../../namespaces/nsfs.ts'
import { formatIdMap } from '../../namespaces/user.ts'
import { CAP } from '../../process/capability.ts'
import type { Process } from '../../process/process.ts'
import { O, S } from '../../syscalls.ts'
import type { FileDescription, FsContext, Inode, VfsPath } from '../../vfs/types.ts'
import type { NsfsInode } from '../nsfs.ts'
import { type FileBody, PseudoDir, PseudoFile, PseudoLink } from '../pseudo.ts'
import { asker, mayTrace, requireTrace } from './access.ts'
import { maps } from './maps.ts'
import { mountinfo, mounts, mountstats } from './mounts.ts'
import * as net from './net.ts'
import { nfConntrack } from './net-conntrack.ts'
import type { ProcSuper } from './proc.ts'
import { io, limits, sched, stat, statm, status } from './status.ts'

/** /proc/PID and /proc/PID/task/TID: proc_pid(5). */

/** Files and directories of /proc/PID die with the process and belong to its effective user. */
const owned =
  (p: Process) =>
  <T extends Inode>(inode: T): T => {
    const { state } = p.cred
    inode.uid = state.euid
    inode.gid = state.egid
    return inode
  }

class PidFile extends PseudoFile {
  readonly process: Process

  constructor(sb: ProcSuper, mode: number, p: Process, body: FileBody) {
    super(sb, mode, body)
    this.process = p
  }

  override alive(): boolean {
    owned(this.process)(this)
    return isThere(this.process)
  }
}

class PidDir extends PseudoDir {
  readonly process: Process

  constructor(sb: ProcSuper, mode: number, p: Process, entries: ConstructorParameters<typeof PseudoDir>[2]) {
    super(sb, mode, entries, 'ENOENT')
    this.process = p
  }

  override alive(): boolean {
    owned(this.process)(this)
    return isThere(this.process)
  }
}

class PidLink extends PseudoLink {
  readonly process: Process
  readonly #there: () => boolean

  constructor(
    sb: ProcSuper,
    p: Process,
    text: (ctx: FsContext | undefined) => string,
    follow?: (ctx: FsContext) => VfsPath,
    mode = 0o777,
    there = (): boolean => true,
  ) {
    super(sb, text, follow, mode)
    this.process = p
    this.#there = there
  }

  override alive(): boolean {
    return isThere(this.process) && this.#there()
  }
}

/** A zombie is still there; once it has been waited for it isn't. */
function isThere(p: Process): boolean {
  return p.id.process === p && p.pidns.processes.get(p.id.in(p.pidns)) === p
}

/** In the order in which proc lists them: type, mode, and what makes the inode. */
type Entry = readonly [type: number, mode: number, make: (mode: number) => Inode]

/** The directory of a process; `task` leaves out what only a whole process has. */
export function pidDirectory(sb: ProcSuper, p: Process, task = false): Inode {
  const own = owned(p)
  const { kernel } = p
  const { vfs } = kernel
  const file = (mode: number, body: FileBody): Entry => [S.IFREG, mode, (m) => own(new PidFile(sb, m, p, body))]
  const text = (read: (ctx: FsContext) => string | Uint8Array, mode = 0o444): Entry => file(mode, { read })
  const traced = (read: (ctx: FsContext) => string | Uint8Array, mode = 0o444): Entry =>
    file(mode, { read, open: (ctx) => requireTrace(ctx, p) })
  const link = (place: () => VfsPath | undefined): Entry => [
    S.IFLNK,
    0o777,
    () => {
      const get = (ctx: FsContext | undefined): VfsPath => {
        requireTrace(ctx, p)
        const at = place()
        if (at === undefined) throw new Errno('ENOENT')
        return at
      }
      return own(new PidLink(sb, p, (ctx) => (ctx === undefined ? '' : vfs.pathName(ctx, get(ctx))), get))
    },
  ]
  const live =
    (place: () => VfsPath): (() => VfsPath | undefined) =>
    () =>
      p.exited || p.kthread ? undefined : place()
  const idMap = (what: 'uid' | 'gid'): Entry =>
    file(0o644, {
      read: (ctx) => formatIdMap(p.cred.userns, what, asker(ctx)?.cred.userns ?? kernel.userns),
      write: (data, ctx) => {
        const writer = asker(ctx)
        if (writer !== undefined) writeIdMap(writer, p.cred.userns, what, data)
      },
    })
  const mountFile = (format: typeof mounts, mode = 0o444): Entry =>
    file(mode, {
      read: () => {
        if (p.exited) throw new Errno('EINVAL')
        return format(vfs, p.fs)
      },
      changed: () => p.fs.mntns.changed,
    })
  const table: Record<string, Entry> = {
    task: [S.IFDIR, 0o555, (m) => own(taskDirectory(sb, p, m))],
    fd: [S.IFDIR, 0o500, (m) => own(fdDirectory(sb, p, m, false))],
    map_files: [S.IFDIR, 0o500, (m) => own(new PidDir(sb, m, p, { list: () => [], get: () => undefined }))],
    fdinfo: [S.IFDIR, 0o555, (m) => own(fdDirectory(sb, p, m, true))],
    ns: [S.IFDIR, 0o511, (m) => own(nsDirectory(sb, p, m))],
    net: [S.IFDIR, 0o555, (m) => netDirectory(sb, p, m)],
    environ: traced(() => encode(p.environ.map((e) => `${e}\0`).join('')), 0o400),
    auxv: traced(() => '', 0o400),
    status: text((ctx) => status(p, sb.pidns, asker(ctx)?.cred.userns ?? kernel.userns)),
    personality: traced(() => '00000000\n', 0o400),
    limits: text(() => limits(p)),
    sched: file(0o644, { read: () => sched(p, sb.pidns), write: () => {} }),
    autogroup: file(0o644, { read: () => `/autogroup-${p.session?.id.in(sb.pidns) ?? 0} nice 0\n`, write: () => {} }),
    timens_offsets: file(0o644, { read: () => timeOffsets(p), write: (data, ctx) => writeTimeOffsets(asker(ctx) ?? p, p, data) }),
    comm: file(0o644, { read: () => `${p.comm}\n`, write: (data, ctx) => setComm(p, data, ctx) }),
    syscall: traced(() => (p.state === 'R' ? 'running\n' : '0 0x0 0x0 0x0 0x0 0x0 0x0 0x0 0x0\n'), 0o400),
    cmdline: text(() => encode(p.exited || p.kthread ? '' : p.cmdline.map((a) => `${a}\0`).join(''))),
    stat: text(() => stat(p, sb.pidns)),
    statm: text(() => statm(p)),
    maps: traced((ctx) => maps(p, ctx)),
    numa_maps: traced(() => ''),
    mem: file(0o600, {
      open: (ctx) => requireTrace(ctx, p),
      read: () => {
        throw new Errno('EIO')
      },
    }),
    cwd: link(live(() => p.fs.cwd)),
    root: link(live(() => p.fs.root)),
    exe: link(() => (p.exited ? undefined : p.exe)),
    mounts: mountFile(mounts),
    mountinfo: mountFile(mountinfo),
    mountstats: mountFile(mountstats, 0o400),
    clear_refs: file(0o200, { write: () => {} }),
    smaps: traced((ctx) => maps(p, ctx)),
    smaps_rollup: traced(
      () =>
        `Rss:            ${String(Math.round(p.rssBytes / 1024)).padStart(8)} kB\nPss:            ${String(Math.round(p.rssBytes / 1024)).padStart(8)} kB\n`,
    ),
    pagemap: traced(() => '', 0o400),
    attr: [S.IFDIR, 0o555, (m) => new PidDir(sb, m, p, attrEntries(sb, p))],
    wchan: text((ctx) => (mayTrace(ctx, p) && p.state === 'S' ? p.wchan : '0')),
    stack: traced(() => '', 0o400),
    schedstat: text(() => `${(p.userMicros + p.systemMicros) * 1000} 0 ${p.voluntarySwitches + p.involuntarySwitches}\n`),
    cpuset: text((ctx) => `${cgroupPath(p, ctx)}\n`),
    cgroup: text((ctx) => `0::${cgroupPath(p, ctx)}\n`),
    cpu_resctrl_groups: text(() => 'res:\nmon:\n'),
    oom_score: text(() => `${oomScore(p)}\n`),
    oom_adj: file(0o644, {
      read: () => `${Math.trunc((p.oomScoreAdj * 17) / 1000)}\n`,
      write: (data, ctx) => setOomScoreAdj(p, Math.trunc((integer(data) * 1000) / 17), ctx),
    }),
    oom_score_adj: file(0o644, { read: () => `${p.oomScoreAdj}\n`, write: (data, ctx) => setOomScoreAdj(p, integer(data), ctx) }),
    loginuid: file(0o644, { read: () => '4294967295', write: () => {} }),
    sessionid: text(() => '4294967295'),
    coredump_filter: file(0o644, { read: () => '00000033\n', write: () => {} }),
    io: traced(() => io(p), 0o400),
    uid_map: idMap('uid'),
    gid_map: idMap('gid'),
    projid_map: file(0o644, { read: () => '         0          0 4294967295\n' }),
    setgroups: file(0o644, {
      read: () => `${p.cred.userns.setgroups}\n`,
      write: (data, ctx) => {
        const writer = asker(ctx)
        if (writer !== undefined) writeSetgroups(writer, p.cred.userns, data)
      },
    }),
    timers: text(() => ''),
    timerslack_ns: file(0o666, { read: () => '50000\n', write: () => {} }),
    patch_state: traced(() => '-1\n', 0o400),
    ksm_merging_pages: traced(() => '0\n', 0o400),
    ksm_stat: traced(() => 'ksm_rmap_items 0\nzero_pages_sharing 0\n', 0o400),
    arch_status: text(() => ''),
  }
  if (task)
    for (const name of ['task', 'map_files', 'autogroup', 'mountstats', 'coredump_filter', 'timers', 'timens_offsets', 'timerslack_ns'])
      delete table[name]
  const made = new Map<string, Inode>()
  const dir = new PidDir(sb, 0o555, p, {
    *list() {
      for (const [name, [type]] of Object.entries(table)) yield [name, type]
    },
    get(name) {
      let inode = made.get(name)
      const entry = Object.hasOwn(table, name) ? table[name] : undefined
      if (inode === undefined && entry !== undefined) {
        inode = entry[2](entry[1])
        made.set(name, inode)
      }
      return inode
    },
  })
  dir.nlink = task ? 7 : 9
  return own(dir)
}

function integer(data: string): number {
  const word = data.trim()
  if (!/^-?\d+$/.test(word)) throw new Errno('EINVAL')
  return Number(word)
}

/** Lowering needs CAP_SYS_RESOURCE. Source: proc_pid_oom_score_adj(5) */
function setOomScoreAdj(p: Process, value: number, ctx: FsContext): void {
  if (value < -1000 || value > 1000) throw new Errno('EINVAL')
  const { kernel } = p
  if (value < p.oomScoreAdj && asker(ctx)?.cred.capable(CAP.sys_resource, kernel.userns) === false) throw new Errno('EACCES')
  p.oomScoreAdj = value
}

function setComm(p: Process, data: string, ctx: FsContext): void {
  const writer = asker(ctx)
  if (writer !== undefined && writer !== p && writer.cred.fsuid !== p.cred.fsuid) throw new Errno('EINVAL')
  p.comm = data.replace(/\n[\s\S]*$/, '').slice(0, 15)
}

/** oom_badness() in thousandths of all memory, with the adjustment folded in as fs/proc does. */
function oomScore(p: Process): number {
  if (p.kthread || p.oomScoreAdj === -1000) return 0
  const total = p.kernel.memory.usable / 4096
  const points = Math.round(p.rssBytes / 4096) + 11 + Math.trunc((p.oomScoreAdj * total) / 1000)
  return Math.max(0, Math.floor(((1000 + Math.trunc((points * 1000) / total)) * 2) / 3))
}

/** As seen from the reader's cgroup namespace: `/..` leads out of its root. */
function cgroupPath(p: Process, ctx: FsContext): string {
  const root = (asker(ctx) ?? p).ns.cgroup.root.path
  const { path, removed } = p.cgroup
  return relativeCgroup(root, path) + (removed ? ' (deleted)' : '')
}

export function relativeCgroup(root: string, path: string): string {
  if (root === '/') return path
  const a = root.split('/').filter((x) => x !== '')
  const b = path.split('/').filter((x) => x !== '')
  let same = 0
  while (same < a.length && a[same] === b[same]) same++
  const parts = [...a.slice(same).map(() => '..'), ...b.slice(same)]
  return `/${parts.join('/')}`
}

function timeOffsets(p: Process): string {
  const ns = p.ns.timeForChildren
  const row = (name: string, micros: number): string => {
    const s = Math.floor(micros / 1_000_000)
    return `${name.padEnd(10)} ${String(s).padStart(10)} ${String((micros - s * 1_000_000) * 1000).padStart(9)}\n`
  }
  return row('monotonic', ns.monotonicOffset) + row('boottime', ns.boottimeOffset)
}

function attrEntries(sb: ProcSuper, p: Process): ConstructorParameters<typeof PseudoDir>[2] {
  const names = ['current', 'prev', 'exec', 'fscreate', 'keycreate', 'sockcreate']
  return {
    list: () => names.map((n) => [n, S.IFREG] as const),
    get: (name) =>
      names.includes(name)
        ? new PidFile(sb, name === 'prev' ? 0o444 : 0o666, p, { read: () => (name === 'current' ? 'unconfined\n' : ''), write: () => {} })
        : undefined,
  }
}

function taskDirectory(sb: ProcSuper, p: Process, mode: number): PseudoDir {
  const main = new Map<number, Inode>()
  const ids = (): number[] => {
    const pid = p.pidIn(sb.pidns)
    const others = [...p.threads].map((t) => t.tid).filter((tid) => tid !== p.pid0)
    return [pid, ...(p.pidns === sb.pidns ? others : [])]
  }
  return new PidDir(sb, mode, p, {
    list: () => ids().map((id) => [String(id), S.IFDIR] as const),
    get(name) {
      const id = Number(name)
      if (!ids().includes(id)) return undefined
      let inode = main.get(id)
      if (inode === undefined) {
        inode = pidDirectory(sb, p, true)
        main.set(id, inode)
      }
      return inode
    },
  })
}

function fdFile(p: Process, fd: number): FileDescription | undefined {
  if (p.exited || !p.files.list().includes(fd)) return undefined
  return p.files.get(fd)
}

function fdDirectory(sb: ProcSuper, p: Process, mode: number, info: boolean): PseudoDir {
  const { vfs } = p.kernel
  const dir = new PidDir(sb, mode, p, {
    list(ctx) {
      requireTrace(ctx, p)
      return (p.exited ? [] : p.files.list()).map((fd) => [String(fd), info ? S.IFREG : S.IFLNK] as const)
    },
    get(name) {
      if (!/^(0|[1-9]\d*)$/.test(name)) return undefined
      const fd = Number(name)
      const file = fdFile(p, fd)
      if (file === undefined) return undefined
      const there = (): boolean => fdFile(p, fd) === file
      if (info) return owned(p)(new FdInfoFile(sb, p, there, { read: () => fdinfo(p, fd, file), open: (ctx) => requireTrace(ctx, p) }))
      const access = file.flags & O.ACCMODE
      const bits = 0o100 | ((file.flags & O.PATH) !== 0 ? 0 : (access !== O.WRONLY ? 0o400 : 0) | (access !== O.RDONLY ? 0o200 : 0))
      const get = (ctx: FsContext | undefined): VfsPath => {
        requireTrace(ctx, p)
        return file.path
      }
      return owned(p)(new PidLink(sb, p, (ctx) => (ctx === undefined ? '' : vfs.pathName(ctx, get(ctx))), get, bits, there))
    },
  })
  return dir
}

class FdInfoFile extends PidFile {
  readonly #there: () => boolean

  constructor(sb: ProcSuper, p: Process, there: () => boolean, body: FileBody) {
    super(sb, 0o400, p, body)
    this.#there = there
  }

  override alive(): boolean {
    return super.alive() && this.#there()
  }
}

function fdinfo(p: Process, fd: number, file: FileDescription): string {
  const flags = file.flags | (p.files.entry(fd).cloexec ? O.CLOEXEC : 0) | 0o100000
  return `pos:\t${file.offset}\nflags:\t0${flags.toString(8)}\nmnt_id:\t${file.path.mount.id}\nino:\t${file.inode.ino}\n${file.fdinfo?.() ?? ''}`
}

function nsDirectory(sb: ProcSuper, p: Process, mode: number): PseudoDir {
  return new PidDir(sb, mode, p, {
    list: (ctx) => {
      requireTrace(ctx, p)
      return NS_LINKS.map((name) => [name, S.IFLNK] as const)
    },
    get(name) {
      const which = NS_LINKS.find((n) => n === name)
      if (which === undefined) return undefined
      const get = (ctx: FsContext | undefined): VfsPath => {
        requireTrace(ctx, p)
        const ns = namespaceOf(p, which)
        if (ns === undefined) throw new Errno('ENOENT')
        return p.kernel.nsfs.place(ns)
      }
      const text = (ctx: FsContext | undefined): string => {
        const { namespace } = get(ctx).dentry.inode as NsfsInode
        return `${which}:[${namespace.ino}]`.replace(/^(pid|time)_for_children/, '$1')
      }
      return owned(p)(new PidLink(sb, p, text, get))
    },
  })
}

function netDirectory(sb: ProcSuper, p: Process, mode: number): PseudoDir {
  const admin = (): ReturnType<typeof p.kernel.network.admin> => p.kernel.network.admin(p)
  const table: Readonly<Record<string, () => string>> = {
    dev: () => net.dev(admin()),
    route: () => net.route(admin()),
    arp: () => net.arp(admin()),
    tcp: () => net.tcp(admin()),
    udp: () => net.udp(admin()),
    unix: () => net.unix(admin()),
    sockstat: () => net.sockstat(admin()),
    tcp6: () =>
      `${'  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'}\n`,
    udp6: () =>
      `${'  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops'}\n`,
    if_inet6: () => '',
    ip_tables_names: () => '',
    nf_conntrack: () => nfConntrack(admin()),
  }
  return new PidDir(sb, mode, p, {
    list: () => Object.keys(table).map((name) => [name, S.IFREG] as const),
    get: (name) => {
      const read = Object.hasOwn(table, name) ? table[name] : undefined
      return read === undefined ? undefined : new PidFile(sb, name === 'nf_conntrack' ? 0o440 : 0o444, p, { read })
    },
  })
}
