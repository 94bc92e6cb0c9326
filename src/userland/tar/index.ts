import type { Program } from '#linux/syscalls.ts'
import { tar } from './tar.ts'

export const programs: readonly Program[] = [tar]
