import type { Program } from '#linux/syscalls.ts'
import { bridge } from './bridge.ts'
import { ip } from './ip.ts'
import { ss } from './ss.ts'

/** The Debian package iproute2. */
export const programs: readonly Program[] = [ip, bridge, ss]
