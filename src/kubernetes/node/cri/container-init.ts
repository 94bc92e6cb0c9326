/**
 * The first process of a container, from clone to exec: what runc's init does. It runs in the new namespaces, sets up
 * mounts, root, credentials, and becomes the container's program.
 */
import { Errno, strerror } from '#linux/errno.ts'
import { type Capabilities, CLONE, MNT, MS, O, type Proc, S } from '#linux/syscalls.ts'
import { makedev } from '#linux/vfs/inode.ts'
import { decode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { exists, ignoreErrno, mkdirs, readFile, writeControl, writeFile } from './process.ts'
import type { Mount } from './types.ts'

/** A namespace to enter: a file of /proc/PID/ns, or a mount of one. */
export interface JoinedNamespace {
  readonly path: string
  readonly flag: number
}

export interface InitSpec {
  /** Path below /sys/fs/cgroup. */
  readonly cgroup: string
  readonly join: readonly JoinedNamespace[]
  readonly rootfs: string
  readonly mounts: readonly Mount[]
  /** Shared memory of the pod: bound to /dev/shm. */
  readonly shm: string | undefined
  readonly hostname: string | undefined
  readonly sysctls: Readonly<Record<string, string>>
  readonly privileged: boolean
  readonly readonlyRootfs: boolean
  readonly noNewPrivs: boolean
  readonly addCapabilities: readonly string[]
  readonly dropCapabilities: readonly string[]
  /** `nginx`, `1000`, `1000:1000`; empty: root. */
  readonly user: string
  readonly group: number | undefined
  readonly groups: readonly number[]
  readonly args: readonly string[]
  readonly env: readonly string[]
  readonly cwd: string
  readonly oomScoreAdj: number
  /** Descriptors that become 0, 1, 2. */
  readonly stdio: readonly [number, number, number]
  readonly tty: boolean
}

/** Why the program could not be started, as runc says it. */
export class InitError extends Error {
  override name = 'InitError'
}

const CAPS = [
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'LINUX_IMMUTABLE',
  'NET_BIND_SERVICE',
  'NET_BROADCAST',
  'NET_ADMIN',
  'NET_RAW',
  'IPC_LOCK',
  'IPC_OWNER',
  'SYS_MODULE',
  'SYS_RAWIO',
  'SYS_CHROOT',
  'SYS_PTRACE',
  'SYS_PACCT',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_NICE',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'MKNOD',
  'LEASE',
  'AUDIT_WRITE',
  'AUDIT_CONTROL',
  'SETFCAP',
  'MAC_OVERRIDE',
  'MAC_ADMIN',
  'SYSLOG',
  'WAKE_ALARM',
  'BLOCK_SUSPEND',
  'AUDIT_READ',
  'PERFMON',
  'BPF',
  'CHECKPOINT_RESTORE',
]
const DEFAULT_CAPS = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FSETID',
  'FOWNER',
  'MKNOD',
  'NET_RAW',
  'SETGID',
  'SETUID',
  'SETFCAP',
  'SETPCAP',
  'NET_BIND_SERVICE',
  'SYS_CHROOT',
  'KILL',
  'AUDIT_WRITE',
]

const DEVICES: readonly (readonly [string, number, number])[] = [
  ['null', 1, 3],
  ['random', 1, 8],
  ['full', 1, 7],
  ['tty', 5, 0],
  ['zero', 1, 5],
  ['urandom', 1, 9],
]
/** What of the host's /dev is no device, or made anew for each container. */
const NO_DEVICES = new Set(['pts', 'shm', 'fd', 'mqueue', 'console'])
const MASKED = ['/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list', '/proc/sched_debug']
const READONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

/** The mask of capabilities a container gets. */
export function capabilityMask(spec: Pick<InitSpec, 'privileged' | 'addCapabilities' | 'dropCapabilities'>): bigint {
  const bare = (name: string): string => name.replace(/^CAP_/, '')
  const all = (names: readonly string[]): boolean => names.some((n) => n === 'ALL' || n === 'all')
  let set = new Set(spec.privileged || all(spec.addCapabilities) ? CAPS : all(spec.dropCapabilities) ? [] : DEFAULT_CAPS)
  for (const name of spec.addCapabilities) set.add(bare(name))
  if (!spec.privileged) set = new Set([...set].filter((n) => !spec.dropCapabilities.map(bare).includes(n)))
  let mask = 0n
  CAPS.forEach((name, bit) => {
    if (set.has(name)) mask |= 1n << BigInt(bit)
  })
  return mask
}

/** Does all of it; on success the process runs the program, else an {@link InitError} says why not. */
export function* containerInit(proc: Proc, spec: InitSpec): Sim<never> {
  try {
    yield* writeControl(proc, `/sys/fs/cgroup${spec.cgroup}/cgroup.procs`, '0')
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    throw new InitError(`unable to apply cgroup configuration: ${strerror(error).toLowerCase()}`)
  }
  for (const { path, flag } of spec.join) {
    const fd = yield* proc.open(path, O.RDONLY | O.CLOEXEC)
    proc.setns(fd, flag)
    proc.close(fd)
  }
  proc.unshare(CLONE.NEWCGROUP)
  ignoreErrno(() => proc.setsid())
  if (spec.hostname !== undefined) proc.sethostname(spec.hostname)
  for (const [name, value] of Object.entries(spec.sysctls)) ignoreErrno(() => proc.net.setSysctl(name, value))
  yield* prepareRoot(proc, spec)
  ignoreErrno(() => proc.chdir('/'))
  const user = yield* lookUpUser(proc, spec.user)
  const gid = spec.group ?? user.gid
  mkdirs(proc, spec.cwd)
  if (spec.tty) proc.setControllingTty(spec.stdio[0])
  spec.stdio.forEach((from, to) => {
    proc.dup2(from, to + 100)
  })
  for (let fd = 0; fd < 3; fd++) proc.dup2(fd + 100, fd)
  for (const fd of proc.fds()) if (fd > 2) proc.close(fd)
  const mask = capabilityMask(spec)
  const bounding: Partial<Capabilities> = { bounding: mask, effective: mask, permitted: mask, inheritable: 0n, ambient: 0n }
  // supplementalGroupsPolicy Merge: those of the image and those of the pod.
  proc.setgroups([...new Set([gid, ...user.groups, ...spec.groups])])
  proc.setresgid(gid, gid, gid)
  if (user.uid === 0) ignoreErrno(() => proc.capset(bounding))
  else {
    ignoreErrno(() => proc.capset({ bounding: mask }))
    proc.setresuid(user.uid, user.uid, user.uid)
  }
  if (spec.noNewPrivs) proc.setNoNewPrivs()
  try {
    proc.chdir(spec.cwd)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    throw new InitError(`chdir to cwd ("${spec.cwd}") set in config.json failed: ${strerror(error).toLowerCase()}`)
  }
  const env = spec.env.some((e) => e.startsWith('HOME=')) ? spec.env : [...spec.env, `HOME=${user.home}`]
  return yield* execProgram(proc, spec.args, env)
}

/** Looks the program up and becomes it. */
export function* execProgram(proc: Proc, args: readonly string[], env: readonly string[]): Sim<never> {
  const name = args[0] ?? ''
  const path = name.includes('/') ? name : findInPath(proc, name, env)
  try {
    return yield* proc.exec(path, args, env)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    const reason = strerror(error).toLowerCase()
    throw new InitError(
      error.code === 'ENOENT' && name.includes('/') ? `exec: "${name}": stat ${name}: ${reason}` : `exec: "${name}": ${reason}`,
    )
  }
}

function findInPath(proc: Proc, name: string, env: readonly string[]): string {
  const path = env.find((e) => e.startsWith('PATH='))?.slice(5) ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  for (const dir of path.split(':')) {
    const candidate = `${dir}/${name}`
    try {
      if ((proc.stat(candidate).mode & S.IFMT) === S.IFREG && proc.access(candidate, 'x', true)) return candidate
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
  throw new InitError(`exec: "${name}": executable file not found in $PATH`)
}

/** Every device of the host, under the same name. Source: containerd, oci.WithHostDevices. */
function copyDevices(proc: Proc, rootfs: string, folder: string): void {
  for (const { name } of proc.readdir(folder)) {
    if (NO_DEVICES.has(name)) continue
    const path = `${folder}/${name}`
    const { mode, rdev } = proc.lstat(path)
    const type = mode & S.IFMT
    if (type === S.IFDIR) copyDevices(proc, rootfs, path)
    else if ((type === S.IFCHR || type === S.IFBLK) && !exists(proc, `${rootfs}${path}`)) {
      mkdirs(proc, `${rootfs}${folder}`)
      proc.mknod(`${rootfs}${path}`, mode, rdev)
    }
  }
}

function* prepareRoot(proc: Proc, spec: InitSpec): Sim<void> {
  const { rootfs } = spec
  const mount = (source: string, target: string, type: string, flags: number, data = ''): void => {
    mkdirs(proc, `${rootfs}${target}`)
    proc.mount(source, `${rootfs}${target}`, type, flags, data)
  }
  proc.mount('none', '/', '', MS.REC | MS.SLAVE, '')
  const common = MS.NOSUID | MS.NOEXEC | MS.NODEV
  mount('proc', '/proc', 'proc', common)
  mount('tmpfs', '/dev', 'tmpfs', MS.NOSUID | MS.STRICTATIME, 'mode=755,size=65536k')
  mount('devpts', '/dev/pts', 'devpts', MS.NOSUID | MS.NOEXEC, 'gid=5,mode=620,ptmxmode=666')
  ignoreErrno(() => mount('mqueue', '/dev/mqueue', 'mqueue', common))
  ignoreErrno(() => mount('sysfs', '/sys', 'sysfs', common | (spec.privileged ? 0 : MS.RDONLY)))
  ignoreErrno(() => mount('cgroup', '/sys/fs/cgroup', 'cgroup2', common | (spec.privileged ? 0 : MS.RDONLY)))
  if (spec.shm !== undefined) mount(spec.shm, '/dev/shm', '', MS.BIND)
  for (const [name, major, minor] of DEVICES) {
    proc.mknod(`${rootfs}/dev/${name}`, S.IFCHR | 0o666, makedev(major, minor))
    ignoreErrno(() => proc.chmod(`${rootfs}/dev/${name}`, 0o666))
  }
  if (spec.privileged) copyDevices(proc, rootfs, '/dev')
  for (const [name, target] of [
    ['fd', '/proc/self/fd'],
    ['stdin', '/proc/self/fd/0'],
    ['stdout', '/proc/self/fd/1'],
    ['stderr', '/proc/self/fd/2'],
    ['ptmx', 'pts/ptmx'],
  ] as const) {
    ignoreErrno(() => proc.symlink(target, `${rootfs}/dev/${name}`))
  }
  for (const m of spec.mounts) yield* bind(proc, rootfs, m)
  proc.chdir(rootfs)
  proc.pivotRoot('.', '.')
  proc.umount('.', MNT.DETACH)
  proc.chdir('/')
  if (!spec.privileged) {
    for (const path of READONLY) {
      if (!exists(proc, path)) continue
      ignoreErrno(() => {
        proc.mount(path, path, '', MS.BIND | MS.REC, '')
        proc.mount(path, path, '', MS.BIND | MS.REMOUNT | MS.RDONLY | common, '')
      })
    }
    for (const path of MASKED) if (exists(proc, path)) ignoreErrno(() => proc.mount('/dev/null', path, '', MS.BIND, ''))
  }
  if (spec.readonlyRootfs) proc.mount('none', '/', '', MS.REMOUNT | MS.BIND | MS.RDONLY, '')
}

function* bind(proc: Proc, rootfs: string, m: Mount): Sim<void> {
  const target = insideRoot(proc, rootfs, m.containerPath)
  const isDirectory = (proc.stat(m.hostPath).mode & S.IFMT) === S.IFDIR
  if (isDirectory) mkdirs(proc, target)
  else if (!exists(proc, target)) {
    mkdirs(proc, target.slice(0, target.lastIndexOf('/')))
    yield* writeFile(proc, target, '')
  }
  proc.mount(m.hostPath, target, '', MS.BIND | MS.REC, '')
  if (m.readonly) proc.mount(m.hostPath, target, '', MS.BIND | MS.REMOUNT | MS.RDONLY, '')
  if (m.propagation === 'bidirectional') proc.mount('none', target, '', MS.REC | MS.SHARED, '')
  else if (m.propagation !== 'hostToContainer') ignoreErrno(() => proc.mount('none', target, '', MS.REC | MS.PRIVATE, ''))
}

/** A path of the container as it is seen from outside: links on the way (/var/run) lead to places inside. */
function insideRoot(proc: Proc, rootfs: string, path: string): string {
  let at = ''
  const parts = path.split('/').filter((p) => p !== '')
  for (let i = 0, hops = 0; i < parts.length; i++) {
    const part = parts[i] as string
    if (part === '..') {
      at = at.slice(0, at.lastIndexOf('/'))
      continue
    }
    let target: string | undefined
    try {
      target = proc.readlink(`${rootfs}${at}/${part}`)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
    if (target === undefined || ++hops > 40) {
      at += `/${part}`
      continue
    }
    const rest = target.split('/').filter((p) => p !== '' && p !== '.')
    parts.splice(i + 1, 0, ...rest)
    if (target.startsWith('/')) at = ''
  }
  return `${rootfs}${at}`
}

interface User {
  readonly uid: number
  readonly gid: number
  /** Those that /etc/group lists the user in. */
  readonly groups: readonly number[]
  readonly home: string
}

/** Who a container runs as, by /etc/passwd and /etc/group of its root. */
export function* lookUpUser(proc: Proc, spec: string): Sim<User> {
  const [name = '', group] = spec.split(':')
  const passwd = (yield* lines(proc, '/etc/passwd')).map((l) => l.split(':'))
  const wanted = name === '' ? '0' : name
  const row = passwd.find((f) => f[0] === wanted || f[2] === wanted)
  if (row === undefined && !/^\d+$/.test(wanted)) throw new InitError(`unable to find user ${name}: no matching entries in passwd file`)
  const uid = Number(row?.[2] ?? wanted)
  const groupRows = (yield* lines(proc, '/etc/group')).map((l) => l.split(':'))
  let gid = Number(row?.[3] ?? 0)
  if (group !== undefined && group !== '') {
    const found = groupRows.find((f) => f[0] === group || f[2] === group)
    if (found === undefined && !/^\d+$/.test(group)) throw new InitError(`unable to find group ${group}: no matching entries in group file`)
    gid = Number(found?.[2] ?? group)
  }
  const groups = groupRows.filter((f) => row !== undefined && (f[3] ?? '').split(',').includes(row[0] ?? '')).map((f) => Number(f[2]))
  return { uid, gid, groups, home: row?.[5] ?? '/' }
}

function* lines(proc: Proc, path: string): Sim<string[]> {
  if (!exists(proc, path)) return []
  return decode(yield* readFile(proc, path))
    .split('\n')
    .filter((l) => l !== '')
}
