import type { Program } from '#linux/syscalls.ts'
import { find } from './find.ts'
import { xargs } from './xargs.ts'

export const programs: readonly Program[] = [find, xargs]
