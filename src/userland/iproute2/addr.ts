import type { AddressInfo, LinkInfo } from '#linux/net/admin.ts'
import { type Args, abbreviates, type IpContext, IpError, needDevice, parsePrefix, printJson, rtnl } from './common.ts'
import { elsewhere, type LinkFilter, linkHead, linkJson, linkLayer, linkName, selectLinks } from './link.ts'

export function ipAddr(c: IpContext, args: Args): void {
  const command = args.next() ?? 'show'
  if (abbreviates(command, 'show', 'list', 'lst')) show(c, args)
  else if (abbreviates(command, 'add', 'change', 'replace')) add(c, args, command)
  else if (abbreviates(command, 'delete')) del(c, args)
  else if (abbreviates(command, 'flush')) flush(c, args)
  else throw new IpError(`Command "${command}" is unknown, try "ip address help".`, 255)
}

function show(c: IpContext, args: Args): void {
  const f: LinkFilter = { dev: undefined, up: false, kind: undefined, master: undefined }
  let scope: string | undefined
  let to: string | undefined
  for (let word = args.next(); word !== undefined; word = args.next()) {
    if (word === 'up') f.up = true
    else if (word === 'type') f.kind = args.value()
    else if (word === 'master') f.master = args.value()
    else if (word === 'scope') scope = args.value()
    else if (word === 'to') to = args.value()
    else f.dev = word === 'dev' ? args.value() : word
  }
  const wanted = (a: AddressInfo): boolean =>
    (c.o.family === undefined || a.family === c.o.family) &&
    (scope === undefined || a.scope === scope) &&
    (to === undefined || a.address === to.split('/')[0])
  const filtered = c.o.family !== undefined || scope !== undefined || to !== undefined
  const json: unknown[] = []
  for (const l of selectLinks(c, f)) {
    const addresses = c.net.addresses(l.name).filter(wanted)
    if (filtered && addresses.length === 0) {
      if (c.o.json) json.push({})
      continue
    }
    if (c.o.json) json.push({ ...linkJson(l, false), addr_info: addresses.map(addressJson) })
    else c.out.push(showOne(c, l, addresses))
  }
  if (c.o.json) printJson(c, json)
}

function showOne(c: IpContext, l: LinkInfo, addresses: readonly AddressInfo[]): string {
  if (c.o.brief) {
    const list = addresses
      .map(
        (a) =>
          `${a.address}${a.peer === undefined ? '' : ` peer ${a.peer}`}/${a.prefix} ${a.metric === undefined ? '' : `metric ${a.metric} `}`,
      )
      .join('')
    return `${linkName(l).padEnd(16)} ${l.state.padEnd(14)} ${list}\n`
  }
  if (c.o.oneline) return addresses.map((a) => `${l.index}: ${l.name}    ${addressText(a)}\\       ${lifetime(a)}\n`).join('')
  let out = linkHead(l, false)
  if (c.o.family === undefined || c.o.family === 'link') out += `\n    ${linkLayer(l)}${elsewhere(c, l)}`
  else out += elsewhere(c, l)
  for (const alt of l.altNames) out += `\n    altname ${alt}`
  for (const a of addresses) out += `\n    ${addressText(a)}\n       ${lifetime(a)}`
  return `${out}\n`
}

function addressText(a: AddressInfo): string {
  let out = `${a.family} ${a.address}${a.peer === undefined ? '' : ` peer ${a.peer}`}/${a.prefix}`
  if (a.metric !== undefined) out += ` metric ${a.metric}`
  if (a.broadcast !== undefined) out += ` brd ${a.broadcast}`
  out += ` scope ${a.scope} `
  if (a.secondary === true) out += 'secondary '
  if (a.tentative === true) out += 'tentative '
  if (a.dynamic === true) out += 'dynamic '
  for (const flag of a.flags ?? []) out += `${flag} `
  return out + (a.label ?? '')
}

function lifetime(a: AddressInfo): string {
  const show_ = (n: number | undefined): string => (n === undefined ? 'forever' : `${n}sec`)
  return `valid_lft ${show_(a.validSeconds)} preferred_lft ${show_(a.preferredSeconds ?? a.validSeconds)}`
}

function addressJson(a: AddressInfo): Record<string, unknown> {
  return {
    family: a.family,
    local: a.address,
    ...(a.peer === undefined ? {} : { address: a.peer }),
    prefixlen: a.prefix,
    ...(a.metric === undefined ? {} : { metric: a.metric }),
    ...(a.broadcast === undefined ? {} : { broadcast: a.broadcast }),
    scope: a.scope,
    ...(a.secondary === true ? { secondary: true } : {}),
    ...(a.tentative === true ? { tentative: true } : {}),
    ...(a.dynamic === true ? { dynamic: true } : {}),
    ...Object.fromEntries((a.flags ?? []).map((f) => [f, true])),
    ...(a.label === undefined ? {} : { label: a.label }),
    valid_life_time: a.validSeconds ?? 4_294_967_295,
    preferred_life_time: a.preferredSeconds ?? a.validSeconds ?? 4_294_967_295,
  }
}

function add(c: IpContext, args: Args, command: string): void {
  let target: { address: string; prefix: number } | undefined
  let dev: string | undefined
  const options: {
    broadcast?: string
    scope?: AddressInfo['scope']
    label?: string
    peer?: string
    metric?: number
    flags?: string[]
    validSeconds?: number
    preferredSeconds?: number
    dynamic?: boolean
  } = {}
  for (let word = args.next(); word !== undefined; word = args.next()) {
    if (word === 'dev') dev = args.value()
    else if (word === 'brd' || word === 'broadcast') options.broadcast = args.value()
    else if (word === 'label') options.label = args.value()
    else if (word === 'metric') options.metric = Number(args.value())
    else if (word === 'noprefixroute') options.flags = [...(options.flags ?? []), word]
    else if (word === 'nodad') continue
    else if (word === 'peer') {
      const peer = parsePrefix(args.value())
      options.peer = peer.address
      if (target !== undefined) target = { ...target, prefix: peer.prefix }
    } else if (word === 'scope') {
      const scope = args.value()
      if (scope !== 'global' && scope !== 'link' && scope !== 'host' && scope !== 'site')
        throw new IpError(`Error: argument "${scope}" is wrong: invalid scope value.\n`, 255)
      options.scope = scope
    } else if (word === 'valid_lft' || word === 'preferred_lft') {
      const text = args.value()
      if (text !== 'forever') options[word === 'valid_lft' ? 'validSeconds' : 'preferredSeconds'] = Number.parseInt(text, 10)
      if (text !== 'forever') options.dynamic = true
    } else target = parsePrefix(word === 'local' ? args.value() : word)
  }
  if (target === undefined) throw new IpError('Not enough information: "local" argument is required', 255)
  if (dev === undefined) throw new IpError('Not enough information: "dev" argument is required.', 255)
  needDevice(c, dev)
  const [name, { address, prefix }] = [dev, target]
  if (
    abbreviates(command, 'change', 'replace') &&
    !abbreviates(command, 'add') &&
    c.net.addresses(name).some((a) => a.address === address && a.prefix === prefix)
  ) {
    rtnl(() => c.net.deleteAddress(name, address, prefix))
  }
  rtnl(() => c.net.addAddress(name, address, prefix, options))
}

function del(c: IpContext, args: Args): void {
  let target: { address: string; prefix: number } | undefined
  let bare = false
  let dev: string | undefined
  for (let word = args.next(); word !== undefined; word = args.next()) {
    if (word === 'dev') dev = args.value()
    else if (word === 'brd' || word === 'label' || word === 'scope' || word === 'peer') args.value()
    else {
      const text = word === 'local' ? args.value() : word
      target = parsePrefix(text)
      bare = !text.includes('/')
    }
  }
  if (dev === undefined) throw new IpError('Not enough information: "dev" argument is required.', 255)
  needDevice(c, dev)
  if (target === undefined) throw new IpError('Not enough information: "local" argument is required', 255)
  const [name, { address }] = [dev, target]
  const found = bare ? c.net.addresses(name).find((a) => a.address === address) : undefined
  const prefix = found?.prefix ?? target.prefix
  rtnl(() => c.net.deleteAddress(name, address, prefix))
}

function flush(c: IpContext, args: Args): void {
  let dev: string | undefined
  for (let word = args.next(); word !== undefined; word = args.next()) {
    if (word === 'dev') dev = args.value()
    else if (word === 'scope' || word === 'label') args.value()
    else dev ??= word
  }
  if (dev === undefined) throw new IpError('Flush requires arguments.', 255)
  const name = dev
  if (!c.net.links().some((l) => l.name === name)) throw new IpError(`Device "${name}" does not exist.`, 1)
  for (;;) {
    const first = c.net.addresses(name).find((a) => c.o.family === undefined || a.family === c.o.family)
    if (first === undefined) return
    rtnl(() => c.net.deleteAddress(name, first.address, first.prefix))
  }
}
