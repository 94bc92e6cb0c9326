import type { Program } from '#linux/syscalls.ts'
import { less, more } from './less.ts'

export const programs: readonly Program[] = [less, more]
