#!/usr/bin/env node
import module from 'node:module'
import v8 from 'node:v8'
import { UsageError } from './args.ts'

module.enableCompileCache?.()
// The model's heap is small: threads that help to collect it use more CPU than they save time.
for (const flag of ['--no-parallel-scavenge', '--no-concurrent-marking']) v8.setFlagsFromString(flag)

const HELP = `usage: podlab COMMAND [OPTION...]

  serve [--port N] [--nodes N] [--kubeconfig FILE] [--speed X] [--seed N] [--hollow N] [--cloud]
      serves the API of a kind cluster on 127.0.0.1 over TLS until interrupted
  node stop|start NODE --kubeconfig FILE
      stops or starts that node's kubelet in a running serve
  sh [--on MACHINE] [--bare] [--cloud] [--mount DIR] [--seed N] [-c SCRIPT | FILE] [ARG...]
      bash in a fresh world: on the laptop of a kind cluster, on MACHINE, or (--bare) on one machine without a cluster;
      --cloud, here and for serve, gives Services of type LoadBalancer an address
  bench [NAME...] [--json]
      the benchmarks
`

/** Runs a command; returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv
  switch (command) {
    case 'sh':
      return (await import('./sh.ts')).sh(rest)
    case 'serve':
      return (await import('./serve.ts')).serve(rest)
    case 'node':
      return (await import('./node.ts')).node(rest)
    case 'bench':
      return (await import('./bench/bench.ts')).bench(rest)
    case undefined:
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(HELP)
      return 0
    default:
      throw new UsageError(`unknown command ${command}`)
  }
}

try {
  // Connections of clients may be open still: nobody waits for them.
  process.exit(await main(process.argv.slice(2)))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`podlab: ${error.message}\nSee podlab --help.\n`)
  process.exit(2)
}
