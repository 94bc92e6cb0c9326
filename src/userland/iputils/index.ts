import type { Program } from '#linux/syscalls.ts'
import { ping } from './ping.ts'

/** The Debian packages iputils-ping (and, under one name, its relatives). */
export const programs: readonly Program[] = [ping]
