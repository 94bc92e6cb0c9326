/** What a container's first process is made of: the config that the kubelet sends on top of what the image says. Source: containerd, CRI plugin. */
import { CLONE } from '#linux/syscalls.ts'
import { InitError, type InitSpec } from './container-init.ts'
import type { ContainerConfig, ImageConfig, PodSandboxConfig } from './types.ts'

export const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** What a container shares with its sandbox. */
export interface SandboxPlace {
  readonly config: PodSandboxConfig
  /** Where the sandbox's own files are. */
  readonly dir: string
  /** Holds its namespaces. */
  readonly pausePid: number
  readonly hostname: string
}

/** Where a container is put: its group and its root. */
interface Place {
  readonly cgroup: string
  readonly rootfs: string
}

/** Throws InitError when neither image nor config names a command. */
export function initSpec(
  config: ContainerConfig,
  image: ImageConfig,
  sandbox: SandboxPlace,
  { cgroup, rootfs }: Place,
): Omit<InitSpec, 'stdio'> {
  const args = commandLine(config, image)
  if (args.length === 0) throw new InitError('no command specified')
  return {
    cgroup,
    join: joined(sandbox.pausePid),
    rootfs,
    mounts: [
      { containerPath: '/etc/hostname', hostPath: `${sandbox.dir}/hostname`, readonly: false },
      { containerPath: '/etc/resolv.conf', hostPath: `${sandbox.dir}/resolv.conf`, readonly: false },
      ...config.mounts,
    ],
    shm: sandbox.config.hostIpc ? '/dev/shm' : `${sandbox.dir}/shm`,
    hostname: undefined,
    sysctls: {},
    privileged: config.privileged,
    readonlyRootfs: config.readonlyRootfs,
    noNewPrivs: config.noNewPrivs,
    addCapabilities: config.addCapabilities,
    dropCapabilities: config.dropCapabilities,
    user: config.runAsUser === undefined ? (image.user ?? '') : String(config.runAsUser),
    group: config.runAsGroup,
    groups: config.supplementalGroups,
    args,
    env: mergeEnv([PATH, ...(config.tty ? ['TERM=xterm'] : []), `HOSTNAME=${sandbox.hostname}`, ...(image.env ?? []), ...config.envs]),
    cwd: workingDir(config, image),
    oomScoreAdj: config.resources.oomScoreAdj,
    tty: config.tty,
  }
}

function commandLine(config: ContainerConfig, image: ImageConfig): readonly string[] {
  if (config.command.length > 0) return [...config.command, ...config.args]
  return [...(image.entrypoint ?? []), ...(config.args.length > 0 ? config.args : (image.cmd ?? []))]
}

/** Where a process of the container begins. */
export function workingDir(config: ContainerConfig, image: ImageConfig): string {
  return config.workingDir || image.workingDir || '/'
}

/** Namespaces of the pause process that every container of the sandbox is in. */
function joined(pausePid: number): InitSpec['join'] {
  const ns = (name: string, flag: number): { readonly path: string; readonly flag: number } => ({
    path: `/proc/${pausePid}/ns/${name}`,
    flag,
  })
  return [ns('net', CLONE.NEWNET), ns('uts', CLONE.NEWUTS), ns('ipc', CLONE.NEWIPC)]
}

/** Environment of a command run in a container that runs already, whose first process has the home directory `home`. */
export function execEnv(
  config: ContainerConfig,
  image: ImageConfig,
  hostname: string,
  tty: boolean,
  home: string | undefined,
): readonly string[] {
  const env = mergeEnv([PATH, `HOSTNAME=${hostname}`, ...(tty ? ['TERM=xterm'] : []), ...(image.env ?? []), ...config.envs])
  return home === undefined || env.some((e) => e.startsWith('HOME=')) ? env : [...env, home]
}

/** Later settings of a variable replace earlier ones where they stand. */
function mergeEnv(env: readonly string[]): string[] {
  const merged = new Map<string, string>()
  for (const entry of env) merged.set(entry.slice(0, Math.max(0, entry.indexOf('='))), entry)
  return [...merged.values()]
}
