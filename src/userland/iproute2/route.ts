import { Errno } from '#linux/errno.ts'
import type { NeighbourInfo, RouteInfo, RuleInfo } from '#linux/net/admin.ts'
import { type Args, abbreviates, type IpContext, IpError, needDevice, parsePrefix, printJson, rtnl } from './common.ts'

const TYPES: readonly NonNullable<RouteInfo['type']>[] = ['unicast', 'local', 'broadcast', 'blackhole', 'unreachable', 'prohibit']
const TABLES: Readonly<Record<string, string>> = { 255: 'local', 254: 'main', 253: 'default' }

export function ipRoute(c: IpContext, args: Args): void {
  const command = args.next() ?? 'show'
  if (abbreviates(command, 'show', 'list', 'lst')) show(c, args)
  else if (abbreviates(command, 'add')) change(c, args, 'add')
  else if (abbreviates(command, 'append')) change(c, args, 'add')
  else if (abbreviates(command, 'replace', 'change', 'chg')) change(c, args, 'replace')
  else if (abbreviates(command, 'delete')) change(c, args, 'delete')
  else if (abbreviates(command, 'get')) get(c, args)
  else if (abbreviates(command, 'flush')) flush(c, args)
  else throw new IpError(`Command "${command}" is unknown, try "ip route help".`, 255)
}

function routeText(r: RouteInfo, withTable: boolean): string {
  let out = ''
  if (r.type !== undefined && r.type !== 'unicast') out += `${r.type} `
  out += `${r.dst} `
  if (r.via !== undefined) out += `via ${r.via} `
  if (r.dev !== undefined) out += `dev ${r.dev} `
  if (withTable && r.table !== undefined && r.table !== 'main') out += `table ${r.table} `
  if (r.proto !== undefined && r.proto !== 'boot') out += `proto ${r.proto} `
  if (r.scope !== undefined && r.scope !== 'global') out += `scope ${r.scope} `
  if (r.src !== undefined) out += `src ${r.src} `
  if (r.metric !== undefined) out += `metric ${r.metric} `
  if (r.onlink === true) out += 'onlink '
  if (r.linkdown === true) out += 'linkdown '
  return out
}

function routeJson(r: RouteInfo): Record<string, unknown> {
  return {
    ...(r.type === undefined || r.type === 'unicast' ? {} : { type: r.type }),
    dst: r.dst,
    ...(r.via === undefined ? {} : { gateway: r.via }),
    ...(r.dev === undefined ? {} : { dev: r.dev }),
    ...(r.proto === undefined || r.proto === 'boot' ? {} : { protocol: r.proto }),
    ...(r.scope === undefined || r.scope === 'global' ? {} : { scope: r.scope }),
    ...(r.src === undefined ? {} : { prefsrc: r.src }),
    ...(r.metric === undefined ? {} : { metric: r.metric }),
    flags: [...(r.onlink === true ? ['onlink'] : []), ...(r.linkdown === true ? ['linkdown'] : [])],
  }
}

/** `10.1.0.0` as a destination without a length is a host. */
function destination(text: string): string {
  if (text === 'default' || text === '0/0' || text === '0.0.0.0/0') return 'default'
  const { address, prefix } = parsePrefix(text)
  return prefix === 32 ? address : `${address}/${prefix}`
}

function show(c: IpContext, args: Args): void {
  let table = 'main'
  let dev: string | undefined
  let proto: string | undefined
  let only: string | undefined
  let type: string | undefined
  let via: string | undefined
  for (let word = args.next(); word !== undefined; word = args.next()) {
    if (word === 'table') table = tableName(args.value())
    else if (word === 'dev') dev = args.value()
    else if (word === 'proto' || word === 'protocol') proto = args.value()
    else if (word === 'scope') args.value()
    else if (word === 'via') via = args.value()
    else if (word === 'type') type = args.value()
    else if (word === 'root' || word === 'match' || word === 'exact' || word === 'to') only = destination(args.value())
    else if (TYPES.some((t) => t === word)) type = word
    else only = destination(word)
  }
  if (dev !== undefined) needDevice(c, dev)
  if (c.o.family === 'inet6') return
  const routes = c.net
    .routes(table)
    .filter(
      (r) =>
        (dev === undefined || r.dev === dev) &&
        (proto === undefined || (r.proto ?? 'boot') === proto) &&
        (only === undefined || r.dst === only) &&
        (type === undefined || (r.type ?? 'unicast') === type) &&
        (via === undefined || r.via === via),
    )
  if (c.o.json) printJson(c, routes.map(routeJson))
  else for (const r of routes) c.out.push(`${routeText(dev === undefined ? r : withoutDev(r), table === 'all')}\n`)
}

/** With a device asked for, ip(8) doesn't repeat it. */
function withoutDev(r: RouteInfo): RouteInfo {
  const { dev: _, ...rest } = r
  return rest
}

function tableName(text: string): string {
  return TABLES[text] ?? text
}

function parse(c: IpContext, args: Args): RouteInfo {
  const r: { -readonly [K in keyof RouteInfo]: RouteInfo[K] } = { dst: '' }
  for (let word = args.next(); word !== undefined; word = args.next()) {
    const type = TYPES.find((t) => t === word)
    if (type !== undefined) r.type = type
    else if (word === 'via') {
      const gateway = args.value()
      r.via = parsePrefix(gateway === 'inet' ? args.value() : gateway, 'inet address').address
    } else if (word === 'dev') r.dev = args.value()
    else if (word === 'src') r.src = parsePrefix(args.value(), 'inet address').address
    else if (word === 'metric' || word === 'preference') r.metric = Number(args.value())
    else if (word === 'table') r.table = tableName(args.value())
    else if (word === 'onlink') r.onlink = true
    else if (word === 'proto' || word === 'protocol') {
      const proto = args.value()
      r.proto = proto === 'kernel' || proto === 'boot' || proto === 'dhcp' ? proto : 'static'
    } else if (word === 'scope') {
      const scope = args.value()
      r.scope = scope === 'host' || scope === 'link' ? scope : 'global'
    } else if (word === 'mtu' || word === 'advmss' || word === 'initcwnd') args.value()
    else if (word === 'nexthop') throw new IpError('podlab: routes with several next hops are not modelled', 1)
    else r.dst = destination(word === 'to' ? args.value() : word)
  }
  if (r.dev !== undefined) needDevice(c, r.dev)
  return r
}

function change(c: IpContext, args: Args, how: 'add' | 'replace' | 'delete'): void {
  const route = parse(c, args)
  if (route.dst === '') throw new IpError('podlab: ip route without a destination is not modelled', 1)
  if (how === 'delete') rtnl(() => c.net.deleteRoute(route))
  else {
    if (route.dev === undefined && route.via === undefined && (route.type === undefined || route.type === 'unicast'))
      throw new IpError('RTNETLINK answers: No such device', 2)
    rtnl(() => c.net.addRoute(route, how === 'replace'))
  }
}

function get(c: IpContext, args: Args): void {
  let dst: string | undefined
  let from: string | undefined
  for (let word = args.next(); word !== undefined; word = args.next()) {
    if (word === 'from') from = args.value()
    else if (word === 'oif' || word === 'iif' || word === 'mark' || word === 'uid' || word === 'dev') args.value()
    else dst = word === 'to' ? args.value() : word
  }
  if (dst === undefined) throw new IpError('need at least a destination address', 1)
  const { address } = parsePrefix(dst, 'inet prefix')
  const r = rtnl(() => c.net.routeGet(address, from))
  const uid = c.proc.credentials().uid
  const head = `${r.type === undefined || r.type === 'unicast' ? '' : `${r.type} `}${r.dst} ${from === undefined ? '' : `from ${from} `}${r.via === undefined ? '' : `via ${r.via} `}dev ${r.dev ?? ''} ${r.table === undefined ? '' : `table ${r.table} `}${from === undefined ? `src ${r.src ?? ''} ` : ''}uid ${uid} `
  if (c.o.json)
    printJson(c, [
      {
        ...(r.type === undefined ? {} : { type: r.type }),
        dst: r.dst,
        ...(r.via === undefined ? {} : { gateway: r.via }),
        dev: r.dev,
        ...(r.table === undefined ? {} : { table: r.table }),
        prefsrc: r.src,
        flags: [],
        uid,
        cache: r.type === 'local' ? ['local'] : [],
      },
    ])
  else c.out.push(`${head}\n    cache ${r.type === 'local' ? '<local> ' : ''}\n`)
}

function flush(c: IpContext, args: Args): void {
  let dev: string | undefined
  let table = 'main'
  let only: string | undefined
  for (let word = args.next(); word !== undefined; word = args.next()) {
    if (word === 'dev') dev = args.value()
    else if (word === 'table') table = tableName(args.value())
    else if (word === 'cache') return
    else only = word === 'all' ? undefined : destination(word)
  }
  for (const r of c.net.routes(table))
    if ((dev === undefined || r.dev === dev) && (only === undefined || r.dst === only)) rtnl(() => c.net.deleteRoute({ ...r, table }))
}

// --- Rules ---

export function ipRule(c: IpContext, args: Args): void {
  const command = args.next() ?? 'show'
  if (abbreviates(command, 'show', 'list', 'lst')) {
    for (const r of c.net.rules()) c.out.push(`${ruleText(r)}\n`)
    return
  }
  const r: { -readonly [K in keyof RuleInfo]?: RuleInfo[K] } = {}
  for (let word = args.next(); word !== undefined; word = args.next()) {
    if (word === 'from') r.from = args.value()
    else if (word === 'to') r.to = args.value()
    else if (word === 'fwmark') r.fwmark = Number(args.value().split('/')[0])
    else if (word === 'table' || word === 'lookup') r.table = tableName(args.value())
    else if (word === 'priority' || word === 'pref' || word === 'prio' || word === 'order') r.priority = Number(args.value())
    else throw new IpError(`podlab: ip rule ${word} is not modelled`, 1)
  }
  if (abbreviates(command, 'add')) {
    const lowest = Math.min(
      ...c.net
        .rules()
        .map((x) => x.priority)
        .filter((p) => p > 0),
    )
    rtnl(() =>
      c.net.addRule({
        priority: r.priority ?? lowest - 1,
        from: r.from ?? 'all',
        table: r.table ?? 'main',
        ...(r.to === undefined ? {} : { to: r.to }),
        ...(r.fwmark === undefined ? {} : { fwmark: r.fwmark }),
      }),
    )
  } else if (abbreviates(command, 'delete')) rtnl(() => c.net.deleteRule(r))
  else throw new IpError(`Command "${command}" is unknown, try "ip rule help".`, 255)
}

function ruleText(r: RuleInfo): string {
  return `${r.priority}:\tfrom ${r.from}${r.to === undefined ? '' : ` to ${r.to}`}${r.fwmark === undefined ? '' : ` fwmark 0x${r.fwmark.toString(16)}`} lookup ${r.table}`
}

// --- Neighbours ---

export function ipNeigh(c: IpContext, args: Args): void {
  const command = args.next() ?? 'show'
  if (abbreviates(command, 'show', 'list', 'lst')) {
    let dev: string | undefined
    let to: string | undefined
    let state: string | undefined
    for (let word = args.next(); word !== undefined; word = args.next()) {
      if (word === 'dev') dev = args.value()
      else if (word === 'nud') state = args.value().toUpperCase()
      else to = word === 'to' ? args.value() : word
    }
    if (dev !== undefined) needDevice(c, dev)
    for (const n of c.net.neighbours()) {
      if (
        (dev !== undefined && n.dev !== dev) ||
        (to !== undefined && n.address !== to) ||
        (state === undefined ? n.state === 'NOARP' : n.state !== state)
      )
        continue
      c.out.push(`${neighbourText(n, dev === undefined)} \n`)
    }
    return
  }
  if (abbreviates(command, 'flush')) {
    const rest: string[] = []
    for (let word = args.next(); word !== undefined; word = args.next()) rest.push(word)
    if (rest.length === 0) throw new IpError('Flush requires arguments.', 255)
    const dev = rest[0] === 'dev' ? rest[1] : undefined
    const to = rest[0] !== 'dev' && rest[0] !== 'all' ? rest[0] : undefined
    for (const n of c.net.neighbours())
      if ((dev === undefined || n.dev === dev) && (to === undefined || n.address === to) && n.state !== 'PERMANENT')
        rtnl(() => c.net.setNeighbour(n.address, n.dev, undefined))
    return
  }
  change_(c, args, command)
}

function neighbourText(n: NeighbourInfo, withDev: boolean): string {
  return `${n.address}${withDev ? ` dev ${n.dev}` : ''}${n.mac === undefined ? '' : ` lladdr ${n.mac}`} ${n.state}`
}

function change_(c: IpContext, args: Args, command: string): void {
  let address: string | undefined
  let dev: string | undefined
  let mac: string | undefined
  for (let word = args.next(); word !== undefined; word = args.next()) {
    if (word === 'dev') dev = args.value()
    else if (word === 'lladdr') mac = args.value()
    else if (word === 'nud') args.value()
    else if (word !== 'permanent') address = word === 'to' ? args.value() : word
  }
  if (address === undefined || dev === undefined) throw new IpError('Device and destination are required arguments.', 255)
  needDevice(c, dev)
  const [ip, name] = [address, dev]
  if (abbreviates(command, 'delete')) {
    if (!c.net.neighbours().some((n) => n.address === ip && n.dev === name))
      throw new IpError('RTNETLINK answers: No such file or directory', 2)
    rtnl(() => c.net.setNeighbour(ip, name, undefined))
  } else if (abbreviates(command, 'add', 'replace', 'change')) {
    if (abbreviates(command, 'add') && c.net.neighbours().some((n) => n.address === ip && n.dev === name))
      throw new IpError('RTNETLINK answers: File exists', 2)
    rtnl(() => {
      if (mac === undefined) throw new Errno('EINVAL')
      c.net.setNeighbour(ip, name, mac)
    })
  } else throw new IpError(`Command "${command}" is unknown, try "ip neighbour help".`, 255)
}
