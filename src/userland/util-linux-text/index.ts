import type { Program } from '#linux/syscalls.ts'
import { col } from './col.ts'
import { column } from './column.ts'
import { getopt } from './getopt.ts'
import { logger, script, whereis } from './small.ts'

export const programs: readonly Program[] = [col, column, getopt, logger, script, whereis]
