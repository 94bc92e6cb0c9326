import type { Program } from '#linux/syscalls.ts'
import { yq } from './yq.ts'

export const programs: readonly Program[] = [yq]
