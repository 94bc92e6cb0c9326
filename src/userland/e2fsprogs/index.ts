import type { Program } from '#linux/syscalls.ts'
import { mke2fs } from './mke2fs.ts'

export const programs: readonly Program[] = [mke2fs, { ...mke2fs, name: 'e2fsprogs/mkfs.ext4' }]
