import type { Proc, Program } from '#linux/syscalls.ts'
import { SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { say } from '../lib/io.ts'

const MIB = 1024 * 1024

/** A daemon of which the model needs only that it is there: it waits for ever. Memory as measured on the recorded machine; `words`: what it logs. */
function daemon(name: string, memoryBytes: number, before?: (proc: Proc) => void, words: readonly string[] = []): Program {
  return {
    name,
    *main(proc): Sim<number> {
      if (proc.argv.includes('-t')) return 0
      proc.setMemory(memoryBytes)
      before?.(proc)
      for (const line of words) yield* say(proc, 2, `${line}\n`)
      for (;;) yield* proc.nanosleep(1_000_000_000 * SECOND)
    },
  }
}

export const daemons: readonly Program[] = [
  daemon('systemd/systemd-logind', 2 * MIB),
  daemon('dbus-daemon/dbus-daemon', 1 * MIB),
  daemon('rsyslog/rsyslogd', 2 * MIB),
  daemon('cron/cron', 432 * 1024, undefined, ['(CRON) INFO (pidfile fd = 3)', '(CRON) INFO (Running @reboot jobs)']),
  daemon('openssh-server/sshd', 2 * MIB, (proc) => proc.setCmdline(['sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups']), [
    'Server listening on 0.0.0.0 port 22.',
    'Server listening on :: port 22.',
  ]),
  daemon('util-linux/agetty', 180 * 1024),
]
