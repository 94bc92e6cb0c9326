import type { Program } from '#linux/syscalls.ts'
import { hostname } from './hostname.ts'

export const programs: readonly Program[] = [hostname]
