import type { Program } from '#linux/syscalls.ts'
import { ps } from './ps.ts'

/** Applets of busybox that differ from the programs they are named after. */
export const programs: readonly Program[] = [ps]
