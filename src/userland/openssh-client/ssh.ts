import { Errno, strerror } from '#linux/errno.ts'
import { ResolveError, resolve } from '#linux/http/resolver.ts'
import type { Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { execvp } from '../lib/exec.ts'
import { say } from '../lib/io.ts'
import { defineProgram } from '../lib/program.ts'

const SSH_PORT = 22

/** Tries to reach an SSH server; says why that failed and returns 255. A server that answers cannot be spoken to. */
function* reach(proc: Proc, host: string, port: number): Sim<number> {
  let address: string | undefined
  try {
    address = (yield* resolve(proc, host, true)).addresses.find((a) => !a.includes(':'))
  } catch (error) {
    if (!(error instanceof ResolveError)) throw error
  }
  if (address === undefined) {
    yield* say(proc, 2, `ssh: Could not resolve hostname ${host}: Name or service not known\n`)
    return 255
  }
  const fd = proc.socket('inet', 'stream')
  try {
    yield* proc.connect(fd, { family: 'inet', address, port })
  } catch (error) {
    if (!(error instanceof Errno) || error.code === 'EINTR') throw error
    yield* say(proc, 2, `ssh: connect to host ${host} port ${port}: ${strerror(error)}\n`)
    return 255
  } finally {
    proc.close(fd)
  }
  yield* say(proc, 2, 'podlab: the SSH protocol is not modelled\n')
  return 255
}

/** ssh(1) in outline. Differs: no machine of the lab runs a server, and the protocol is not modelled. */
export const ssh = defineProgram({
  name: 'openssh-client/ssh',
  usage: '[-46AaCfGgKkMNnqsTtVvXxYy] [-p port] [-l login_name] [-i identity_file] [-o option] destination [command [argument ...]]',
  missing: 'G O Q v',
  short: '1246AaCfGgKkMNnqsTtVvXxYyB:b:c:D:E:e:F:I:i:J:L:l:m:O:o:p:Q:R:S:W:w:',
  posix: true,
  tryHelp: false,
  usageStatus: 255,
  *run(ctx) {
    if (ctx.has('V')) {
      yield* say(ctx.proc, 2, 'OpenSSH_9.2p1 Debian-2+deb12u7, OpenSSL 3.0.17 1 Jul 2025\n')
      return 0
    }
    const [target] = ctx.operands
    if (target === undefined) {
      yield* say(ctx.proc, 2, 'usage: ssh [-p port] [-l login_name] [-i identity_file] [-o option] destination [command [argument ...]]\n')
      return 255
    }
    const host = target.replace(/^ssh:\/\//, '').replace(/^.*@/, '')
    return yield* reach(ctx.proc, host, Number(ctx.value('p') ?? SSH_PORT))
  },
})

/** `host:path` or `user@host:path`; a name with a slash before the colon is a file. */
const remote = (word: string): string | undefined => /^(?:[^/:@]*@)?(\[[^\]]+\]|[^/:]+):/.exec(word)?.[1]

/** scp(1) in outline: files of this machine are copied by cp(1), others are as far away as for ssh. */
export const scp = defineProgram({
  name: 'openssh-client/scp',
  usage: '[-346ABCOpqRrsTv] [-P port] [-i identity_file] [-o ssh_option] source ... target',
  missing: 'v',
  short: '346ABCOpqRrsTvP:i:o:c:D:F:J:l:S:X:',
  tryHelp: false,
  *run(ctx) {
    const { proc, operands } = ctx
    if (operands.length < 2) {
      yield* say(proc, 2, 'usage: scp [-346ABCOpqRrsTv] [-P port] [-i identity_file] [-o ssh_option] source ... target\n')
      return 1
    }
    const host = operands.map(remote).find((h) => h !== undefined)
    if (host !== undefined) {
      yield* reach(proc, host.replace(/^\[|\]$/g, ''), Number(ctx.value('P') ?? SSH_PORT))
      yield* say(proc, 2, 'scp: Connection closed\n')
      return 255
    }
    const options = ['r', 'p'].filter((o) => ctx.has(o)).map((o) => `-${o}`)
    return yield* execvp(proc, ['cp', ...options, '--', ...operands])
  },
})
