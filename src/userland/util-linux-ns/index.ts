import type { Program } from '#linux/syscalls.ts'
import { hostname } from './hostname.ts'
import { ipcmk, ipcrm, ipcs } from './ipc.ts'
import { lsns } from './lsns.ts'
import { last, lscpu } from './machine.ts'
import { nsenter } from './nsenter.ts'
import { dmesg, flock, prlimit, setsid } from './processes.ts'
import { chrt, ionice, renice, taskset } from './scheduling.ts'
import { setpriv } from './setpriv.ts'
import { runuser, su } from './su.ts'
import { unshare } from './unshare.ts'

export const programs: readonly Program[] = [
  chrt,
  dmesg,
  flock,
  hostname,
  ionice,
  ipcmk,
  ipcrm,
  ipcs,
  last,
  lscpu,
  lsns,
  nsenter,
  prlimit,
  renice,
  runuser,
  setpriv,
  setsid,
  su,
  taskset,
  unshare,
]
