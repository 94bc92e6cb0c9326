import { runControllerManager } from '#kubernetes/controllers/manager.ts'
import type { TypeCheck } from '#kubernetes/controllers/validatingadmissionpolicy-status.ts'
import { runScheduler } from '#kubernetes/scheduler/scheduler.ts'
import { readText } from '#linux/http/resolver.ts'
import type { Program } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { celLoader } from './cel.ts'
import { klogger, leaseIdentity, transportsOf } from './files.ts'
import { type ControlPlaneWorld, flag } from './world.ts'

/** Types of expressions are checked by what the API server evaluates them with. */
const typeCheckOf = (world: ControlPlaneWorld): TypeCheck =>
  function* (policy) {
    const engine = yield* celLoader(world)()
    return engine?.typeCheckPolicy({ ...policy }, String((world.sim.now % 1_000_000) * 1000))
  }

/** kube-controller-manager and kube-scheduler as programs: their configuration from the command line, their work from below. */
export function managerPrograms(world: ControlPlaneWorld): Program[] {
  const { sim } = world
  return [
    {
      name: 'kubernetes/kube-controller-manager',
      *main(proc): Sim<number> {
        proc.setMemory(129 << 20)
        const connections = yield* transportsOf(proc, flag(proc.argv, 'kubeconfig') ?? '')
        if (connections === undefined) {
          yield* proc.write(2, encode('Error: no kubeconfig\n'))
          return 1
        }
        const rootCa = (yield* readText(proc, flag(proc.argv, 'root-ca-file') ?? '')) ?? connections.ca
        yield* runControllerManager({
          sim,
          transport: connections.own,
          anonymousTransport: connections.anonymous,
          launch: (name, body) => proc.thread(name, body),
          identity: leaseIdentity(proc),
          rootCa,
          clusterCidr: flag(proc.argv, 'cluster-cidr'),
          typeCheck: typeCheckOf(world),
          log: klogger(proc, 'controllermanager.go'),
        })
        return 1
      },
    },
    {
      name: 'kubernetes/kube-scheduler',
      *main(proc): Sim<number> {
        proc.setMemory(68 << 20)
        const connections = yield* transportsOf(proc, flag(proc.argv, 'kubeconfig') ?? '')
        if (connections === undefined) {
          yield* proc.write(2, encode('Error: no kubeconfig\n'))
          return 1
        }
        yield* runScheduler({
          sim,
          transport: connections.own,
          launch: (name, body) => proc.thread(name, body),
          identity: leaseIdentity(proc),
          hostname: proc.uname().nodename,
          log: klogger(proc, 'scheduler.go'),
        })
        return 1
      },
    },
  ]
}
