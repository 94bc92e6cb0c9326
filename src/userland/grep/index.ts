import type { Program } from '#linux/syscalls.ts'
import { egrep, fgrep, grep } from './grep.ts'

export const programs: readonly Program[] = [egrep, fgrep, grep]
