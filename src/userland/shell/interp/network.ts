import { Errno, strerror } from '#linux/errno.ts'
import type { Run } from './flow.ts'
import { RedirectError } from './redirect.ts'
import type { Shell } from './shell.ts'

/** `/dev/tcp/host/port` and `/dev/udp/host/port` in redirections. Names: /etc/hosts only, besides addresses. */
export function* openNetwork(sh: Shell, kind: 'tcp' | 'udp', host: string, port: string): Run<number> {
  const address = yield* resolve(sh, host)
  const number = /^\d+$/.test(port) ? Number(port) : yield* service(sh, port)
  if (address === undefined) throw new RedirectError(`${host}: Name or service not known`)
  const fd = sh.proc.socket('inet', kind === 'tcp' ? 'stream' : 'dgram')
  try {
    yield* sh.proc.connect(fd, { family: 'inet', address, port: number })
  } catch (error) {
    sh.proc.close(fd)
    if (!(error instanceof Errno)) throw error
    sh.error(`connect: ${strerror(error)}`)
    throw new RedirectError(`/dev/${kind}/${host}/${port}: ${strerror(error)}`)
  }
  return fd
}

function* resolve(sh: Shell, host: string): Run<string | undefined> {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host) || host.includes(':')) return host
  const hosts = (yield* sh.readFile('/etc/hosts')) ?? ''
  for (const line of hosts.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (address !== undefined && names.includes(host) && !address.includes(':')) return address
  }
  return undefined
}

function* service(sh: Shell, name: string): Run<number> {
  const services = (yield* sh.readFile('/etc/services')) ?? ''
  for (const line of services.split('\n')) {
    const m = /^(\S+)\s+(\d+)\//.exec(line)
    if (m?.[1] === name) return Number(m[2])
  }
  return 0
}
