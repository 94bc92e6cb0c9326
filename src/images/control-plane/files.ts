import { parse } from 'yaml'
import type { Transport } from '#http/transport.ts'
import { socketTransport } from '#linux/http/client.ts'
import { readText } from '#linux/http/resolver.ts'
import type { Proc } from '#linux/syscalls.ts'
import { decode, encode, fromBase64 } from '#sim/bytes.ts'
import { civil } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'

interface KubeConfigFile {
  readonly clusters?: readonly { readonly cluster?: { readonly server?: string; readonly 'certificate-authority-data'?: string } }[]
  readonly users?: readonly { readonly user?: { readonly 'client-certificate-data'?: string; readonly 'client-key-data'?: string } }[]
}

/** The connections a component's kubeconfig describes: with its certificate, and without. Undefined when there is no such file. */
export function* transportsOf(
  proc: Proc,
  path: string,
): Sim<{ readonly own: Transport; readonly anonymous: Transport; readonly ca: string } | undefined> {
  const text = yield* readText(proc, path)
  if (text === undefined) return undefined
  const config = parse(text) as KubeConfigFile
  const cluster = config.clusters?.[0]?.cluster
  const user = config.users?.[0]?.user
  const url = /^https:\/\/([^:/]+)(?::(\d+))?/.exec(cluster?.server ?? '')
  const host = url?.[1] ?? 'localhost'
  const port = Number(url?.[2] ?? 443)
  const pem = (data: string | undefined): string => decode(fromBase64(data ?? '') ?? new Uint8Array(0))
  const ca = pem(cluster?.['certificate-authority-data'])
  return {
    own: socketTransport(proc, {
      host,
      port,
      tls: { ca, cert: pem(user?.['client-certificate-data']), key: pem(user?.['client-key-data']) },
    }),
    anonymous: socketTransport(proc, { host, port, tls: { ca } }),
    ca,
  }
}

/** A line of a component's log on standard error, as klog writes it. */
export function klogger(proc: Proc, file: string): (line: string) => void {
  const two = (n: number): string => String(n).padStart(2, '0')
  return (line) => {
    const c = civil(proc.now())
    const head = `I${two(c.month)}${two(c.day)} ${two(c.hour)}:${two(c.minute)}:${two(c.second)}.${String(c.micros).padStart(6, '0')} ${String(proc.pid).padStart(7)} ${file}:1] `
    proc.thread('log', writeLine(proc, `${head}${line}\n`))
  }
}

function* writeLine(proc: Proc, line: string): Sim<void> {
  yield* proc.write(2, encode(line))
}

/** Holder of a component's lease: `kind-control-plane_<uuid>`. */
export function leaseIdentity(proc: Proc): string {
  const hex = [...proc.getrandom(16)].map((b) => b.toString(16).padStart(2, '0')).join('')
  return `${proc.uname().nodename}_${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}
