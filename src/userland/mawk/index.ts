import type { Program } from '#linux/syscalls.ts'
import { mawk } from './mawk.ts'

export const programs: readonly Program[] = [mawk]
