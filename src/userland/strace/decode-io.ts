import type { Call, Shown } from './call.ts'
import { address, addressLength, HEAP, quoted } from './format.ts'

/** The model's calls about terminals, sockets and poll as system calls. */

type Decoder = (c: Call) => Shown

const FAMILIES: Readonly<Record<string, string>> = { inet: 'AF_INET', unix: 'AF_UNIX' }
const TYPES: Readonly<Record<string, string>> = { stream: 'SOCK_STREAM', dgram: 'SOCK_DGRAM', raw: 'SOCK_RAW' }
const HOW: Readonly<Record<string, string>> = { read: 'SHUT_RD', write: 'SHUT_WR', both: 'SHUT_RDWR' }
const TTY = '{B38400 opost isig icanon echo ...}'

function pollFds(c: Call, list: unknown, field: 'events' | 'revents'): string {
  const one = (x: unknown): string => {
    const events = [...(c.member(x, 'read') === true ? ['POLLIN'] : []), ...(c.member(x, 'write') === true ? ['POLLOUT'] : [])]
    return `{fd=${c.number(x, 'fd')}, ${field}=${events.join('|') || '0'}}`
  }
  return `[${(Array.isArray(list) ? list : []).map(one).join(', ')}]`
}

const poll: Decoder = (c) => {
  const ready = Array.isArray(c.value) ? c.value.length : 0
  const timeout = c.has(1) ? Math.round(c.num(1) / 1000) : -1
  return c.show(
    'poll',
    `${pollFds(c, c.args[0], 'events')}, ${c.list(0).length}, ${timeout}`,
    ready === 0 ? '0 (Timeout)' : `${ready} (${pollFds(c, c.value, 'revents')})`,
  )
}

/** An answer of the terminal, or -1 ENOTTY. */
const terminal =
  (request: string, text: (c: Call) => string): Decoder =>
  (c) =>
    c.show('ioctl', `${c.fd()}, ${request}, `, 0, c.ok ? text(c) : HEAP)

const isatty: Decoder = (c) => {
  if (c.value === true) return c.show('ioctl', `${c.fd()}, TCGETS, `, 0, TTY)
  const failed = c.show('ioctl', `${c.fd()}, TCGETS, `, '-1 ENOTTY (Inappropriate ioctl for device)', HEAP)
  return { ...failed, failed: true }
}

const size = (c: Call, of: unknown): string => `{ws_row=${c.number(of, 'rows')}, ws_col=${c.number(of, 'cols')}, ws_xpixel=0, ws_ypixel=0}`

const withAddress =
  (name: string): Decoder =>
  (c) => {
    const a = c.addr(c.args[1])
    return c.show(name, `${c.fd()}, ${address(a)}, ${addressLength(a)}`)
  }

const asksAddress =
  (name: string): Decoder =>
  (c) => {
    const a = c.addr(c.value)
    return c.show(name, `${c.fd()}, `, 0, `${address(a)}, [128 => ${addressLength(a)}]`)
  }

const sendto: Decoder = (c) => {
  const data = c.bytes(c.args[1])
  const to = c.addr(c.args[2])
  return c.show('sendto', `${c.fd()}, ${quoted(data, c.limit)}, ${data.length}, 0, ${address(to)}, ${addressLength(to)}`, String(c.value))
}

const recvfrom: Decoder = (c) => {
  const data = c.bytes(c.member(c.value, 'data'))
  const from = c.addr(c.member(c.value, 'from'))
  const text = `${quoted(data, c.limit)}, ${c.num(1)}, 0, ${address(from)}, [128 => ${addressLength(from)}]`
  return c.show('recvfrom', `${c.fd()}, `, data.length, c.ok ? text : `${HEAP}, ${c.num(1)}, 0, NULL, NULL`)
}

/** Bytes of a message that travels as an object; they are made only because somebody looks. */
function frameBytes(x: unknown): Uint8Array {
  if (x instanceof Uint8Array) return x
  if (typeof x !== 'object' || x === null || !('bytes' in x) || typeof x.bytes !== 'function') return new Uint8Array()
  const bytes: unknown = x.bytes()
  return bytes instanceof Uint8Array ? bytes : new Uint8Array()
}

export const IO: Readonly<Record<string, Decoder>> = {
  poll,
  isatty,
  tcgetattr: terminal('TCGETS', () => TTY),
  tcsetattr: terminal('TCSETSW', () => TTY),
  tcgetpgrp: terminal('TIOCGPGRP', (c) => `[${String(c.value)}]`),
  tcsetpgrp: terminal('TIOCSPGRP', (c) => `[${c.num(1)}]`),
  getWinSize: terminal('TIOCGWINSZ', (c) => size(c, c.value)),
  setWinSize: terminal('TIOCSWINSZ', (c) => size(c, c.args[1])),
  setControllingTty: terminal('TIOCSCTTY', () => '0'),
  openpty: (c) => c.show('openat', 'AT_FDCWD, "/dev/ptmx", O_RDWR|O_NOCTTY', c.number(c.value, 'master')),
  socket: (c) =>
    c.show(
      'socket',
      `${FAMILIES[c.str(0)] ?? c.str(0)}, ${TYPES[c.str(1)] ?? c.str(1)}|SOCK_CLOEXEC, ${c.str(2) === 'icmp' ? 'IPPROTO_ICMP' : c.str(0) === 'unix' ? '0' : 'IPPROTO_IP'}`,
      String(c.value),
    ),
  socketpair: (c) => c.show('socketpair', 'AF_UNIX, SOCK_STREAM, 0, ', 0, `[${c.numbers(c.value).join(', ')}]`),
  bind: withAddress('bind'),
  listen: (c) => c.show('listen', `${c.fd()}, ${c.num(1)}`),
  accept: (c) => {
    const peer = c.addr(c.member(c.value, 'peer'))
    return c.show(
      'accept4',
      `${c.fd()}, `,
      c.number(c.value, 'fd'),
      c.ok ? `${address(peer)}, [128 => ${addressLength(peer)}], SOCK_CLOEXEC` : `${HEAP}, [128], SOCK_CLOEXEC`,
    )
  },
  connect: withAddress('connect'),
  sendto,
  recvfrom,
  shutdown: (c) => c.show('shutdown', `${c.fd()}, ${HOW[c.str(1)] ?? c.str(1)}`),
  getsockname: asksAddress('getsockname'),
  getpeername: asksAddress('getpeername'),
  setsockopt: (c) =>
    c.show(
      'setsockopt',
      `${c.fd()}, SOL_SOCKET, ${c.str(1).toUpperCase()}, ${typeof c.args[2] === 'string' ? quoted(c.str(2), 32) : `[${c.num(2)}], 4`}`,
    ),
  sendFrame: (c) => {
    const data = frameBytes(c.args[1])
    return c.show('sendto', `${c.fd()}, ${quoted(data, c.limit)}, ${data.length}, MSG_NOSIGNAL, NULL, 0`, data.length)
  },
  recvFrame: (c) => {
    const data = frameBytes(c.value)
    return c.show('recvfrom', `${c.fd()}, `, data.length, `${c.ok ? quoted(data, c.limit) : HEAP}, 102400, 0, NULL, NULL`)
  },
}
