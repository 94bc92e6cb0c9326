import type { Program } from '#linux/syscalls.ts'
import { programs as coreutils } from './coreutils/index.ts'
import { programs as grep } from './grep/index.ts'
import { programs as systemd } from './systemd/index.ts'

/** All packages that have programs. */
const PACKAGES: readonly (readonly Program[])[] = [coreutils, grep, systemd]

const BY_NAME = new Map(PACKAGES.flatMap((programs) => programs.map((p) => [p.name, p] as const)))
const BY_BASE = new Map(PACKAGES.flatMap((programs) => programs.map((p) => [base(p.name), p] as const)))

function base(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

/** The program an executable's header names, `coreutils/ls`. A program filed under another package is found by its own name. */
export function program(name: string): Program | undefined {
  return BY_NAME.get(name) ?? BY_BASE.get(base(name))
}

/** Names of all programs, for tests and listings. */
export function names(): string[] {
  return [...BY_NAME.keys()].sort()
}
