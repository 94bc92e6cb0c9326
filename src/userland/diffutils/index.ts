import type { Program } from '#linux/syscalls.ts'
import { cmp } from './cmp.ts'
import { diff } from './diff.ts'

export const programs: readonly Program[] = [cmp, diff]
