import { attachUserNetwork } from '#linux/net/user-network.ts'
import type { Simulation } from '#sim/simulation.ts'
import { Machine } from './machine.ts'
import type { Programs } from './programs.ts'

/**
 * One Debian 12 machine without a cluster, as the Linux recordings have it: `kind-control-plane`, eth0 10.0.2.15/24,
 * / on /dev/vda ext4, 2 CPUs, 2 GiB, systemd, cgroup v2.
 */
export function bareMachine(sim: Simulation, programs: Programs): Machine {
  const machine = new Machine({ sim, hostname: 'kind-control-plane', variant: 'bare', programs })
  attachUserNetwork(sim, machine.network.host)
  machine.boot()
  return machine
}
