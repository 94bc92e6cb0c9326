import { Errno } from '#linux/errno.ts'
import type { IpcKind, Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { Accounts } from '../lib/accounts.ts'
import { say, slurp } from '../lib/io.ts'
import type { Options } from '../lib/options.ts'
import { Fatal, numberArg, orDie, tool } from './common.ts'

const hex = (n: number): string => `0x${(n >>> 0).toString(16).padStart(8, '0')}`

const IPCS_HELP = `
Usage:
 ipcs [resource-option...] [output-option]
 ipcs -m|-q|-s -i <id>

Show information on IPC facilities.

For more details see ipcs(1).
`

/** ipcs(1). Differs: nothing is attached or sent. */
export const ipcs = tool({
  name: 'util-linux/ipcs',
  help: IPCS_HELP,
  short: 'abi:cmpqstuhlV',
  long: 'queues:q shmems:m semaphores:s all:a time:t pid:p creator:c limits:l summary:u id=:i human bytes:b',
  *run(proc, opts) {
    const all = opts.has('a') || !opts.has('q', 'm', 's')
    const accounts = new Accounts((yield* slurp(proc, '/etc/passwd')) ?? '', '')
    let out = '\n'
    if (all || opts.has('q')) {
      out += '------ Message Queues --------\nkey        msqid      owner      perms      used-bytes   messages    \n'
      for (const q of proc.ipcObjects('msg')) {
        out += `${hex(q.key).padEnd(10)} ${String(q.id).padEnd(10)} ${accounts.userName(q.uid).padEnd(10)} ${(q.mode & 0o777).toString(8).padEnd(10)} ${'0'.padEnd(12)} ${'0'.padEnd(12)}\n`
      }
      out += '\n'
    }
    const columns = (o: { key: number; id: number; uid: number; mode: number }): string =>
      `${hex(o.key).padEnd(10)} ${String(o.id).padEnd(10)} ${accounts.userName(o.uid).padEnd(10)} ${(o.mode & 0o777).toString(8).padEnd(10)}`
    if (all || opts.has('m')) {
      out += '------ Shared Memory Segments --------\nkey        shmid      owner      perms      bytes      nattch     status      \n'
      for (const o of proc.ipcObjects('shm')) out += `${columns(o)} ${String(o.size).padEnd(10)} ${'0'.padEnd(10)} ${' '.repeat(12)}\n`
      out += '\n'
    }
    if (all || opts.has('s')) {
      out += '------ Semaphore Arrays --------\nkey        semid      owner      perms      nsems     \n'
      for (const o of proc.ipcObjects('sem')) out += `${columns(o)} ${String(o.size).padEnd(10)}\n`
      out += '\n'
    }
    yield* say(proc, 1, out)
    return 0
  },
})

const IPCMK_HELP = `
Usage:
 ipcmk [options]

Create various IPC resources.

Options:
 -M, --shmem <size>       create shared memory segment of size <size>
 -S, --semaphore <number> create semaphore array with <number> elements
 -Q, --queue              create message queue
 -p, --mode <mode>        permission for the resource (default is 0644)

 -h, --help               display this help
 -V, --version            display version

For more details see ipcmk(1).
`

const MADE = [
  { letter: 'M', kind: 'shm', failed: 'create share memory failed', made: 'Shared memory' },
  { letter: 'Q', kind: 'msg', failed: 'create message queue failed', made: 'Message queue' },
  { letter: 'S', kind: 'sem', failed: 'create semaphore failed', made: 'Semaphore' },
] as const

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 }

function sizeArg(text: string, letter: string): number {
  const m = /^(\d+)([KMG]?)(?:i?B)?$/.exec(text)
  if (m === null) throw new Fatal(`failed to parse ${letter === 'M' ? 'size' : 'elements'}: '${text}'`)
  return Number(m[1]) * (UNITS[m[2] ?? ''] ?? 1)
}

/** ipcmk(1) */
export const ipcmk = tool({
  name: 'util-linux/ipcmk',
  help: IPCMK_HELP,
  short: 'hM:QS:p:V',
  long: 'shmem=:M semaphore=:S queue:Q mode=:p',
  *run(proc, opts) {
    if (!opts.has('Q', 'M', 'S')) throw new Fatal("bad usage\nTry 'ipcmk --help' for more information.")
    const mode = Number.parseInt(opts.value('p') ?? '644', 8)
    const key = (): number => {
      const [a = 0, b = 0, c = 0, d = 1] = proc.getrandom(4)
      return (a << 24) | (b << 16) | (c << 8) | d
    }
    for (const { letter, kind, failed, made } of MADE) {
      if (!opts.has(letter)) continue
      const size = letter === 'Q' ? 0 : sizeArg(opts.value(letter) ?? '', letter)
      const id = orDie(failed, () => proc.ipcGet(kind, key(), mode, size))
      yield* say(proc, 1, `${made} id: ${id}\n`)
    }
    return 0
  },
})

const IPCRM_HELP = `
Usage:
 ipcrm [options]
 ipcrm shm|msg|sem <id>...

Remove certain IPC resources.

For more details see ipcrm(1).
`

/** ipcrm(1) */
export const ipcrm = tool({
  name: 'util-linux/ipcrm',
  help: IPCRM_HELP,
  posix: false,
  short: 'm:M:q:Q:s:S:a::vhV',
  long: 'shmem-id=:m shmem-key=:M queue-id=:q queue-key=:Q semaphore-id=:s semaphore-key=:S all=?:a verbose:v',
  run: (proc, opts) => remove(proc, opts),
})

/** Option letters by kind: lower case an id, upper case a key. */
const KINDS: Readonly<Record<string, IpcKind>> = { q: 'msg', m: 'shm', s: 'sem' }

function* remove(proc: Proc, opts: Options): Sim<number> {
  let status = 0
  const drop = function* (kind: IpcKind, id: number | undefined, shown: string, what: string): Sim<void> {
    try {
      if (id === undefined) throw new Errno('EINVAL')
      proc.ipcRemove(kind, id)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* say(proc, 2, `ipcrm: ${error.code === 'EPERM' ? `permission denied for ${what}` : `invalid ${what}`} (${shown})\n`)
      status = 1
    }
  }
  for (const { name, value = '' } of opts.list) {
    const kind = KINDS[name.toLowerCase()]
    if (name === 'a') {
      for (const all of value === '' ? (['shm', 'msg', 'sem'] as const) : [value])
        if (all === 'shm' || all === 'msg' || all === 'sem') for (const o of proc.ipcObjects(all)) proc.ipcRemove(all, o.id)
    } else if (kind === undefined) continue
    else if (name === name.toLowerCase()) yield* drop(kind, numberArg(value, 'failed to parse argument'), value, 'id')
    else yield* drop(kind, proc.ipcObjects(kind).find((o) => o.key >>> 0 === Number(value) >>> 0)?.id, value, 'key')
  }
  const [old, ...ids] = opts.operands
  if (old === 'msg' || old === 'shm' || old === 'sem')
    for (const word of ids) yield* drop(old, numberArg(word, 'failed to parse argument'), word, 'id')
  return status
}
