import type { Proc, Program } from '#linux/syscalls.ts'
import { SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'

const MIB = 1024 * 1024

/** A daemon of which the model needs only that it is there: it waits for ever. Memory as measured on the recorded machine. */
function daemon(name: string, memoryBytes: number, before?: (proc: Proc) => void): Program {
  return {
    name,
    *main(proc): Sim<number> {
      proc.setMemory(memoryBytes)
      before?.(proc)
      for (;;) yield* proc.nanosleep(1_000_000_000 * SECOND)
    },
  }
}

export const daemons: readonly Program[] = [
  daemon('systemd/systemd-logind', 2 * MIB),
  daemon('dbus/dbus-daemon', 1 * MIB),
  daemon('rsyslog/rsyslogd', 2 * MIB),
  daemon('cron/cron', 432 * 1024),
  daemon('openssh-server/sshd', 2 * MIB, (proc) => proc.setCmdline(['sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups'])),
  daemon('util-linux/agetty', 180 * 1024),
]
