import type { Program } from '#linux/syscalls.ts'
import { strace } from './strace.ts'

export const programs: readonly Program[] = [strace]
