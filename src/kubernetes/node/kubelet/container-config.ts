/** What the runtime is told to make: sandboxes and containers of a pod. Source: pkg/kubelet/kuberuntime. */
import type { Container, Pod, SecurityContext } from '#kubernetes/client/types/pod.ts'
import type { Sim } from '#sim/wait.ts'
import type { ContainerConfig, ImageInfo, Mount, PodSandboxConfig } from '../cri/types.ts'
import { ConfigError, containerEnvironment, expand } from './env.ts'
import type { Kubelet } from './kubelet.ts'
import type { StartContext } from './pod-worker.ts'
import { containerResources } from './qos.ts'

/** Name of a pod's machine: its own host name, or its name, at most 63 letters. */
export function podHostname(pod: Pod): string {
  return (pod.spec.hostname ?? pod.metadata.name).slice(0, 63).replace(/[-.]+$/, '')
}

export function podLogDirectory(pod: Pod): string {
  return `/var/log/pods/${pod.metadata.namespace}_${pod.metadata.name}_${pod.metadata.uid}`
}

export function sandboxConfig(pod: Pod, attempt: number, cgroupParent: string, resolvConf: string): PodSandboxConfig {
  const { name, namespace = 'default', uid = '' } = pod.metadata
  const portMappings = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].flatMap((c) =>
    (c.ports ?? []).flatMap((p) =>
      (p.hostPort ?? 0) === 0
        ? []
        : [
            {
              hostPort: p.hostPort ?? 0,
              containerPort: p.containerPort,
              protocol: (p.protocol ?? 'TCP') === 'UDP' ? ('udp' as const) : ('tcp' as const),
              ...(p.hostIP === undefined ? {} : { hostIP: p.hostIP }),
            },
          ],
    ),
  )
  return {
    name,
    namespace,
    uid,
    attempt,
    hostname: podHostname(pod),
    logDirectory: podLogDirectory(pod),
    labels: {
      ...pod.metadata.labels,
      'io.kubernetes.pod.name': name,
      'io.kubernetes.pod.namespace': namespace,
      'io.kubernetes.pod.uid': uid,
    },
    annotations: pod.metadata.annotations ?? {},
    portMappings: pod.spec.hostNetwork === true ? [] : portMappings,
    cgroupParent,
    hostNetwork: pod.spec.hostNetwork === true,
    hostPid: pod.spec.hostPID === true,
    hostIpc: pod.spec.hostIPC === true,
    sharePid: pod.spec.shareProcessNamespace === true,
    sysctls: Object.fromEntries((pod.spec.securityContext?.sysctls ?? []).map((s) => [s.name, s.value])),
    resolvConf,
  }
}

const TERMINATION_LOG = '/dev/termination-log'

/** The configuration of one container. Throws ConfigError for what the pod or its cluster lacks. */
export function* containerConfig(
  kubelet: Kubelet,
  pod: Pod,
  container: Container,
  context: StartContext & { readonly attempt: number; readonly image: ImageInfo },
): Sim<ContainerConfig> {
  const sources = yield* kubelet.envSources(pod, container, context.ip)
  const envs = containerEnvironment(pod, container, sources)
  const values = new Map(envs.map((e) => [e.slice(0, e.indexOf('=')), e.slice(e.indexOf('=') + 1)]))
  const expanded = (list: readonly string[] | undefined): string[] => (list ?? []).map((text) => expand(text, (name) => values.get(name)))
  const security: SecurityContext = container.securityContext ?? {}
  const podSecurity = pod.spec.securityContext ?? {}
  const runAsUser = security.runAsUser ?? podSecurity.runAsUser
  const runAsGroup = security.runAsGroup ?? podSecurity.runAsGroup
  const id = `${container.name}-${context.attempt}`
  checkNonRoot(pod, container, runAsUser, context.image)
  const mounts: Mount[] = []
  for (const [index, m] of (container.volumeMounts ?? []).entries()) {
    const volume = context.volumes.get(m.name)
    if (volume === undefined) throw new ConfigError(`cannot find volume "${m.name}" to mount into container "${container.name}"`)
    const sub = m.subPathExpr === undefined ? m.subPath : expand(m.subPathExpr, (name) => values.get(name))
    const hostPath = sub === undefined || sub === '' ? volume : yield* kubelet.host.subPath(pod, container.name, index, volume, sub)
    mounts.push({
      containerPath: m.mountPath.startsWith('/') ? m.mountPath : `/${m.mountPath}`,
      hostPath,
      readonly: m.readOnly === true,
      propagation:
        m.mountPropagation === 'Bidirectional' ? 'bidirectional' : m.mountPropagation === 'HostToContainer' ? 'hostToContainer' : 'private',
    })
  }
  const taken = new Set(mounts.map((m) => m.containerPath))
  if (context.hosts !== undefined && !taken.has('/etc/hosts'))
    mounts.push({ containerPath: '/etc/hosts', hostPath: context.hosts, readonly: false })
  const words = yield* kubelet.host.terminationFile(pod, container.name, id)
  const wordsPath = container.terminationMessagePath ?? TERMINATION_LOG
  if (words !== undefined && !taken.has(wordsPath)) mounts.push({ containerPath: wordsPath, hostPath: words, readonly: false })
  const target = container.targetContainerName
  const targetId = target === undefined ? undefined : kubelet.runningContainer(pod, target)?.id
  const groups = [...(podSecurity.supplementalGroups ?? []), ...(podSecurity.fsGroup === undefined ? [] : [podSecurity.fsGroup])]
  return {
    name: container.name,
    attempt: context.attempt,
    image: container.image,
    imageId: context.image.id,
    command: expanded(container.command),
    args: expanded(container.args),
    workingDir: container.workingDir ?? '',
    envs,
    mounts,
    labels: {
      'io.kubernetes.container.name': container.name,
      'io.kubernetes.pod.name': pod.metadata.name,
      'io.kubernetes.pod.namespace': pod.metadata.namespace ?? '',
      'io.kubernetes.pod.uid': pod.metadata.uid ?? '',
    },
    annotations: {
      'io.kubernetes.container.restartCount': String(context.attempt),
      'io.kubernetes.container.terminationMessagePath': wordsPath,
      'io.kubernetes.container.terminationMessagePolicy': container.terminationMessagePolicy ?? 'File',
      ...(words === undefined ? {} : { 'podlab/termination-file': words }),
    },
    logPath: `${container.name}/${context.attempt}.log`,
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    resources: containerResources(pod, container, kubelet.memoryBytes),
    ...(runAsUser === undefined ? {} : { runAsUser }),
    ...(runAsGroup === undefined ? {} : { runAsGroup }),
    supplementalGroups: groups,
    privileged: security.privileged === true,
    readonlyRootfs: security.readOnlyRootFilesystem === true,
    noNewPrivs: security.allowPrivilegeEscalation === false,
    addCapabilities: security.capabilities?.add ?? [],
    dropCapabilities: security.capabilities?.drop ?? [],
    ...(targetId === undefined ? {} : { targetContainerId: targetId }),
  }
}

/** Source: verifyRunAsNonRoot. */
function checkNonRoot(pod: Pod, container: Container, runAsUser: number | undefined, image: ImageInfo): void {
  const wanted = container.securityContext?.runAsNonRoot ?? pod.spec.securityContext?.runAsNonRoot
  if (wanted !== true) return
  const who = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`
  if (runAsUser !== undefined) {
    if (runAsUser === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${who}`)
    return
  }
  const user = image.user.split(':')[0] ?? ''
  if (user === '' || user === '0' || user === 'root') throw new ConfigError(`container has runAsNonRoot and image will run as root ${who}`)
  if (!/^\d+$/.test(user))
    throw new ConfigError(`container has runAsNonRoot and image has non-numeric user (${user}), cannot verify user is non-root ${who}`)
}
