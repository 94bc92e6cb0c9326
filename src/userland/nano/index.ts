import type { Program } from '#linux/syscalls.ts'
import { nano } from './nano.ts'

export const programs: readonly Program[] = [nano]
