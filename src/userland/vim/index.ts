import type { Program } from '#linux/syscalls.ts'
import { vimPrograms } from './vim.ts'
import { hexdump, rev, xxd } from './xxd.ts'

export const programs: readonly Program[] = [hexdump, rev, xxd, ...vimPrograms]
