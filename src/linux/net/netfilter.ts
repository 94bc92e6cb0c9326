/**
 * Netfilter: tables of chains of rules, walked by every packet. The rules' text (iptables) is in `iptables.ts`, what they
 * match and do in `match.ts` and `target.ts`.
 */

import { type Cidr, inCidr } from './address.ts'
import type { NetDevice } from './device.ts'
import type { PacketCounter } from './flow.ts'
import type { Match } from './match.ts'
import type { NetNamespace } from './namespace.ts'
import type { Packet } from './packet.ts'
import type { Target } from './target.ts'

export type Hook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING'
export type TableName = 'raw' | 'mangle' | 'nat' | 'filter' | 'security'
export type Verdict = 'accept' | 'drop'

/** In the order iptables-save prints them. */
export const TABLES: readonly TableName[] = ['mangle', 'security', 'raw', 'filter', 'nat']

export const BUILTIN: Record<TableName, readonly Hook[]> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}

/** Where a packet is when a rule looks at it. */
export interface HookContext {
  readonly ns: NetNamespace
  readonly hook: Hook
  readonly table: TableName
  readonly in: NetDevice | undefined
  readonly out: NetDevice | undefined
}

export interface Negatable<T> {
  readonly value: T
  readonly not: boolean
}

/** One rule: `-A chain` with what it asks for. */
export interface Rule {
  readonly source: Negatable<Cidr> | undefined
  readonly destination: Negatable<Cidr> | undefined
  readonly inInterface: Negatable<string> | undefined
  readonly outInterface: Negatable<string> | undefined
  /** IP protocol number; 0 is all. */
  readonly protocol: Negatable<number> | undefined
  readonly matches: readonly Match[]
  readonly target: Target | undefined
  /** Name of the user-defined chain to jump or go to. */
  readonly jump: string | undefined
  readonly goto: boolean
  readonly counter: PacketCounter
}

export class Chain {
  readonly name: string
  /** Undefined for user-defined chains. */
  policy: 'ACCEPT' | 'DROP' | undefined
  rules: Rule[] = []
  readonly counter: PacketCounter = { packets: 0, bytes: 0 }

  constructor(name: string, policy: 'ACCEPT' | 'DROP' | undefined) {
    this.name = name
    this.policy = policy
  }
}

export class Table {
  readonly name: TableName
  readonly chains = new Map<string, Chain>()

  constructor(name: TableName) {
    this.name = name
    for (const hook of BUILTIN[name]) this.chains.set(hook, new Chain(hook, 'ACCEPT'))
  }

  /** No rule, no chain of one's own, no policy but ACCEPT: walking it changes nothing. */
  get idle(): boolean {
    if (this.chains.size > BUILTIN[this.name].length) return false
    for (const chain of this.chains.values()) if (chain.rules.length > 0 || chain.policy === 'DROP') return false
    return true
  }
}

/** How deep jumps may nest. */
const MAX_DEPTH = 64

/** The rule set of one network namespace. A table exists once something has been put into it. */
export class Netfilter {
  readonly ns: NetNamespace
  readonly tables = new Map<TableName, Table>()
  /** Whether the legacy iptables has made its tables: nft listings warn of that. */
  legacyTables = false
  /** State of `-m recent` lists: address to times, by list name. */
  readonly recent = new Map<string, Map<number, number[]>>()
  /** Conntrack hooks are registered: somebody asked for states or NAT. */
  tracking = false

  constructor(ns: NetNamespace) {
    this.ns = ns
  }

  /** The table, made when it isn't there. */
  table(name: TableName): Table {
    let table = this.tables.get(name)
    if (table === undefined) {
      table = new Table(name)
      this.tables.set(name, table)
      this.changed()
    }
    return table
  }

  /** To be called after every change of a rule set. */
  changed(): void {
    this.ns.generation++
    this.tracking = this.#needsTracking()
  }

  #needsTracking(): boolean {
    const nat = this.tables.get('nat')
    if (nat !== undefined) return true
    for (const table of this.tables.values()) {
      for (const chain of table.chains.values())
        for (const rule of chain.rules) if (rule.matches.some((m) => m.tracking === true)) return true
    }
    return false
  }

  /** Walks the chain of `hook` in a table. */
  run(table: TableName, hook: Hook, packet: Packet, inDev: NetDevice | undefined, outDev: NetDevice | undefined): Verdict {
    const t = this.tables.get(table)
    if (t === undefined) return 'accept'
    const chain = t.chains.get(hook)
    if (chain === undefined) return 'accept'
    if (chain.rules.length === 0) {
      if (table !== 'nat') this.#count(chain.counter, packet)
      return chain.policy === 'DROP' ? 'drop' : 'accept'
    }
    return this.#walk(t, chain, packet, { ns: this.ns, hook, table, in: inDev, out: outDev })
  }

  #count(counter: PacketCounter, packet: Packet): void {
    counter.packets++
    counter.bytes += packet.length
    packet.trace?.counters.push(counter)
  }

  #walk(table: Table, base: Chain, packet: Packet, context: HookContext): Verdict {
    const stack: { chain: Chain; at: number }[] = []
    let chain = base
    let at = 0
    for (;;) {
      const rule = chain.rules[at]
      if (rule === undefined) {
        const back = stack.pop()
        if (back === undefined) {
          if (table.name !== 'nat') this.#count(base.counter, packet)
          return base.policy === 'DROP' ? 'drop' : 'accept'
        }
        chain = back.chain
        at = back.at
        continue
      }
      at++
      if (!matches(rule, packet, context)) continue
      this.#count(rule.counter, packet)
      if (rule.jump !== undefined) {
        const next = table.chains.get(rule.jump)
        if (next === undefined) continue
        if (!rule.goto) {
          if (stack.length >= MAX_DEPTH) return 'drop'
          stack.push({ chain, at })
        }
        chain = next
        at = 0
        continue
      }
      if (rule.target === undefined) continue
      if (rule.target.volatile === true && packet.trace !== undefined) packet.trace.cacheable = false
      const verdict = rule.target.run(packet, context)
      if (verdict === 'accept' || verdict === 'drop') return verdict
      if (verdict === 'return') at = chain.rules.length
    }
  }
}

function matches(rule: Rule, p: Packet, c: HookContext): boolean {
  if (rule.source !== undefined && inCidr(p.src, rule.source.value) === rule.source.not) return false
  if (rule.destination !== undefined && inCidr(p.dst, rule.destination.value) === rule.destination.not) return false
  if (rule.inInterface !== undefined && isInterface(rule.inInterface.value, c.in) === rule.inInterface.not) return false
  if (rule.outInterface !== undefined && isInterface(rule.outInterface.value, c.out) === rule.outInterface.not) return false
  if (rule.protocol !== undefined && rule.protocol.value !== 0 && (p.proto === rule.protocol.value) === rule.protocol.not) return false
  for (const match of rule.matches) {
    if (match.volatile === true && p.trace !== undefined) p.trace.cacheable = false
    if (!match.test(p, c)) return false
  }
  return true
}

function isInterface(pattern: string, device: NetDevice | undefined): boolean {
  const name = device?.name ?? ''
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}
