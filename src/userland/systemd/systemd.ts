import { Errno } from '#linux/errno.ts'
import { SIGNALS } from '#linux/signal.ts'
import { MS, O, type Proc, type Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { REACHED_AT_BOOT, STARTED_AT_BOOT } from '#userland/debian/units.ts'
import { say, slurp, writeFile } from '#userland/lib/io.ts'
import { serveControl } from './control.ts'
import { Manager } from './manager.ts'

/** What PID 1 mounts before anything else: source, target, type, flags, options. Source: systemd, mount-setup. */
const API_FILE_SYSTEMS: readonly (readonly [string, string, string, number, string])[] = [
  ['sysfs', '/sys', 'sysfs', MS.NOSUID | MS.NODEV | MS.NOEXEC, ''],
  ['proc', '/proc', 'proc', MS.NOSUID | MS.NODEV | MS.NOEXEC, ''],
  ['udev', '/dev', 'devtmpfs', MS.NOSUID, 'size=1001252k,nr_inodes=250313,mode=755'],
  ['devpts', '/dev/pts', 'devpts', MS.NOSUID | MS.NOEXEC, 'gid=5,mode=620,ptmxmode=000'],
  ['tmpfs', '/run', 'tmpfs', MS.NOSUID | MS.NODEV | MS.NOEXEC, 'size=202604k,mode=755'],
  ['securityfs', '/sys/kernel/security', 'securityfs', MS.NOSUID | MS.NODEV | MS.NOEXEC, ''],
  ['tmpfs', '/dev/shm', 'tmpfs', MS.NOSUID | MS.NODEV | MS.STRICTATIME, ''],
  ['tmpfs', '/run/lock', 'tmpfs', MS.NOSUID | MS.NODEV | MS.NOEXEC, 'size=5120k'],
  ['cgroup2', '/sys/fs/cgroup', 'cgroup2', MS.NOSUID | MS.NODEV | MS.NOEXEC, 'nsdelegate,memory_recursiveprot'],
  ['pstore', '/sys/fs/pstore', 'pstore', MS.NOSUID | MS.NODEV | MS.NOEXEC, ''],
  ['bpf', '/sys/fs/bpf', 'bpf', MS.NOSUID | MS.NODEV | MS.NOEXEC, 'mode=700'],
  ['hugetlbfs', '/dev/hugepages', 'hugetlbfs', 0, 'pagesize=2M'],
  ['mqueue', '/dev/mqueue', 'mqueue', MS.NOSUID | MS.NODEV | MS.NOEXEC, ''],
  ['debugfs', '/sys/kernel/debug', 'debugfs', MS.NOSUID | MS.NODEV | MS.NOEXEC, ''],
  ['tracefs', '/sys/kernel/tracing', 'tracefs', MS.NOSUID | MS.NODEV | MS.NOEXEC, ''],
  ['configfs', '/sys/kernel/config', 'configfs', MS.NOSUID | MS.NODEV | MS.NOEXEC, ''],
  ['fusectl', '/sys/fs/fuse/connections', 'fusectl', MS.NOSUID | MS.NODEV | MS.NOEXEC, ''],
]

/** Runs `fn`; what this machine does not have (a file system type, a mount point) is left out. */
function optional(fn: () => void): void {
  try {
    fn()
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

function alreadyMounted(proc: Proc, target: string): boolean {
  try {
    const parent = target.replace(/\/[^/]+$/, '') || '/'
    return proc.stat(target).dev !== proc.stat(parent).dev
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}

function mountApiFileSystems(proc: Proc): void {
  optional(() => proc.mount('none', '/', '', MS.REC | MS.SHARED, ''))
  for (const [source, target, type, flags, data] of API_FILE_SYSTEMS) {
    if (alreadyMounted(proc, target)) continue
    optional(() => proc.mkdir(target, 0o755))
    optional(() => proc.mount(source, target, type, flags | (type === 'tmpfs' && target === '/dev/shm' ? 0 : MS.RELATIME), data))
  }
}

const RUN_DIRECTORIES = [
  '/run/lock',
  '/run/systemd',
  '/run/systemd/system',
  '/run/systemd/journal',
  '/run/systemd/transient',
  '/run/user',
  '/run/log',
  '/run/udev',
  '/run/sshd',
  '/run/dbus',
  '/run/netns',
]

/** The cgroups a booted machine has besides those of its services. */
const CGROUPS = [
  'init.scope',
  'system.slice',
  'user.slice',
  'dev-hugepages.mount',
  'dev-mqueue.mount',
  'proc-sys-fs-binfmt_misc.mount',
  'sys-fs-fuse-connections.mount',
  'sys-kernel-config.mount',
  'sys-kernel-debug.mount',
  'sys-kernel-tracing.mount',
]

function* setUpCgroups(proc: Proc): Sim<void> {
  for (const name of CGROUPS) optional(() => proc.mkdir(`/sys/fs/cgroup/${name}`, 0o755))
  for (const [path, text] of [
    ['/sys/fs/cgroup/init.scope/cgroup.procs', '1\n'],
    ['/sys/fs/cgroup/cgroup.subtree_control', '+memory +pids'],
    ['/sys/fs/cgroup/system.slice/cgroup.subtree_control', '+memory +pids'],
  ] as const) {
    try {
      yield* writeFile(proc, path, text)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
}

const WANTS = '/etc/systemd/system/multi-user.target.wants'

/** Units that are there, in boot's order, then what else multi-user.target wants. */
function unitsOfBoot(proc: Proc): string[] {
  const known = STARTED_AT_BOOT.filter((name) => proc.access(`/usr/lib/systemd/system/${name.replace(/@[^.]*/, '@')}`, ''))
  let wanted: string[] = []
  optional(() => {
    wanted = proc.readdir(WANTS).map((entry) => entry.name)
  })
  const reached = REACHED_AT_BOOT.filter((name) => proc.access(`/usr/lib/systemd/system/${name}`, ''))
  return [...known, ...wanted.filter((name) => !known.includes(name)).sort(), ...reached]
}

/** PID 1: mounts the API file systems, names the machine, starts the units, reaps orphans. Source: systemd(1), bootup(7). */
export const systemd: Program = {
  name: 'systemd/systemd',
  *main(proc) {
    if (proc.pid !== 1) {
      yield* say(proc, 2, 'Trying to run as user instance, but the system has not been booted with systemd.\n')
      return 1
    }
    proc.setComm('systemd')
    for (const signal of [SIGNALS.INT, SIGNALS.TERM, SIGNALS.HUP, SIGNALS.PIPE, SIGNALS.USR1, SIGNALS.USR2])
      proc.sigaction(signal, 'ignore')
    mountApiFileSystems(proc)
    for (const dir of RUN_DIRECTORIES) optional(() => proc.mkdir(dir, 0o755))
    optional(() => proc.chmod('/run/lock', 0o1777))
    optional(() => proc.chmod('/dev/shm', 0o1777))
    const hostname = yield* slurp(proc, '/etc/hostname')
    if (hostname !== undefined) optional(() => proc.sethostname(hostname.trim()))
    yield* setUpCgroups(proc)
    const manager = new Manager(proc)
    for (let fd = -1; fd < 2; ) fd = yield* proc.open('/dev/null', O.RDWR)
    manager.openJournal()
    serveControl(manager)
    yield* manager.boot(unitsOfBoot(proc))
    return yield* manager.run()
  },
}
