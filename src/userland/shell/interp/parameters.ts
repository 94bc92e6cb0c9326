import type { Run } from './flow.ts'
import { dashLetters } from './options.ts'
import type { Shell } from './shell.ts'

/** Names of set variables that begin with `prefix`, sorted. */
export function variableNames(sh: Shell, prefix: string): string[] {
  return [...sh.scope.table.values()]
    .filter((v) => v.name.startsWith(prefix) && (v.isSet || v.isArray))
    .map((v) => v.name)
    .sort((a, b) => (a < b ? -1 : 1))
}

/** `$?`, `$#`, `$1` …; undefined when unset. */
export function special(sh: Shell, name: string): string | undefined {
  switch (name) {
    case '?':
      return String(sh.lastStatus)
    case '#':
      return String(sh.positional.length)
    case '$':
      return String(sh.mainPid)
    case '!':
      return sh.lastBackground === undefined ? undefined : String(sh.lastBackground)
    case '-':
      return dashLetters(sh.options, { interactive: sh.interactive, command: sh.commandString, stdin: sh.readingStdin })
    case '0':
      return sh.arg0
    default:
      return sh.positional[Number(name) - 1]
  }
}

/** The environment of a command. */
export function environment(sh: Shell): string[] {
  const out: string[] = [...sh.foreignEnvironment]
  for (const v of sh.scope.table.values()) {
    if (v.exported && v.dynamic === undefined && v.array === undefined && v.assoc === undefined && v.value !== undefined && !v.nameref)
      out.push(`${v.name}=${v.value}`)
  }
  for (const [name, f] of sh.functions) if (f.exported) out.push(`BASH_FUNC_${name}%%=${sh.functionText(f)}`)
  return out
}

/** Home of a user from /etc/passwd; of the present one without a name. */
export function* homeOf(sh: Shell, name: string | undefined): Run<string | undefined> {
  const key = name ?? ''
  const known = sh.homes.get(key)
  if (known !== undefined) return known
  const text = yield* sh.readFile('/etc/passwd')
  const uid = String(sh.proc.credentials().uid)
  for (const line of (text ?? '').split('\n')) {
    const f = line.split(':')
    if (f.length >= 6 && (name === undefined ? f[2] === uid : f[0] === name)) {
      sh.homes.set(key, f[5] as string)
      return f[5]
    }
  }
  return undefined
}
