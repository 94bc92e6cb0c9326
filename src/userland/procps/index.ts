import type { Program } from '#linux/syscalls.ts'
import { kill } from './kill.ts'
import { pgrep, pkill } from './pgrep.ts'
import { pidof } from './pidof.ts'
import { ps } from './ps.ts'
import { sysctl } from './sysctl.ts'
import { free, uptime, vmstat, w } from './system.ts'
import { top } from './top.ts'
import { watch } from './watch.ts'

export const programs: readonly Program[] = [free, kill, pgrep, pidof, pkill, ps, sysctl, top, uptime, vmstat, w, watch]
