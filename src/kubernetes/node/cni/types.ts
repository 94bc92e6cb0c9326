/** The Container Network Interface as container runtime and plugins see it. Source: CNI specification 1.0.0. */
import type { Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'

/** One plugin of a network configuration list (`/etc/cni/net.d/10-kindnet.conflist`); members beyond `type` are the plugin's own. */
export interface CniPluginConfig {
  readonly type: string
  readonly [member: string]: unknown
}

export interface CniConfigList {
  readonly cniVersion: string
  readonly name: string
  readonly plugins: readonly CniPluginConfig[]
}

export interface PortMapping {
  readonly hostPort: number
  readonly containerPort: number
  readonly protocol: 'tcp' | 'udp'
  readonly hostIP?: string
}

/** What plugins get in their environment (CNI_CONTAINERID, CNI_NETNS, CNI_IFNAME) and on standard input. */
export interface CniRequest {
  readonly containerId: string
  /** Where the network namespace is mounted: `/var/run/netns/cni-…`. */
  readonly netnsPath: string
  /** `eth0`. */
  readonly ifName: string
  readonly networkName: string
  readonly config: CniPluginConfig
  /** Result of the plugin before, in a list. */
  readonly prevResult?: CniResult
  readonly portMappings: readonly PortMapping[]
}

export interface CniResult {
  readonly interfaces: readonly { readonly name: string; readonly mac: string; readonly sandbox?: string }[]
  /** Addresses with prefix length: `10.244.1.5/24`. */
  readonly ips: readonly { readonly address: string; readonly gateway?: string }[]
  readonly routes: readonly { readonly dst: string; readonly gw?: string }[]
}

/** A plugin fails by throwing an Error; its message is what the runtime reports. */
export interface CniPlugin {
  /** Name of its executable in /opt/cni/bin: `ptp`, `portmap`, `bridge`, `host-local`, `loopback`. */
  readonly type: string
  /** `proc` is a process in the host's namespaces with all capabilities (the runtime's). */
  add(proc: Proc, request: CniRequest): Sim<CniResult>
  del(proc: Proc, request: CniRequest): Sim<void>
}
