import type { Program } from '#linux/syscalls.ts'
import { jq } from './jq.ts'

export const programs: readonly Program[] = [jq]
