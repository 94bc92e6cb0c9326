import { Errno } from '../errno.ts'
import { CAP } from '../process/capability.ts'
import type { Session } from '../process/pid.ts'
import type { Process } from '../process/process.ts'
import { signalGroup } from '../process/signals.ts'
import { SIGNALS } from '../signal.ts'
import { O, type Termios } from '../syscalls.ts'
import type { FileDescription } from '../vfs/types.ts'
import { MasterFile } from './pty.ts'
import { type Tty, TtyFile } from './tty.ts'

/** The terminal behind an open file; a pty's master counts as its slave. */
export function ttyOf(file: FileDescription): Tty | undefined {
  if (file instanceof TtyFile) return file.tty
  return file instanceof MasterFile ? file.pty.tty : undefined
}

/** ENOTTY for what is no terminal. */
export function terminal(p: Process, fd: number): Tty {
  const tty = ttyOf(p.files.get(fd))
  if (tty === undefined) throw new Errno('ENOTTY')
  if (tty.hungUp) throw new Errno('EIO')
  return tty
}

export function isatty(p: Process, fd: number): boolean {
  const file = p.files.get(fd)
  return ttyOf(file) !== undefined
}

function control(p: Process, tty: Tty): void {
  const session = p.session
  if (session === undefined) return
  session.tty = tty
  tty.session = session
  tty.foreground = p.group
}

/** open(2): a session leader without a terminal gets the one it opens, unless O_NOCTTY. */
export function opened(p: Process, file: FileDescription, flags: number): void {
  if (!(file instanceof TtyFile) || (flags & O.NOCTTY) !== 0) return
  const { session } = p
  if (session === undefined || session.leader !== p || session.tty !== undefined || file.tty.session !== undefined) return
  if ((file.flags & O.ACCMODE) === O.WRONLY) return
  control(p, file.tty)
}

/** TIOCSCTTY. EPERM: not a session leader, or a terminal is already its own or another session's. */
export function setControllingTty(p: Process, fd: number): void {
  const tty = terminal(p, fd)
  const { session } = p
  if (session !== undefined && session.leader === p && tty.session === session) return
  if (session === undefined || session.leader !== p || session.tty !== undefined) throw new Errno('EPERM')
  if (tty.session !== undefined) {
    if (!p.cred.capable(CAP.sys_admin)) throw new Errno('EPERM')
    tty.session.tty = undefined
  }
  control(p, tty)
}

/** A background process changes a terminal: SIGTTOU to its group, unless that is ignored or blocked. */
function fromBackground(p: Process, tty: Tty): void {
  if (tty.session === undefined || tty.session !== p.session || tty.foreground === undefined || p.group === tty.foreground) return
  if (p.signals.action(SIGNALS.TTOU) === 'ignore' || p.signals.blocked.has(SIGNALS.TTOU)) return
  if (p.group?.isOrphaned() === true) throw new Errno('EIO')
  signalGroup(p.group, SIGNALS.TTOU, p)
}

export function tcsetattr(p: Process, fd: number, termios: Termios, when: 'now' | 'drain' | 'flush'): void {
  const tty = terminal(p, fd)
  fromBackground(p, tty)
  if (when === 'flush') tty.line.flush()
  tty.configure(termios)
}

export function tcgetpgrp(p: Process, fd: number): number {
  const file = p.files.get(fd)
  const tty = terminal(p, fd)
  if (file instanceof TtyFile && (tty.session === undefined || tty.session !== p.session)) throw new Errno('ENOTTY')
  return tty.foreground?.id.in(p.pidns) ?? 0
}

/** tcsetpgrp(3). ENOTTY: not the controlling terminal; EPERM: no such group in the session. */
export function tcsetpgrp(p: Process, fd: number, pgid: number): void {
  const tty = terminal(p, fd)
  if (tty.session === undefined || tty.session !== p.session) throw new Errno('ENOTTY')
  if (pgid < 0) throw new Errno('EINVAL')
  const group = p.pidns.pids.get(pgid)?.group
  if (group === undefined) throw new Errno('ESRCH')
  if (group.session !== p.session) throw new Errno('EPERM')
  fromBackground(p, tty)
  tty.foreground = group
}

export function ttyname(p: Process, fd: number): string {
  const file = p.files.get(fd)
  if (ttyOf(file) === undefined) throw new Errno('ENOTTY')
  return p.kernel.vfs.pathName(p.fs, file.path)
}

/** openpty(3): both ends of a new pty, through /dev/ptmx where there is one. */
export function openpty(p: Process): {
  readonly master: FileDescription
  readonly slave: FileDescription
} {
  return p.kernel.terminals.pair(p.fs)
}

/** The session leader has ended: its terminal is nobody's, and the foreground group is told. */
export function hangupSession(session: Session): void {
  const { tty } = session
  if (tty === undefined) return
  session.tty = undefined
  tty.session = undefined
  const group = tty.foreground
  tty.foreground = undefined
  signalGroup(group, SIGNALS.HUP)
  signalGroup(group, SIGNALS.CONT)
}
