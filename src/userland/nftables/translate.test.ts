// recorded: nft 1.0.6 over rules of iptables-nft 1.8.9 (13-iptables-nat, step 14); rows marked "not" follow libxtables' xlate functions
import { expect, it } from 'vitest'
import { parseCommand } from '#linux/net/iptables.ts'
import { nftRule } from './translate.ts'

const COUNTER = 'counter packets 0 bytes 0'

it.each([
  ['-m comment --comment "kubernetes service portals" -j KUBE-SERVICES', ` ${COUNTER} jump KUBE-SERVICES`],
  ['-s 10.244.0.0/24 ! -o cni0 -j MASQUERADE', `oifname != "cni0" ip saddr 10.244.0.0/24 ${COUNTER} masquerade`],
  ['-j MARK --set-xmark 0x4000/0x4000', `${COUNTER} meta mark set mark or 0x4000`],
  ['-j MARK --set-xmark 0x4000/0x0', `${COUNTER} meta mark set mark xor 0x4000`],
  ['-m mark ! --mark 0x4000/0x4000 -j RETURN', `meta mark & 0x00004000 != 0x00004000 ${COUNTER} return`],
  ['-m comment --comment x -j MASQUERADE --random-fully', ` ${COUNTER} masquerade fully-random`],
  ['-p tcp -m comment --comment x -m tcp -j DNAT --to-destination 10.244.0.3:80', `meta l4proto tcp   ${COUNTER} dnat to 10.244.0.3:80`],
  [
    '! -s 10.244.0.0/16 -d 10.96.0.50/32 -p tcp -m comment --comment x -m tcp --dport 80 -j KUBE-MARK-MASQ',
    `meta l4proto tcp ip saddr != 10.244.0.0/16 ip daddr 10.96.0.50  tcp dport 80 ${COUNTER} jump KUBE-MARK-MASQ`,
  ],
  ['-m statistic --mode random --probability 0.50000000000 -j X', `meta random & 2147483647 < 1073741824 ${COUNTER} jump X`],
  // not recorded
  ['-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT', `ct state related,established ${COUNTER} accept`],
  ['-m addrtype --dst-type LOCAL -j X', `fib daddr type local ${COUNTER} jump X`],
  ['-d 10.9.0.0/16 -j REJECT', `ip daddr 10.9.0.0/16 ${COUNTER} reject`],
  ['-p tcp -m multiport --dports 80,443 -j ACCEPT', `meta l4proto tcp tcp dport { 80,443 } ${COUNTER} accept`],
  ['-m limit --limit 5/min -j ACCEPT', `limit rate 5/minute burst 5 packets ${COUNTER} accept`],
])('%s', (rule, text) => {
  const words = rule.match(/"[^"]*"|\S+/g)?.map((w) => w.replaceAll('"', '')) ?? []
  const nat = /MASQUERADE|DNAT/.test(rule) ? ['-t', 'nat'] : /MARK/.test(rule) ? ['-t', 'mangle'] : []
  const command = parseCommand([...nat, '-A', 'X', ...words])
  const [first] = command.rules
  if (first === undefined) throw new Error('no rule')
  expect(nftRule(first)).toBe(text)
})
