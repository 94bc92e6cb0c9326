import type { Program } from '#linux/syscalls.ts'
import { capsh } from './capsh.ts'
import { getcap, getpcaps, setcap } from './files.ts'

export const programs: readonly Program[] = [capsh, getcap, getpcaps, setcap]
