import type { Builtin } from './builtin.ts'

export const historical: Readonly<Record<string, Builtin>> = {}
