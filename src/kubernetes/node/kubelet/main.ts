/** The program `kubelet`. */
import type { HttpHandler } from '#http/message.ts'
import type { Transport } from '#http/transport.ts'
import type { Launcher } from '#kubernetes/client/scope.ts'
import { Errno } from '#linux/errno.ts'
import type { Kernel } from '#linux/kernel.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import { civil, SECOND } from '#sim/time.ts'
import { anyOf, type Sim, WaitQueue } from '#sim/wait.ts'
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
  readonly log?: ((line: string, source?: string) => void) | undefined
}

const MEMORY = 50 * 1024 * 1024

/** Threads of a process as the place where a component's coroutines run. They end with the process. */
export function threadLauncher(proc: Proc): Launcher {
  return (name, body) => {
    const thread = proc.thread(name, body)
    return { cancel: () => thread.cancel() }
  }
}

/** The kubelet's log: lines gathered by code that may not wait, written to standard error by a thread of their own. */
class Klog {
  readonly #proc: Proc
  readonly #lines: string[] = []
  readonly #more = new WaitQueue()

  constructor(proc: Proc) {
    this.#proc = proc
  }

  add(line: string, source = 'kubelet.go:1'): void {
    const c = civil(this.#proc.now())
    const two = (n: number): string => String(n).padStart(2, '0')
    const time = `${two(c.hour)}:${two(c.minute)}:${two(c.second)}.${String(this.#proc.now() % SECOND).padStart(6, '0')}`
    const level = / err="/.test(line) ? 'E' : 'I'
    this.#lines.push(`${level}${two(c.month)}${two(c.day)} ${time} ${String(this.#proc.pid).padStart(7)} ${source}] ${line}\n`)
    this.#more.wakeAll()
  }

  *run(): Sim<void> {
    for (;;) {
      for (const line of this.#lines.splice(0)) {
        try {
          yield* this.#proc.write(2, encode(line))
        } catch (error) {
          if (!(error instanceof Errno)) throw error
          return
        }
      }
      yield* anyOf([this.#more])
    }
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
      const klog = new Klog(proc)
      const log = options.log ?? ((line: string, source?: string): void => klog.add(line, source))
      proc.thread('klog', klog.run())
      log(`"Kubelet version" kubeletVersion="${facts.nodeInfo.kubeletVersion}"`)
      log(`"Attempting to register node" node="${facts.name}"`)
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
