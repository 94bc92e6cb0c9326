import type { Program } from '#linux/syscalls.ts'
import { lsns } from './lsns.ts'
import { nsenter } from './nsenter.ts'
import { unshare } from './unshare.ts'

export const programs: readonly Program[] = [lsns, nsenter, unshare]
