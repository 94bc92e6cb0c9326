import type { HttpHandler } from '#http/message.ts'
import type { ApiServer } from '#kubernetes/apiserver/server.ts'
import type { Store } from '#kubernetes/etcd/store.ts'
import type { Program } from '#linux/syscalls.ts'
import type { Simulation } from '#sim/simulation.ts'

/** What the programs of a control plane share with the simulation they run in. */
export interface ControlPlaneWorld {
  readonly sim: Simulation
  /** Every program there is, at once or as a stub that loads it. */
  readonly programs: (name: string) => Program | undefined
  /** Content of etcd's data directories, by the id that their `db` file holds. */
  readonly stores: Map<string, Store>
  /** Told when an API server begins to serve and when it ends (undefined). */
  onApiServer(serving: { readonly server: ApiServer; readonly handler: HttpHandler } | undefined): void
}

/** Value of `--name=value` or `--name value` in a command line. */
export function flag(argv: readonly string[], name: string): string | undefined {
  const at = argv.findIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`))
  if (at < 0) return undefined
  const word = argv[at] ?? ''
  return word.includes('=') ? word.slice(word.indexOf('=') + 1) : argv[at + 1]
}
