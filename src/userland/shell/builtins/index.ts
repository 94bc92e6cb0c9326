import type { Shell } from '../interp/shell.ts'
import type { Builtin } from './builtin.ts'
import { completing } from './completion.ts'
import { control } from './control.ts'
import { declarations } from './declare.ts'
import { directories } from './directories.ts'
import { historical } from './history.ts'
import { jobControl } from './jobs.ts'
import { names } from './names.ts'
import { output } from './output.ts'
import { reading } from './read.ts'
import { settings } from './set.ts'
import { system } from './system.ts'
import { tests } from './test.ts'

export type { Builtin }

/** POSIX's special builtins: found before functions in posix mode, and their failures end a script. */
export const SPECIAL_BUILTINS = new Set([
  '.',
  ':',
  'break',
  'continue',
  'eval',
  'exec',
  'exit',
  'export',
  'readonly',
  'return',
  'set',
  'shift',
  'source',
  'times',
  'trap',
  'unset',
])

const BASH = new Map<string, Builtin>()

/** What dash has; busybox's ash is near enough. */
const DASH = [
  '.',
  ':',
  '[',
  'alias',
  'bg',
  'break',
  'cd',
  'command',
  'continue',
  'echo',
  'eval',
  'exec',
  'exit',
  'export',
  'false',
  'fg',
  'getopts',
  'hash',
  'jobs',
  'kill',
  'local',
  'printf',
  'pwd',
  'read',
  'readonly',
  'return',
  'set',
  'shift',
  'test',
  'times',
  'trap',
  'true',
  'type',
  'ulimit',
  'umask',
  'unalias',
  'unset',
  'wait',
]
const DASH_TABLE = new Map<string, Builtin>()

export function builtins(sh: Shell): ReadonlyMap<string, Builtin> {
  if (BASH.size === 0) {
    for (const group of [
      control,
      declarations,
      directories,
      output,
      reading,
      settings,
      system,
      tests,
      jobControl,
      names,
      historical,
      completing,
    ])
      for (const [name, fn] of Object.entries(group)) BASH.set(name, fn)
    for (const name of DASH) {
      const fn = BASH.get(name)
      if (fn !== undefined) DASH_TABLE.set(name, fn)
    }
  }
  return sh.isDash ? DASH_TABLE : BASH
}
