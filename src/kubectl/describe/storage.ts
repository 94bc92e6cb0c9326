import { at, obj, objs, str, strMap, strs } from '#kubernetes/api/json.ts'
import { rfc1123 } from '../print/age.ts'
import type { KubeObject } from '../rest.ts'
import { boolText, type Describer, goList, head, labelsAndAnnotations, listItems, pairs, since } from './context.ts'
import { volumeLines } from './pod.ts'

const SHORT: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
}

const modes = (list: readonly string[]): string =>
  Object.entries(SHORT)
    .filter(([name]) => list.includes(name))
    .map(([, short]) => short)
    .join(',')

export const volume: Describer = function* (k, d, pv) {
  const spec = obj(pv, 'spec')
  head(d, pv, false)
  labelsAndAnnotations(d, pv)
  d.line(0, `Finalizers:\t${goList(pv.metadata?.finalizers ?? [])}`)
  d.line(0, `StorageClass:\t${str(spec, 'storageClassName')}`)
  const ending = pv.metadata?.deletionTimestamp
  d.line(0, `Status:\t${ending === undefined ? str(pv, 'status', 'phase') : `Terminating (lasts ${since(k, ending)})`}`)
  d.line(0, `Claim:\t${spec.claimRef === undefined ? '' : `${str(spec, 'claimRef', 'namespace')}/${str(spec, 'claimRef', 'name')}`}`)
  d.line(0, `Reclaim Policy:\t${str(spec, 'persistentVolumeReclaimPolicy')}`)
  d.line(0, `Access Modes:\t${modes(strs(spec, 'accessModes'))}`)
  if (spec.volumeMode !== undefined) d.line(0, `VolumeMode:\t${str(spec, 'volumeMode')}`)
  d.line(0, `Capacity:\t${str(spec, 'capacity', 'storage') || '0'}`)
  const required = at(spec, 'nodeAffinity', 'required')
  if (spec.nodeAffinity === undefined) d.line(0, 'Node Affinity:\t<none>')
  else {
    d.line(0, 'Node Affinity:\t')
    const terms = objs(required, 'nodeSelectorTerms')
    d.line(1, `Required Terms:\t${terms.length === 0 ? '<none>' : ''}`)
    terms.forEach((term, i) => {
      const texts = objs(term, 'matchExpressions').map(
        (e) =>
          `${str(e, 'key')} ${str(e, 'operator').toLowerCase()}${strs(e, 'values').length === 0 ? '' : ` [${strs(e, 'values').join(', ')}]`}`,
      )
      if (texts.length === 0) d.line(2, `Term ${i}:\t<none>`)
      texts.forEach((text, j) => {
        d.line(2, `${j === 0 ? `Term ${i}:` : ''}\t${text}`)
      })
    })
  }
  d.line(0, `Message:\t${str(pv, 'status', 'message')}`)
  d.line(0, 'Source:')
  const local = at(spec, 'local')
  const source = ['hostPath', 'nfs', 'csi'].find((key) => spec[key] !== undefined)
  if (local !== undefined) {
    d.line(2, 'Type:\tLocalVolume (a persistent volume backed by local storage on a node)')
    d.line(2, `Path:\t${str(local, 'path')}`)
  } else if (source === undefined) d.line(1, '<unknown>')
  else for (const text of volumeLines({ name: '', [source]: spec[source] })) d.line(2, text)
}

function claimPods(pvc: KubeObject, pods: readonly KubeObject[]): string[] {
  return pods
    .filter((p) => objs(p, 'spec', 'volumes').some((v) => str(v, 'persistentVolumeClaim', 'claimName') === pvc.metadata?.name))
    .map((p) => p.metadata?.name ?? '')
}

export const claim: Describer = function* (k, d, pvc) {
  const spec = obj(pvc, 'spec')
  head(d, pvc)
  d.line(0, `StorageClass:\t${str(spec, 'storageClassName')}`)
  const ending = pvc.metadata?.deletionTimestamp
  d.line(0, `Status:\t${ending === undefined ? str(pvc, 'status', 'phase') : `Terminating (lasts ${since(k, ending)})`}`)
  const bound = str(spec, 'volumeName')
  d.line(0, `Volume:\t${bound}`)
  labelsAndAnnotations(d, pvc)
  d.line(0, `Finalizers:\t${goList(pvc.metadata?.finalizers ?? [])}`)
  d.line(0, `Capacity:\t${bound === '' ? '' : str(pvc, 'status', 'capacity', 'storage') || '0'}`)
  d.line(0, `Access Modes:\t${bound === '' ? '' : modes(strs(pvc, 'status', 'accessModes'))}`)
  if (spec.volumeMode !== undefined) d.line(0, `VolumeMode:\t${str(spec, 'volumeMode')}`)
  const data = obj(spec, 'dataSource')
  if (data.kind !== undefined) {
    d.line(0, 'DataSource:')
    if (data.apiGroup !== undefined) d.line(1, `APIGroup:\t${str(data, 'apiGroup')}`)
    d.line(1, `Kind:\t${str(data, 'kind')}`)
    d.line(1, `Name:\t${str(data, 'name')}`)
  }
  const pods = claimPods(pvc, yield* listItems(k, `/api/v1/namespaces/${pvc.metadata?.namespace}/pods`))
  if (pods.length === 0) d.line(0, 'Used By:\t<none>')
  pods.forEach((name, i) => {
    d.line(0, `${i === 0 ? 'Used By:' : ''}\t${name}`)
  })
  const conditions = objs(pvc, 'status', 'conditions')
  if (conditions.length === 0) return
  d.line(0, 'Conditions:')
  d.line(1, 'Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage')
  d.line(1, '----\t------\t-----------------\t------------------\t------\t-------')
  for (const c of conditions)
    d.line(
      1,
      `${str(c, 'type')} \t${str(c, 'status')} \t${rfc1123(str(c, 'lastProbeTime') || undefined)} \t${rfc1123(str(c, 'lastTransitionTime'))} \t${str(c, 'reason')} \t${str(c, 'message')}`,
    )
}

export const storageClass: Describer = function* (_, d, sc) {
  head(d, sc, false)
  const standard = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'].some(
    (key) => sc.metadata?.annotations?.[key] === 'true',
  )
  d.line(0, `IsDefaultClass:\t${standard ? 'Yes' : 'No'}`)
  d.line(0, `Annotations:\t${pairs(strMap(sc, 'metadata', 'annotations'))}`)
  d.line(0, `Provisioner:\t${str(sc, 'provisioner')}`)
  d.line(0, `Parameters:\t${pairs(strMap(sc, 'parameters'))}`)
  d.line(0, `AllowVolumeExpansion:\t${boolText(sc, 'allowVolumeExpansion')}`)
  const options = strs(sc, 'mountOptions')
  d.line(0, `MountOptions:${options.length === 0 ? '\t<none>' : ''}`)
  for (const option of options) d.line(1, option)
  if (sc.reclaimPolicy !== undefined) d.line(0, `ReclaimPolicy:\t${str(sc, 'reclaimPolicy')}`)
  if (sc.volumeBindingMode !== undefined) d.line(0, `VolumeBindingMode:\t${str(sc, 'volumeBindingMode')}`)
}

export const csiNode: Describer = function* (_, d, node) {
  head(d, node, false)
  labelsAndAnnotations(d, node)
  d.line(0, `CreationTimestamp:\t${rfc1123(node.metadata?.creationTimestamp)}`)
  d.line(0, 'Spec:')
  const drivers = objs(node, 'spec', 'drivers')
  if (drivers.length > 0) d.line(1, 'Drivers:')
  for (const driver of drivers) {
    d.line(2, `${str(driver, 'name')}:`)
    d.line(3, `Node ID:\t${str(driver, 'nodeID')}`)
    if (driver.topologyKeys !== undefined) d.line(3, `Topology Keys:\t${goList(strs(driver, 'topologyKeys'))}`)
  }
}
