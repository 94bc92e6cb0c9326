import { formatCidr } from '#linux/net/address.ts'
import { orderedChains, splitLine } from '#linux/net/iptables.ts'
import type { Match } from '#linux/net/match.ts'
import type { Chain, Hook, Negatable, Rule, Table, TableName } from '#linux/net/netfilter.ts'
import type { Target } from '#linux/net/target.ts'

/**
 * Rules of iptables-nft as nft(8) prints them: what the extensions of iptables translate to, a word that is empty (a comment, a
 * protocol without ports) included. Source: nft 1.0.6 and libxtables 1.8.9 (recorded); matches without a translation: `xt match`.
 */

/** `-x value` words of a match or target, in order. */
function options(saved: string): [name: string, value: string, not: boolean][] {
  const words = splitLine(saved.trim())
  const out: [string, string, boolean][] = []
  for (let i = 0, not = false; i < words.length; i++) {
    const word = words[i] ?? ''
    if (word === '!') not = true
    else if (word.startsWith('--')) {
      const value = words[i + 1]
      const has = value !== undefined && !value.startsWith('--') && value !== '!'
      out.push([word.slice(2), has ? (value ?? '') : '', not])
      if (has) i++
      not = false
    }
  }
  return out
}

const compare = (not: boolean): string => (not ? '!= ' : '')

/** `--tcp-flags` names in nft's words. */
const flags = (list: string): string =>
  list === 'NONE' ? '0x0' : list === 'ALL' ? 'fin | syn | rst | psh | ack | urg' : list.toLowerCase().split(',').join(' | ')

const NANOSECONDS: Readonly<Record<string, string>> = { sec: 'second', min: 'minute', hour: 'hour', day: 'day' }

const hex8 = (text: string): string => `0x${Number(text).toString(16).padStart(8, '0')}`

type Words = readonly [name: string, value: string, not: boolean][]

const MATCHES: Readonly<Record<string, (words: Words, protocol: string) => string>> = {
  comment: () => '',
  tcp: (words) => ports('tcp', words),
  udp: (words) => ports('udp', words),
  icmp: (words) => words.map(([, value, not]) => `icmp type ${compare(not)}${value === '8' ? 'echo-request' : value}`).join(' '),
  multiport: (words, protocol) =>
    words
      .map(([name, value, not]) => {
        const what = name === 'ports' ? 'sport . dport' : name === 'sports' ? 'sport' : 'dport'
        return `${protocol} ${what} ${compare(not)}{ ${value.replaceAll(':', '-')} }`
      })
      .join(' '),
  mark: (words) => marks('meta', words),
  connmark: (words) => marks('ct', words),
  conntrack: (words) =>
    words.map(([name, value, not]) => `ct ${name.replace(/^ct/, '')} ${not ? '! ' : ''}${value.toLowerCase()}`).join(' '),
  state: (words) => words.map(([, value, not]) => `ct state ${not ? '! ' : ''}${value.toLowerCase()}`).join(' '),
  statistic: (words) => {
    const get = (name: string): string | undefined => words.find(([n]) => n === name)?.[1]
    const not = words.some(([n, , no]) => no && (n === 'probability' || n === 'every'))
    const every = get('every')
    if (every !== undefined) return `numgen inc mod ${every} ${compare(not)}${get('packet') ?? '0'}`
    return `meta random & 2147483647 ${not ? '>=' : '<'} ${Math.round(Number(get('probability')) * 2 ** 31)}`
  },
  addrtype: (words) =>
    words
      .filter(([name]) => name.endsWith('-type'))
      .map(([name, value, not]) => `fib ${name === 'src-type' ? 'saddr' : 'daddr'} type ${compare(not)}${value.toLowerCase()}`)
      .join(' '),
  limit: (words) => {
    const [rate = '', unit = ''] = (words.find(([n]) => n === 'limit')?.[1] ?? '').split('/')
    const burst = words.find(([n]) => n === 'limit-burst')?.[1] ?? '5'
    return `limit rate ${rate}/${NANOSECONDS[unit] ?? unit} burst ${burst} packets`
  },
  mac: (words) => words.map(([, value, not]) => `ether saddr ${compare(not)}${value.toLowerCase()}`).join(' '),
  owner: (words) => words.map(([name, value, not]) => `${name === 'gid-owner' ? 'skgid' : 'skuid'} ${compare(not)}${value}`).join(' '),
  iprange: (words) => words.map(([name, value, not]) => `ip ${name === 'src-range' ? 'saddr' : 'daddr'} ${compare(not)}${value}`).join(' '),
  ttl: (words) => words.map(([name, value]) => `ip ttl ${name === 'ttl-lt' ? '< ' : name === 'ttl-gt' ? '> ' : ''}${value}`).join(' '),
}

function ports(protocol: string, words: Words): string {
  return words
    .map(([name, value, not]) => {
      if (name === 'sport' || name === 'dport') return `${protocol} ${name} ${compare(not)}${value.replace(':', '-')}`
      return name === 'tcp-flags' || name === 'syn' ? tcpFlags(value, not) : `${protocol} option ${value}`
    })
    .join(' ')
}

function tcpFlags(value: string, not: boolean): string {
  const [mask = 'FIN,SYN,RST,ACK', set = 'SYN'] = value === '' ? [] : value.split(' ')
  return `tcp flags & (${flags(mask)}) ${not ? '!=' : '=='} ${flags(set)}`
}

function marks(of: 'meta' | 'ct', words: Words): string {
  return words
    .map(([, text, not]) => {
      const [value = '0', mask] = text.split('/')
      if (mask === undefined) return `${of} mark ${not ? '!=' : ''}${not ? ' ' : ''}${value}`
      return `${of} mark & ${hex8(mask)} ${not ? '!=' : '=='} ${hex8(value)}`
    })
    .join(' ')
}

function match(m: Match, protocol: string): string {
  const translate = MATCHES[m.name]
  const flagged = m.save().replace(/--tcp-flags (\S+) (\S+)/, '--tcp-flags "$1 $2"')
  return translate === undefined ? `xt match "${m.name}"` : translate(options(flagged), protocol)
}

/** MARK and CONNMARK: how value and mask are combined. */
function setMark(of: 'meta' | 'ct', text: string): string {
  const [value = 0, mask = 0xffffffff] = text.split('/').map(Number)
  const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`
  const how =
    value === 0 && mask !== 0xffffffff
      ? `mark and ${hex(~mask)}`
      : value === mask
        ? `mark or ${hex(value)}`
        : mask === 0
          ? `mark xor ${hex(value)}`
          : mask === 0xffffffff
            ? hex(value)
            : `mark and ${hex(~mask)} xor ${hex(value)}`
  return `${of} mark set ${how}`
}

function target(t: Target): string {
  const words = options(t.save())
  const get = (...names: string[]): string | undefined => words.find(([n]) => names.includes(n))?.[1]
  const random = get('random-fully') !== undefined ? ' fully-random' : get('random') !== undefined ? ' random' : ''
  switch (t.name) {
    case 'ACCEPT':
    case 'DROP':
    case 'RETURN':
      return t.name.toLowerCase()
    case 'MASQUERADE':
      return `masquerade${get('to-ports') === undefined ? '' : ` to :${get('to-ports')}`}${random}`
    case 'DNAT':
      return `dnat to ${get('to-destination') ?? ''}${random}`
    case 'SNAT':
      return `snat to ${get('to-source') ?? ''}${random}`
    case 'REDIRECT':
      return `redirect${get('to-ports') === undefined ? '' : ` to :${get('to-ports')}`}${random}`
    case 'MARK':
      return setMark('meta', get('set-xmark', 'set-mark') ?? '0')
    case 'REJECT': {
      const kind = get('reject-with') ?? 'icmp-port-unreachable'
      if (kind === 'icmp-port-unreachable') return 'reject'
      return kind === 'tcp-reset' ? 'reject with tcp reset' : `reject with icmp type ${kind.replace(/^icmp-/, '')}`
    }
    case 'LOG':
      return `log${get('log-prefix') === undefined ? '' : ` prefix "${get('log-prefix')}"`}`
    case 'NOTRACK':
      return 'notrack'
    default:
      return `xt target "${t.name}"`
  }
}

const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp' }

function device(word: string, name: Negatable<string> | undefined): string[] {
  if (name === undefined) return []
  return [`${word} ${compare(name.not)}"${name.value.replace(/\+$/, '*')}"`]
}

/** A rule in nft's words. */
export function nftRule(r: Rule): string {
  const words = [...device('iifname', r.inInterface), ...device('oifname', r.outInterface)]
  const protocol = PROTOCOLS[r.protocol?.value ?? 0] ?? String(r.protocol?.value ?? '')
  if (r.protocol !== undefined) words.push(`meta l4proto ${compare(r.protocol.not)}${protocol}`)
  if (r.source !== undefined) words.push(`ip saddr ${compare(r.source.not)}${formatCidr(r.source.value).replace(/\/32$/, '')}`)
  if (r.destination !== undefined)
    words.push(`ip daddr ${compare(r.destination.not)}${formatCidr(r.destination.value).replace(/\/32$/, '')}`)
  for (const m of r.matches) words.push(match(m, protocol))
  words.push(`counter packets ${r.counter.packets} bytes ${r.counter.bytes}`)
  if (r.target !== undefined) words.push(target(r.target))
  else if (r.jump !== undefined) words.push(`${r.goto ? 'goto' : 'jump'} ${r.jump}`)
  return words.join(' ')
}

const PRIORITIES: Readonly<Record<TableName, string>> = { raw: 'raw', mangle: 'mangle', nat: '', filter: 'filter', security: 'security' }
/** Names are known for PREROUTING and POSTROUTING only. */
const NAT: Readonly<Record<Hook, string>> = { PREROUTING: 'dstnat', INPUT: '100', FORWARD: '0', OUTPUT: '-100', POSTROUTING: 'srcnat' }

/** A chain: what it hangs on, and its rules unless only chains are asked for. */
export function nftChain(table: Table, chain: Chain, rules: boolean): string {
  let out = `\tchain ${chain.name} {\n`
  const hook = (['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'] as const).find((h) => h === chain.name)
  if (chain.policy !== undefined && hook !== undefined) {
    const type = table.name === 'nat' ? 'nat' : table.name === 'mangle' && hook === 'OUTPUT' ? 'route' : 'filter'
    const priority = table.name === 'nat' ? NAT[hook] : PRIORITIES[table.name]
    out += `\t\ttype ${type} hook ${hook.toLowerCase()} priority ${priority}; policy ${chain.policy.toLowerCase()};\n`
  }
  if (rules) for (const rule of chain.rules) out += `\t\t${nftRule(rule)}\n`
  return `${out}\t}\n`
}

/** A table with its chains, or one of them. */
export function nftTable(table: Table, only: string | undefined, rules: boolean): string {
  const chains = orderedChains(table).filter((c) => only === undefined || c.name === only)
  return `table ip ${table.name} {\n${chains.map((c) => nftChain(table, c, rules)).join('\n')}}\n`
}
