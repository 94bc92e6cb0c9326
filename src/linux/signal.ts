/** Signals of Linux on x86-64, signal(7). */
export const SIGNALS = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STKFLT: 16,
  CHLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  XCPU: 24,
  XFSZ: 25,
  VTALRM: 26,
  PROF: 27,
  WINCH: 28,
  IO: 29,
  PWR: 30,
  SYS: 31,
} as const

export type SignalName = keyof typeof SIGNALS

export const SIGRTMIN = 34
export const SIGRTMAX = 64

const NAMES = new Map<number, string>(Object.entries(SIGNALS).map(([name, n]) => [n, name]))

/** `TERM` for 15; `RTMIN+n`, `RTMAX-n` for the real-time ones; undefined for what is no signal. */
export function signalName(signal: number): string | undefined {
  if (signal >= SIGRTMIN && signal <= SIGRTMAX) {
    if (signal === SIGRTMIN) return 'RTMIN'
    if (signal === SIGRTMAX) return 'RTMAX'
    return signal - SIGRTMIN <= 15 ? `RTMIN+${signal - SIGRTMIN}` : `RTMAX-${SIGRTMAX - signal}`
  }
  return NAMES.get(signal)
}

/** Number of `TERM`, `SIGTERM`, `term`, `15`; undefined when there is no such signal. 0 is allowed. */
export function signalNumber(name: string): number | undefined {
  if (/^\d+$/.test(name)) {
    const n = Number(name)
    return n === 0 || signalName(n) !== undefined ? n : undefined
  }
  const bare = name.toUpperCase().replace(/^SIG/, '')
  const rt = /^RT(MIN|MAX)(?:([+-])(\d+))?$/.exec(bare)
  if (rt !== null) {
    const base = rt[1] === 'MIN' ? SIGRTMIN : SIGRTMAX
    const n = rt[3] === undefined ? base : rt[2] === '+' ? base + Number(rt[3]) : base - Number(rt[3])
    return n >= SIGRTMIN && n <= SIGRTMAX ? n : undefined
  }
  return (SIGNALS as Record<string, number>)[bare]
}

/** What strsignal(3) says: `Terminated`, `Killed`, `Segmentation fault`. */
export function strsignal(signal: number): string {
  return DESCRIPTIONS[signal] ?? (signalName(signal) === undefined ? `Unknown signal ${signal}` : `Real-time signal ${signal - SIGRTMIN}`)
}

const DESCRIPTIONS: Record<number, string> = {
  1: 'Hangup',
  2: 'Interrupt',
  3: 'Quit',
  4: 'Illegal instruction',
  5: 'Trace/breakpoint trap',
  6: 'Aborted',
  7: 'Bus error',
  8: 'Floating point exception',
  9: 'Killed',
  10: 'User defined signal 1',
  11: 'Segmentation fault',
  12: 'User defined signal 2',
  13: 'Broken pipe',
  14: 'Alarm clock',
  15: 'Terminated',
  16: 'Stack fault',
  17: 'Child exited',
  18: 'Continued',
  19: 'Stopped (signal)',
  20: 'Stopped',
  21: 'Stopped (tty input)',
  22: 'Stopped (tty output)',
  23: 'Urgent I/O condition',
  24: 'CPU time limit exceeded',
  25: 'File size limit exceeded',
  26: 'Virtual timer expired',
  27: 'Profiling timer expired',
  28: 'Window changed',
  29: 'I/O possible',
  30: 'Power failure',
  31: 'Bad system call',
}
