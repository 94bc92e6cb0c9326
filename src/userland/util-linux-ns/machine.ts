import { civil } from '#sim/time.ts'
import { say, slurp } from '../lib/io.ts'
import { MONTHS, two } from '../procps/processes.ts'
import { tool } from './common.ts'

const LSCPU_HELP = `
Usage:
 lscpu [options]

Display information about the CPU architecture.

For more details see lscpu(1).
`

/** lscpu(1): what /proc/cpuinfo and uname(2) tell. Differs: no caches, no NUMA distances, no vulnerabilities. */
export const lscpu = tool({
  name: 'util-linux/lscpu',
  help: LSCPU_HELP,
  short: 'abcBC::de::hJp::rs:xVy',
  long: 'all:a online:b offline:c bytes:B extended=?:e parse=?:p hex:x json:J',
  *run(proc, opts) {
    if (opts.has('C', 'e', 'p', 'J')) {
      yield* say(proc, 2, 'podlab: lscpu in other formats than its default is not modelled\n')
      return 1
    }
    const info = (yield* slurp(proc, '/proc/cpuinfo')) ?? ''
    const field = (name: string): string => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(info)?.[1] ?? ''
    const cpus = (info.match(/^processor\s*:/gm) ?? []).length
    const sizes = /^(\d+) bits physical, (\d+) bits virtual$/.exec(field('address sizes'))
    const online = Array.from({ length: cpus }, (_, n) => n)
    const rows: readonly (readonly [string, string])[] = [
      ['Architecture', proc.uname().machine],
      ['CPU op-mode(s)', '32-bit, 64-bit'],
      ['Address sizes', sizes === null ? '' : `${sizes[1]} bits physical, ${sizes[2]} bits virtual`],
      ['Byte Order', 'Little Endian'],
      ['CPU(s)', String(cpus)],
      ['On-line CPU(s) list', cpus <= 2 ? online.join(',') : `0-${cpus - 1}`],
      ['Vendor ID', field('vendor_id')],
      ['Model name', field('model name')],
      ['CPU family', field('cpu family')],
      ['Model', field('model')],
      ['Thread(s) per core', '1'],
      ['Core(s) per socket', String(cpus)],
      ['Socket(s)', '1'],
      ['Stepping', field('stepping')],
      ['BogoMIPS', field('bogomips')],
      ['Flags', field('flags')],
      ['Virtualization type', 'full'],
      ['NUMA node(s)', '1'],
      ['NUMA node0 CPU(s)', cpus === 1 ? '0' : cpus === 2 ? '0,1' : `0-${cpus - 1}`],
    ]
    yield* say(proc, 1, rows.map(([name, value]) => `${`${name}:`.padEnd(41)}${value}\n`).join(''))
    return 0
  },
})

const LAST_HELP = `
Usage:
 last [options] [<username>...] [<tty>...]

Show a listing of last logged in users.

For more details see last(1).
`

/** last(1). Differs: nobody writes logins to wtmp, so there is only when it began. */
export const last = tool({
  name: 'util-linux/last',
  help: LAST_HELP,
  posix: false,
  short: 'adf:Fhin:pRs:t:wxV0123456789',
  long: 'hostlast:a dns:d file=:f fulltimes:F ip:i limit=:n nohostname:R since=:s until=:t fullnames:w system:x time-format=',
  *run(proc) {
    const t = civil(proc.now() - proc.uptime())
    const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][t.weekday]
    yield* say(
      proc,
      1,
      `\nwtmp begins ${day} ${MONTHS[t.month - 1]} ${String(t.day).padStart(2)} ${two(t.hour)}:${two(t.minute)}:${two(t.second)} ${t.year}\n`,
    )
    return 0
  },
})
