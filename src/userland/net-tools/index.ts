import { formatIp4, maskOf, parseCidr } from '#linux/net/address.ts'
import type { LinkInfo, SocketInfo } from '#linux/net/admin.ts'
import { serviceName } from '#linux/net/services.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import { say } from '../lib/io.ts'

/** Letters of bundled short options; undefined with one that is unknown. */
function letters(proc: Proc, known: string): Set<string> | string {
  const out = new Set<string>()
  const long: Readonly<Record<string, string>> = {
    '--numeric': 'n',
    '--tcp': 't',
    '--udp': 'u',
    '--listening': 'l',
    '--all': 'a',
    '--programs': 'p',
    '--route': 'r',
    '--interfaces': 'i',
  }
  for (const word of proc.argv.slice(1)) {
    if (!word.startsWith('-')) continue
    for (const c of long[word] ?? word.slice(1)) {
      if (!known.includes(c)) return c
      out.add(c)
    }
  }
  return out
}

const arp: Program = {
  name: 'net-tools/arp',
  *main(proc) {
    const words = proc.argv.slice(1).filter((w) => !w.startsWith('-'))
    if (proc.argv.includes('-d') || proc.argv.includes('-s')) {
      yield* say(proc, 2, 'podlab: arp -d and -s are not modelled; use ip neigh\n')
      return 1
    }
    const list = proc.net.neighbours().filter((n) => words.length === 0 || words.includes(n.address))
    if (list.length === 0) {
      if (words.length > 0) yield* say(proc, 1, `${words[0]} (${words[0]}) -- no entry\n`)
      return 0
    }
    if (proc.argv.includes('-a') || proc.argv.includes('-an') || proc.argv.includes('-na')) {
      yield* say(
        proc,
        1,
        list
          .map((n) =>
            `? (${n.address}) at ${n.mac === undefined ? '<incomplete> ' : `${n.mac} [ether] `} on ${n.dev}\n`.replace('  on', ' on'),
          )
          .join(''),
      )
      return 0
    }
    let out = 'Address                  HWtype  HWaddress           Flags Mask            Iface\n'
    for (const n of list) {
      out +=
        n.mac === undefined
          ? `${n.address.padEnd(24)}         (incomplete)                              ${n.dev}\n`
          : `${n.address.padEnd(24)} ether   ${n.mac.padEnd(19)} ${(n.state === 'PERMANENT' ? 'CM' : 'C').padEnd(21)} ${n.dev}\n`
    }
    yield* say(proc, 1, out)
    return 0
  },
}

function routeTable(proc: Proc, numeric: boolean): string {
  let out = 'Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n'
  for (const r of proc.net.routes()) {
    const cidr = parseCidr(r.dst === 'default' ? '0.0.0.0/0' : r.dst)
    if (cidr === undefined) continue
    const flags = `${r.type === undefined || r.type === 'unicast' ? 'U' : '!'}${r.via === undefined ? '' : 'G'}${cidr.prefix === 32 ? 'H' : ''}`
    const dst = r.dst === 'default' && !numeric ? 'default' : formatIp4(cidr.network)
    out += `${dst.padEnd(15)} ${(r.via ?? '0.0.0.0').padEnd(15)} ${formatIp4(maskOf(cidr.prefix)).padEnd(15)} ${flags.padEnd(5)} ${String(r.metric ?? 0).padEnd(6)} ${'0'.padEnd(6)} ${'0'.padStart(3)} ${r.dev ?? '*'}\n`
  }
  return out
}

const route: Program = {
  name: 'net-tools/route',
  *main(proc) {
    if (proc.argv.slice(1).some((w) => !w.startsWith('-'))) {
      yield* say(proc, 2, 'podlab: changing routes with route(8) is not modelled; use ip route\n')
      return 1
    }
    yield* say(
      proc,
      1,
      routeTable(
        proc,
        proc.argv.some((w) => /^-\w*n/.test(w)),
      ),
    )
    return 0
  },
}

const FLAG_BITS: readonly (readonly [string, number])[] = [
  ['UP', 1],
  ['BROADCAST', 2],
  ['LOOPBACK', 8],
  ['POINTOPOINT', 16],
  ['RUNNING', 64],
  ['NOARP', 128],
  ['PROMISC', 256],
  ['MULTICAST', 4096],
]

function interface_(proc: Proc, l: LinkInfo): string {
  const names = new Set(l.flags.map((f) => (f === 'LOWER_UP' ? 'RUNNING' : f)))
  const flags = FLAG_BITS.filter(([name]) => names.has(name))
  const number = flags.reduce((sum, [, bit]) => sum + bit, 0)
  const pad = '        '
  let out = `${l.name}: flags=${number}<${flags.map(([name]) => name).join(',')}>  mtu ${l.mtu}\n`
  for (const a of proc.net.addresses(l.name)) {
    if (a.family === 'inet')
      out += `${pad}inet ${a.address}  netmask ${formatIp4(maskOf(a.prefix))}${l.kind === 'loopback' ? '' : `  broadcast ${a.broadcast ?? '0.0.0.0'}`}\n`
    else
      out += `${pad}inet6 ${a.address}  prefixlen ${a.prefix}  scopeid ${{ host: '0x10<host>', link: '0x20<link>', site: '0x40<site>', global: '0x0<global>' }[a.scope]}\n`
  }
  out +=
    l.kind === 'loopback'
      ? `${pad}loop  txqueuelen ${l.qlen}  (Local Loopback)\n`
      : `${pad}ether ${l.mac}  txqueuelen ${l.qlen}  (Ethernet)\n`
  const s = l.stats
  const binary = (n: number): string =>
    n < 1024 ? `${n.toFixed(1)} B` : n < 1_048_576 ? `${(n / 1024).toFixed(1)} KiB` : `${(n / 1_048_576).toFixed(1)} MiB`
  out += `${pad}RX packets ${s.rxPackets}  bytes ${s.rxBytes} (${binary(s.rxBytes)})\n${pad}RX errors 0  dropped ${s.rxDropped}  overruns 0  frame 0\n`
  out += `${pad}TX packets ${s.txPackets}  bytes ${s.txBytes} (${binary(s.txBytes)})\n${pad}TX errors 0  dropped ${s.txDropped} overruns 0  carrier 0  collisions 0\n\n`
  return out
}

const ifconfig: Program = {
  name: 'net-tools/ifconfig',
  *main(proc) {
    const words = proc.argv.slice(1)
    const all = words.includes('-a')
    const names = words.filter((w) => !w.startsWith('-'))
    if (names.length > 1) {
      yield* say(proc, 2, 'podlab: changing interfaces with ifconfig is not modelled; use ip\n')
      return 1
    }
    const links = proc.net.links()
    const [name] = names
    if (name !== undefined && !links.some((l) => l.name === name)) {
      yield* say(proc, 2, `${name}: error fetching interface information: Device not found\n`)
      return 1
    }
    const chosen = links
      .filter((l) => (name === undefined ? all || l.flags.includes('UP') : l.name === name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    yield* say(proc, 1, chosen.map((l) => interface_(proc, l)).join(''))
    return 0
  },
}

const STATES: Readonly<Record<string, string>> = { SYN_RECV: 'SYN_RECV', CLOSED: 'CLOSE' }

const netstat: Program = {
  name: 'net-tools/netstat',
  *main(proc) {
    const o = letters(proc, 'ntulapreiW46x')
    if (typeof o === 'string') {
      yield* say(proc, 2, `podlab: netstat -${o} is not modelled\n`)
      return 1
    }
    if (o.has('r')) {
      yield* say(
        proc,
        1,
        routeTable(proc, o.has('n'))
          .replace('Flags Metric Ref    Use Iface', 'Flags   MSS Window  irtt Iface')
          .replace(/ (\d+) +0 +0 (\S+)\n/g, '   0 0          0 $2\n'),
      )
      return 0
    }
    const families = o.has('t') || o.has('u')
    let out = `Active Internet connections (${o.has('l') ? 'only servers' : o.has('a') ? 'servers and established' : 'w/o servers'})\nProto Recv-Q Send-Q Local Address           Foreign Address         State      ${o.has('p') ? ' PID/Program name    ' : ' '}\n`
    const sockets = proc.net
      .sockets()
      .filter((s) => (s.proto === 'tcp' && (!families || o.has('t'))) || (s.proto === 'udp' && (!families || o.has('u'))))
    for (const s of sockets) {
      const listening = s.state === 'LISTEN' || s.state === 'UNCONN'
      if (o.has('l') ? !listening : !o.has('a') && listening) continue
      out += socketLine(s, o)
    }
    yield* say(proc, 1, out)
    return 0
  },
}

function socketLine(s: SocketInfo, o: Set<string>): string {
  const v6 = s.local.includes(':') || s.local === '*'
  const proto = s.proto === 'udp' ? 'udp' : 'tcp'
  const ip = (text: string): string => (text === '*' ? '::' : text)
  const port = (n: number): string => (n === 0 ? '*' : o.has('n') ? String(n) : (serviceName(n, proto) ?? String(n)))
  const state = s.proto === 'udp' ? (s.state === 'ESTABLISHED' ? 'ESTABLISHED' : '') : (STATES[s.state] ?? s.state)
  const user = s.users[0]
  const program = o.has('p') ? ` ${(user === undefined ? '-' : `${user.pid}/${user.comm}`).padEnd(20)}` : ' '
  return `${`${proto}${v6 ? '6' : ''}`.padEnd(5)} ${String(s.recvQ).padStart(6)} ${String(s.state === 'LISTEN' ? 0 : s.sendQ).padStart(6)} ${`${ip(s.local)}:${port(s.localPort)}`.padEnd(23)} ${`${ip(s.remote)}:${port(s.remotePort)}`.padEnd(23)} ${state.padEnd(11)}${program}\n`
}

export const programs: readonly Program[] = [arp, route, ifconfig, netstat]
