import type { Program } from '#linux/syscalls.ts'
import { dir, ls, vdir } from './ls.ts'

export const programs: readonly Program[] = [dir, ls, vdir]
