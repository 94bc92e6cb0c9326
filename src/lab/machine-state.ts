import type { MachineSubject } from '#book/checks.ts'
import type { JsonObject } from '#book/path.ts'
import type { Machine } from '#cluster/machine.ts'
import { Errno } from '#linux/errno.ts'
import { NAMESPACE_KINDS, type NamespaceKind } from '#linux/namespaces/namespace.ts'
import type { Process } from '#linux/process/process.ts'
import { O } from '#linux/syscalls.ts'
import { dentryPath } from '#linux/vfs/dentry.ts'
import { pathFrom } from '#linux/vfs/vfs.ts'
import { decode } from '#sim/bytes.ts'

/** Bytes of a file a check may look at. */
const FILE_LIMIT = 1 << 20

/** What a file of a machine holds; undefined when it can't be read. */
export function readFile(machine: Machine, path: string): string | undefined {
  const { vfs } = machine.kernel
  const ctx = machine.init?.fs
  if (ctx === undefined) return undefined
  try {
    const file = vfs.openNow(ctx, path, O.RDONLY | O.NONBLOCK)
    try {
      return decode(file.pread(ctx, FILE_LIMIT, 0))
    } finally {
      file.release()
    }
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

/** The processes, mounts or links of a machine as checks see them (src/book/checks.ts says which fields there are). */
export function machineState(machine: Machine, subject: MachineSubject): readonly JsonObject[] {
  const { init } = machine
  if (init === undefined) return []
  switch (subject) {
    case 'process':
      return running(machine).map((p) => processState(p, init))
    case 'mount':
      return machine.kernel.vfs
        .visibleMounts(init.fs)
        .map(({ mount, path }) => ({ target: path, source: mount.source, fstype: mount.sb.type.name, root: dentryPath(mount.root) }))
    case 'link':
      return linkStates(machine)
  }
}

function running(machine: Machine): readonly Process[] {
  return [...machine.kernel.pidns.processes.values()].filter((p) => !p.exited && !p.kthread)
}

function processState(p: Process, init: Process): JsonObject {
  const place = pathFrom(init.fs.root, p.fs.root)
  return {
    pid: p.globalPid,
    parent: p.parent?.globalPid ?? 0,
    ownPid: p.pid0,
    comm: p.comm,
    command: p.cmdline.join(' '),
    uid: p.cred.state.euid,
    root: place.path,
    cgroup: p.cgroup.path,
    hostname: p.ns.uts.hostname,
    namespaces: Object.fromEntries(NAMESPACE_KINDS.map((kind) => [kind, inodeOf(p, kind) === inodeOf(init, kind) ? 'host' : 'own'])),
    memory: p.anonBytes + p.fileBytes,
  }
}

function inodeOf(p: Process, kind: NamespaceKind): number {
  switch (kind) {
    case 'pid':
      return p.pidns.ino
    case 'mnt':
      return p.fs.mntns.ino
    case 'user':
      return p.cred.userns.ino
    default:
      return p.ns[kind].ino
  }
}

function linkStates(machine: Machine): readonly JsonObject[] {
  const initial = machine.network.host
  return machine.network.allNamespaces().flatMap((ns) =>
    ns.devices.map((device) => ({
      name: device.name,
      type: device.kind,
      up: device.up,
      namespace: ns === initial ? 'host' : 'own',
      addresses: device.addresses.map((a) => `${a.address}/${a.prefix}`),
      master: device.port?.bridge.name ?? null,
    })),
  )
}
