import { Errno, strerror } from '#linux/errno.ts'
import { CLONE, MNT, MS, O } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { execvp } from '../lib/exec.ts'
import { type Args, abbreviates, enterNetns, type IpContext, IpError, NETNS_DIR, openNetns } from './common.ts'

/** `ip netns`. Returns the exit status. Source: ip-netns(8), iproute2 6.1. */
export function* ipNetns(c: IpContext, args: Args): Sim<number> {
  const command = args.next() ?? 'list'
  if (abbreviates(command, 'list', 'show', 'lst')) return list(c)
  if (abbreviates(command, 'list-id')) return listId(c)
  if (abbreviates(command, 'add')) return yield* add(c, args.next())
  if (abbreviates(command, 'delete')) return del(c, args.next())
  if (abbreviates(command, 'exec')) return yield* exec(c, args)
  if (abbreviates(command, 'pids')) return yield* pids(c, args.next())
  if (abbreviates(command, 'identify')) return identify(c, args.next() ?? 'self')
  if (abbreviates(command, 'help', 'set', 'attach', 'monitor')) throw new IpError(`podlab: ip netns ${command} is not modelled`, 1)
  throw new IpError(`Command "${command}" is unknown, try "ip netns help".`, 255)
}

function list(c: IpContext): number {
  let entries: string[] = []
  try {
    entries = c.proc.readdir(NETNS_DIR).map((e) => e.name)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  for (const name of entries) {
    const ino = c.proc.stat(`${NETNS_DIR}/${name}`).ino
    let id: number | undefined
    for (let i = 0; id === undefined; i++) {
      const known = c.net.netnsInodeOf(i)
      if (known === undefined) break
      if (known === ino) id = i
    }
    c.out.push(`${name}${id === undefined ? '' : ` (id: ${id})`}\n`)
  }
  return 0
}

function listId(c: IpContext): number {
  for (let i = 0; ; i++) {
    const ino = c.net.netnsInodeOf(i)
    if (ino === undefined) return 0
    const name = c.netnsNames.get(ino)
    c.out.push(`nsid ${i} ${name === undefined ? '' : `(iproute2 netns name: ${name})`}\n`)
  }
}

function check(name: string | undefined): string {
  if (name === undefined) throw new IpError('No netns name specified', 255)
  if (name.includes('/') || name === '.' || name === '..' || name.length > 255) throw new IpError(`Invalid netns name "${name}"`, 255)
  return name
}

function* add(c: IpContext, given: string | undefined): Sim<number> {
  const { proc } = c
  const path = `${NETNS_DIR}/${check(given)}`
  try {
    proc.mkdir(NETNS_DIR, 0o755)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    if (error.code !== 'EEXIST') throw new IpError(`mkdir ${NETNS_DIR} failed: ${strerror(error)}`, 255)
  }
  // Mounts of one `ip netns` must reach the others: the directory becomes a shared mount of its own.
  for (let tried = false; ; tried = true) {
    try {
      proc.mount('', NETNS_DIR, 'none', MS.SHARED | MS.REC, '')
      break
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      if (error.code !== 'EINVAL' || tried) throw new IpError(`mount --make-shared ${NETNS_DIR} failed: ${strerror(error)}`, 1)
      proc.mount(NETNS_DIR, NETNS_DIR, 'none', MS.BIND | MS.REC, '')
    }
  }
  try {
    proc.close(yield* proc.open(path, O.RDONLY | O.CREAT | O.EXCL, 0))
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    throw new IpError(`Cannot create namespace file "${path}": ${strerror(error)}`, 1)
  }
  try {
    proc.unshare(CLONE.NEWNET)
    proc.mount('/proc/self/ns/net', path, 'none', MS.BIND, '')
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    proc.unlink(path)
    throw new IpError(`Failed to create a new network namespace "${given}": ${strerror(error)}`, 1)
  }
  return 0
}

function del(c: IpContext, given: string | undefined): number {
  const path = `${NETNS_DIR}/${check(given)}`
  try {
    c.proc.umount(path, MNT.DETACH)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  try {
    c.proc.unlink(path)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    throw new IpError(`Cannot remove namespace file "${path}": ${strerror(error)}`, 1)
  }
  return 0
}

/** Enters a namespace as programs run by `ip netns exec` see it: /sys shows it, /etc/netns/NAME covers /etc. */
function* switchTo(c: IpContext, name: string): Sim<void> {
  const { proc } = c
  yield* enterNetns(proc, name)
  try {
    proc.unshare(CLONE.NEWNS)
    proc.mount('', '/', 'none', MS.SLAVE | MS.REC, '')
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    throw new IpError(`unshare failed: ${strerror(error)}`, 255)
  }
  try {
    proc.umount('/sys', MNT.DETACH)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  try {
    proc.mount(name, '/sys', 'sysfs', 0, '')
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    throw new IpError(`mount of /sys failed: ${strerror(error)}`, 255)
  }
  bindEtc(c, name)
}

function bindEtc(c: IpContext, name: string): void {
  const folder = `/etc/netns/${name}`
  try {
    for (const entry of c.proc.readdir(folder)) c.proc.mount(`${folder}/${entry.name}`, `/etc/${entry.name}`, 'none', MS.BIND, '')
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

function* exec(c: IpContext, args: Args): Sim<number> {
  const name = args.next()
  if (name === undefined) throw new IpError('No netns name specified', 255)
  const argv: string[] = []
  for (let word = args.next(); word !== undefined; word = args.next()) argv.push(word)
  if (argv.length === 0) throw new IpError('No command specified', 255)
  yield* switchTo(c, name)
  try {
    return yield* execvp(c.proc, argv)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    throw new IpError(`exec of "${argv[0]}" failed: ${strerror(error)}`, 1)
  }
}

/** Inode of the namespace of a process; undefined when it can't be told. */
function netnsOf(c: IpContext, pid: string): number | undefined {
  try {
    return c.proc.stat(`/proc/${pid}/ns/net`).ino
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

function* pids(c: IpContext, given: string | undefined): Sim<number> {
  if (given === undefined) throw new IpError('No netns name specified', 255)
  c.proc.close(yield* openNetns(c.proc, given))
  const ino = c.proc.stat(`${NETNS_DIR}/${given}`).ino
  const found = c.proc
    .readdir('/proc')
    .map((e) => e.name)
    .filter((n) => /^\d+$/.test(n) && netnsOf(c, n) === ino)
  for (const pid of found.sort((a, b) => Number(a) - Number(b))) c.out.push(`${pid}\n`)
  return 0
}

function identify(c: IpContext, pid: string): number {
  const ino = netnsOf(c, pid)
  const name = ino === undefined ? undefined : c.netnsNames.get(ino)
  if (name !== undefined) c.out.push(`${name}\n`)
  return 0
}
