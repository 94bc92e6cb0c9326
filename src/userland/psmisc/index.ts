import type { Program } from '#linux/syscalls.ts'
import { fuser } from './fuser.ts'
import { killall } from './killall.ts'
import { lsof } from './lsof.ts'
import { pstree } from './pstree.ts'

export const programs: readonly Program[] = [fuser, killall, lsof, pstree]
