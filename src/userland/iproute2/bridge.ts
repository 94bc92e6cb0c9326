import type { Program } from '#linux/syscalls.ts'
import { say } from '../lib/io.ts'
import { Args, abbreviates, type IpContext, IpError, needDevice, netnsNames, rtnl } from './common.ts'
import { linkName } from './link.ts'

/** bridge(8): ports and forwarding tables. */
export const bridge: Program = {
  name: 'iproute2/bridge',
  *main(proc) {
    const out: string[] = []
    const words = proc.argv.slice(1).filter((w) => !/^-(o|oneline|s|d|c|color)/.test(w))
    const c: IpContext = {
      proc,
      net: proc.net,
      o: { brief: false, oneline: false, details: false, stats: false, json: false, pretty: false, family: undefined },
      netnsNames: netnsNames(proc),
      out,
    }
    const object = words[0]
    const args = new Args(words.slice(1))
    try {
      if (object === undefined)
        throw new IpError(
          'Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }\n       bridge [ -force ] -batch filename\nwhere\tOBJECT := { link | fdb | mdb | vlan | vni | monitor }',
          255,
        )
      if (abbreviates(object, 'link')) link(c, args)
      else if (abbreviates(object, 'fdb')) fdb(c, args)
      else if (abbreviates(object, 'vlan', 'mdb', 'monitor', 'vni')) throw new IpError(`podlab: bridge ${object} is not modelled`, 1)
      else throw new IpError(`Object "${object}" is unknown, try "bridge help".`, 255)
    } catch (error) {
      if (!(error instanceof IpError)) throw error
      yield* say(proc, 1, out.join(''))
      yield* say(proc, 2, `${error.message}\n`)
      return error.exit
    }
    yield* say(proc, 1, out.join(''))
    return 0
  },
}

function link(c: IpContext, args: Args): void {
  const command = args.next() ?? 'show'
  let dev: string | undefined
  let hairpin: boolean | undefined
  for (let word = args.next(); word !== undefined; word = args.next()) {
    if (word === 'dev') dev = args.value()
    else if (word === 'hairpin') hairpin = args.value() === 'on'
    else if (abbreviates(command, 'set')) args.value()
  }
  if (abbreviates(command, 'set')) {
    if (dev === undefined) throw new IpError('Device is a required argument.', 255)
    needDevice(c, dev)
    const name = dev
    rtnl(() => c.net.setLink(name, hairpin === undefined ? {} : { hairpin }))
    return
  }
  for (const l of c.net.links()) {
    if (l.master === undefined || (dev !== undefined && l.name !== dev)) continue
    const up = l.state === 'UP'
    c.out.push(
      `${l.index}: ${linkName(l)}: <${l.flags.join(',')}> mtu ${l.mtu} master ${l.master} state ${up ? 'forwarding' : 'disabled'} priority 32 cost 2 \n`,
    )
  }
}

function fdb(c: IpContext, args: Args): void {
  const command = args.next() ?? 'show'
  let [mac, dev, dst, br] = [undefined, undefined, undefined, undefined] as (string | undefined)[]
  for (let word = args.next(); word !== undefined; word = args.next()) {
    if (word === 'dev' || word === 'brport') dev = args.value()
    else if (word === 'dst') dst = args.value()
    else if (word === 'br') br = args.value()
    else if (!/^(self|master|permanent|static|dynamic|local)$/.test(word)) mac = word
  }
  if (abbreviates(command, 'show', 'list')) {
    const links = c.net.links()
    for (const l of links) {
      const entries = c.net.fdb().filter((x) => x.dev === l.name)
      for (const e of [...entries.filter((x) => !x.permanent), ...entries.filter((x) => x.permanent)]) {
        if ((dev !== undefined && e.dev !== dev) || (br !== undefined && e.master !== br)) continue
        if (e.dst !== undefined) c.out.push(`${e.mac} dev ${e.dev} dst ${e.dst} self permanent\n`)
        else if (e.permanent)
          c.out.push(`${e.mac} dev ${e.dev} vlan 1 master ${e.master} permanent\n${e.mac} dev ${e.dev} master ${e.master} permanent\n`)
        else c.out.push(`${e.mac} dev ${e.dev} master ${e.master} \n`)
      }
      if (l.kind !== 'loopback' && (dev === undefined || dev === l.name) && (br === undefined || l.master === br || l.name === br))
        c.out.push(`33:33:00:00:00:01 dev ${l.name} self permanent\n`)
    }
    return
  }
  if (mac === undefined || dev === undefined) throw new IpError('Device and address are required arguments.', 255)
  needDevice(c, dev)
  const entry = { mac, dev, permanent: true, ...(dst === undefined ? {} : { dst }) }
  if (abbreviates(command, 'add', 'append', 'replace')) rtnl(() => c.net.setFdb(entry))
  else if (abbreviates(command, 'delete')) rtnl(() => c.net.setFdb(entry, true))
  else throw new IpError(`Command "${command}" is unknown, try "bridge fdb help".`, 255)
}
