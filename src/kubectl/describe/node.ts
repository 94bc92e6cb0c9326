import { type Obj, obj, objs, str, strMap, strs } from '#kubernetes/api/json.ts'
import { addQuantities, canonicalQuantity, compareQuantities, milliValue, wholeValue } from '#kubernetes/api/quantity.ts'
import type { Sim } from '#sim/wait.ts'
import { ServerError } from '../errors.ts'
import type { Kubectl } from '../kubectl.ts'
import { rfc1123 } from '../print/age.ts'
import type { KubeObject } from '../rest.ts'
import { type Describer, head, labelsAndAnnotations, listItems, since } from './context.ts'
import type { Description } from './writer.ts'

type Amounts = Record<string, string>

function add(into: Amounts, more: Readonly<Record<string, string>>): void {
  for (const [name, amount] of Object.entries(more)) into[name] = addQuantities(into[name] ?? '0', amount)
}

function raise(into: Amounts, other: Readonly<Record<string, string>>): void {
  for (const [name, amount] of Object.entries(other))
    if (into[name] === undefined || compareQuantities(amount, into[name]) > 0) into[name] = amount
}

/** What a Pod asks for (`requests`) or may use (`limits`): containers and sidecars together, or an init container if that is more. */
export function podResources(pod: KubeObject, which: 'requests' | 'limits'): Amounts {
  const total: Amounts = {}
  for (const c of objs(pod, 'spec', 'containers')) add(total, strMap(c, 'resources', which))
  const sidecars: Amounts = {}
  const init: Amounts = {}
  for (const c of objs(pod, 'spec', 'initContainers')) {
    const own = { ...strMap(c, 'resources', which) }
    if (str(c, 'restartPolicy') === 'Always') {
      add(sidecars, own)
      raise(init, sidecars)
    } else {
      add(own, sidecars)
      raise(init, own)
    }
  }
  add(total, sidecars)
  raise(total, init)
  Object.assign(total, strMap(pod, 'spec', 'resources', which))
  const overhead = strMap(pod, 'spec', 'overhead')
  if (which === 'requests') add(total, overhead)
  else
    for (const [name, amount] of Object.entries(overhead)) if (total[name] !== undefined) total[name] = addQuantities(total[name], amount)
  return total
}

function share(amount: string | undefined, of: string | undefined, value: (q: unknown) => number): string {
  const text = amount === undefined ? '0' : (canonicalQuantity(amount) ?? amount)
  const whole = value(of ?? '0')
  return `${text} (${whole === 0 ? 0 : Math.trunc((value(amount ?? '0') / whole) * 100)}%)`
}

function* lease(k: Kubectl, d: Description, name: string): Sim<void> {
  try {
    const object = yield* (yield* k.rest()).json('GET', `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`)
    const time = (key: string): string => (str(object, 'spec', key) === '' ? '<unset>' : rfc1123(str(object, 'spec', key)))
    d.line(0, 'Lease:')
    d.line(1, `HolderIdentity:\t${str(object, 'spec', 'holderIdentity') || '<unset>'}`)
    d.line(1, `AcquireTime:\t${time('acquireTime')}`)
    d.line(1, `RenewTime:\t${time('renewTime')}`)
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    d.line(0, `Lease:\tFailed to get lease: ${error.message}`)
  }
}

function list(d: Description, title: string, resources: Readonly<Record<string, string>>): void {
  const names = Object.keys(resources).sort()
  if (names.length === 0) return
  d.line(0, `${title}:`)
  for (const name of names) d.line(0, `  ${name}:\t${resources[name]}`)
}

const ROLE = 'node-role.kubernetes.io/'

export const node: Describer = function* (k, d, object) {
  const labels = object.metadata?.labels ?? {}
  const roles = Object.keys(labels)
    .filter((l) => l.startsWith(ROLE) && l.length > ROLE.length)
    .map((l) => l.slice(ROLE.length))
  if (labels['kubernetes.io/role'] !== undefined && labels['kubernetes.io/role'] !== '') roles.push(labels['kubernetes.io/role'])
  head(d, object, false)
  d.line(0, `Roles:\t${[...new Set(roles)].sort().join(',') || '<none>'}`)
  labelsAndAnnotations(d, object)
  d.line(0, `CreationTimestamp:\t${rfc1123(object.metadata?.creationTimestamp)}`)
  taints(d, objs(object, 'spec', 'taints'))
  d.line(0, `Unschedulable:\t${obj(object, 'spec').unschedulable === true}`)
  yield* lease(k, d, object.metadata?.name ?? '')
  const conditions = objs(object, 'status', 'conditions')
  if (conditions.length > 0) {
    d.line(0, 'Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage')
    d.line(1, '----\t------\t-----------------\t------------------\t------\t-------')
    for (const c of conditions)
      d.line(
        1,
        `${str(c, 'type')} \t${str(c, 'status')} \t${rfc1123(str(c, 'lastHeartbeatTime'))} \t${rfc1123(str(c, 'lastTransitionTime'))} \t${str(c, 'reason')} \t${str(c, 'message')}`,
      )
  }
  d.line(0, 'Addresses:')
  for (const a of objs(object, 'status', 'addresses')) d.line(1, `${str(a, 'type')}:\t${str(a, 'address')}`)
  const capacity = strMap(object, 'status', 'capacity')
  const allocatable = strMap(object, 'status', 'allocatable')
  list(d, 'Capacity', capacity)
  list(d, 'Allocatable', allocatable)
  const info = (key: string): string => str(object, 'status', 'nodeInfo', key)
  d.line(0, 'System Info:')
  for (const [title, key] of INFO) d.line(0, `  ${title}:\t${info(key)}`)
  const spec = obj(object, 'spec')
  if (str(spec, 'podCIDR') !== '') d.line(0, `PodCIDR:\t${str(spec, 'podCIDR')}`)
  if (strs(spec, 'podCIDRs').length > 0) d.line(0, `PodCIDRs:\t${strs(spec, 'podCIDRs').join(',')}`)
  if (str(spec, 'providerID') !== '') d.line(0, `ProviderID:\t${str(spec, 'providerID')}`)
  try {
    const fields = `spec.nodeName=${object.metadata?.name},status.phase!=Failed,status.phase!=Succeeded`
    pods(k, d, yield* listItems(k, '/api/v1/pods', { fieldSelector: fields }), Object.keys(allocatable).length > 0 ? allocatable : capacity)
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    d.line(0, 'Pods:\tnot authorized')
  }
}

const INFO = [
  ['Machine ID', 'machineID'],
  ['System UUID', 'systemUUID'],
  ['Boot ID', 'bootID'],
  ['Kernel Version', 'kernelVersion'],
  ['OS Image', 'osImage'],
  ['Operating System', 'operatingSystem'],
  ['Architecture', 'architecture'],
  ['Container Runtime Version', 'containerRuntimeVersion'],
  ['Kubelet Version', 'kubeletVersion'],
] as const

function taints(d: Description, taintList: readonly Obj[]): void {
  const texts = taintList.map((t) => `${str(t, 'key')}${str(t, 'value') === '' ? '' : `=${str(t, 'value')}`}:${str(t, 'effect')}`)
  const ordered = taintList
    .map((t, i) => ({ key: `${str(t, 'effect')},${str(t, 'key')}`, text: texts[i] ?? '' }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  if (ordered.length === 0) d.line(0, 'Taints:\t<none>')
  ordered.forEach(({ text }, i) => {
    d.line(0, `${i === 0 ? 'Taints:' : ''}\t${text}`)
  })
}

function pods(k: Kubectl, d: Description, all: readonly KubeObject[], allocatable: Readonly<Record<string, string>>): void {
  d.line(0, `Non-terminated Pods:\t(${all.length} in total)`)
  d.line(1, 'Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge')
  d.line(1, '---------\t----\t\t------------\t----------\t---------------\t-------------\t---')
  const requests: Amounts = {}
  const limits: Amounts = {}
  for (const pod of all) {
    const wants = podResources(pod, 'requests')
    const max = podResources(pod, 'limits')
    add(requests, wants)
    add(limits, max)
    const cpu = (a: Amounts): string => share(a.cpu, allocatable.cpu, milliValue)
    const memory = (a: Amounts): string => share(a.memory, allocatable.memory, wholeValue)
    d.line(
      1,
      `${pod.metadata?.namespace}\t${pod.metadata?.name}\t\t${cpu(wants)}\t${cpu(max)}\t${memory(wants)}\t${memory(max)}\t${since(k, pod.metadata?.creationTimestamp ?? '')}`,
    )
  }
  d.line(0, 'Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)')
  d.line(1, 'Resource\tRequests\tLimits')
  d.line(1, '--------\t--------\t------')
  const row = (name: string, value: (q: unknown) => number): void =>
    d.line(1, `${name}\t${share(requests[name], allocatable[name], value)}\t${share(limits[name], allocatable[name], value)}`)
  row('cpu', milliValue)
  row('memory', wholeValue)
  row('ephemeral-storage', wholeValue)
  for (const name of Object.keys(allocatable)
    .filter((n) => n.startsWith('hugepages-'))
    .sort())
    row(name, wholeValue)
  const standard = new Set(['cpu', 'memory', 'ephemeral-storage', 'pods'])
  for (const name of Object.keys(allocatable)
    .filter((n) => !standard.has(n) && !n.startsWith('hugepages-'))
    .sort())
    d.line(1, `${name}\t${requests[name] ?? '0'}\t${limits[name] ?? '0'}`)
}
