import type { Program } from '#linux/syscalls.ts'
import { sed } from './sed.ts'

export const programs: readonly Program[] = [sed]
