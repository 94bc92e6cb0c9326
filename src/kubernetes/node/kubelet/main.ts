/** The program `kubelet`. */
import type { HttpHandler } from '#http/message.ts'
import type { Transport } from '#http/transport.ts'
import type { Launcher } from '#kubernetes/client/scope.ts'
import type { Kernel } from '#linux/kernel.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import type { CriEndpoint } from '../cri/types.ts'
import { Kubelet } from './kubelet.ts'
import { MachineHost } from './machine-host.ts'
import type { NodeFacts } from './node-status.ts'
import { kubeletHandler } from './server.ts'
import { StaticPods } from './static-pods.ts'

export interface KubeletProgramOptions {
  readonly kernel: Kernel
  readonly cri: CriEndpoint
  readonly facts: NodeFacts
  readonly clusterDns: string
  readonly clusterDomain: string
  /** Makes the connection that a kubeconfig file names. */
  readonly connect: (proc: Proc, kubeconfig: string) => Sim<Transport>
  /** Serves HTTPS on a port for as long as the process lives. Absent: nothing is served (tests call the handler). */
  readonly serve?: ((proc: Proc, port: number, handler: HttpHandler) => Sim<void>) | undefined
  /** Told of each kubelet that starts, with the handler of its port. */
  readonly onStart?: ((kubelet: Kubelet, handler: HttpHandler) => void) | undefined
  readonly log?: ((line: string) => void) | undefined
}

const MEMORY = 50 * 1024 * 1024

/** Threads of a process as the place where a component's coroutines run. They end with the process. */
export function threadLauncher(proc: Proc): Launcher {
  return (name, body) => {
    const thread = proc.thread(name, body)
    return { cancel: () => thread.cancel() }
  }
}

/** Value of `--name=value` or `--name value`. */
export function flag(argv: readonly string[], name: string): string | undefined {
  const i = argv.findIndex((a) => a === `--${name}` || a.startsWith(`--${name}=`))
  const found = argv[i]
  if (found === undefined) return undefined
  const eq = found.indexOf('=')
  return eq >= 0 ? found.slice(eq + 1) : argv[i + 1]
}

export function kubeletProgram(options: KubeletProgramOptions): Program {
  return {
    name: 'kubernetes/kubelet',
    *main(proc) {
      proc.setMemory(MEMORY)
      const { kernel, facts } = options
      const log = options.log ?? ((): void => {})
      const manifests = new StaticPods(proc, flag(proc.argv, 'pod-manifest-path') ?? '/etc/kubernetes/manifests', facts.name, log)
      const transport = yield* options.connect(proc, flag(proc.argv, 'kubeconfig') ?? '/etc/kubernetes/kubelet.conf')
      const kubelet = new Kubelet({
        sim: kernel.sim,
        transport,
        cri: options.cri,
        host: (k) => new MachineHost(proc, k),
        facts,
        clusterDns: options.clusterDns,
        clusterDomain: options.clusterDomain,
        staticPods: { read: () => manifests.read(), changed: () => manifests.changed() },
        launch: threadLauncher(proc),
        log,
        userOf(info) {
          const creds = kernel.process(info.pid)?.credentials()
          return creds === undefined
            ? undefined
            : { uid: creds.euid, gid: creds.egid, groups: creds.groups.length === 0 ? [creds.egid] : creds.groups }
        },
      })
      const handler = kubeletHandler(kubelet, proc)
      options.onStart?.(kubelet, handler)
      if (options.serve !== undefined) proc.thread('kubelet server', options.serve(proc, facts.port, handler))
      return yield* kubelet.run()
    },
  }
}
