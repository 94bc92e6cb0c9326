/** What a pod's spec gets when it says nothing. Source: k8s.io/kubernetes pkg/apis/core/v1/defaults.go. */
import { type Draft, draft, drafts, isObj, type Obj } from '#kubernetes/api/json.ts'

/** Fills a PodSpec (of a pod or a template) in place. */
export function defaultPodSpec(spec: Draft): void {
  spec.dnsPolicy ??= 'ClusterFirst'
  // The old name of the field is kept beside the new one.
  const account = spec.serviceAccountName ?? spec.serviceAccount
  if (account !== undefined) {
    spec.serviceAccountName = account
    spec.serviceAccount = account
  }
  spec.restartPolicy ??= 'Always'
  if (spec.hostNetwork === true) defaultHostPorts(spec)
  const security = isObj(spec.securityContext) ? spec.securityContext : {}
  spec.securityContext = security
  spec.terminationGracePeriodSeconds ??= 30
  spec.schedulerName ??= 'default-scheduler'
  for (const container of [...drafts(spec, 'initContainers'), ...drafts(spec, 'containers')]) defaultContainer(container)
  for (const container of drafts(spec, 'ephemeralContainers')) defaultContainer(container)
  for (const volume of drafts(spec, 'volumes')) defaultVolume(volume)
}

function defaultHostPorts(spec: Draft): void {
  for (const container of [...drafts(spec, 'initContainers'), ...drafts(spec, 'containers')]) {
    for (const port of drafts(container, 'ports')) if (port.hostPort === undefined) port.hostPort = port.containerPort
  }
}

function defaultContainer(c: Draft): void {
  if (c.imagePullPolicy === undefined) c.imagePullPolicy = isLatest(String(c.image ?? '')) ? 'Always' : 'IfNotPresent'
  c.terminationMessagePath ??= '/dev/termination-log'
  c.terminationMessagePolicy ??= 'File'
  for (const port of drafts(c, 'ports')) port.protocol ??= 'TCP'
  for (const env of drafts(c, 'env')) {
    const ref = isObj(env.valueFrom) ? (env.valueFrom as Draft).fieldRef : undefined
    if (isObj(ref)) (ref as Draft).apiVersion ??= 'v1'
    const file = isObj(env.valueFrom) ? (env.valueFrom as Draft).fileKeyRef : undefined
    if (isObj(file)) (file as Draft).optional ??= false
    const resource = isObj(env.valueFrom) ? (env.valueFrom as Draft).resourceFieldRef : undefined
    if (isObj(resource)) (resource as Draft).divisor ??= '0'
  }
  draft(c, 'resources')
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = c[name]
    if (isObj(probe)) defaultProbe(probe as Draft)
  }
  const lifecycle = c.lifecycle
  if (isObj(lifecycle)) {
    for (const name of ['postStart', 'preStop']) {
      const handler = lifecycle[name]
      if (isObj(handler)) defaultHandler(handler as Draft)
    }
  }
}

/** Limits without requests are requests too: those of pods, not of templates. */
export function defaultRequests(spec: Draft): void {
  for (const container of [...drafts(spec, 'initContainers'), ...drafts(spec, 'containers')]) requestsOf(draft(container, 'resources'))
}

function requestsOf(resources: Draft): void {
  const limits = resources.limits
  if (!isObj(limits)) return
  const requests: Draft = isObj(resources.requests) ? { ...resources.requests } : {}
  for (const name of Object.keys(limits)) requests[name] ??= limits[name]
  resources.requests = requests
}

export function isLatest(image: string): boolean {
  if (image.includes('@')) return false
  const name = image.slice(image.lastIndexOf('/') + 1)
  const colon = name.indexOf(':')
  return colon < 0 || name.slice(colon + 1) === 'latest'
}

function defaultProbe(probe: Draft): void {
  probe.timeoutSeconds ??= 1
  probe.periodSeconds ??= 10
  probe.successThreshold ??= 1
  probe.failureThreshold ??= 3
  defaultHandler(probe)
  const grpc = probe.grpc
  if (isObj(grpc)) (grpc as Draft).service ??= ''
}

function defaultHandler(handler: Draft): void {
  const http = handler.httpGet
  if (!isObj(http)) return
  const get = http as Draft
  get.path ??= '/'
  get.scheme ??= 'HTTP'
}

const SOURCES = [
  'hostPath',
  'emptyDir',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'gitRepo',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'persistentVolumeClaim',
  'rbd',
  'flexVolume',
  'cinder',
  'cephfs',
  'flocker',
  'downwardAPI',
  'fc',
  'azureFile',
  'configMap',
  'vsphereVolume',
  'quobyte',
  'azureDisk',
  'photonPersistentDisk',
  'projected',
  'portworxVolume',
  'scaleIO',
  'storageos',
  'csi',
  'ephemeral',
  'image',
]

/** Kinds of volume a volume has. */
export const volumeSources = (volume: Obj): string[] => SOURCES.filter((s) => isObj(volume[s]))

function defaultVolume(volume: Draft): void {
  if (volumeSources(volume).length === 0) volume.emptyDir = {}
  for (const name of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    const source = volume[name]
    if (isObj(source)) (source as Draft).defaultMode ??= 0o644
  }
  const hostPath = volume.hostPath
  if (isObj(hostPath)) (hostPath as Draft).type ??= ''
  const downward = volume.downwardAPI
  if (isObj(downward)) defaultDownward(downward as Draft)
  const iscsi = volume.iscsi
  if (isObj(iscsi)) (iscsi as Draft).iscsiInterface ??= 'default'
  const rbd = volume.rbd
  if (isObj(rbd)) {
    const r = rbd as Draft
    r.pool ??= 'rbd'
    r.user ??= 'admin'
    r.keyring ??= '/etc/ceph/keyring'
  }
  const image = volume.image
  if (isObj(image)) (image as Draft).pullPolicy ??= isLatest(String((image as Draft).reference ?? '')) ? 'Always' : 'IfNotPresent'
  const projected = volume.projected
  if (isObj(projected)) {
    for (const source of drafts(projected as Draft, 'sources')) {
      const token = source.serviceAccountToken
      if (isObj(token)) (token as Draft).expirationSeconds ??= 3600
      const items = source.downwardAPI
      if (isObj(items)) defaultDownward(items as Draft)
    }
  }
  const ephemeral = volume.ephemeral
  if (isObj(ephemeral) && isObj((ephemeral as Draft).volumeClaimTemplate)) {
    const spec = draft((ephemeral as Draft).volumeClaimTemplate as Draft, 'spec')
    spec.volumeMode ??= 'Filesystem'
  }
}

function defaultDownward(source: Draft): void {
  for (const item of drafts(source, 'items')) {
    if (isObj(item.fieldRef)) (item.fieldRef as Draft).apiVersion ??= 'v1'
    if (isObj(item.resourceFieldRef)) (item.resourceFieldRef as Draft).divisor ??= '0'
  }
}
