/** etcdctl 3.6: etcd's client, in its image. It reaches etcd over the network as every client does. */
import type { Proc, Program } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import { rfc3339Micro } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { RpcError } from './client.ts'
import { COMMANDS } from './commands.ts'
import { EXIT_ERROR, parseCommandLine, UsageError } from './flags.ts'
import { jsonLine } from './print.ts'

function* run(proc: Proc): Sim<number> {
  const call = parseCommandLine(proc)
  if (call.command !== 'version') {
    for (const variable of call.unrecognized) {
      const ts = rfc3339Micro(proc.now())
      const msg = 'unrecognized environment variable'
      yield* proc.write(2, jsonLine({ level: 'warn', ts, caller: 'flags/flag.go:94', msg, 'environment-variable': variable }))
    }
  }
  const command = COMMANDS[call.command]
  return command === undefined ? EXIT_ERROR : yield* command(proc, call)
}

export const etcdctl: Program = {
  name: 'etcd/etcdctl',
  *main(proc): Sim<number> {
    proc.setMemory(18 << 20)
    try {
      return yield* run(proc)
    } catch (error) {
      if (error instanceof UsageError) {
        yield* proc.write(2, encode(`${error.message}\n`))
        return error.code
      }
      if (!(error instanceof RpcError)) throw error
      yield* proc.write(2, encode(`Error: ${error.message}\n`))
      return EXIT_ERROR
    }
  },
}
