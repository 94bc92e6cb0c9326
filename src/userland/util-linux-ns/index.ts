import type { Program } from '#linux/syscalls.ts'
import { lsns } from './lsns.ts'
import { nsenter } from './nsenter.ts'
import { dmesg, flock, prlimit, setsid } from './processes.ts'
import { chrt, ionice, renice, taskset } from './scheduling.ts'
import { setpriv } from './setpriv.ts'
import { unshare } from './unshare.ts'

export const programs: readonly Program[] = [chrt, dmesg, flock, ionice, lsns, nsenter, prlimit, renice, setpriv, setsid, taskset, unshare]
