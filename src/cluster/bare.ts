import type { Simulation } from '#sim/simulation.ts'
import type { Programs } from './programs.ts'
import { Segment } from '#linux/net/wire.ts'
import { Machine } from './machine.ts'

/**
 * One Debian 12 machine without a cluster, as the Linux recordings have it: `kind-control-plane`, eth0 10.0.2.15/24,
 * / on /dev/vda ext4, 2 CPUs, 2 GiB, systemd, cgroup v2.
 */
export function bareMachine(sim: Simulation, programs: Programs): Machine {
  const machine = new Machine({ sim, hostname: 'kind-control-plane', variant: 'bare', programs })
  machine.plug(new Segment(sim, 'user'), { name: 'eth0', address: '10.0.2.15', prefix: 24, gateway: '10.0.2.2' })
  machine.boot()
  return machine
}
