import type { Termios } from '../syscalls.ts'

/** What a new terminal is set to: stty(1) sane, as the kernel's tty_std_termios. */
export const SANE: Termios = {
  icrnl: true,
  ixon: true,
  opost: true,
  icanon: true,
  echo: true,
  echoctl: true,
  isig: true,
  iexten: true,
  tostop: false,
  vmin: 1,
  vtime: 0,
  cc: {
    intr: 3,
    quit: 28,
    erase: 127,
    kill: 21,
    eof: 4,
    start: 17,
    stop: 19,
    susp: 26,
    werase: 23,
    lnext: 22,
    rprnt: 18,
  },
}

/** cfmakeraw(3). */
export function raw(t: Termios): Termios {
  return {
    ...t,
    icrnl: false,
    ixon: false,
    opost: false,
    icanon: false,
    echo: false,
    isig: false,
    iexten: false,
    vmin: 1,
    vtime: 0,
  }
}
