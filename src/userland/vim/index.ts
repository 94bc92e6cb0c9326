import type { Program } from '#linux/syscalls.ts'
import { hexdump, rev, xxd } from './xxd.ts'
import { vimPrograms } from './vim.ts'

export const programs: readonly Program[] = [hexdump, rev, xxd, ...vimPrograms]
