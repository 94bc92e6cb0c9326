import { Errno } from '#linux/errno.ts'
import { exchange, type ResolvConf, ResolveError, resolvConf, resolve } from '#linux/http/resolver.ts'
import {
  type DnsMessage,
  encodeMessage,
  question,
  RCODE,
  type ResourceRecord,
  rcodeName,
  reverseName,
  typeName,
  typeNumber,
} from '#linux/net/dns-message.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import { civil } from '#sim/time.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { say } from '../lib/io.ts'

const VERSION = '9.18.41-1~deb12u1-Debian'

/** The data of a record as dig and host print it. */
export function rdata(r: ResourceRecord): string {
  switch (r.type) {
    case 'A':
    case 'AAAA':
      return r.address
    case 'SRV':
      return `${r.priority} ${r.weight} ${r.port} ${r.target}`
    case 'MX':
      return `${r.preference} ${r.target}`
    case 'TXT':
      return r.text.map((t) => `"${t}"`).join(' ')
    case 'SOA':
      return `${r.mname} ${r.rname} ${r.serial} ${r.refresh} ${r.retry} ${r.expire} ${r.minimum}`
    default:
      return r.target
  }
}

interface Options {
  server: string | undefined
  port: number
  name: string | undefined
  type: string
  short: boolean
  search: boolean
  tcp: boolean
  recurse: boolean
  tries: number
  timeout: Micros
  sections: { comments: boolean; question: boolean; answer: boolean; authority: boolean; additional: boolean; stats: boolean; cmd: boolean }
}

/** dig(1) of BIND 9.18. Differs: one question a call. */
export const dig: Program = {
  name: 'bind9-dnsutils/dig',
  *main(proc) {
    const o = yield* parse(proc)
    if (typeof o === 'number') return o
    return yield* run(proc, o)
  },
}

function* parse(proc: Proc): Sim<Options | number> {
  const all = { comments: true, question: true, answer: true, authority: true, additional: true, stats: true, cmd: true }
  const o: Options = {
    server: undefined,
    port: 53,
    name: undefined,
    type: 'A',
    short: false,
    search: false,
    tcp: false,
    recurse: true,
    tries: 3,
    timeout: 5_000_000,
    sections: all,
  }
  const words = proc.argv.slice(1)
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    if (word.startsWith('@')) o.server = word.slice(1)
    else if (word === '-p') o.port = Number(words[++i])
    else if (word === '-t') o.type = (words[++i] ?? 'A').toUpperCase()
    else if (word === '-q') o.name = words[++i]
    else if (word === '-x') {
      o.name = reverseName(words[++i] ?? '')
      o.type = 'PTR'
    } else if (word === '-v') {
      yield* say(proc, 2, `DiG ${VERSION}\n`)
      return 0
    } else if (word.startsWith('+')) {
      const unknown = flag(o, word.slice(1))
      if (unknown) {
        yield* say(
          proc,
          2,
          `Invalid option: ${word}\nUsage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}\n            {global-d-opt} host [@local-server] {local-d-opt}\n            [ host [@local-server] {local-d-opt} [...]]\n\nUse "dig -h" (or "dig -h | more") for complete list of options\n`,
        )
        return 1
      }
    } else if (word.startsWith('-')) continue
    else if (o.name !== undefined && typeNumber(word) !== undefined) o.type = word.toUpperCase()
    else if (word.toUpperCase() === 'IN') continue
    else if (typeNumber(word) !== undefined && o.name === undefined && word === word.toUpperCase()) o.type = word
    else o.name = word
  }
  return o
}

function flag(o: Options, text: string): boolean {
  const [name = '', value] = text.split('=')
  const on = !name.startsWith('no')
  switch (name.replace(/^no/, '')) {
    case 'short':
      o.short = on
      break
    case 'search':
      o.search = on
      break
    case 'tcp':
    case 'vc':
      o.tcp = on
      break
    case 'recurse':
    case 'rec':
      o.recurse = on
      break
    case 'tries':
      o.tries = Number(value)
      break
    case 'retry':
      o.tries = Number(value) + 1
      break
    case 'time':
    case 'timeout':
      o.timeout = Number(value) * 1_000_000
      break
    case 'all':
      for (const key of ['comments', 'question', 'answer', 'authority', 'additional', 'stats'] as const) o.sections[key] = on
      break
    case 'comments':
      o.sections.comments = on
      break
    case 'question':
      o.sections.question = on
      break
    case 'answer':
      o.sections.answer = on
      break
    case 'authority':
      o.sections.authority = on
      break
    case 'additional':
      o.sections.additional = on
      break
    case 'stats':
      o.sections.stats = on
      break
    case 'cmd':
      o.sections.cmd = on
      break
    case 'ndots':
    case 'domain':
    case 'dnssec':
    case 'edns':
    case 'cookie':
    case 'ttlid':
    case 'multiline':
    case 'trace':
      break
    default:
      return true
  }
  return false
}

/** Names to ask for, in order. */
export function names(name: string, conf: ResolvConf, search: boolean): string[] {
  if (name.endsWith('.')) return [name]
  if (!search) return [`${name}.`]
  const dots = name.split('.').length - 1
  const searched = conf.search.map((s) => `${name}.${s}.`)
  return dots >= conf.ndots ? [`${name}.`, ...searched] : [...searched, `${name}.`]
}

/** Address of a server given by name or number. */
export function* serverAddress(proc: Proc, server: string): Sim<string | undefined> {
  try {
    return (yield* resolve(proc, server, true)).addresses[0]
  } catch (error) {
    if (error instanceof ResolveError) return undefined
    throw error
  }
}

function* run(proc: Proc, o: Options): Sim<number> {
  const conf = yield* resolvConf(proc)
  const servers = o.server === undefined ? conf.nameservers : [yield* serverAddress(proc, o.server)]
  if (servers[0] === undefined) {
    yield* say(proc, 2, `dig: couldn't get address for '${o.server}': not found\n`)
    return 10
  }
  const number = typeNumber(o.type) ?? 1
  const [a = 0, b = 0] = proc.getrandom(2)
  let reply: DnsMessage | undefined
  let server = servers[0]
  let took = 0
  let problem = ''
  const banner = `\n; <<>> DiG ${VERSION} <<>> ${proc.argv.slice(1).join(' ')}\n${o.server === undefined ? '' : '; (1 server found)\n'};; global options: +cmd\n`
  const wanted = names(o.name ?? '.', conf, o.search)
  outer: for (const [index, name] of wanted.entries()) {
    const message = { ...question(a * 256 + b, name, o.name === undefined ? 2 : number, 1232), recursionDesired: o.recurse }
    for (let attempt = 0; attempt < o.tries; attempt++) {
      for (const candidate of servers) {
        if (candidate === undefined) continue
        server = candidate
        const began = proc.uptime()
        try {
          reply = yield* exchange(proc, candidate, o.port, message, o.timeout, o.tcp)
          took = Math.floor((proc.uptime() - began) / 1000)
          if (reply.rcode === RCODE.NXDOMAIN && index + 1 < wanted.length) continue outer
          break outer
        } catch (error) {
          if (!(error instanceof Errno) || error.code === 'EINTR') throw error
          const reason =
            error.code === 'ETIMEDOUT'
              ? 'timed out'
              : error.code === 'ECONNREFUSED'
                ? 'connection refused'
                : error.code === 'ENETUNREACH'
                  ? 'network unreachable'
                  : 'host unreachable'
          problem += `;; communications error to ${candidate}#${o.port}: ${reason}\n`
        }
      }
    }
    break
  }
  if (o.short) {
    if (reply === undefined) {
      yield* say(proc, 1, `${problem};; no servers could be reached\n`)
      return 9
    }
    yield* say(proc, 1, problem + reply.answers.map((r) => `${rdata(r)}\n`).join(''))
    return 0
  }
  if (reply === undefined) {
    yield* say(proc, 1, `${problem}${o.sections.cmd ? banner : ''};; no servers could be reached\n\n`)
    return 9
  }
  yield* say(proc, 1, `${problem}${o.sections.cmd ? banner : ''}${show(proc, o, reply, server, took)}`)
  return 0
}

function show(proc: Proc, o: Options, m: DnsMessage, server: string, took: number): string {
  const s = o.sections
  let out = ''
  const flags = [
    'qr',
    ...(m.authoritative ? ['aa'] : []),
    ...(m.truncated ? ['tc'] : []),
    ...(m.recursionDesired ? ['rd'] : []),
    ...(m.recursionAvailable ? ['ra'] : []),
    ...(m.authentic ? ['ad'] : []),
  ]
  if (s.comments) {
    out += `;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: ${rcodeName(m.rcode)}, id: ${m.id}\n`
    out += `;; flags: ${flags.join(' ')}; QUERY: ${m.questions.length}, ANSWER: ${m.answers.length}, AUTHORITY: ${m.authority.length}, ADDITIONAL: ${m.additional.length + (m.edns === undefined ? 0 : 1)}\n`
    if (m.recursionDesired && !m.recursionAvailable) out += ';; WARNING: recursion requested but not available\n'
    out += '\n'
    if (m.edns !== undefined) out += `;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: ${m.edns}\n`
  }
  if (s.question) {
    out += s.comments ? ';; QUESTION SECTION:\n' : ''
    for (const q of m.questions) out += `${columns(`;${q.name}`, '', typeName(q.type))}\n`
    if (s.comments) out += '\n'
  }
  for (const [title, records, on] of [
    ['ANSWER', m.answers, s.answer],
    ['AUTHORITY', m.authority, s.authority],
    ['ADDITIONAL', m.additional, s.additional],
  ] as const) {
    if (!on || records.length === 0) continue
    if (s.comments) out += `;; ${title} SECTION:\n`
    for (const r of records) out += `${columns(r.name, String(r.ttl), r.type)}\t${rdata(r)}\n`
    if (s.comments) out += '\n'
  }
  if (s.stats) {
    const c = civil(proc.now())
    const two = (n: number): string => String(n).padStart(2, '0')
    const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][c.weekday]
    const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][c.month - 1]
    out += `;; Query time: ${took} msec\n;; SERVER: ${server}#${o.port}(${o.server ?? server}) (${o.tcp ? 'TCP' : 'UDP'})\n;; WHEN: ${day} ${month} ${two(c.day)} ${two(c.hour)}:${two(c.minute)}:${two(c.second)} UTC ${c.year}\n;; MSG SIZE  rcvd: ${encodeMessage(m).length}\n\n`
  }
  return out
}

/** Name, TTL, class and type in dig's columns of tabs: at 24, 32 and 40. */
function columns(name: string, ttl: string, type: string): string {
  let out = name
  let at = name.length
  const to = (column: number): void => {
    if (at >= column) {
      out += ttl === '' && column === 24 ? '' : ' '
      at++
      return
    }
    while (at < column) {
      out += '\t'
      at = (Math.floor(at / 8) + 1) * 8
    }
  }
  to(24)
  out += ttl
  at += ttl.length
  if (ttl === '') {
    if (at < 32) to(32)
    else {
      out += '\t'
      at = (Math.floor(at / 8) + 1) * 8
    }
  } else to(32)
  out += 'IN'
  return `${out}\t${type}`
}
