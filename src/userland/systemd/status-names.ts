import { SIGNALS } from '#linux/signal.ts'
import type { WaitStatus } from '#linux/syscalls.ts'

const EXITS: Readonly<Record<number, string>> = {
  0: 'SUCCESS',
  1: 'FAILURE',
  2: 'INVALIDARGUMENT',
  3: 'NOTIMPLEMENTED',
  4: 'NOPERMISSION',
  5: 'NOTINSTALLED',
  6: 'NOTCONFIGURED',
  7: 'NOTRUNNING',
  200: 'CHDIR',
  203: 'EXEC',
  216: 'GROUP',
  217: 'USER',
}

/** `KILL` of 9. */
export function signalName(signal: number): string {
  return Object.entries(SIGNALS).find(([, n]) => n === signal)?.[0] ?? String(signal)
}

/** `1/FAILURE`, `42/n/a`, `9/KILL`: as the journal has it. */
export function exitText(status: WaitStatus): string {
  if (status.exit !== undefined) return `code=exited, status=${status.exit}/${EXITS[status.exit] ?? 'n/a'}`
  return `code=${status.coreDumped === true ? 'dumped' : 'killed'}, status=${status.signal}/${signalName(status.signal ?? 0)}`
}

/** As `systemctl status` has it: `code=killed, signal=TERM`. */
export function endText(status: WaitStatus): string {
  if (status.exit !== undefined) return exitText(status)
  return `code=${status.coreDumped === true ? 'dumped' : 'killed'}, signal=${signalName(status.signal ?? 0)}`
}
