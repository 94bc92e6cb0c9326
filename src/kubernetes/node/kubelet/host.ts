/** What the kubelet does on its machine besides talking to the runtime: volumes, cgroups, files of pods. */
import type { Pod } from '#kubernetes/client/types/pod.ts'
import type { Sim } from '#sim/wait.ts'

export interface PodHost {
  /** Makes the pod's directories and volumes; returns host paths by volume name. Throws {@link MountError}. */
  setUpVolumes(pod: Pod): Sim<ReadonlyMap<string, string>>
  tearDownVolumes(pod: Pod): Sim<void>
  /** Makes the pod's cgroup; returns its path. */
  makePodCgroup(pod: Pod): Sim<string>
  removePodCgroup(pod: Pod): Sim<void>
  /** A file with the pod's host names, to be mounted; undefined: none. */
  hostsFile(pod: Pod, ip: string): Sim<string | undefined>
  resolvConf(pod: Pod): Sim<string>
  /** An empty file for a container's last words; undefined: none. */
  terminationFile(pod: Pod, container: string, id: string): Sim<string | undefined>
  /** The content of such a file, or the end of a log. */
  lastWords(path: string, limit: number): Sim<string>
  /** A directory below a volume that a subPath names. */
  subPath(pod: Pod, container: string, index: number, volume: string, path: string): Sim<string>
  linkLog(pod: Pod, container: string, id: string, log: string): void
  unlinkLog(pod: Pod, container: string, id: string): void
  removePodDirectory(pod: Pod): void
  /** GET; throws Error with Go's words when there is no answer. */
  httpGet(request: HttpProbe, timeoutSeconds: number): Sim<{ readonly status: number; readonly body: string }>
  /** Throws Error with Go's words when nobody listens. */
  tcpConnect(host: string, port: number, timeoutSeconds: number): Sim<void>
}

export interface HttpProbe {
  readonly host: string
  readonly port: number
  readonly path: string
  readonly scheme: string
  readonly headers: readonly { readonly name: string; readonly value: string }[]
}

/** A volume could not be made; the text is an event's. */
export class MountError extends Error {
  override name = 'MountError'
}
