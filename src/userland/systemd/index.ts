import type { Program } from '#linux/syscalls.ts'
import { daemons } from './daemons.ts'
import { journald, networkd, udevadm } from './small.ts'
import { systemd } from './systemd.ts'

export const programs: readonly Program[] = [systemd, journald, networkd, udevadm, ...daemons]
