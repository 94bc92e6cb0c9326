import { Errno } from '../errno.ts'
import type { NetNamespace } from './namespace.ts'

/** Names of net.ipv4.conf.DEV and their defaults. */
const CONF4: Readonly<Record<string, string>> = {
  accept_local: '0',
  accept_redirects: '1',
  accept_source_route: '0',
  arp_accept: '0',
  arp_announce: '0',
  arp_filter: '0',
  arp_ignore: '0',
  arp_notify: '0',
  forwarding: '0',
  log_martians: '0',
  mc_forwarding: '0',
  proxy_arp: '0',
  route_localnet: '0',
  rp_filter: '0',
  secure_redirects: '1',
  send_redirects: '1',
}
const CONF6: Readonly<Record<string, string>> = { accept_ra: '1', disable_ipv6: '0', forwarding: '0', accept_dad: '1' }

const FIXED: Readonly<Record<string, string>> = {
  'net.core.somaxconn': '4096',
  'net.core.rmem_default': '212992',
  'net.core.wmem_default': '212992',
  'net.core.rmem_max': '212992',
  'net.core.wmem_max': '212992',
  'net.core.netdev_max_backlog': '1000',
  'net.ipv4.ip_forward': '0',
  'net.ipv4.ip_default_ttl': '64',
  'net.ipv4.ip_local_port_range': '32768\t60999',
  'net.ipv4.ip_nonlocal_bind': '0',
  'net.ipv4.ip_unprivileged_port_start': '1024',
  'net.ipv4.ip_local_reserved_ports': '',
  'net.ipv4.icmp_echo_ignore_all': '0',
  'net.ipv4.icmp_echo_ignore_broadcasts': '1',
  'net.ipv4.ping_group_range': '1\t0',
  'net.ipv4.tcp_fin_timeout': '60',
  'net.ipv4.tcp_keepalive_time': '7200',
  'net.ipv4.tcp_keepalive_intvl': '75',
  'net.ipv4.tcp_keepalive_probes': '9',
  'net.ipv4.tcp_syn_retries': '6',
  'net.ipv4.tcp_synack_retries': '5',
  'net.ipv4.tcp_retries1': '3',
  'net.ipv4.tcp_retries2': '15',
  'net.ipv4.tcp_syncookies': '1',
  'net.ipv4.tcp_max_syn_backlog': '128',
  'net.ipv4.tcp_tw_reuse': '2',
  'net.ipv4.tcp_timestamps': '1',
  'net.ipv4.tcp_congestion_control': 'cubic',
  'net.ipv4.tcp_rmem': '4096\t131072\t6291456',
  'net.ipv4.tcp_wmem': '4096\t16384\t4194304',
  'net.netfilter.nf_conntrack_max': '65536',
  'net.netfilter.nf_conntrack_tcp_timeout_established': '432000',
  'net.netfilter.nf_conntrack_tcp_timeout_close_wait': '60',
  'net.netfilter.nf_conntrack_tcp_be_liberal': '0',
  'net.netfilter.nf_conntrack_udp_timeout': '30',
  'net.netfilter.nf_conntrack_udp_timeout_stream': '120',
  'net.unix.max_dgram_qlen': '512',
  'net.ipv6.ip_nonlocal_bind': '0',
  'net.ipv6.bindv6only': '0',
}

/** The net.* sysctls of a namespace. Writing one that steers packets takes effect at once. */
export class Sysctls {
  readonly #ns: NetNamespace
  readonly #values = new Map<string, string>()

  constructor(ns: NetNamespace) {
    this.#ns = ns
  }

  get(name: string): string | undefined {
    return this.#values.get(name) ?? this.#default(name)
  }

  #default(name: string): string | undefined {
    if (name === 'net.netfilter.nf_conntrack_count') return String(this.#ns.conntrack.entries().length)
    const fixed = FIXED[name]
    if (fixed !== undefined) return fixed
    const match = /^net\.(ipv4|ipv6)\.conf\.(.+)\.([a-z0-9_]+)$/.exec(name)
    if (match === null) return undefined
    const [family, device, key] = [match[1] ?? '', match[2] ?? '', match[3] ?? '']
    if (device !== 'all' && device !== 'default' && this.#ns.device(device) === undefined) return undefined
    if (family === 'ipv4' && key === 'forwarding') return this.get('net.ipv4.ip_forward')
    const value = (family === 'ipv4' ? CONF4 : CONF6)[key]
    if (value === undefined || device === 'default') return value
    return this.#values.get(`net.${family}.conf.default.${key}`) ?? value
  }

  /** Fails with ENOENT for an unknown name, EINVAL for a number that is none. */
  set(name: string, value: string): void {
    const old = this.get(name)
    if (old === undefined) throw new Errno('ENOENT', name)
    const text = value.trim()
    if (/^\d+$/.test(old) && !/^-?\d+$/.test(text)) throw new Errno('EINVAL', name)
    this.#values.set(name, text.replace(/\s+/g, '\t'))
    if (name === 'net.ipv4.conf.all.forwarding') this.#values.set('net.ipv4.ip_forward', text)
    if (name === 'net.ipv4.ip_forward') this.#values.set('net.ipv4.conf.all.forwarding', text)
    this.#ns.generation++
  }

  /** Every name there is now, sorted: what /proc/sys/net shows. */
  names(): string[] {
    const devices = ['all', 'default', ...this.#ns.devices.map((d) => d.name)]
    const out = [...Object.keys(FIXED), 'net.netfilter.nf_conntrack_count']
    for (const device of devices) {
      for (const key of Object.keys(CONF4)) out.push(`net.ipv4.conf.${device}.${key}`)
      for (const key of Object.keys(CONF6)) out.push(`net.ipv6.conf.${device}.${key}`)
    }
    return out.sort()
  }
}
