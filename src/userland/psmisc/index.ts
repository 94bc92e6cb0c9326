import type { Program } from '#linux/syscalls.ts'

export const programs: readonly Program[] = []
