import type { Sim } from '#sim/wait.ts'
import { inNetns } from './netns.ts'
import { portmap } from './portmap.ts'
import { ptp } from './ptp.ts'
import type { CniPlugin, CniResult } from './types.ts'

/** Brings `lo` up. */
const loopback: CniPlugin = {
  type: 'loopback',
  *add(proc, request): Sim<CniResult> {
    yield* inNetns(proc, request.netnsPath, () => proc.net.setLink('lo', { up: true }))
    return request.prevResult ?? { interfaces: [], ips: [], routes: [] }
  },
  *del(): Sim<void> {},
}

const PLUGINS: readonly CniPlugin[] = [ptp, portmap, loopback]

/** A plugin of /opt/cni/bin by name. */
export function cniPlugin(type: string): CniPlugin | undefined {
  return PLUGINS.find((p) => p.type === type)
}

/** Names of the plugins: the files of /opt/cni/bin. */
export const CNI_PLUGINS: readonly string[] = PLUGINS.map((p) => p.type)
