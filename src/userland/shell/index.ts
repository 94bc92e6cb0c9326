import type { Program } from '#linux/syscalls.ts'
import { shellMain } from './main.ts'

export { shellMain } from './main.ts'

/** The shells: bash, Debian's /bin/sh (dash), and busybox's. */
export const programs: readonly Program[] = [
  { name: 'bash/bash', main: (proc) => shellMain(proc, 'bash') },
  { name: 'dash/dash', main: (proc) => shellMain(proc, 'dash') },
  { name: 'dash/sh', main: (proc) => shellMain(proc, 'dash') },
  { name: 'busybox/sh', main: (proc) => shellMain(proc, 'busybox') },
]
