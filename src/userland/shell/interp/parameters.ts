import { encode } from '#sim/bytes.ts'
import type { Run } from './flow.ts'
import { dashLetters } from './options.ts'
import type { Shell } from './shell.ts'
import type { Scope, Variable } from './variables.ts'

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
      if (sh.isDash) return dashLetters({ ...sh.options, hashall: false }, { interactive: false, command: false, stdin: sh.readingStdin })
      return dashLetters(sh.options, { interactive: sh.interactive, command: sh.commandString, stdin: sh.readingStdin })
    case '0':
      return sh.arg0
    default:
      return sh.positional[Number(name) - 1]
  }
}

/** Buckets of bash's tables: of global variables, and of a function's or a command's own. */
const GLOBAL_BUCKETS = 1024
const LOCAL_BUCKETS = 4
/** A table grows when it has this many entries a bucket, by {@link GROWTH}. */
const LOAD = 2
const GROWTH = 4

/** The bucket of a name: FNV-1, 32 bits. */
function bucketOf(name: string, buckets: number): number {
  let h = 2_166_136_261
  for (const byte of encode(name)) h = Math.imul(h, 16_777_619) ^ byte
  return (h >>> 0) & (buckets - 1)
}

/** Variables of one of bash's tables in its order: by bucket, the newest first. */
function* inBuckets(variables: readonly Variable[], least: number): Iterable<Variable> {
  let buckets = least
  while (variables.length >= buckets * LOAD) buckets *= GROWTH
  const newest = [...variables].reverse()
  const place = new Map(newest.map((v) => [v, bucketOf(v.name, buckets)]))
  yield* newest.sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0))
}

/** Variables as bash goes through them for the environment: those of the innermost frame first. */
function* tableOrder(scope: Scope): Iterable<Variable> {
  const done = new Set<string>()
  for (const frame of scope.frames.toReversed()) {
    const own = [...frame.saved.keys()].filter((name) => !done.has(name))
    for (const name of own) done.add(name)
    yield* inBuckets(
      own.flatMap((name) => scope.raw(name) ?? []),
      LOCAL_BUCKETS,
    )
  }
  yield* inBuckets(
    [...scope.table.values()].filter((v) => !done.has(v.name)),
    GLOBAL_BUCKETS,
  )
}

/** The environment of a command. */
export function environment(sh: Shell): string[] {
  const out: string[] = [...sh.foreignEnvironment]
  for (const v of sh.isDash ? sh.scope.table.values() : tableOrder(sh.scope)) {
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
