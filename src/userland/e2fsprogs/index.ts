import type { Program } from '#linux/syscalls.ts'
import { chattr, lsattr } from './attributes.ts'
import { mke2fs } from './mke2fs.ts'

export const programs: readonly Program[] = [chattr, lsattr, mke2fs, { ...mke2fs, name: 'e2fsprogs/mkfs.ext4' }]
