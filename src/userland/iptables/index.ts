import { Errno } from '#linux/errno.ts'
import { ResolveError, resolve, reverse } from '#linux/http/resolver.ts'
import {
  ChainError,
  type Command,
  execute,
  list,
  listCommands,
  parseCommand,
  RestoreError,
  restore,
  save,
  VERSION,
} from '#linux/net/iptables.ts'
import { RuleError } from '#linux/net/match.ts'
import { type Netfilter, TABLES, Table, type TableName } from '#linux/net/netfilter.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import { decode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { isErrno, readAll, readFile, say } from '../lib/io.ts'
import { baseName } from '../lib/program.ts'

type Flavour = 'nf_tables' | 'legacy'

const LEGACY_WARNING = '# Warning: iptables-legacy tables present, use iptables-legacy to see them\n'

/** What both multi-call binaries do; the name they are called by says which program they are. */
function multi(name: string, flavour: Flavour): Program {
  return {
    name,
    main: (proc) => dispatch(proc, baseName(proc.argv[0] ?? 'iptables'), flavour),
  }
}

function* dispatch(proc: Proc, called: string, flavour: Flavour): Sim<number> {
  const args = called.startsWith('xtables') ? proc.argv.slice(2) : proc.argv.slice(1)
  const name = called.startsWith('xtables') ? (proc.argv[1] ?? 'iptables') : called
  const shown = name.replace(/-(nft|legacy)/, '')
  const v6 = name.startsWith('ip6tables')
  if (args.includes('--version') || args.includes('-V')) {
    yield* say(proc, 1, `${shown} v${VERSION} (${flavour})\n`)
    return 0
  }
  let nf: Netfilter
  try {
    nf = proc.net.netfilter
  } catch (error) {
    if (!isErrno(error)) throw error
    yield* say(
      proc,
      2,
      flavour === 'legacy'
        ? `${shown} v${VERSION} (legacy): can't initialize ${shown} table \`filter': Permission denied (you must be root)\nPerhaps ${shown} or your kernel needs to be upgraded.\n`
        : `${shown} v${VERSION} (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)\n`,
    )
    return flavour === 'legacy' ? 3 : 4
  }
  if (v6 || flavour === 'legacy') return yield* empty(proc, nf, shown, args, flavour, v6)
  if (shown.endsWith('-save')) return yield* saveProgram(proc, nf, args)
  if (shown.endsWith('-restore')) return yield* restoreProgram(proc, nf, shown, args)
  return yield* iptables(proc, nf, shown, args, flavour)
}

/** Rule sets that exist only empty here: IPv6 and the legacy tables. They can be listed; changing them is not modelled. */
function* empty(proc: Proc, nf: Netfilter, shown: string, args: readonly string[], flavour: Flavour, v6: boolean): Sim<number> {
  if (flavour === 'legacy' && !v6) nf.legacyTables = true
  if (shown.endsWith('-save')) {
    if (flavour === 'legacy') {
      const blank = { ns: nf.ns, tables: new Map([['filter' as TableName, new Table('filter')]]) }
      yield* say(proc, 1, save(blank as Netfilter, undefined, false, ''))
    }
    return 0
  }
  if (shown.endsWith('-restore')) {
    const text = decode(yield* readAll(proc, 0))
    if (!/^-[AI]/m.test(text)) return 0
    yield* say(proc, 2, `podlab: ${shown} (${v6 ? 'IPv6' : 'legacy'}) rules are not modelled\n`)
    return 1
  }
  try {
    const c = parseCommand(args.filter((a) => a !== '-6'))
    const table = new Table(c.table)
    if (c.op === 'L') yield* say(proc, 1, list(table, c.chain, c))
    else if (c.op === 'S') yield* say(proc, 1, listCommands(table, c.chain))
    else if (c.op !== 'F' && c.op !== 'X' && c.op !== 'Z' && !(c.op === 'P' && c.argument === 'ACCEPT')) {
      yield* say(proc, 2, `podlab: ${shown} ${v6 ? 'for IPv6' : 'with legacy tables'} is only modelled without rules\n`)
      return 1
    }
    return 0
  } catch (error) {
    return yield* explain(proc, shown, flavour, error)
  }
}

/** Host names among the addresses of a command. */
function* lookUp(proc: Proc, args: readonly string[]): Sim<Map<string, readonly string[]>> {
  const out = new Map<string, readonly string[]>()
  for (let i = 0; i + 1 < args.length; i++) {
    const value = args[i + 1] as string
    if (!['-s', '-d', '--source', '--destination', '--src', '--dst'].includes(args[i] as string) || /^[0-9./,]+$/.test(value)) continue
    try {
      out.set(
        value,
        (yield* resolve(proc, value, true)).addresses.filter((a) => !a.includes(':')),
      )
    } catch (error) {
      if (!(error instanceof ResolveError)) throw error
    }
  }
  return out
}

function* iptables(proc: Proc, nf: Netfilter, shown: string, args: readonly string[], flavour: Flavour): Sim<number> {
  try {
    const names = yield* lookUp(proc, args)
    const c = parseCommand(args, undefined, (name) => names.get(name))
    if (c.op === 'L' || c.op === 'S') return yield* show(proc, nf, c)
    execute(nf, c)
    return 0
  } catch (error) {
    return yield* explain(proc, shown, flavour, error)
  }
}

function* show(proc: Proc, nf: Netfilter, c: Command): Sim<number> {
  const table = nf.tables.get(c.table) ?? new Table(c.table)
  if (c.chain !== undefined && !table.chains.has(c.chain)) {
    // The nft program takes a chain it doesn't find for one that only nft may touch.
    throw c.op === 'L'
      ? new ChainError(`chain \`${c.chain}' in table \`${c.table}' is incompatible, use 'nft' tool.`, 1, true)
      : new ChainError('No chain/target/match by that name.')
  }
  if (nf.legacyTables) yield* say(proc, 2, LEGACY_WARNING)
  if (c.op === 'S') yield* say(proc, 1, listCommands(table, c.chain, c.verbose, c.number))
  else {
    const reversed = new Map<string, string>()
    if (!c.numeric) for (const ip of hostAddresses(table)) reversed.set(ip, (yield* reverse(proc, ip)) ?? ip)
    yield* say(proc, 1, list(table, c.chain, { ...c, reverse: (ip) => reversed.get(ip) }))
  }
  return 0
}

function hostAddresses(table: Table): Set<string> {
  const out = new Set<string>()
  const show_ = (n: number): string => `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`
  for (const chain of table.chains.values()) {
    for (const rule of chain.rules)
      for (const side of [rule.source, rule.destination]) if (side?.value.prefix === 32) out.add(show_(side.value.network))
  }
  return out
}

function* explain(proc: Proc, shown: string, flavour: Flavour, error: unknown): Sim<number> {
  if (error instanceof RuleError) {
    const text = error.message.startsWith('podlab:')
      ? `${error.message}\n`
      : `${shown} v${VERSION} (${flavour}): ${error.message.trimEnd()}\n${error.hint ? `Try \`${shown} -h' or '${shown} --help' for more information.\n` : ''}`
    yield* say(proc, 2, text)
    return error.exit
  }
  if (error instanceof ChainError) {
    yield* say(
      proc,
      2,
      error.versioned
        ? `${shown} v${VERSION} (${flavour}): ${error.message}\n${error.exit === 2 ? `Try \`${shown} -h' or '${shown} --help' for more information.\n` : ''}`
        : `${shown}: ${error.message}\n`,
    )
    return error.exit
  }
  throw error
}

function tableArgument(args: readonly string[]): string | undefined {
  const at = args.findIndex((a) => a === '-t' || a === '--table' || a === '-T')
  return at < 0 ? undefined : args[at + 1]
}

function* saveProgram(proc: Proc, nf: Netfilter, args: readonly string[]): Sim<number> {
  const name = tableArgument(args)
  const table = TABLES.find((t) => t === name)
  if (name !== undefined && table === undefined) {
    yield* say(proc, 2, `iptables-save v${VERSION} (nf_tables): Table \`${name}' does not exist\n`)
    return 1
  }
  yield* say(proc, 1, save(nf, table, args.includes('-c') || args.includes('--counters')))
  if (nf.legacyTables) yield* say(proc, 2, LEGACY_WARNING.replace('iptables-legacy to', 'iptables-legacy-save to'))
  return 0
}

function* restoreProgram(proc: Proc, nf: Netfilter, shown: string, args: readonly string[]): Sim<number> {
  const files = args.filter((a, i) => !a.startsWith('-') && !/^-(T|-table|w|W)$/.test(args[i - 1] ?? ''))
  let text: string
  try {
    text = decode(files[0] === undefined ? yield* readAll(proc, 0) : yield* readFile(proc, files[0]))
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    yield* say(proc, 2, `Can't open ${files[0]}: No such file or directory\n`)
    return 1
  }
  try {
    restore(nf, text, {
      noflush: args.includes('-n') || args.includes('--noflush'),
      counters: args.includes('-c') || args.includes('--counters'),
      test: args.includes('-t') || args.includes('--test'),
    })
    return 0
  } catch (error) {
    if (!(error instanceof RestoreError)) throw error
    const { reason, line } = error
    if (reason instanceof RuleError || (reason instanceof ChainError && reason.versioned)) {
      yield* say(
        proc,
        2,
        `${shown} v${VERSION} (nf_tables): ${reason.message.trimEnd()}\nError occurred at line: ${line}\nTry \`${shown} -h' or '${shown} --help' for more information.\n`,
      )
      return 2
    }
    if (reason instanceof ChainError) yield* say(proc, 2, `${shown}: line ${line} failed: ${reason.message}\n`)
    else if (error.message.startsWith('COMMIT')) yield* say(proc, 2, `${shown}: COMMIT expected at line ${line}\n`)
    else
      yield* say(
        proc,
        2,
        error.message.startsWith('table') ? `${shown} v${VERSION} (nf_tables): ${error.message}\n` : `${shown}: ${error.message}\n`,
      )
    return error.exit
  }
}

/** The Debian package iptables: both of its multi-call binaries. */
export const programs: readonly Program[] = [
  multi('iptables/xtables-nft-multi', 'nf_tables'),
  multi('iptables/xtables-legacy-multi', 'legacy'),
]
