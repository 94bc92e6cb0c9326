import { conntrackLine } from '#linux/fs/proc/net-conntrack.ts'
import type { ConntrackInfo } from '#linux/net/admin.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { isErrno, say } from '../lib/io.ts'

const VERSION = 'conntrack v1.4.7 (conntrack-tools)'

interface Filter {
  proto: string | undefined
  src: string | undefined
  dst: string | undefined
  replySrc: string | undefined
  replyDst: string | undefined
  sport: number | undefined
  dport: number | undefined
  state: string | undefined
  mark: number | undefined
}

function matches(f: Filter, e: ConntrackInfo): boolean {
  return (
    (f.proto === undefined || e.proto === f.proto) &&
    (f.src === undefined || e.original.src === f.src) &&
    (f.dst === undefined || e.original.dst === f.dst) &&
    (f.replySrc === undefined || e.reply.src === f.replySrc) &&
    (f.replyDst === undefined || e.reply.dst === f.replyDst) &&
    (f.sport === undefined || e.original.sport === f.sport) &&
    (f.dport === undefined || e.original.dport === f.dport) &&
    (f.state === undefined || e.state === f.state) &&
    (f.mark === undefined || e.mark === f.mark)
  )
}

function* main(proc: Proc): Sim<number> {
  const f: Filter = {
    proto: undefined,
    src: undefined,
    dst: undefined,
    replySrc: undefined,
    replyDst: undefined,
    sport: undefined,
    dport: undefined,
    state: undefined,
    mark: undefined,
  }
  let command = ''
  let extended = false
  const words = proc.argv.slice(1)
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    const value = (): string => words[++i] ?? ''
    switch (word) {
      case '-L':
      case '--dump':
        command = 'L'
        break
      case '-D':
      case '--delete':
        command = 'D'
        break
      case '-F':
      case '--flush':
        command = 'F'
        break
      case '-C':
      case '--count':
        command = 'C'
        break
      case '-S':
      case '--stats':
        command = 'S'
        break
      case '-V':
      case '--version':
        command = 'V'
        break
      case 'conntrack':
        break
      case '-p':
      case '--proto':
      case '--protonum':
        f.proto = value()
        break
      case '-s':
      case '--src':
      case '--orig-src':
        f.src = value()
        break
      case '-d':
      case '--dst':
      case '--orig-dst':
        f.dst = value()
        break
      case '-r':
      case '--reply-src':
        f.replySrc = value()
        break
      case '-q':
      case '--reply-dst':
        f.replyDst = value()
        break
      case '--sport':
      case '--orig-port-src':
        f.sport = Number(value())
        break
      case '--dport':
      case '--orig-port-dst':
        f.dport = Number(value())
        break
      case '--state':
        f.state = value()
        break
      case '-m':
      case '--mark':
        f.mark = Number(value())
        break
      case '-f':
      case '--family':
        value()
        break
      case '-o':
      case '--output':
        extended = value().includes('extended')
        break
      default:
        yield* say(
          proc,
          2,
          word === '-E' || word === '-I' || word === '-U' || word === '-G'
            ? `podlab: conntrack ${word} is not modelled\n`
            : `${VERSION}: Bad parameter\nTry \`conntrack -h' or 'conntrack --help' for more information.\n`,
        )
        return word.length === 2 ? 1 : 2
    }
  }
  if (command === 'V') {
    yield* say(proc, 1, `${VERSION}\n`)
    return 0
  }
  if (command === '') {
    yield* say(proc, 2, `${VERSION}: Missing command\nTry \`conntrack -h' or 'conntrack --help' for more information.\n`)
    return 2
  }
  const { net } = proc
  if (command === 'C') {
    yield* say(proc, 1, `${net.conntrackStats().entries}\n`)
    return 0
  }
  if (command === 'S') {
    const { invalid } = net.conntrackStats()
    yield* say(
      proc,
      1,
      [invalid, 0]
        .map(
          (n, cpu) =>
            `cpu=${String(cpu).padEnd(4)}\tfound=0 invalid=${n} insert=0 insert_failed=0 drop=0 early_drop=0 error=0 search_restart=0 clash_resolve=0 chaintoolong=0 \n`,
        )
        .join(''),
    )
    return 0
  }
  if (command === 'F') {
    net.deleteConntrack(() => true)
    yield* say(proc, 2, `${VERSION}: connection tracking table has been emptied.\n`)
    return 0
  }
  const chosen = net.conntrack().filter((e) => matches(f, e))
  if (command === 'D') net.deleteConntrack((e) => matches(f, e))
  const text = chosen.map((e) => `${conntrackLine(e, extended)}\n`).join('')
  // On a terminal lines appear as they come; into a pipe stdio holds them back until the end.
  const late = !proc.isatty(1)
  if (!late) yield* say(proc, 1, text)
  yield* say(proc, 2, `${VERSION}: ${chosen.length} flow entries have been ${command === 'D' ? 'deleted' : 'shown'}.\n`)
  if (late) yield* say(proc, 1, text)
  return command === 'D' && chosen.length === 0 ? 1 : 0
}

export const programs: readonly Program[] = [
  {
    name: 'conntrack/conntrack',
    *main(proc) {
      try {
        return yield* main(proc)
      } catch (error) {
        if (!isErrno(error) || error.code !== 'EPERM') throw error
        yield* say(proc, 2, `${VERSION}: Operation failed: sorry, you must be root or get CAP_NET_ADMIN capability to do this\n`)
        return 1
      }
    },
  },
]
