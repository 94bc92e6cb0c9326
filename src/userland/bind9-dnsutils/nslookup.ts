import { Errno } from '#linux/errno.ts'
import { exchange, resolvConf } from '#linux/http/resolver.ts'
import { type DnsMessage, question, RCODE, type ResourceRecord, rcodeName, reverseName, typeNumber } from '#linux/net/dns-message.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { say } from '../lib/io.ts'
import { names, rdata, serverAddress } from './dig.ts'

interface Asked {
  readonly server: string
  readonly name: string
  readonly reply: DnsMessage
}

/** Asks the servers for `name` (along the search list); a text is what went wrong with whom. */
function* ask(proc: Proc, servers: readonly string[], name: string, type: number, search: boolean): Sim<Asked | string> {
  const conf = yield* resolvConf(proc)
  const wanted = names(name, search ? conf : { ...conf, search: [] }, true)
  let last: Asked | undefined
  let problem = ''
  for (const candidate of wanted) {
    let reply: DnsMessage | undefined
    let server = ''
    for (let attempt = 0; attempt < 2 && reply === undefined; attempt++) {
      for (const s of servers) {
        const [a = 0, b = 0] = proc.getrandom(2)
        try {
          server = s
          reply = yield* exchange(proc, s, 53, question(a * 256 + b, candidate, type), 5_000_000)
          break
        } catch (error) {
          if (!(error instanceof Errno) || error.code === 'EINTR') throw error
          problem += `;; communications error to ${s}#53: ${error.code === 'ETIMEDOUT' ? 'timed out' : error.code === 'ECONNREFUSED' ? 'connection refused' : 'host unreachable'}\n`
        }
      }
    }
    if (reply === undefined) return problem
    last = { server, name: candidate.replace(/\.$/, ''), reply }
    if (reply.rcode !== RCODE.NXDOMAIN) return last
  }
  return last ?? problem
}

/** nslookup(1) with its arguments on the command line. */
export const nslookup: Program = {
  name: 'bind9-dnsutils/nslookup',
  *main(proc) {
    const words = proc.argv.slice(1)
    const options = words.filter((w) => w.startsWith('-'))
    const [name, given] = words.filter((w) => !w.startsWith('-'))
    if (name === undefined) {
      yield* say(proc, 2, 'podlab: interactive nslookup is not modelled\n')
      return 1
    }
    const wantedType = options.map((o) => /^-(?:q|ty|type|querytype|query)=(.+)$/.exec(o)?.[1]).find((t) => t !== undefined)
    const conf = yield* resolvConf(proc)
    const address = given === undefined ? undefined : yield* serverAddress(proc, given)
    if (given !== undefined && address === undefined) {
      yield* say(proc, 1, `nslookup: couldn't get address for '${given}': not found\n`)
      return 1
    }
    const servers = address === undefined ? conf.nameservers : [address]
    const reverse = /^\d+\.\d+\.\d+\.\d+$/.test(name)
    const types = wantedType !== undefined ? [typeNumber(wantedType) ?? 1] : reverse ? [12] : [1, 28]
    let head = false
    for (const type of types) {
      const asked = yield* ask(proc, servers, reverse ? reverseName(name) : name, type, true)
      if (typeof asked === 'string') {
        yield* say(proc, 1, `${asked};; no servers could be reached\n\n`)
        return 1
      }
      if (!head && !reverse) yield* say(proc, 1, `Server:\t\t${given ?? asked.server}\nAddress:\t${asked.server}#53\n\n`)
      if (asked.reply.rcode !== RCODE.NOERROR) {
        yield* say(
          proc,
          1,
          `** server can't find ${reverse ? reverseName(name).replace(/\.$/, '') : name.endsWith('.') ? name.slice(0, -1) : asked.reply.rcode === RCODE.NXDOMAIN ? name : asked.name}: ${rcodeName(asked.reply.rcode)}\n\n`,
        )
        return 1
      }
      if (!head && !reverse && !asked.reply.authoritative && asked.reply.answers.length > 0)
        yield* say(proc, 1, 'Non-authoritative answer:\n')
      head = true
      if (asked.reply.answers.length === 0 && wantedType !== undefined) yield* say(proc, 1, `*** Can't find ${name}: No answer\n`)
      yield* say(proc, 1, asked.reply.answers.map(shown).join(''))
    }
    yield* say(proc, 1, '\n')
    return 0
  },
}

function shown(r: ResourceRecord): string {
  const name = r.name.replace(/\.$/, '')
  if (r.type === 'A' || r.type === 'AAAA') return `Name:\t${name}\nAddress: ${r.address}\n`
  if (r.type === 'PTR') return `${name}\tname = ${r.target}\n`
  if (r.type === 'CNAME') return `${name}\tcanonical name = ${r.target}\n`
  if (r.type === 'SRV') return `${name}\tservice = ${rdata(r)}\n`
  if (r.type === 'NS') return `${name}\tnameserver = ${r.target}\n`
  if (r.type === 'TXT') return `${name}\ttext = ${rdata(r)}\n`
  if (r.type === 'MX') return `${name}\tmail exchanger = ${rdata(r)}\n`
  return `${name}\n`
}

/** host(1). */
export const host: Program = {
  name: 'bind9-dnsutils/host',
  *main(proc) {
    const words = proc.argv.slice(1)
    let type: string | undefined
    const rest: string[] = []
    for (let i = 0; i < words.length; i++) {
      if (words[i] === '-t') type = words[++i]
      else if (words[i]?.startsWith('-') !== true) rest.push(words[i] as string)
    }
    const [name, given] = rest
    if (name === undefined) {
      yield* say(
        proc,
        2,
        'Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]\n            [-R number] [-m flag] [-p port] hostname [server]\n',
      )
      return 1
    }
    const address = given === undefined ? undefined : yield* serverAddress(proc, given)
    const servers = address === undefined ? (yield* resolvConf(proc)).nameservers : [address]
    if (given !== undefined) yield* say(proc, 1, `Using domain server:\nName: ${given}\nAddress: ${address ?? ''}#53\nAliases: \n\n`)
    const reverse = /^\d+\.\d+\.\d+\.\d+$/.test(name)
    const types = type !== undefined ? [typeNumber(type) ?? 1] : reverse ? [12] : [1, 28, 15]
    for (const t of types) {
      const asked = yield* ask(proc, servers, reverse ? reverseName(name) : name, t, true)
      if (typeof asked === 'string') {
        yield* say(proc, 1, `${asked};; no servers could be reached\n`)
        return 1
      }
      if (asked.reply.rcode !== RCODE.NOERROR) {
        yield* say(proc, 1, `Host ${reverse ? reverseName(name) : name} not found: ${asked.reply.rcode}(${rcodeName(asked.reply.rcode)})\n`)
        return 1
      }
      for (const r of asked.reply.answers) yield* say(proc, 1, hostLine(r))
      if (asked.reply.answers.length === 0 && type !== undefined) yield* say(proc, 1, `${name} has no ${type.toUpperCase()} record\n`)
    }
    return 0
  },
}

function hostLine(r: ResourceRecord): string {
  const name = r.name.replace(/\.$/, '')
  if (r.type === 'A') return `${name} has address ${r.address}\n`
  if (r.type === 'AAAA') return `${name} has IPv6 address ${r.address}\n`
  if (r.type === 'CNAME') return `${name} is an alias for ${r.target}\n`
  if (r.type === 'PTR') return `${name} domain name pointer ${r.target}\n`
  return `${name} has ${r.type} record ${rdata(r)}\n`
}
