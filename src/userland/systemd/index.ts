import type { Program } from '#linux/syscalls.ts'
import { daemons } from './daemons.ts'
import { journalctl } from './journalctl.ts'
import { journald } from './journald.ts'
import { networkd, udevadm } from './small.ts'
import { systemctl } from './systemctl.ts'
import { systemd } from './systemd.ts'
import { tools } from './tools.ts'

export const programs: readonly Program[] = [systemd, journald, networkd, udevadm, systemctl, journalctl, ...tools, ...daemons]
