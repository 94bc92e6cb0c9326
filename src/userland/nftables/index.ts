import type { Table } from '#linux/net/netfilter.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { isErrno, say } from '../lib/io.ts'
import { nftTable } from './translate.ts'

const WRITING = ['add', 'create', 'insert', 'delete', 'destroy', 'replace', 'rename', 'flush', 'reset', 'import']

const HELP = `Usage: nft [ options ] [ cmds... ]

Options that are modelled:
  -h, --help                     Show this help
  -v, --version                  Show version information
  -n, --numeric                  Print fully numerical output
  -s, --stateless                (rules are shown with counters)

Commands that are modelled:
  list ruleset | tables | chains [ip]
  list table ip TABLE
  list chain ip TABLE CHAIN
`

/** The line of the command and what of it is wrong, underlined. */
function* missing(proc: Proc, words: readonly string[], at: number): Sim<number> {
  const line = words.join(' ')
  const before = words.slice(0, at).join(' ').length + (at > 0 ? 1 : 0)
  const wrong = '^'.repeat((words[at] ?? '').length || 1)
  yield* say(proc, 2, `Error: No such file or directory\n${line}\n${' '.repeat(before)}${wrong}\n`)
  return 1
}

function* syntax(proc: Proc, words: readonly string[], at: number): Sim<number> {
  const word = words[at]
  const line = words.join(' ')
  const before = words.slice(0, at).join(' ').length + (at > 0 ? 1 : 0)
  const what = word === undefined ? 'unexpected end of file' : `unexpected ${word}`
  yield* say(proc, 2, `Error: syntax error, ${what}\n${line}\n${' '.repeat(before)}${'^'.repeat(word?.length || 1)}\n`)
  return 1
}

function* show(proc: Proc, table: Table, only: string | undefined): Sim<void> {
  yield* say(proc, 2, `# Warning: table ip ${table.name} is managed by iptables-nft, do not touch!\n`)
  yield* say(proc, 1, nftTable(table, only, true))
}

function* list(proc: Proc, words: readonly string[]): Sim<number> {
  const { tables } = proc.net.netfilter
  const what = words[1]
  // The family may be left out: it is ip.
  const family = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'].find((f) => f === words[2])
  const at = family === undefined ? 2 : 3
  const own = family === undefined || family === 'ip'
  if (what === 'ruleset') {
    if (own) for (const table of tables.values()) yield* show(proc, table, undefined)
    return 0
  }
  if (what === 'tables') {
    if (own) for (const table of tables.values()) yield* say(proc, 1, `table ip ${table.name}\n`)
    return 0
  }
  if (what === 'chains') {
    if (own) for (const table of tables.values()) yield* say(proc, 1, nftTable(table, undefined, false))
    return 0
  }
  if (what === 'sets' || what === 'maps' || what === 'counters' || what === 'flowtables') return 0
  if (what !== 'table' && what !== 'chain') return yield* syntax(proc, words, 1)
  const name = words[at]
  if (name === undefined) return yield* syntax(proc, words, at)
  const table = own ? [...tables.values()].find((t) => t.name === name) : undefined
  if (table === undefined) return yield* missing(proc, words, at)
  if (what === 'table') {
    yield* show(proc, table, undefined)
    return 0
  }
  const chain = words[at + 1]
  if (chain === undefined) return yield* syntax(proc, words, at + 1)
  if (!table.chains.has(chain)) return yield* missing(proc, words, at + 1)
  yield* show(proc, table, chain)
  return 0
}

/** nft(8). Differs: shows what iptables has written, in tables of family ip; no rules of its own, no handles. */
const nft: Program = {
  name: 'nftables/nft',
  *main(proc) {
    const args = proc.argv.slice(1)
    if (args.some((a) => a === '-v' || a === '--version')) {
      yield* say(proc, 1, 'nftables v1.0.6 (Lester Gooch #5)\n')
      return 0
    }
    if (args.some((a) => a === '-h' || a === '--help')) {
      yield* say(proc, 1, HELP)
      return 0
    }
    const shown = ['-n', '--numeric', '-y', '-S', '-p', '-N']
    const refused = args.find((a) => a.startsWith('-') && !shown.includes(a))
    if (refused !== undefined) {
      yield* say(proc, 2, `podlab: nft ${refused} is not modelled\n`)
      return 1
    }
    const words = args
      .filter((a) => !a.startsWith('-'))
      .join(' ')
      .split(/\s+/)
      .filter((w) => w !== '')
    try {
      if (words[0] === undefined) {
        yield* say(proc, 2, 'nft: no command specified\n')
        return 1
      }
      if (words[0] === 'list') return yield* list(proc, words)
      if (WRITING.includes(words[0])) {
        yield* say(proc, 2, `podlab: nft ${words[0]} is not modelled: rules are written with iptables\n`)
        return 1
      }
      return yield* syntax(proc, words, 0)
    } catch (error) {
      if (!isErrno(error) || error.code !== 'EPERM') throw error
      yield* say(
        proc,
        2,
        'Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed: Operation not permitted\n',
      )
      return 1
    }
  },
}

export const programs: readonly Program[] = [nft]
