import type { Program } from '#linux/syscalls.ts'
import { ncal } from './cal.ts'

export const programs: readonly Program[] = [ncal]
