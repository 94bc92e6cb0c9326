import { Errno } from '../errno.ts'
import { CAP } from '../process/capability.ts'
import type { Process } from '../process/process.ts'
import { parseIdMap, type UserNamespace } from './user.ts'

/**
 * A write to uid_map or gid_map of `ns` by `writer`. EPERM: written before, or ids that the writer may not hand on; EINVAL:
 * not a map. Source: user_namespaces(7), "Defining user and group ID mappings".
 */
export function writeIdMap(writer: Process, ns: UserNamespace, what: 'uid' | 'gid', text: string): void {
  const current = what === 'uid' ? ns.uidMap : ns.gidMap
  if (current.length > 0 || ns.parent === undefined) throw new Errno('EPERM')
  if (!writer.cred.capable(CAP.sys_admin, ns)) throw new Errno('EPERM')
  if (writer.cred.userns !== ns && writer.cred.userns !== ns.parent) throw new Errno('EPERM')
  const map = parseIdMap(text)
  if (!mayMap(writer, ns, ns.parent, what, map)) throw new Errno('EPERM')
  for (const extent of map) if (ns.parent.toKernel(what, extent.outside) === undefined) throw new Errno('EPERM')
  if (what === 'uid') ns.uidMap = map
  else ns.gidMap = map
}

function mayMap(
  writer: Process,
  ns: UserNamespace,
  parent: UserNamespace,
  what: 'uid' | 'gid',
  map: readonly { outside: number; count: number }[],
): boolean {
  if (writer.cred.capable(what === 'uid' ? CAP.setuid : CAP.setgid, parent)) return true
  const [only] = map
  if (map.length !== 1 || only === undefined || only.count !== 1 || writer.cred.state.euid !== ns.ownerUid) return false
  const kernel = parent.toKernel(what, only.outside)
  if (what === 'uid') return kernel === writer.cred.state.euid
  return ns.setgroups === 'deny' && kernel === writer.cred.state.egid
}

/** A write to /proc/PID/setgroups: `deny` is for ever, and only before gid_map is set. */
export function writeSetgroups(writer: Process, ns: UserNamespace, text: string): void {
  const word = text.trim()
  if (word !== 'allow' && word !== 'deny') throw new Errno('EINVAL')
  if (!writer.cred.capable(CAP.sys_admin, ns)) throw new Errno('EPERM')
  if (word === 'deny') {
    if (ns.gidMap.length > 0 && ns.setgroups === 'allow') throw new Errno('EPERM')
    ns.setgroups = 'deny'
  } else if (ns.setgroups === 'deny') throw new Errno('EPERM')
}

/** A write to /proc/PID/timens_offsets: `monotonic SECONDS NANOS` lines, before a process is in. */
export function writeTimeOffsets(writer: Process, target: Process, text: string): void {
  const ns = target.ns.timeForChildren
  if (!writer.cred.capable(CAP.sys_time, ns.owner)) throw new Errno('EPERM')
  if (ns.frozen) throw new Errno('EACCES')
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    const m = /^\s*(monotonic|1|boottime|7)\s+(-?\d+)\s+(\d+)\s*$/.exec(line)
    if (m === null) throw new Errno('EINVAL')
    const micros = Number(m[2]) * 1_000_000 + Math.floor(Number(m[3]) / 1000)
    if (m[1] === 'monotonic' || m[1] === '1') ns.monotonicOffset = micros
    else ns.boottimeOffset = micros
  }
}
