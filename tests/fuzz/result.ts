/** What a run of a script left: both streams as bytes (one unit a byte), and how it ended. */
export interface Result {
  readonly stdout: string
  readonly stderr: string
  /** Exit code; 128 + n for a death by signal n; the text tells what went wrong with the run itself. */
  readonly exit: number | 'hang' | `crash: ${string}`
}

/** Bytes of a stream beyond which a script counts as one that never ends, on both sides. */
export const OUTPUT_LIMIT = 1 << 20

/** Bytes that a file may have, on both sides: setrlimit(2), RLIMIT_FSIZE. */
export const FILE_LIMIT = 1 << 22

/** Where the script lies in the chroot and on the model's machine, and what it is run with. */
export const SCRIPT = '/t.sh'
export const WORK = '/w'
export const NOBODY = 65534
export const ENVIRON: Readonly<Record<string, string>> = { PATH: '/none', HOME: WORK }

/** Whether two runs are the same to the byte; of two that never end nothing more is asked. */
export function same(a: Result, b: Result): boolean {
  if (a.exit === 'hang' && b.exit === 'hang') return true
  return a.exit === b.exit && a.stdout === b.stdout && a.stderr === b.stderr
}
