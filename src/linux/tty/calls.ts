import { Errno } from '../errno.ts'
import type { Process } from '../process/process.ts'
import type { Session } from '../process/pid.ts'
import type { Termios, WinSize } from '../syscalls.ts'
import type { FileDescription } from '../vfs/types.ts'
export function opened(_p: Process, _f: FileDescription, _flags: number): void {}
export function isatty(_p: Process, _fd: number): boolean { return false }
interface T { termios: Termios; size: WinSize; resize(s: WinSize): void }
export function terminal(_p: Process, _fd: number): T { throw new Errno('ENOTTY') }
export function tcsetattr(_p: Process, _fd: number, _t: Termios, _w: string): void { throw new Errno('ENOTTY') }
export function tcgetpgrp(_p: Process, _fd: number): number { throw new Errno('ENOTTY') }
export function tcsetpgrp(_p: Process, _fd: number, _g: number): void { throw new Errno('ENOTTY') }
export function ttyname(_p: Process, _fd: number): string { throw new Errno('ENOTTY') }
export function setControllingTty(_p: Process, _fd: number): void { throw new Errno('ENOTTY') }
export function openpty(_p: Process): { master: FileDescription; slave: FileDescription } { throw new Errno('ENOSYS') }
export function hangupSession(_s: Session): void {}
