import type { Machine } from '#cluster/machine.ts'
import { Driver } from '#lab/driver.ts'
import type { SpawnOptions } from '#linux/kernel.ts'
import { hostTimers } from './host-timers.ts'

/** Runs a shell of the machine on the host's terminal in real time until it ends; returns its exit code. */
export function interact(machine: Machine, start: SpawnOptions): Promise<number> {
  const { stdin, stdout } = process
  const size = (): { rows: number; cols: number } => ({ rows: stdout.rows ?? 24, cols: stdout.columns ?? 80 })
  const terminal = machine.kernel.openTerminal(size())
  terminal.onOutput((bytes) => stdout.write(bytes.slice()))
  const files = [terminal.slave(), terminal.slave(), terminal.slave()]
  const environ = [...(start.environ ?? []), `TERM=${process.env.TERM ?? 'xterm'}`, 'LANG=C.UTF-8']
  const shell = machine.kernel.spawn({
    ...start,
    environ,
    files,
    prepare: (proc) => proc.setControllingTty(0),
    ...(machine.init === undefined ? {} : { parent: machine.init }),
  })
  for (const file of files) if (--file.refs === 0) file.release()
  return new Promise((resolve) => {
    const driver = new Driver(
      machine.kernel.sim,
      hostTimers,
      () => {
        if (!shell.exited) return
        driver.stop()
        stdin.setRawMode(false)
        stdin.pause()
        const { exit, signal } = shell.exitStatus
        resolve(signal === undefined ? (exit ?? 0) : 128 + signal)
      },
      () => false,
    )
    stdin.setRawMode(true)
    stdin.on('data', (data: Buffer) => {
      driver.sync()
      terminal.write(new Uint8Array(data))
      driver.wake()
    })
    stdout.on('resize', () => {
      terminal.resize(size())
      driver.wake()
    })
    driver.wake()
  })
}
