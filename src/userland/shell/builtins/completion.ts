import type { Builtin } from './builtin.ts'

export const completing: Readonly<Record<string, Builtin>> = {}
