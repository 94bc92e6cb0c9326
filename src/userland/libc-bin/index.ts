import type { Program } from '#linux/syscalls.ts'
import { getent } from './getent.ts'
import { ldd } from './ldd.ts'
import { locale } from './locale.ts'

/** The Debian package libc-bin. */
export const programs: readonly Program[] = [getent, ldd, locale]
