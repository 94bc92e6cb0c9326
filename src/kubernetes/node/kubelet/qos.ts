/** Quality of service classes, cgroups and what pods ask for. Source: pkg/kubelet/qos, cm, apis/core/v1/helper/qos. */
import { milliValue, wholeValue } from '#kubernetes/api/quantity.ts'
import type { Container, Pod } from '#kubernetes/client/types/pod.ts'
import type { LinuxResources } from '../cri/types.ts'

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

export function allContainers(pod: Pod): readonly Container[] {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers]
}

export function qosClass(pod: Pod): QosClass {
  let any = false
  let guaranteed = true
  for (const { resources } of allContainers(pod)) {
    for (const name of ['cpu', 'memory']) {
      const request = resources?.requests?.[name]
      const limit = resources?.limits?.[name]
      if (request !== undefined || limit !== undefined) any = true
      if (limit === undefined || (request !== undefined && milliValue(request) !== milliValue(limit))) guaranteed = false
    }
  }
  return !any ? 'BestEffort' : guaranteed ? 'Guaranteed' : 'Burstable'
}

const ROOT = '/kubelet.slice/kubelet-kubepods.slice'

/** Cgroup of a pod, in systemd's naming as kind has it. */
export function podCgroup(pod: Pod): string {
  const uid = (pod.metadata.uid ?? '').replaceAll('-', '_')
  const qos = qosClass(pod)
  if (qos === 'Guaranteed') return `${ROOT}/kubelet-kubepods-pod${uid}.slice`
  const lower = qos.toLowerCase()
  return `${ROOT}/kubelet-kubepods-${lower}.slice/kubelet-kubepods-${lower}-pod${uid}.slice`
}

const PERIOD = 100_000

/** Shares for a request in millicores. Source: MilliCPUToShares. */
export function cpuShares(milli: number): number {
  return Math.min(Math.max(2, Math.floor((milli * 1024) / 1000)), 262_144)
}

/** The more of its node's memory a burstable container asks for, the less likely it is killed. Source: GetContainerOOMScoreAdjust. */
export function oomScoreAdj(pod: Pod, container: Container, memoryCapacity: number): number {
  if ((pod.spec.priority ?? 0) >= 2_000_000_000) return -997
  const qos = qosClass(pod)
  if (qos === 'Guaranteed') return -997
  if (qos === 'BestEffort') return 1000
  const request = wholeValue(container.resources?.requests?.['memory'] ?? 0)
  const adjust = 1000 - Math.floor((1000 * request) / memoryCapacity)
  return Math.min(Math.max(adjust, 3), 999)
}

export function containerResources(pod: Pod, container: Container, memoryCapacity: number): LinuxResources {
  const { requests, limits } = container.resources ?? {}
  const cpuLimit = limits?.['cpu']
  const memoryLimit = limits?.['memory']
  return {
    cpuShares: cpuShares(milliValue(requests?.['cpu'] ?? cpuLimit ?? 0)),
    oomScoreAdj: oomScoreAdj(pod, container, memoryCapacity),
    ...(cpuLimit === undefined ? {} : { cpuQuota: Math.max(1000, Math.floor((milliValue(cpuLimit) * PERIOD) / 1000)), cpuPeriod: PERIOD }),
    ...(memoryLimit === undefined ? {} : { memoryLimit: wholeValue(memoryLimit) }),
  }
}

/** What the pod's own cgroup is limited to: only when every container has a limit. */
export function podResources(pod: Pod): LinuxResources {
  let requests = 0
  let cpu: number | undefined = 0
  let memory: number | undefined = 0
  for (const { resources } of pod.spec.containers) {
    requests += milliValue(resources?.requests?.['cpu'] ?? resources?.limits?.['cpu'] ?? 0)
    const c = resources?.limits?.['cpu']
    const m = resources?.limits?.['memory']
    cpu = c === undefined || cpu === undefined ? undefined : cpu + milliValue(c)
    memory = m === undefined || memory === undefined ? undefined : memory + wholeValue(m)
  }
  return {
    cpuShares: cpuShares(requests),
    oomScoreAdj: 0,
    ...(cpu === undefined ? {} : { cpuQuota: Math.max(1000, Math.floor((cpu * PERIOD) / 1000)), cpuPeriod: PERIOD }),
    ...(memory === undefined ? {} : { memoryLimit: memory }),
  }
}
