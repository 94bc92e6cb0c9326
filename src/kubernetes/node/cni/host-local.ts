import { Errno } from '#linux/errno.ts'
import { readText } from '#linux/http/resolver.ts'
import { formatIp4, maskOf, parseCidr, parseIp4 } from '#linux/net/address.ts'
import { O, type Proc } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import type { CniRequest } from './types.ts'

/** The `ipam` member of a plugin's configuration. */
export interface IpamConfig {
  readonly type: string
  readonly dataDir?: string
  readonly ranges?: readonly (readonly { readonly subnet: string; readonly gateway?: string }[])[]
  readonly subnet?: string
  readonly routes?: readonly { readonly dst: string; readonly gw?: string }[]
}

export interface Lease {
  /** `10.244.1.5/24`. */
  readonly address: string
  readonly gateway: string
}

const LAST = 'last_reserved_ip.0'

function* mkdirs(proc: Proc, path: string): Sim<void> {
  let folder = ''
  for (const part of path.split('/').filter((p) => p !== '')) {
    folder += `/${part}`
    if (!proc.access(folder, '')) proc.mkdir(folder, 0o755)
  }
}

function* writeText(proc: Proc, path: string, text: string): Sim<void> {
  const fd = yield* proc.open(path, O.WRONLY | O.CREAT | O.TRUNC, 0o644)
  try {
    yield* proc.write(fd, encode(text))
  } finally {
    proc.close(fd)
  }
}

/** Leases an address: a file named by it in the data directory, the next one after the last that was given. */
export function* allocate(proc: Proc, request: CniRequest, ipam: IpamConfig): Sim<Lease> {
  const range = ipam.ranges?.[0]?.[0] ?? (ipam.subnet === undefined ? undefined : { subnet: ipam.subnet })
  const subnet = range === undefined ? undefined : parseCidr(range.subnet)
  if (range === undefined || subnet === undefined) throw new Error('no IP ranges specified')
  const dir = `${ipam.dataDir ?? '/var/lib/cni/networks'}/${request.networkName}`
  yield* mkdirs(proc, dir)
  const first = subnet.network + 1
  const last = ((subnet.network | ~maskOf(subnet.prefix)) >>> 0) - 1
  const gateway = range.gateway ?? formatIp4(first)
  const previous = parseIp4(((yield* readText(proc, `${dir}/${LAST}`)) ?? '').trim())
  let candidate = previous ?? first
  for (let i = 0; i <= last - first; i++) {
    candidate = candidate >= last ? first : candidate + 1
    const ip = formatIp4(candidate)
    if (ip === gateway || proc.access(`${dir}/${ip}`, '')) continue
    yield* writeText(proc, `${dir}/${ip}`, `${request.containerId}\r\n${request.ifName}`)
    yield* writeText(proc, `${dir}/${LAST}`, ip)
    return { address: `${ip}/${subnet.prefix}`, gateway }
  }
  throw new Error(`no IP addresses available in range set: ${formatIp4(first)}-${formatIp4(last)}`)
}

/** Gives a container's addresses back. */
export function* release(proc: Proc, request: CniRequest, ipam: IpamConfig): Sim<void> {
  const dir = `${ipam.dataDir ?? '/var/lib/cni/networks'}/${request.networkName}`
  let names: string[]
  try {
    names = proc.readdir(dir).map((e) => e.name)
  } catch (error) {
    if (error instanceof Errno) return
    throw error
  }
  for (const name of names) {
    if (parseIp4(name) === undefined) continue
    const owner = (yield* readText(proc, `${dir}/${name}`))?.split('\r\n')[0]
    if (owner === request.containerId) proc.unlink(`${dir}/${name}`)
  }
}
