import { expect, it } from 'vitest'
import { Simulation } from '#sim/simulation.ts'
import { execute, list, listCommands, parseCommand } from './iptables.ts'
import { NetNamespace } from './namespace.ts'
import type { Netfilter } from './netfilter.ts'

function netfilter(): Netfilter {
  const sim = new Simulation({ seed: 1, start: 1_000_000_000 })
  return new NetNamespace({ sim, random: sim.random('m') }).netfilter
}

/** Runs a command line; what it says when it fails. */
function run(nf: Netfilter, line: string): string {
  try {
    execute(nf, parseCommand(line.split(' ')))
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

it('prints the one rule that is asked for', () => {
  const nf = netfilter()
  run(nf, '-A INPUT -i lo -j ACCEPT')
  run(nf, '-A INPUT -p tcp --dport 22 -j DROP')
  expect(listCommands(nf.table('filter'), 'INPUT', false, 2)).toBe('-A INPUT -p tcp -m tcp --dport 22 -j DROP\n')
  const options = { numeric: true, verbose: false, exact: false, lineNumbers: false, number: 1 }
  expect(list(nf.table('filter'), 'INPUT', options)).toBe('ACCEPT     0    --  0.0.0.0/0            0.0.0.0/0           \n')
})

it.each([
  ['-t nat -A INPUT -j MASQUERADE', ' RULE_APPEND failed (Invalid argument): rule in chain INPUT'],
  ['-t nat -I PREROUTING -j SNAT --to-source 1.2.3.4', ' RULE_INSERT failed (Invalid argument): rule in chain PREROUTING'],
  ['-t nat -A PREROUTING -p tcp -j DNAT --to 10.0.0.2:80', ''],
  ['-A INPUT -m hashlimit -j DROP', 'podlab: iptables -m hashlimit is not modelled'],
  ['-t mangle -A PREROUTING -j TPROXY', 'podlab: iptables -j TPROXY is not modelled'],
])('iptables %s: %s', (line, message) => {
  expect(run(netfilter(), line)).toBe(message)
})
