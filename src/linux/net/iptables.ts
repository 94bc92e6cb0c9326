/**
 * iptables as text: rules from arguments and back, iptables-save, iptables-restore, listings. The programs of the
 * `iptables` package and kube-proxy use it. Looks like iptables 1.8.9 (nf_tables).
 */
import { type CivilTime, civil } from '#sim/time.ts'
import { type Cidr, formatCidr, formatIp4, maskOf, parseCidr } from './address.ts'
import { type MatchParser, matchParser, RuleError } from './match.ts'
import { BUILTIN, Chain, type Negatable, type Netfilter, type Rule, TABLES, type Table, type TableName } from './netfilter.ts'
import { protocolName, protocolNumber } from './services.ts'
import { allowedIn, type TargetParser, targetParser } from './target.ts'

export const VERSION = '1.8.9'

/** A command of iptables(8) after its arguments were understood. */
export interface Command {
  readonly op: 'A' | 'I' | 'D' | 'R' | 'C' | 'L' | 'S' | 'F' | 'Z' | 'N' | 'X' | 'P' | 'E'
  readonly table: TableName
  readonly chain: string | undefined
  readonly number: number | undefined
  readonly rules: readonly Rule[]
  /** -P: the policy; -E: the new name. */
  readonly argument: string | undefined
  readonly numeric: boolean
  readonly verbose: boolean
  readonly exact: boolean
  readonly lineNumbers: boolean
}

const COMMANDS: Readonly<Record<string, Command['op']>> = {
  '-A': 'A',
  '--append': 'A',
  '-I': 'I',
  '--insert': 'I',
  '-D': 'D',
  '--delete': 'D',
  '-R': 'R',
  '--replace': 'R',
  '-C': 'C',
  '--check': 'C',
  '-L': 'L',
  '--list': 'L',
  '-S': 'S',
  '--list-rules': 'S',
  '-F': 'F',
  '--flush': 'F',
  '-Z': 'Z',
  '--zero': 'Z',
  '-N': 'N',
  '--new-chain': 'N',
  '--new': 'N',
  '-X': 'X',
  '--delete-chain': 'X',
  '-P': 'P',
  '--policy': 'P',
  '-E': 'E',
  '--rename-chain': 'E',
}

const ALIASES: Readonly<Record<string, string>> = {
  '--source': '-s',
  '--src': '-s',
  '--destination': '-d',
  '--dst': '-d',
  '--protocol': '-p',
  '--proto': '-p',
  '--in-interface': '-i',
  '--out-interface': '-o',
  '--jump': '-j',
  '--goto': '-g',
  '--match': '-m',
  '--table': '-t',
  '--numeric': '-n',
  '--verbose': '-v',
  '--exact': '-x',
  '--wait': '-w',
  '--set-counters': '-c',
}

/** Looks a host name up; undefined when there is none. */
export type Lookup = (name: string) => readonly string[] | undefined

/** Takes the arguments of one command apart; throws {@link RuleError}. `table` is fixed by iptables-restore. */
export function parseCommand(args: readonly string[], table?: TableName, lookup: Lookup = () => undefined): Command {
  return new Parser(args, table, lookup).parse()
}

class Parser {
  readonly #words: string[]
  #at = 0
  #table: TableName
  readonly #fixedTable: boolean
  readonly #lookup: Lookup
  #op: Command['op'] | undefined
  #chain: string | undefined
  #number: number | undefined
  #argument: string | undefined
  #sources: Negatable<Cidr>[] = []
  #destinations: Negatable<Cidr>[] = []
  #in: Negatable<string> | undefined
  #out: Negatable<string> | undefined
  #protocol: Negatable<number> | undefined
  readonly #matches: MatchParser[] = []
  #target: TargetParser | undefined
  #jump: string | undefined
  #goto = false
  #counter = { packets: 0, bytes: 0 }
  #numeric = false
  #verbose = false
  #exact = false
  #lineNumbers = false

  constructor(args: readonly string[], table: TableName | undefined, lookup: Lookup) {
    this.#words = args.flatMap(splitShort)
    this.#table = table ?? 'filter'
    this.#fixedTable = table !== undefined
    this.#lookup = lookup
  }

  #take(option: string): string {
    const word = this.#words[this.#at++]
    if (word === undefined) throw new RuleError(`option "${option}" requires an argument`)
    return word
  }

  #peek(): string | undefined {
    const word = this.#words[this.#at]
    return word === undefined || word.startsWith('-') || word === '!' ? undefined : word
  }

  parse(): Command {
    // The table decides which targets are allowed, so it is looked for first.
    if (!this.#fixedTable) {
      const at = this.#words.findIndex((w) => w === '-t' || w === '--table')
      const name = at < 0 ? undefined : this.#words[at + 1]
      if (name !== undefined) {
        const known = TABLES.find((t) => t === name)
        if (known === undefined)
          throw new RuleError(`table '${name}' does not exist\nPerhaps iptables or your kernel needs to be upgraded.`, 3, false)
        this.#table = known
      }
    }
    while (this.#at < this.#words.length) {
      const word = this.#words[this.#at++] as string
      if (word === '!') {
        const next = this.#words[this.#at++]
        if (next === undefined) throw new RuleError('nothing appropriate following !')
        this.#option(ALIASES[next] ?? next, true)
      } else this.#option(ALIASES[word] ?? word, false)
    }
    if (this.#op === undefined) throw new RuleError('no command specified')
    const rules = this.#op === 'A' || this.#op === 'I' || this.#op === 'D' || this.#op === 'R' || this.#op === 'C' ? this.#rules() : []
    return {
      op: this.#op,
      table: this.#table,
      chain: this.#chain,
      number: this.#number,
      rules,
      argument: this.#argument,
      numeric: this.#numeric,
      verbose: this.#verbose,
      exact: this.#exact,
      lineNumbers: this.#lineNumbers,
    }
  }

  #option(name: string, not: boolean): void {
    const op = COMMANDS[name]
    if (op !== undefined) {
      this.#command(op, name)
      return
    }
    switch (name) {
      case '-t':
        if (this.#fixedTable) throw new RuleError(`The -t option cannot be used in iptables-restore.\n`)
        this.#take(name)
        return
      case '-s':
      case '-d': {
        const list = this.#take(name).split(',')
        for (const text of list)
          (name === '-s' ? this.#sources : this.#destinations).push(...this.#addresses(text).map((value) => ({ value, not })))
        return
      }
      case '-i':
        this.#in = { value: this.#take(name), not }
        return
      case '-o':
        this.#out = { value: this.#take(name), not }
        return
      case '-p': {
        const text = this.#take(name)
        const value = protocolNumber(text)
        if (value === undefined) throw new RuleError(`unknown protocol "${text}" specified`)
        this.#protocol = { value, not }
        return
      }
      case '-m':
        this.#matches.push(matchParser(this.#take(name)))
        return
      case '-j':
      case '-g':
        this.#setTarget(this.#take(name), name === '-g')
        return
      case '-n':
        this.#numeric = true
        return
      case '-v':
        this.#verbose = true
        return
      case '-x':
        this.#exact = true
        return
      case '--line-numbers':
      case '--line-number':
        this.#lineNumbers = true
        return
      case '-w':
      case '-W':
        if (/^\d+$/.test(this.#peek() ?? '')) this.#at++
        return
      case '-4':
      case '-f':
        return
      case '-c': {
        const packets = Number(this.#take(name))
        this.#counter = { packets, bytes: Number(this.#take(name)) }
        return
      }
      default:
    }
    this.#extension(name, not)
  }

  #extension(name: string, not: boolean): void {
    const take = (): string => this.#take(name)
    const has = (): boolean => this.#peek() !== undefined
    if (this.#target?.option(name, not, take, has) === true) return
    for (const match of this.#matches) if (match.option(name, not, take)) return
    const proto = this.#protocol?.not === false ? protocolName(this.#protocol.value) : undefined
    if ((proto === 'tcp' || proto === 'udp' || proto === 'icmp') && !this.#matches.some((m) => m.name === proto)) {
      const match = matchParser(proto)
      if (match.option(name, not, take)) {
        this.#matches.push(match)
        return
      }
    }
    if (name.startsWith('-')) throw new RuleError(`unknown option "${name}"`)
    throw new RuleError(`Bad argument \`${name}'`)
  }

  #command(op: Command['op'], name: string): void {
    if (this.#op !== undefined && !(op === 'Z' && (this.#op === 'L' || this.#op === 'S')))
      throw new RuleError(`Cannot use -${op} with -${this.#op}\n`)
    this.#op ??= op
    switch (op) {
      case 'A':
      case 'N':
      case 'C':
        this.#chain = this.#take(name)
        return
      case 'I':
      case 'D':
        this.#chain = this.#take(name)
        if (/^\d+$/.test(this.#peek() ?? '')) this.#number = Number(this.#take(name))
        return
      case 'R':
        this.#chain = this.#take(name)
        this.#number = Number(this.#take(name))
        return
      case 'P':
      case 'E':
        this.#chain = this.#take(name)
        this.#argument = this.#take(name)
        return
      default:
        this.#chain ??= this.#peek()
        if (this.#chain !== undefined && this.#peek() === this.#chain) this.#at++
        if (/^\d+$/.test(this.#peek() ?? '')) this.#number = Number(this.#take(name))
    }
  }

  #addresses(text: string): Cidr[] {
    const cidr = parseCidr(text)
    if (cidr !== undefined) return [cidr]
    const found = /^[0-9./]+$/.test(text) ? undefined : this.#lookup(text)
    if (found === undefined) throw new RuleError(`host/network \`${text}' not found`)
    return found.map((ip) => parseCidr(ip)).filter((c) => c !== undefined)
  }

  #setTarget(name: string, goto: boolean): void {
    this.#goto = goto
    if (!goto) this.#target = targetParser(name)
    if (this.#target === undefined) this.#jump = name
  }

  /** A rule for every pair of source and destination. */
  #rules(): Rule[] {
    const sources = this.#sources.length === 0 ? [undefined] : this.#sources
    const destinations = this.#destinations.length === 0 ? [undefined] : this.#destinations
    const any = (n: Negatable<Cidr> | undefined): Negatable<Cidr> | undefined =>
      n !== undefined && n.value.prefix === 0 && !n.not ? undefined : n
    return sources.flatMap((source) =>
      destinations.map((destination) => ({
        source: any(source),
        destination: any(destination),
        inInterface: this.#in,
        outInterface: this.#out,
        protocol: this.#protocol?.value === 0 && !this.#protocol.not ? undefined : this.#protocol,
        matches: this.#matches.map((m) => m.finish()),
        target: this.#target?.finish(this.#table),
        jump: this.#jump,
        goto: this.#goto,
        counter: { ...this.#counter },
      })),
    )
  }
}

/** `-nvL` as `-n -v -L`; long options and words stay. */
function splitShort(word: string): string[] {
  if (!/^-[A-Za-z]{2,}$/.test(word)) return [word]
  return [...word.slice(1)].map((c) => `-${c}`)
}

/** Thrown for what the kernel refuses: `iptables: TEXT.` exit 1, without version and hint. */
export class ChainError extends Error {
  override name = 'ChainError'
  readonly exit: number
  /** Whether the program's version stands before the message. */
  readonly versioned: boolean

  constructor(message: string, exit = 1, versioned = false) {
    super(message)
    this.exit = exit
    this.versioned = versioned
  }
}

const NO_CHAIN = 'No chain/target/match by that name.'
const BAD_RULE = 'Bad rule (does a matching rule exist in that chain?).'

/** Carries out a command that changes something; `C` only checks. Throws {@link ChainError}. */
const RULE_WORDS = { A: 'APPEND', I: 'INSERT', R: 'REPLACE' } as const

export function execute(nf: Netfilter, c: Command): void {
  const table = nf.table(c.table)
  const { chain: name = '' } = c
  const chain = table.chains.get(name)
  switch (c.op) {
    case 'A':
    case 'I':
    case 'R':
    case 'D':
    case 'C': {
      if (chain === undefined) {
        if (c.op === 'A' || c.op === 'I' || c.op === 'R' || c.op === 'D')
          throw c.op === 'D' && c.number === undefined ? new ChainError(BAD_RULE) : new ChainError(NO_CHAIN)
        throw new ChainError(NO_CHAIN)
      }
      for (const rule of c.rules) {
        if (rule.jump !== undefined && !table.chains.has(rule.jump)) throw new ChainError(`Chain '${rule.jump}' does not exist`, 2, true)
        if (rule.jump !== undefined && BUILTIN[c.table].some((b) => b === rule.jump))
          throw new ChainError("Invalid argument. Run `dmesg' for more information.")
        const target = rule.target?.name
        if (c.op !== 'D' && c.op !== 'C' && target !== undefined && chain.policy !== undefined && !allowedIn(target, name))
          throw new ChainError(` RULE_${RULE_WORDS[c.op]} failed (Invalid argument): rule in chain ${name}`, 4, true)
      }
      editRules(chain, c)
      break
    }
    case 'F':
      for (const each of chosen(table, c)) each.rules = []
      break
    case 'Z':
      for (const each of chosen(table, c)) {
        each.counter.packets = each.counter.bytes = 0
        for (const rule of each.rules) rule.counter.packets = rule.counter.bytes = 0
      }
      break
    case 'N':
      if (chain !== undefined) throw new ChainError('Chain already exists.')
      if (name.length > 28) throw new ChainError(`chain name \`${name}' too long (must be under 29 chars)`, 2, true)
      table.chains.set(name, new Chain(name, undefined))
      break
    case 'X':
      deleteChains(table, c)
      break
    case 'P':
      if (chain === undefined || chain.policy === undefined)
        throw new ChainError(chain === undefined ? 'Bad built-in chain name.' : 'Bad built-in chain name.')
      if (c.argument !== 'ACCEPT' && c.argument !== 'DROP') throw new ChainError("Bad policy name. Run `dmesg' for more information.")
      chain.policy = c.argument
      break
    case 'E':
      if (chain === undefined) throw new ChainError(NO_CHAIN)
      renameChain(table, chain, c.argument ?? '')
      break
    default:
  }
  nf.changed()
}

function chosen(table: Table, c: Command): Chain[] {
  if (c.chain === undefined) return [...table.chains.values()]
  const chain = table.chains.get(c.chain)
  if (chain === undefined) throw new ChainError(NO_CHAIN)
  return [chain]
}

function editRules(chain: Chain, c: Command): void {
  const rule = c.rules[0]
  switch (c.op) {
    case 'A':
      chain.rules = [...chain.rules, ...c.rules]
      return
    case 'I': {
      const at = (c.number ?? 1) - 1
      if (at < 0 || at > chain.rules.length) throw new ChainError('Index of insertion too big.')
      chain.rules = [...chain.rules.slice(0, at), ...c.rules, ...chain.rules.slice(at)]
      return
    }
    case 'R': {
      const at = (c.number ?? 0) - 1
      if (chain.rules[at] === undefined || rule === undefined) throw new ChainError('Index of replacement too big.')
      chain.rules = chain.rules.map((r, i) => (i === at ? rule : r))
      return
    }
    default:
  }
  if (c.number !== undefined) {
    const at = c.number - 1
    if (chain.rules[at] === undefined) throw new ChainError('Index of deletion too big.')
    chain.rules = chain.rules.filter((_, i) => i !== at)
    return
  }
  for (const wanted of c.rules) {
    const text = saveRule(wanted)
    const at = chain.rules.findIndex((r) => saveRule(r) === text)
    if (at < 0) throw new ChainError(BAD_RULE)
    if (c.op === 'D') chain.rules = chain.rules.filter((_, i) => i !== at)
  }
}

/** How many rules jump to a chain. */
export function references(table: Table, name: string): number {
  let n = 0
  for (const chain of table.chains.values()) for (const rule of chain.rules) if (rule.jump === name) n++
  return n
}

function deleteChains(table: Table, c: Command): void {
  if (c.chain === undefined) {
    const own = [...table.chains.values()].filter((chain) => chain.policy === undefined)
    const busy = own.find((chain) => chain.rules.length > 0 || references(table, chain.name) > 0)
    if (busy !== undefined) throw new ChainError(` CHAIN_DEL failed (Device or resource busy): chain ${busy.name}`, 4, true)
    for (const chain of own) table.chains.delete(chain.name)
    return
  }
  const chain = table.chains.get(c.chain)
  if (chain === undefined) throw new ChainError(NO_CHAIN)
  if (chain.policy !== undefined || chain.rules.length > 0 || references(table, chain.name) > 0) {
    throw new ChainError(` CHAIN_DEL failed (Device or resource busy): chain ${chain.name}`, 4, true)
  }
  table.chains.delete(chain.name)
}

function renameChain(table: Table, chain: Chain, to: string): void {
  if (table.chains.has(to)) throw new ChainError('File exists.')
  const renamed = new Chain(to, undefined)
  renamed.rules = chain.rules
  table.chains.delete(chain.name)
  table.chains.set(to, renamed)
  for (const each of table.chains.values()) each.rules = each.rules.map((r) => (r.jump === chain.name ? { ...r, jump: to } : r))
}

// --- Text ---

function negated(not: boolean): string {
  return not ? ' !' : ''
}

/** A rule as iptables-save prints it, without `-A CHAIN`. */
export function saveRule(r: Rule): string {
  let out = ''
  if (r.source !== undefined) out += `${negated(r.source.not)} -s ${formatCidr(r.source.value)}`
  if (r.destination !== undefined) out += `${negated(r.destination.not)} -d ${formatCidr(r.destination.value)}`
  if (r.inInterface !== undefined) out += `${negated(r.inInterface.not)} -i ${r.inInterface.value}`
  if (r.outInterface !== undefined) out += `${negated(r.outInterface.not)} -o ${r.outInterface.value}`
  if (r.protocol !== undefined) out += `${negated(r.protocol.not)} -p ${protocolName(r.protocol.value) ?? r.protocol.value}`
  for (const m of r.matches) out += ` -m ${m.name}${m.save()}`
  if (r.target !== undefined) out += ` -j ${r.target.name}${r.target.save()}`
  else if (r.jump !== undefined) out += ` ${r.goto ? '-g' : '-j'} ${r.jump}`
  return out
}

/** Chains in the order they are shown: built-in ones, then one's own by name. */
export function orderedChains(table: Table): Chain[] {
  const own = [...table.chains.values()]
    .filter((c) => c.policy === undefined)
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return [...BUILTIN[table.name].map((hook) => table.chains.get(hook) as Chain), ...own]
}

/** `iptables -S`: the table's rules as commands. */
export function listCommands(table: Table, only?: string, withCounters = false, number?: number): string {
  const chains = orderedChains(table).filter((c) => only === undefined || c.name === only)
  const command = (c: Chain, r: Rule): string => `-A ${c.name}${withCounters ? insertCounters(saveRule(r), r) : saveRule(r)}\n`
  if (number !== undefined)
    return chains
      .map((c) =>
        c.rules
          .slice(number - 1, number)
          .map((r) => command(c, r))
          .join(''),
      )
      .join('')
  let out = ''
  for (const c of chains)
    out +=
      c.policy === undefined
        ? `-N ${c.name}\n`
        : `-P ${c.name} ${c.policy}${withCounters ? ` -c ${c.counter.packets} ${c.counter.bytes}` : ''}\n`
  for (const c of chains) for (const r of c.rules) out += command(c, r)
  return out
}

function insertCounters(text: string, r: Rule): string {
  const at = text.search(/ -[jg] /)
  const counters = ` -c ${r.counter.packets} ${r.counter.bytes}`
  return at < 0 ? text + counters : text.slice(0, at) + counters + text.slice(at)
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Mon Nov 23 00:17:04 2026`, ctime(3). */
function ctime(t: CivilTime): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${DAYS[t.weekday]} ${MONTHS[t.month - 1]} ${String(t.day).padStart(2)} ${two(t.hour)}:${two(t.minute)}:${two(t.second)} ${t.year}`
}

/** The text of iptables-save: every table there is, or one. */
export function save(nf: Netfilter, only?: TableName, counters = false, flavour = ' (nf_tables)'): string {
  const now = ctime(civil(nf.ns.sim.now))
  let out = ''
  for (const name of TABLES) {
    const table = nf.tables.get(name)
    if (table === undefined || (only !== undefined && only !== name)) continue
    out += `# Generated by iptables-save v${VERSION}${flavour} on ${now}\n*${name}\n`
    const chains = orderedChains(table)
    for (const c of chains) out += `:${c.name} ${c.policy ?? '-'} [${c.counter.packets}:${c.counter.bytes}]\n`
    for (const c of chains)
      for (const r of c.rules) out += `${counters ? `[${r.counter.packets}:${r.counter.bytes}] ` : ''}-A ${c.name}${saveRule(r)}\n`
    out += `COMMIT\n# Completed on ${now}\n`
  }
  return out
}

/** A mistake in the text of iptables-restore: `line` counts from 1. */
export class RestoreError extends Error {
  override name = 'RestoreError'
  readonly line: number
  readonly reason: RuleError | ChainError | undefined
  readonly exit: number

  constructor(line: number, message: string, exit: number, reason?: RuleError | ChainError) {
    super(message)
    this.line = line
    this.exit = exit
    this.reason = reason
  }
}

/** Words of a line of iptables-save: blanks separate, double quotes group, backslashes escape inside them. */
export function splitLine(line: string): string[] {
  const out: string[] = []
  let word = ''
  let inWord = false
  let quoted = false
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i)
    if (quoted && c === '\\' && i + 1 < line.length) word += line.charAt(++i)
    else if (c === '"') {
      quoted = !quoted
      inWord = true
    } else if (!quoted && (c === ' ' || c === '\t')) {
      if (inWord) out.push(word)
      word = ''
      inWord = false
    } else {
      word += c
      inWord = true
    }
  }
  if (inWord) out.push(word)
  return out
}

/**
 * iptables-restore: replaces the tables the text names (or, with `noflush`, adds to them: chains that are declared are
 * emptied first). A table takes effect at its COMMIT, as a whole. Throws {@link RestoreError}.
 */
export function restore(
  nf: Netfilter,
  text: string,
  options: { readonly noflush?: boolean; readonly counters?: boolean; readonly test?: boolean; readonly table?: TableName },
): void {
  let table: { readonly name: TableName; readonly before: Map<string, Chain>; readonly existed: boolean } | undefined
  const lines = text.split('\n')
  const undo = (): void => {
    if (table === undefined) return
    if (!table.existed) nf.tables.delete(table.name)
    else {
      const chains = nf.table(table.name).chains
      chains.clear()
      for (const [name, chain] of table.before) chains.set(name, chain)
    }
    nf.changed()
  }
  for (const [i, raw] of lines.entries()) {
    const line = raw.trimEnd()
    const number = i + 1
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith('*')) {
      const name = TABLES.find((t) => t === line.slice(1))
      if (name === undefined) throw new RestoreError(number, `table '${line.slice(1)}' does not exist`, 3)
      const existed = nf.tables.has(name)
      const live = nf.table(name)
      table = { name, before: new Map(live.chains), existed }
      copyChains(live, options.noflush === true)
      continue
    }
    if (table === undefined) throw new RestoreError(number, `line ${number} failed`, 1)
    const live = nf.table(table.name)
    if (line === 'COMMIT') {
      const missing = missingJump(live)
      if (missing !== undefined) {
        undo()
        throw new RestoreError(number, `Chain '${missing}' does not exist`, 2, new ChainError(`Chain '${missing}' does not exist`, 2, true))
      }
      if (options.test === true) undo()
      table = undefined
      nf.changed()
      continue
    }
    if (line.startsWith(':')) {
      declareChain(live, line, options.counters === true)
      continue
    }
    try {
      const counters = /^\[(\d+):(\d+)\]\s+/.exec(line)
      const words = splitLine(counters === null ? line : line.slice(counters[0].length))
      const command = parseCommand(words, table.name)
      if (counters !== null && options.counters === true) {
        for (const rule of command.rules) {
          rule.counter.packets = Number(counters[1])
          rule.counter.bytes = Number(counters[2])
        }
      }
      fastExecute(nf, live, command)
    } catch (error) {
      if (!(error instanceof RuleError) && !(error instanceof ChainError)) throw error
      undo()
      throw new RestoreError(number, error.message, error.exit, error)
    }
  }
  if (table !== undefined) {
    undo()
    throw new RestoreError(lines.length - (text.endsWith('\n') ? 0 : -1), 'COMMIT expected', 1)
  }
}

/** Appending by the thousand must not copy the chain each time. */
function fastExecute(nf: Netfilter, live: Table, command: Command): void {
  const chain = command.chain === undefined ? undefined : live.chains.get(command.chain)
  if (command.op === 'A' && chain !== undefined) {
    chain.rules.push(...command.rules)
  } else execute(nf, command)
}

/** A chain that rules jump to and that isn't there: seen when a table is committed. */
function missingJump(table: Table): string | undefined {
  for (const chain of table.chains.values())
    for (const rule of chain.rules) if (rule.jump !== undefined && !table.chains.has(rule.jump)) return rule.jump
  return undefined
}

/** Gives the table fresh chains, so that a failure can bring the old ones back. */
function copyChains(table: Table, keep: boolean): void {
  const old = [...table.chains.values()]
  table.chains.clear()
  for (const chain of old) {
    if (!keep && chain.policy === undefined) continue
    const copy = new Chain(chain.name, chain.policy === undefined ? undefined : keep ? chain.policy : 'ACCEPT')
    if (keep) copy.rules = [...chain.rules]
    copy.counter.packets = chain.counter.packets
    copy.counter.bytes = chain.counter.bytes
    table.chains.set(copy.name, copy)
  }
}

function declareChain(table: Table, line: string, withCounters: boolean): void {
  const [name = '', policy = '-', counters = ''] = line.slice(1).split(/\s+/)
  let chain = table.chains.get(name)
  if (chain === undefined) {
    chain = new Chain(name, undefined)
    table.chains.set(name, chain)
  }
  if (chain.policy === undefined) chain.rules = []
  else if (policy === 'ACCEPT' || policy === 'DROP') chain.policy = policy
  const match = /^\[(\d+):(\d+)\]$/.exec(counters)
  if (withCounters && match !== null) {
    chain.counter.packets = Number(match[1])
    chain.counter.bytes = Number(match[2])
  }
}

// --- Listings ---

export interface ListOptions {
  readonly numeric: boolean
  readonly verbose: boolean
  readonly exact: boolean
  readonly lineNumbers: boolean
  /** Only the rule of this number, without headings. */
  readonly number?: number | undefined
  /** Host name of an address, for listings without -n. */
  readonly reverse?: (ip: string) => string | undefined
}

/** `iptables -L`. */
export function list(table: Table, only: string | undefined, o: ListOptions): string {
  const chains = orderedChains(table).filter((c) => only === undefined || c.name === only)
  const { number } = o
  if (number !== undefined)
    return chains
      .map((c) =>
        c.rules
          .slice(number - 1, number)
          .map((r) => `${listRule(r, number, o)}\n`)
          .join(''),
      )
      .join('')
  return chains.map((c) => listChain(table, c, o)).join('\n')
}

function listChain(table: Table, chain: Chain, o: ListOptions): string {
  let out = `Chain ${chain.name} `
  if (chain.policy === undefined) out += `(${references(table, chain.name)} references)\n`
  else if (o.verbose)
    out += `(policy ${chain.policy} ${count(chain.counter.packets, o.exact).trimStart()} packets, ${count(chain.counter.bytes, o.exact).trimStart()} bytes)\n`
  else out += `(policy ${chain.policy})\n`
  if (o.lineNumbers) out += 'num  '
  if (o.verbose) out += o.exact ? '    pkts      bytes ' : ' pkts bytes '
  out += 'target     prot opt '
  if (o.verbose) out += 'in     out     '
  out += 'source               destination         \n'
  chain.rules.forEach((rule, i) => {
    out += `${listRule(rule, i + 1, o)}\n`
  })
  return out
}

function count(n: number, exact: boolean, width = 5): string {
  if (exact || n <= 99_999) return String(n).padStart(exact ? width : 5)
  for (const unit of ['K', 'M', 'G']) {
    n = Math.floor((n + 500) / 1000)
    if (n <= 9999 || unit === 'G') return `${String(n).padStart(4)}${unit}`
  }
  return String(n)
}

function listRule(r: Rule, number: number, o: ListOptions): string {
  let out = ''
  if (o.lineNumbers) out += `${String(number).padEnd(4)} `
  if (o.verbose) out += `${count(r.counter.packets, o.exact, 8)} ${count(r.counter.bytes, o.exact, 10)} `
  const target = r.target?.name ?? r.jump ?? ''
  const proto = r.protocol === undefined ? 0 : r.protocol.value
  const protoText = `${r.protocol?.not === true ? '!' : ''}${o.numeric ? proto : (protocolName(proto) ?? proto)}`
  out += `${target.padEnd(9)}  ${protoText.padEnd(5)}--  `
  const side = (n: Negatable<Cidr> | undefined): string => {
    const text = n === undefined ? (o.numeric ? '0.0.0.0/0' : 'anywhere') : address(n.value, o)
    return `${n?.not === true ? '!' : ' '}${text.padEnd(19)}`
  }
  if (o.verbose) {
    const dev = (n: Negatable<string> | undefined): string =>
      (n === undefined ? (o.numeric ? '*' : 'any') : `${n.not ? '!' : ''}${n.value}`).padEnd(6)
    out += `${dev(r.inInterface)} ${dev(r.outInterface)} `
  } else out = out.slice(0, -1)
  out += `${side(r.source)} ${side(r.destination)} `
  for (const m of r.matches) out += m.list(o.numeric)
  if (r.goto) out += ' [goto] '
  if (r.target !== undefined) out += r.target.list(o.numeric)
  return out
}

function address(c: Cidr, o: ListOptions): string {
  if (c.prefix === 32) return (o.numeric ? undefined : o.reverse?.(formatIp4(c.network))) ?? formatIp4(c.network)
  return c.prefix > 0 && maskOf(c.prefix) !== 0 ? formatCidr(c) : '0.0.0.0/0'
}
