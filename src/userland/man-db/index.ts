/**
 * The manual. This package is code of its own: neither the page's first load nor the rest of the userland has it, it comes when
 * somebody runs one of its programs.
 */
import type { Program } from '#linux/syscalls.ts'
import { man } from './man.ts'
import { aproposProgram, whatisProgram } from './whatis.ts'

export const programs: readonly Program[] = [man, whatisProgram, aproposProgram]
