import type { ConntrackInfo, NetAdmin } from '../../net/admin.ts'

const NUMBERS = { tcp: 6, udp: 17, icmp: 1 } as const

/** An entry as conntrack(8) and /proc/net/nf_conntrack print it; `zone` is what stands between mark and use. */
export function conntrackLine(e: ConntrackInfo, extended: boolean, tail = ' use=1'): string {
  const icmp = e.proto === 'icmp'
  const side = (t: ConntrackInfo['original'], reply: boolean): string =>
    icmp
      ? `src=${t.src} dst=${t.dst} type=${reply ? e.reply.dport : e.original.dport} code=0 id=${t.sport}`
      : `src=${t.src} dst=${t.dst} sport=${t.sport} dport=${t.dport}`
  const head = `${extended ? 'ipv4     2 ' : ''}${e.proto.padEnd(8)} ${NUMBERS[e.proto]} ${e.timeoutSeconds} ${e.state === undefined ? '' : `${e.state} `}`
  return `${head}${side(e.original, false)} ${e.status.includes('UNREPLIED') ? '[UNREPLIED] ' : ''}${side(e.reply, true)} ${e.status.includes('ASSURED') ? '[ASSURED] ' : ''}mark=${e.mark}${tail}`
}

/** /proc/net/nf_conntrack: the connections of the network namespace. Source: net/netfilter/nf_conntrack_standalone.c */
export function nfConntrack(net: NetAdmin): string {
  return net
    .conntrack()
    .map((e) => `${conntrackLine(e, true, ' zone=0 use=2')}\n`)
    .join('')
}
