import type { Program } from '#linux/syscalls.ts'

/** The program an executable's header names: all of the userland and kubectl, at once or loaded when first run. */
export type Programs = (name: string) => Program | undefined
