import { parseIp4 } from '../../net/address.ts'
import type { NetAdmin, SocketInfo } from '../../net/admin.ts'

/** /proc/PID/net: the tables of the process's network namespace, from what netlink says of it. proc_pid_net(5) */

/** An address as the kernel's tables print it: eight hex digits in the machine's (little-endian) byte order. */
function hexAddress(text: string): string {
  const ip = parseIp4(text)
  if (ip === undefined) return '00000000'
  const n = Number(ip) >>> 0
  return [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24].map((b) => b.toString(16).toUpperCase().padStart(2, '0')).join('')
}

const hexPort = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0')

export function dev(net: NetAdmin): string {
  let out = 'Inter-|   Receive                                                |  Transmit\n'
  out += ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n'
  const col = (n: number, width: number): string => String(n).padStart(width)
  for (const link of net.links()) {
    const s = link.stats
    out += `${link.name.padStart(6)}: ${col(s.rxBytes, 7)} ${col(s.rxPackets, 7)} ${col(0, 4)} ${col(s.rxDropped, 4)} ${col(0, 4)} ${col(0, 5)} ${col(0, 10)} ${col(0, 9)} `
    out += `${col(s.txBytes, 8)} ${col(s.txPackets, 7)} ${col(0, 4)} ${col(s.txDropped, 4)} ${col(0, 4)} ${col(0, 5)} ${col(0, 7)} ${col(0, 10)}\n`
  }
  return out
}

export function route(net: NetAdmin): string {
  const line = (text: string): string => `${text.padEnd(127)}\n`
  // Without a route there is no main table, and the file is empty.
  if (net.routes().length === 0) return ''
  let out = line('Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT')
  for (const r of net.routes()) {
    if (r.dev === undefined || r.dst.includes(':')) continue
    const [address = '0.0.0.0', prefix] = r.dst === 'default' ? ['0.0.0.0', '0'] : r.dst.split('/')
    const bits = prefix === undefined ? 32 : Number(prefix)
    const mask = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0
    const dotted = [mask >>> 24, (mask >>> 16) & 255, (mask >>> 8) & 255, mask & 255].join('.')
    const flags = 1 + (r.via !== undefined ? 2 : 0) + (bits === 32 ? 4 : 0)
    out += line(
      `${r.dev}\t${hexAddress(address)}\t${hexAddress(r.via ?? '0.0.0.0')}\t${flags.toString(16).toUpperCase().padStart(4, '0')}\t0\t0\t${r.metric ?? 0}\t${hexAddress(dotted)}\t0\t0\t0`,
    )
  }
  return out
}

export function arp(net: NetAdmin): string {
  let out = 'IP address       HW type     Flags       HW address            Mask     Device\n'
  for (const n of net.neighbours()) {
    if (n.address.includes(':')) continue
    const flags = n.state === 'PERMANENT' ? '0x6' : n.mac === undefined ? '0x0' : '0x2'
    out += `${n.address.padEnd(16)} 0x1         ${flags}         ${(n.mac ?? '00:00:00:00:00:00').padEnd(17)}     *        ${n.dev}\n`
  }
  return out
}

const TCP_STATES: Readonly<Record<string, string>> = {
  ESTAB: '01',
  ESTABLISHED: '01',
  'SYN-SENT': '02',
  'SYN-RECV': '03',
  'FIN-WAIT-1': '04',
  'FIN-WAIT-2': '05',
  'TIME-WAIT': '06',
  UNCONN: '07',
  CLOSE: '07',
  'CLOSE-WAIT': '08',
  'LAST-ACK': '09',
  LISTEN: '0A',
  CLOSING: '0B',
}

function inetRows(sockets: readonly SocketInfo[], proto: 'tcp' | 'udp'): string {
  let out = ''
  let n = 0
  for (const s of sockets) {
    if (s.proto !== proto) continue
    const queue = (q: number): string => q.toString(16).toUpperCase().padStart(8, '0')
    const row = `${String(n++).padStart(4)}: ${hexAddress(s.local)}:${hexPort(s.localPort)} ${hexAddress(s.remote)}:${hexPort(s.remotePort)} ${TCP_STATES[s.state] ?? '07'} ${queue(s.sendQ)}:${queue(s.recvQ)} 00:00000000 00000000     0        0 ${s.inode} 1 0000000000000000 100 0 0 10 0`
    out += `${row.padEnd(149)}\n`
  }
  return out
}

export function tcp(net: NetAdmin): string {
  const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
  return `${head.padEnd(149)}\n${inetRows(net.sockets(), 'tcp')}`
}

export function udp(net: NetAdmin): string {
  const head = '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops'
  return `${head.padEnd(127)}\n${inetRows(net.sockets(), 'udp')}`
}

export function unix(net: NetAdmin): string {
  let out = 'Num       RefCount Protocol Flags    Type St Inode Path\n'
  for (const s of net.sockets()) {
    if (s.proto !== 'unix') continue
    const listening = s.state === 'LISTEN'
    out += `0000000000000000: 00000002 00000000 ${listening ? '00010000' : '00000000'} 0001 ${listening ? '01' : '03'} ${String(s.inode).padStart(5)}${s.local === '*' || s.local === '' ? '' : ` ${s.local}`}\n`
  }
  return out
}

/** /proc/net/sockstat: sockets of the network namespace. */
export function sockstat(net: NetAdmin): string {
  const sockets = net.sockets()
  const live = (proto: string): number => sockets.filter((s) => s.proto === proto && s.state !== 'TIME_WAIT').length
  const waiting = sockets.filter((s) => s.state === 'TIME_WAIT').length
  return (
    `sockets: used ${sockets.length - waiting}\nTCP: inuse ${live('tcp')} orphan 0 tw ${waiting} alloc ${live('tcp')} mem 0\n` +
    `UDP: inuse ${live('udp')} mem 0\nUDPLITE: inuse 0\nRAW: inuse ${live('raw')}\nFRAG: inuse 0 memory 0\n`
  )
}
