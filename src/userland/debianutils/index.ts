import type { Program } from '#linux/syscalls.ts'
import { which } from './which.ts'

export const programs: readonly Program[] = [which]
