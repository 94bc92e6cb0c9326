import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
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

/** ipcs(1). Differs: only message queues exist. */
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
      for (const q of proc.messageQueues()) {
        out += `${hex(q.key).padEnd(10)} ${String(q.id).padEnd(10)} ${accounts.userName(q.uid).padEnd(10)} ${(q.mode & 0o777).toString(8).padEnd(10)} ${'0'.padEnd(12)} ${'0'.padEnd(12)}\n`
      }
      out += '\n'
    }
    if (all || opts.has('m'))
      out += '------ Shared Memory Segments --------\nkey        shmid      owner      perms      bytes      nattch     status      \n\n'
    if (all || opts.has('s')) out += '------ Semaphore Arrays --------\nkey        semid      owner      perms      nsems     \n\n'
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

/** ipcmk(1) */
export const ipcmk = tool({
  name: 'util-linux/ipcmk',
  help: IPCMK_HELP,
  short: 'hM:QS:p:V',
  long: 'shmem=:M semaphore=:S queue:Q mode=:p',
  *run(proc, opts) {
    if (opts.has('M', 'S')) throw new Fatal('podlab: shared memory and semaphores are not modelled')
    if (!opts.has('Q')) throw new Fatal("bad usage\nTry 'ipcmk --help' for more information.")
    const bytes = proc.getrandom(4)
    const key = ((bytes[0] ?? 0) << 24) | ((bytes[1] ?? 0) << 16) | ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 1)
    const id = orDie('create message queue failed', () => proc.createMessageQueue(key, Number.parseInt(opts.value('p') ?? '644', 8)))
    yield* say(proc, 1, `Message queue id: ${id}\n`)
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

function* remove(proc: Proc, opts: Options): Sim<number> {
  let status = 0
  const drop = function* (id: number | undefined, shown: string, what: string): Sim<void> {
    try {
      if (id === undefined) throw new Errno('EINVAL')
      proc.removeMessageQueue(id)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* say(proc, 2, `ipcrm: ${error.code === 'EPERM' ? `permission denied for ${what}` : `invalid ${what}`} (${shown})\n`)
      status = 1
    }
  }
  for (const { name, value = '' } of opts.list) {
    if (name === 'q') yield* drop(numberArg(value, 'failed to parse argument'), value, 'id')
    else if (name === 'Q') {
      const key = Number(value)
      yield* drop(proc.messageQueues().find((q) => q.key >>> 0 === key >>> 0)?.id, value, 'key')
    } else if (name === 'a') for (const q of proc.messageQueues()) proc.removeMessageQueue(q.id)
    else if (name !== 'v') throw new Fatal('podlab: shared memory and semaphores are not modelled')
  }
  if (opts.operands[0] === 'msg')
    for (const word of opts.operands.slice(1)) yield* drop(numberArg(word, 'failed to parse argument'), word, 'id')
  return status
}
