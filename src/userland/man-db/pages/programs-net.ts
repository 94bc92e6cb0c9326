/** Pages of the programs for networks; notation in ../page.ts. */
export const PROGRAMS_NET = `
.arp 8 manipulate the system ARP cache
> arp [-n] [-a] [host]
@ ip-neighbour(8)

.arping 8 send ARP REQUEST to a neighbour host
> arping [-c count] [-I interface] destination
@ ping(8)

.brctl 8 ethernet bridge administration
> brctl command [bridge [interface]]
The old tool; ip link and bridge do the same.
@ bridge(8) ip-link(8)

.bridge 8 show / manipulate bridge addresses and devices
> bridge [options] { link | fdb | vlan } command
Which ports a bridge has, and behind which port it has seen which MAC address.
    bridge fdb show br cni0
@ ip-link(8) veth(4)

.conntrack 8 command line interface for netfilter connection tracking
> conntrack -L [options]
> conntrack -D [options]
> conntrack -E
The kernel remembers every connection that passes netfilter and, for those whose addresses were changed, both directions: so answers find their way back through a Service's address.
- -L|list
- -D|delete
- -E|show events
- -p proto|tcp, udp, icmp
- -s, -d address|source, destination of the first packet
- --dport port|destination port
@ iptables(8) proc(5)

.ethtool 8 query or control network driver and hardware settings
> ethtool [options] device
On this machine it is listed, but not modelled.

.ifconfig 8 configure a network interface
> ifconfig [interface]
The old tool; use ip.
@ ip(8)

.ip 8 show / manipulate routing, network devices, interfaces and tunnels
> ip [options] object command
Objects may be shortened: a is address, l link, r route, n neighbour. Everything belongs to a network namespace; -n chooses a named one.
- link|devices: ip-link(8)
- address|addresses of devices
- route|which way packets go: ip-route(8)
- rule|which table is asked
- neighbour|addresses of the link layer
- netns|named network namespaces: ip-netns(8)
- -br|one line a device
- -d|more details
- -j|JSON
- -4, -6|only one family
- -n name|in this network namespace
- -o|one line a record
@ ip-link(8) ip-route(8) ip-netns(8) network_namespaces(7)

.ip-address 8 protocol address management
> ip address { add | del } address dev device
> ip address show [dev device]
@ ip(8)

.ip-link 8 network device configuration
> ip link add [name] type { bridge | veth | dummy | vlan | vxlan } [arguments]
> ip link set device { up | down | master bridge | netns name | address mac | mtu n }
> ip link show [device]
Moving a device to another namespace takes its addresses away.
    ip link add veth0 type veth peer name eth0 netns pod
@ ip(8) veth(4) bridge(8)

.ip-neighbour 8 neighbour/ARP tables management
> ip neighbour show [dev device]
@ ip(8)

.ip-netns 8 process network namespace management
> ip netns { add | delete } name
> ip netns exec name command
> ip netns [list]
A named network namespace is a file in /run/netns that keeps it alive without a process. The CNI plugins of a node find those of Pods there.
@ network_namespaces(7) nsenter(1)

.ip-route 8 routing table management
> ip route { add | del | replace } destination [via gateway] [dev device] [src address]
> ip route show
> ip route get address
The most specific route wins. ip route get asks the kernel which one that is.
@ ip(8)

.ipset 8 administration tool for IP sets
> ipset command
On this machine it is listed, but not modelled.

.iptables,ip6tables,iptables-save,iptables-restore;iptables-nft,iptables-nft-save,iptables-nft-restore,ip6tables-nft,ip6tables-nft-save,ip6tables-nft-restore,ip6tables-save,ip6tables-restore,iptables-legacy,iptables-legacy-save,iptables-legacy-restore,xtables-nft-multi,xtables-legacy-multi 8 administration tool for packet filtering and NAT
> iptables [-t table] { -A | -I | -D | -C } chain rule
> iptables [-t table] { -L | -S } [chain]
> iptables [-t table] { -N | -X | -F | -P } chain [target]
> iptables-save [-t table]
> iptables-restore [--noflush]
Rules are in chains, chains in tables. A packet walks through a chain until a rule that matches ends the walk: ACCEPT, DROP, DNAT; a target that is a chain is a detour.
- filter|INPUT, FORWARD, OUTPUT: let pass or not
- nat|PREROUTING, INPUT, OUTPUT, POSTROUTING: change addresses; only the first packet of a connection comes here
- mangle|all five: change anything else
# OPTIONS
- -n|numbers instead of names
- -v|counters and devices
- --line-numbers|number the rules
- -s, -d address|source, destination
- -p proto|tcp, udp, icmp; then --sport, --dport
- -i, -o device|where it came in, goes out
- -m match|addrtype, comment, conntrack, statistic, mark, set and others
- -j target|what to do
kube-proxy writes the rules for Services: KUBE-SERVICES, one KUBE-SVC chain a Service, one KUBE-SEP chain an endpoint.
    iptables -t nat -L KUBE-SERVICES -n
@ nft(8) conntrack(8) ip(8)

.netstat 8 print network connections, routing tables, interface statistics
> netstat [options]
The old tool; use ss and ip.
@ ss(8)

.nft 8 administration tool of the nftables framework
> nft [options] list { ruleset | tables | table | chain | chains }
The kernel has one machine for rules; iptables is here a translator to it. nft shows what iptables has written as nftables sees it. Writing is not modelled.
- -n|numbers instead of names
- list ruleset|everything
- list tables|names of tables
- list table ip nat|one table
- list chain ip nat KUBE-SERVICES|one chain
@ iptables(8)

.route 8 show / manipulate the IP routing table
> route [-n]
The old tool; use ip route.
@ ip-route(8)

.ss 8 another utility to investigate sockets
> ss [options] [filter]
Sockets of this network namespace: who listens, who is connected.
- -t|TCP
- -u|UDP
- -x|Unix
- -l|listening only
- -a|all
- -n|numbers instead of names
- -p|the processes
- -i|internals of TCP
- -s|summary
    ss -ltnp
@ lsof(8) ip(8) nsenter(1)

.tc 8 show / manipulate traffic control settings
> tc [options] object command
On this machine it is listed, but not modelled.

.tcpdump 8 dump traffic on a network
> tcpdump [options] [expression]
Prints packets that pass a device: host, port, src, dst, tcp, udp, icmp, arp, and, or, not choose which.
- -i device|which device; any: all of them
- -n|numbers instead of names
- -c count|stop after so many
- -e|show MAC addresses
- -v|more of each packet
- -A|contents as text
- -X|contents in hexadecimal and text
    tcpdump -ni any port 53
@ ip(8) ss(8)

.tracepath 8 trace path to a network host discovering MTU along this path
@ ping(8)
`
