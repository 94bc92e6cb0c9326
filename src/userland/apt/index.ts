import type { Program } from '#linux/syscalls.ts'
import { apt } from './apt.ts'
import { dpkg } from './dpkg.ts'
import { updateAlternatives } from './update-alternatives.ts'

/** The Debian packages apt and dpkg, over a modelled mirror (`catalogue.ts`). */
export const programs: readonly Program[] = [...apt, ...dpkg, updateAlternatives]
