import type { SocketInfo } from '#linux/net/admin.ts'
import { serviceName, servicePort } from '#linux/net/services.ts'
import type { Program } from '#linux/syscalls.ts'
import { say } from '../lib/io.ts'
import { enterNetns, IpError } from './common.ts'

interface Column {
  readonly right: boolean
  readonly head: string
  /** What stands before it, unless it is the first of its line. */
  readonly left: string
}

const COLUMNS: readonly Column[] = [
  { right: false, head: 'Netid', left: '' },
  { right: false, head: 'State', left: ' ' },
  { right: false, head: 'Recv-Q', left: ' ' },
  { right: false, head: 'Send-Q', left: ' ' },
  { right: true, head: 'Local Address:', left: ' ' },
  { right: false, head: 'Port', left: '' },
  { right: true, head: 'Peer Address:', left: ' ' },
  { right: false, head: 'Port', left: '' },
  { right: false, head: 'Process', left: '' },
]

const STATES: Readonly<Record<string, string>> = {
  ESTABLISHED: 'ESTAB',
  SYN_SENT: 'SYN-SENT',
  SYN_RECV: 'SYN-RECV',
  FIN_WAIT1: 'FIN-WAIT-1',
  FIN_WAIT2: 'FIN-WAIT-2',
  TIME_WAIT: 'TIME-WAIT',
  CLOSED: 'UNCONN',
  CLOSE_WAIT: 'CLOSE-WAIT',
  LAST_ACK: 'LAST-ACK',
}

const STATE_NAMES: Readonly<Record<string, string>> = {
  established: 'ESTAB',
  'syn-sent': 'SYN-SENT',
  'syn-recv': 'SYN-RECV',
  'fin-wait-1': 'FIN-WAIT-1',
  'fin-wait-2': 'FIN-WAIT-2',
  'time-wait': 'TIME-WAIT',
  closed: 'UNCONN',
  'close-wait': 'CLOSE-WAIT',
  'last-ack': 'LAST-ACK',
  listening: 'LISTEN',
  listen: 'LISTEN',
  closing: 'CLOSING',
}

/** ss(8) of iproute2 6.1. Differs: filters are `state X` and comparisons of ports and addresses joined by `and`. */
export const ss: Program = {
  name: 'iproute2/ss',
  *main(proc) {
    try {
      const o = parse(proc.argv.slice(1))
      if (o.version) {
        yield* say(proc, 1, 'ss utility, iproute2-6.1.0\n')
        return 0
      }
      if (o.netns !== undefined) yield* enterNetns(proc, o.netns)
      const sockets = proc.net.sockets()
      if (o.summary) yield* say(proc, 1, summary(sockets))
      else yield* say(proc, 1, render(o, sockets))
      return 0
    } catch (error) {
      if (!(error instanceof IpError)) throw error
      yield* say(proc, 2, `${error.message}\n`)
      return error.exit
    }
  },
}

interface SsOptions {
  readonly protos: Set<string>
  all: boolean
  listening: boolean
  numeric: boolean
  processes: boolean
  header: boolean
  summary: boolean
  version: boolean
  extended: boolean
  family: 4 | 6 | undefined
  state: string | undefined
  netns: string | undefined
  readonly tests: ((s: SocketInfo) => boolean)[]
}

function parse(words: readonly string[]): SsOptions {
  const o: SsOptions = {
    protos: new Set(),
    all: false,
    listening: false,
    numeric: false,
    processes: false,
    header: true,
    summary: false,
    version: false,
    extended: false,
    family: undefined,
    state: undefined,
    netns: undefined,
    tests: [],
  }
  const LONG: Readonly<Record<string, string>> = {
    tcp: 't',
    udp: 'u',
    listening: 'l',
    all: 'a',
    numeric: 'n',
    processes: 'p',
    'no-header': 'H',
    summary: 's',
    unix: 'x',
    raw: 'w',
    ipv4: '4',
    ipv6: '6',
    version: 'V',
    extended: 'e',
    info: 'i',
    options: 'o',
    memory: 'm',
    resolve: 'r',
    oneline: 'O',
  }
  let at = 0
  for (; at < words.length; at++) {
    const word = words[at] as string
    if (!word.startsWith('-')) break
    const letters = word.startsWith('--') ? (LONG[word.slice(2)] ?? '?') : word.slice(1)
    for (const letter of letters) {
      switch (letter) {
        case 't':
          o.protos.add('tcp')
          break
        case 'u':
          o.protos.add('udp')
          break
        case 'w':
          o.protos.add('raw')
          break
        case 'x':
          o.protos.add('unix')
          break
        case 'l':
          o.listening = true
          break
        case 'a':
          o.all = true
          break
        case 'n':
          o.numeric = true
          break
        case 'p':
          o.processes = true
          break
        case 'H':
          o.header = false
          break
        case 's':
          o.summary = true
          break
        case 'V':
          o.version = true
          break
        case 'e':
          o.extended = true
          break
        case '4':
          o.family = 4
          break
        case '6':
          o.family = 6
          break
        case 'i':
        case 'o':
        case 'm':
        case 'r':
        case 'O':
          break
        case 'N':
          o.netns = words[++at]
          break
        default:
          throw new IpError(`ss: invalid option -- '${letter}'\nTry option "--help"`, 255)
      }
    }
  }
  filter(words.slice(at), o)
  return o
}

function filter(words: readonly string[], o: SsOptions): void {
  const clean = words.flatMap((w) => w.split(/\s+/)).filter((w) => w !== '' && w !== '(' && w !== ')' && w !== 'and' && w !== '&&')
  for (let i = 0; i < clean.length; i++) {
    const word = clean[i] as string
    if (word === 'state') {
      const name = clean[++i] ?? ''
      if (name === 'all') o.all = true
      else {
        o.state = STATE_NAMES[name]
        if (o.state === undefined && name !== 'connected') throw new IpError(`ss: wrong state name: ${name}`, 255)
      }
    } else if (word === 'sport' || word === 'dport' || word === 'src' || word === 'dst') {
      if (clean[i + 1] === '=' || clean[i + 1] === '==' || clean[i + 1] === 'eq') i++
      const value = clean[++i] ?? ''
      if (word === 'src' || word === 'dst') {
        const [ip, port] = value.split(':')
        o.tests.push(
          (s) =>
            (ip === '' || (word === 'src' ? s.local : s.remote) === ip) &&
            (port === undefined || (word === 'src' ? s.localPort : s.remotePort) === portOf(port)),
        )
      } else {
        const port = portOf(value.replace(/^:/, ''))
        o.tests.push((s) => (word === 'sport' ? s.localPort : s.remotePort) === port)
      }
    } else throw new IpError(`podlab: the ss filter "${word}" is not modelled`, 1)
  }
}

function portOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : (servicePort(text) ?? -1)
}

function wanted(o: SsOptions, s: SocketInfo): boolean {
  const state = STATES[s.state] ?? s.state
  if (o.protos.size > 0 && !o.protos.has(s.proto)) return false
  const v6 = s.local.includes(':') || s.local === '*'
  if (o.family === 4 && (v6 || s.proto === 'unix')) return false
  if (o.family === 6 && (!v6 || s.proto === 'unix')) return false
  if (!o.tests.every((t) => t(s))) return false
  if (o.state !== undefined) return state === o.state
  const idle = state === 'LISTEN' || (state === 'UNCONN' && s.proto !== 'unix')
  if (o.all) return true
  if (o.listening) return idle || (s.proto === 'unix' && state === 'LISTEN')
  return !idle && state !== 'TIME-WAIT' && state !== 'SYN-RECV' && !(s.proto === 'unix' && state === 'UNCONN')
}

const ORDER = ['unix', 'raw', 'udp', 'tcp']

function render(o: SsOptions, sockets: readonly SocketInfo[]): string {
  const chosen = sockets.filter((s) => wanted(o, s)).sort((a, b) => ORDER.indexOf(a.proto) - ORDER.indexOf(b.proto))
  const disabled = new Set<number>()
  if (o.protos.size === 1) disabled.add(0)
  if (o.state !== undefined) disabled.add(1)
  const rows = chosen.map((s) => row(o, s))
  const lines = o.header ? [COLUMNS.map((c) => c.head), ...rows] : rows
  // The last field of the last line is not measured before the widths are taken.
  const widths = COLUMNS.map((_, i) => {
    if (disabled.has(i)) return 0
    let max = 0
    lines.forEach((line, n) => {
      if (i < COLUMNS.length - 1 || n < lines.length - 1 || lines.length === 1) max = Math.max(max, (line[i] ?? '').length)
    })
    return max
  })
  let out = ''
  for (const line of lines) {
    let started = false
    COLUMNS.forEach((column, i) => {
      if (disabled.has(i)) return
      const text = line[i] ?? ''
      const width = widths[i] ?? 0
      if (started) out += column.left
      started = true
      out += column.right ? text.padStart(width) : text.padEnd(width)
    })
    out += '\n'
  }
  return out
}

function row(o: SsOptions, s: SocketInfo): string[] {
  const state = STATES[s.state] ?? s.state
  const users = o.processes && s.users.length > 0 ? ` users:(${s.users.map((u) => `("${u.comm}",pid=${u.pid},fd=${u.fd})`).join(',')})` : ''
  const extra = o.extended ? ` ino:${s.inode} sk:${s.inode.toString(16)} <->` : ''
  if (s.proto === 'unix')
    return [
      'u_str',
      state,
      String(s.recvQ),
      String(s.sendQ),
      `${s.local} `,
      String(s.localPort),
      `${s.remote} `,
      String(s.remotePort),
      users,
    ]
  const address = (text: string): string => (text.includes(':') ? `[${text}]:` : `${text}:`)
  const proto = s.proto === 'udp' ? 'udp' : 'tcp'
  const port = (n: number): string => (n === 0 ? '*' : o.numeric ? String(n) : (serviceName(n, proto) ?? String(n)))
  return [
    s.proto,
    state,
    String(s.recvQ),
    String(s.sendQ),
    address(s.local),
    port(s.localPort),
    address(s.remote),
    port(s.remotePort),
    users + extra,
  ]
}

function summary(sockets: readonly SocketInfo[]): string {
  const of = (proto: string): SocketInfo[] => sockets.filter((s) => s.proto === proto)
  const tcp = of('tcp')
  const count = (state: string): number => tcp.filter((s) => s.state === state).length
  const v6 = (list: readonly SocketInfo[]): number => list.filter((s) => s.local.includes(':') || s.local === '*').length
  const line = (name: string, list: readonly SocketInfo[]): string =>
    `${name}\t  ${String(list.length).padEnd(9)} ${String(list.length - v6(list)).padEnd(9)} ${String(v6(list)).padEnd(9)}\n`
  const live = tcp.filter((s) => s.state !== 'TIME_WAIT')
  const inet = [...of('raw'), ...of('udp'), ...live]
  const closed =
    tcp.length - count('ESTABLISHED') - count('LISTEN') - count('SYN_SENT') - count('CLOSE_WAIT') - count('FIN_WAIT1') - count('FIN_WAIT2')
  return (
    `Total: ${sockets.length - count('TIME_WAIT')}\nTCP:   ${tcp.length} (estab ${count('ESTABLISHED')}, closed ${closed}, orphaned 0, timewait ${count('TIME_WAIT')})\n\n` +
    `Transport Total     IP        IPv6\n${line('RAW', of('raw'))}${line('UDP', of('udp'))}${line('TCP', live)}${line('INET', inet)}${line('FRAG', [])}\n`
  )
}
