import { sha512 } from '@noble/hashes/sha2.js'
import { restore, saveRule } from '#linux/net/iptables.ts'
import type { Proc } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import type { CniPlugin, CniRequest, CniResult, PortMapping } from './types.ts'

const EMPTY: CniResult = { interfaces: [], ips: [], routes: [] }

/** `CNI-DN-…`: the chain of one container. */
function chainName(request: CniRequest): string {
  const hash = [...sha512(encode(request.networkName + request.containerId))].map((b) => b.toString(16).padStart(2, '0')).join('')
  return `CNI-DN-${hash}`.slice(0, 28)
}

/** Jumps that must be there, once. */
const ENTRY: readonly (readonly [chain: string, rule: string])[] = [
  ['PREROUTING', '-m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT'],
  ['OUTPUT', '-m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT'],
  ['POSTROUTING', '-m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ'],
]

/** Host ports by iptables. Source: CNI plugins, portmap. */
export const portmap: CniPlugin = {
  type: 'portmap',
  *add(proc: Proc, request: CniRequest): Sim<CniResult> {
    const result = request.prevResult ?? EMPTY
    const ip = result.ips[0]?.address.replace(/\/\d+$/, '')
    const mappings = request.portMappings.filter((m) => m.hostPort > 0)
    if (ip === undefined || mappings.length === 0) return result
    const { net } = proc
    net.setSysctl('net.ipv4.conf.all.route_localnet', '1')
    const nat = net.netfilter.table('nat')
    const lines = ['*nat']
    if (!nat.chains.has('CNI-HOSTPORT-SETMARK')) {
      lines.push(
        ':CNI-HOSTPORT-SETMARK - [0:0]',
        ':CNI-HOSTPORT-MASQ - [0:0]',
        ':CNI-HOSTPORT-DNAT - [0:0]',
        '-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000',
        '-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
      )
    }
    for (const [from, rule] of ENTRY) {
      if (nat.chains.get(from)?.rules.some((r) => saveRule(r).trim() === rule) !== true) lines.push(`-A ${from} ${rule}`)
    }
    lines.push(...dnat(request, mappings, ip), 'COMMIT', '')
    restore(net.netfilter, lines.join('\n'), { noflush: true })
    return result
  },
  *del(proc: Proc, request: CniRequest): Sim<void> {
    const nf = proc.net.netfilter
    const chains = nf.tables.get('nat')?.chains
    const name = chainName(request)
    if (chains === undefined || !chains.has(name)) return
    for (const chain of chains.values()) chain.rules = chain.rules.filter((r) => r.jump !== name)
    chains.delete(name)
    nf.changed()
  },
}

function dnat(request: CniRequest, mappings: readonly PortMapping[], ip: string): string[] {
  const chain = chainName(request)
  const out = [`:${chain} - [0:0]`]
  for (const proto of ['tcp', 'udp'] as const) {
    const ports = mappings.filter((m) => m.protocol === proto).map((m) => m.hostPort)
    if (ports.length > 0)
      out.push(
        `-A CNI-HOSTPORT-DNAT -p ${proto} -m comment --comment "dnat name: \\"${request.networkName}\\" id: \\"${request.containerId}\\"" -m multiport --dports ${ports.join(',')} -j ${chain}`,
      )
  }
  for (const m of mappings) {
    const to = `-p ${m.protocol} -m ${m.protocol} --dport ${m.hostPort}`
    const on = m.hostIP === undefined || m.hostIP === '' || m.hostIP === '0.0.0.0' ? '' : `-d ${m.hostIP}/32 `
    out.push(
      `-A ${chain} -s ${ip}/32 ${on}${to} -j CNI-HOSTPORT-SETMARK`,
      `-A ${chain} -s 127.0.0.1/32 ${on}${to} -j CNI-HOSTPORT-SETMARK`,
      `-A ${chain} ${on}${to} -j DNAT --to-destination ${ip}:${m.containerPort}`,
    )
  }
  return out
}
