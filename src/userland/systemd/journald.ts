import { Errno } from '#linux/errno.ts'
import { O, type Proc, type Program } from '#linux/syscalls.ts'
import { decode, encode } from '#sim/bytes.ts'
import { SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { writeAll } from '../lib/io.ts'
import { type Entry, encodeEntry, journalDirectory } from './journal.ts'

/** A file this long is put aside as `system@1.journal`. */
const ROTATE_BYTES = 2 * 1024 * 1024

/** A service's stream: five lines of head (identifier, unit, priority, whether `<N>` prefixes count, PID), then its lines. */
interface Stream {
  readonly fd: number
  head: string[]
  rest: string
}

const HEAD_LINES = 5

/**
 * systemd-journald: takes what services print (its first socket, inherited from PID 1 as descriptor 3) and what programs
 * log by syslog(3) (descriptor 4), and appends it to the journal. Differs: a stream's head names the PID, which
 * upstream learns by SCM_CREDENTIALS; the kernel's log is read by journalctl itself.
 */
export const journald: Program = {
  name: 'systemd/systemd-journald',
  *main(proc) {
    proc.setMemory(6_000_000)
    if (!proc.fds().includes(4)) for (;;) yield* proc.nanosleep(1_000_000_000 * SECOND)
    const dir = yield* journalDirectory(proc)
    for (const path of [dir.replace(/\/[^/]*$/, ''), dir]) {
      try {
        proc.mkdir(path, 0o2755)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
      }
    }
    const writer = new Writer(proc, `${dir}/system.journal`)
    const streams = new Map<number, Stream>()
    for (;;) {
      const asked = [3, 4, ...streams.keys()].map((fd) => ({ fd, read: true }))
      let ready: readonly { readonly fd: number }[]
      try {
        ready = yield* proc.poll(asked)
      } catch (error) {
        if (!(error instanceof Errno) || error.code !== 'EINTR') throw error
        continue
      }
      for (const { fd } of ready) {
        if (fd === 3) {
          const accepted = yield* proc.accept(3)
          proc.setCloexec(accepted.fd, true)
          streams.set(accepted.fd, { fd: accepted.fd, head: [], rest: '' })
        } else if (fd === 4) {
          yield* writer.add(syslogEntry(proc, decode((yield* proc.recvfrom(4, 65_536)).data)))
        } else {
          const stream = streams.get(fd)
          if (stream !== undefined && !(yield* readStream(proc, stream, writer))) {
            streams.delete(fd)
            proc.close(fd)
          }
        }
      }
    }
  },
}

class Writer {
  readonly #proc: Proc
  readonly #path: string
  #fd = -1
  #size = 0

  constructor(proc: Proc, path: string) {
    this.#proc = proc
    this.#path = path
  }

  *add(entry: Entry): Sim<void> {
    const proc = this.#proc
    if (this.#fd >= 0 && this.#size > ROTATE_BYTES) {
      proc.close(this.#fd)
      this.#fd = -1
      proc.rename(this.#path, this.#path.replace('system.', 'system@1.'))
    }
    if (this.#fd < 0) {
      this.#fd = yield* proc.open(this.#path, O.WRONLY | O.CREAT | O.APPEND | O.CLOEXEC, 0o640)
      this.#size = proc.fstat(this.#fd).size
    }
    const data = encode(encodeEntry(entry))
    this.#size += data.length
    yield* writeAll(proc, this.#fd, data)
  }
}

/** Reads what has come on a stream; false at its end. */
function* readStream(proc: Proc, stream: Stream, writer: Writer): Sim<boolean> {
  let data: Uint8Array
  try {
    data = yield* proc.read(stream.fd, 65_536)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    data = new Uint8Array(0)
  }
  const lines = (stream.rest + decode(data)).split('\n')
  stream.rest = data.length === 0 ? '' : (lines.pop() ?? '')
  for (const line of lines) {
    if (stream.head.length < HEAD_LINES) stream.head.push(line)
    else if (line !== '') yield* writer.add(streamEntry(proc, stream, line))
  }
  return data.length > 0
}

function streamEntry(proc: Proc, stream: Stream, line: string): Entry {
  const [identifier = '', unit = '', priority = '6', prefixed = '1', pid = ''] = stream.head
  const m = prefixed === '1' ? /^<([0-7])>/.exec(line) : null
  return {
    time: proc.now(),
    message: m === null ? line : line.slice(3),
    priority: Number(m?.[1] ?? priority),
    identifier,
    ...(pid === '' ? {} : { pid: Number(pid) }),
    ...(unit === '' ? {} : { unit }),
    transport: 'stdout',
  }
}

/** A datagram of syslog(3): `<13>Nov 23 00:00:00 tag[pid]: text`; facility × 8 + priority. PID 1 adds unit and time: `tag[pid@unit#µs]`. */
function syslogEntry(proc: Proc, text: string): Entry {
  const m = /^<(\d+)>(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8} )?([^\s:[]+)(?:\[(\d+)(?:@([^\]#]+))?(?:#(\d+))?\])?: ?([\s\S]*?)\n?$/.exec(text)
  if (m === null) return { time: proc.now(), message: text.trimEnd(), priority: 5, identifier: 'unknown', transport: 'syslog' }
  return {
    time: m[5] === undefined ? proc.now() : Number(m[5]),
    message: m[6] ?? '',
    priority: Number(m[1]) % 8,
    identifier: m[2] ?? '',
    ...(m[3] === undefined ? {} : { pid: Number(m[3]) }),
    ...(m[4] === undefined ? {} : { unit: m[4] }),
    transport: 'syslog',
  }
}

/** syslog(3) for programs: a message to the journal; lost when nobody listens. `priority` with its facility. */
export function* syslog(proc: Proc, identifier: string, message: string, priority = 13, pid: number | undefined = proc.pid): Sim<void> {
  try {
    const fd = proc.socket('unix', 'dgram')
    try {
      const who = pid === undefined ? identifier : `${identifier}[${pid}]`
      yield* proc.sendto(fd, encode(`<${priority}>${who}: ${message}`), { family: 'unix', path: '/dev/log' })
    } finally {
      proc.close(fd)
    }
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}
