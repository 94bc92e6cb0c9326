import type { Program } from '#linux/syscalls.ts'
import { gunzipProgram, gzip, zcat } from './gzip.ts'
import { scripts } from './scripts.ts'

export const programs: readonly Program[] = [gunzipProgram, gzip, zcat, ...scripts]
