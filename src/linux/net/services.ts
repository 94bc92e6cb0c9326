/** The part of /etc/services and /etc/protocols that programs show names from. */
export const SERVICES: readonly (readonly [name: string, port: number, proto: 'tcp' | 'udp' | 'both', aliases?: string])[] = [
  ['echo', 7, 'both'],
  ['discard', 9, 'both', 'sink null'],
  ['daytime', 13, 'both'],
  ['ftp-data', 20, 'tcp'],
  ['ftp', 21, 'tcp'],
  ['ssh', 22, 'tcp'],
  ['telnet', 23, 'tcp'],
  ['smtp', 25, 'tcp', 'mail'],
  ['time', 37, 'both', 'timserver'],
  ['whois', 43, 'tcp', 'nicname'],
  ['domain', 53, 'both'],
  ['bootps', 67, 'udp'],
  ['bootpc', 68, 'udp'],
  ['tftp', 69, 'udp'],
  ['finger', 79, 'tcp'],
  ['http', 80, 'tcp', 'www'],
  ['kerberos', 88, 'both', 'kerberos5 krb5 kerberos-sec'],
  ['pop3', 110, 'tcp', 'pop-3'],
  ['sunrpc', 111, 'both', 'portmapper'],
  ['ntp', 123, 'udp'],
  ['netbios-ns', 137, 'udp'],
  ['netbios-dgm', 138, 'udp'],
  ['netbios-ssn', 139, 'tcp'],
  ['imap2', 143, 'tcp', 'imap'],
  ['snmp', 161, 'both'],
  ['snmp-trap', 162, 'both', 'snmptrap'],
  ['bgp', 179, 'tcp'],
  ['ldap', 389, 'both'],
  ['https', 443, 'both'],
  ['microsoft-ds', 445, 'both'],
  ['kpasswd', 464, 'both'],
  ['submissions', 465, 'tcp', 'ssmtp smtps urd'],
  ['syslog', 514, 'udp'],
  ['printer', 515, 'tcp', 'spooler'],
  ['submission', 587, 'tcp'],
  ['ipp', 631, 'tcp'],
  ['ldaps', 636, 'both'],
  ['domain-s', 853, 'both'],
  ['rsync', 873, 'tcp'],
  ['imaps', 993, 'tcp'],
  ['pop3s', 995, 'tcp'],
  ['socks', 1080, 'tcp'],
  ['openvpn', 1194, 'both'],
  ['ms-sql-s', 1433, 'tcp'],
  ['radius', 1812, 'both'],
  ['nfs', 2049, 'both'],
  ['zookeeper', 2181, 'tcp'],
  ['mysql', 3306, 'tcp'],
  ['ms-wbt-server', 3389, 'tcp'],
  ['sip', 5060, 'both'],
  ['mdns', 5353, 'udp'],
  ['postgresql', 5432, 'tcp', 'postgres'],
  ['amqp', 5672, 'both'],
  ['x11', 6000, 'tcp', 'x11-0'],
  ['redis', 6379, 'tcp'],
  ['http-alt', 8080, 'tcp', 'webcache'],
]

/** Name of a port, as getservbyport(3) tells it. */
export function serviceName(port: number, proto: 'tcp' | 'udp'): string | undefined {
  return SERVICES.find(([, p, which]) => p === port && (which === 'both' || which === proto))?.[0]
}

/** Port of a service name. */
export function servicePort(name: string, proto?: 'tcp' | 'udp'): number | undefined {
  return SERVICES.find(
    ([n, , which, aliases]) =>
      (n === name || aliases?.split(' ').includes(name) === true) && (proto === undefined || which === 'both' || which === proto),
  )?.[1]
}

const PROTOCOLS: readonly (readonly [string, number])[] = [
  ['all', 0],
  ['ip', 0],
  ['icmp', 1],
  ['igmp', 2],
  ['ipencap', 4],
  ['tcp', 6],
  ['udp', 17],
  ['ipv6', 41],
  ['gre', 47],
  ['esp', 50],
  ['ah', 51],
  ['ipv6-icmp', 58],
  ['icmpv6', 58],
  ['ospf', 89],
  ['ipip', 94],
  ['sctp', 132],
  ['udplite', 136],
]

/** Number of a protocol's name or number; undefined when it is unknown. */
export function protocolNumber(name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name) < 256 ? Number(name) : undefined
  return PROTOCOLS.find(([n]) => n === name.toLowerCase())?.[1]
}

export function protocolName(number: number): string | undefined {
  return PROTOCOLS.find(([, n]) => n === number)?.[0]
}
