import type { Proc, Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { say } from '../lib/io.ts'
import { ipAddr } from './addr.ts'
import { Args, abbreviates, enterNetns, type IpContext, IpError, type IpOptions, netnsNames } from './common.ts'
import { ipLink } from './link.ts'
import { ipNetns } from './netns.ts'
import { ipNeigh, ipRoute, ipRule } from './route.ts'

const USAGE = `Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }
       ip [ -force ] -batch filename
where  OBJECT := { address | addrlabel | amt | fou | help | ila | ioam | l2tp |
                   link | macsec | maddress | monitor | mptcp | mroute | mrule |
                   neighbor | neighbour | netconf | netns | nexthop | ntable |
                   ntbl | route | rule | sr | tap | tcpmetrics |
                   token | tunnel | tuntap | vrf | xfrm }
       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] | -r[esolve] |
                    -h[uman-readable] | -iec | -j[son] | -p[retty] |
                    -f[amily] { inet | inet6 | mpls | bridge | link } |
                    -4 | -6 | -M | -B | -0 |
                    -l[oops] { maximum-addr-flush-attempts } | -br[ief] |
                    -o[neline] | -t[imestamp] | -ts[hort] | -b[atch] [filename] |
                    -rc[vbuf] [size] | -n[etns] name | -N[umeric] | -a[ll] |
                    -c[olor]}
`

/** Objects ip(8) has and the model has not. */
const OTHER = [
  'addrlabel',
  'fou',
  'ila',
  'l2tp',
  'macsec',
  'maddress',
  'monitor',
  'mroute',
  'mrule',
  'netconf',
  'nexthop',
  'ntable',
  'sr',
  'tap',
  'tcpmetrics',
  'token',
  'tunnel',
  'tuntap',
  'vrf',
  'xfrm',
]

/** ip(8) of iproute2 6.1. */
export const ip: Program = {
  name: 'iproute2/ip',
  *main(proc) {
    const out: string[] = []
    let status: number
    try {
      status = yield* run(proc, out)
    } catch (error) {
      if (!(error instanceof IpError)) throw error
      if (out.length > 0) yield* say(proc, 1, out.splice(0).join(''))
      yield* say(proc, 2, error.message.endsWith('\n') ? error.message : `${error.message}\n`)
      return error.exit
    }
    if (out.length > 0) yield* say(proc, 1, out.join(''))
    return status
  },
}

function* run(proc: Proc, out: string[]): Sim<number> {
  const words = proc.argv.slice(1)
  const o: { -readonly [K in keyof IpOptions]: IpOptions[K] } = {
    brief: false,
    oneline: false,
    details: false,
    stats: false,
    json: false,
    pretty: false,
    family: undefined,
  }
  let at = 0
  for (; at < words.length && (words[at] as string).startsWith('-'); at++) {
    const word = (words[at] as string).replace(/^--?/, '')
    if (word === '4') o.family = 'inet'
    else if (word === '6') o.family = 'inet6'
    else if (word === '0') o.family = 'link'
    else if (abbreviates(word, 'brief') && word.length >= 2) o.brief = true
    else if (abbreviates(word, 'oneline')) o.oneline = true
    else if (abbreviates(word, 'details')) o.details = true
    else if (abbreviates(word, 'statistics', 'stats')) o.stats = true
    else if (abbreviates(word, 'json')) o.json = true
    else if (abbreviates(word, 'pretty')) o.pretty = true
    else if (abbreviates(word, 'netns')) yield* enterNetns(proc, words[++at] ?? '')
    else if (abbreviates(word, 'family')) {
      const family = words[++at]
      o.family = family === 'inet' || family === 'inet6' || family === 'link' ? family : undefined
    } else if (
      word === 'c' ||
      abbreviates(word.split('=')[0] ?? '', 'color') ||
      abbreviates(word, 'human-readable', 'resolve', 'Numeric', 'timestamp')
    )
      continue
    else if (abbreviates(word, 'Version')) {
      out.push('ip utility, iproute2-6.1.0, libbpf 1.1.2\n')
      return 0
    } else if (word === 'h' || abbreviates(word, 'help')) throw new IpError(USAGE, 255)
    else if (abbreviates(word, 'batch', 'force', 'all', 'loops', 'rcvbuf')) throw new IpError(`podlab: ip -${word} is not modelled`, 1)
    else throw new IpError(`Option "-${word}" is unknown, try "ip -help".`, 255)
  }
  const object = words[at]
  if (object === undefined) throw new IpError(USAGE, 255)
  const c: IpContext = { proc, net: proc.net, o, netnsNames: netnsNames(proc), out }
  const args = new Args(words.slice(at + 1))
  if (abbreviates(object, 'address')) ipAddr(c, args)
  else if (abbreviates(object, 'link')) yield* ipLink(c, args)
  else if (abbreviates(object, 'route')) ipRoute(c, args)
  else if (object === 'ru' || abbreviates(object, 'rule')) ipRule(c, args)
  else if (abbreviates(object, 'neighbor', 'neighbour') && object !== 'net') ipNeigh(c, args)
  else if (abbreviates(object, 'netns')) return yield* ipNetns(c, args)
  else if (abbreviates(object, 'help')) throw new IpError(USAGE, 255)
  else if (OTHER.some((name) => name === object)) throw new IpError(`podlab: ip ${object} is not modelled`, 1)
  else throw new IpError(`Object "${object}" is unknown, try "ip help".`, 1)
  return 0
}
