/** What volumes are made of, kind by kind. Source: k8s.io/kubernetes pkg/apis/core/validation (validateVolumeSource, ValidatePersistentVolumeSpec). */
import { type FieldError, forbidden, invalid, notSupported, required, tooLong } from '#kubernetes/api/field.ts'
import { isObj, num, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { isDns1123Subdomain } from '#kubernetes/api/names.ts'
import { compareQuantities } from '#kubernetes/api/quantity.ts'
import { among, between, complain, dnsLabel, needed, oneOf, optional, subdomain } from './check.ts'
import { PULL_POLICIES } from './containers.ts'
import { descending, noBacksteps, nonReserved } from './mounts.ts'

export type SourceRule = (source: Obj, path: string) => FieldError[]

const HOST_PATH_TYPES = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket']

export const fileMode = (value: number | undefined, path: string): FieldError[] =>
  value !== undefined && (value < 0 || value > 0o777)
    ? [invalid(path, value, 'must be a number between 0 and 0777 (octal), both inclusive')]
    : []

/** Source: validateKeyToPath. */
export function keyToPath(item: Obj, path: string): FieldError[] {
  return [
    ...needed(str(item, 'key'), `${path}.key`),
    ...needed(str(item, 'path'), `${path}.path`, nonReserved),
    ...fileMode(num(item, 'mode'), `${path}.mode`),
  ]
}

const keyed =
  (name: string): SourceRule =>
  (s, path) => [
    ...needed(str(s, name), `${path}.${name}`),
    ...fileMode(num(s, 'defaultMode'), `${path}.defaultMode`),
    ...objs(s, 'items').flatMap((item, i) => keyToPath(item, `${path}.items[${i}]`)),
  ]

/** Fields that must not be empty. */
const having =
  (...names: readonly string[]): SourceRule =>
  (s, path) =>
    names.flatMap((name) =>
      Array.isArray(s[name]) ? (strs(s, name).length > 0 ? [] : [required(`${path}.${name}`)]) : needed(str(s, name), `${path}.${name}`),
    )

/** The name of a secret; in persistent volumes its namespace, too. */
const secretRef =
  (...names: readonly string[]): SourceRule =>
  (s, path) =>
    isObj(s.secretRef) ? names.flatMap((name) => needed(str(s, 'secretRef', name), `${path}.secretRef.${name}`)) : []

/** The path says `persistentDisk`, whatever the field is called. */
const disk =
  (name: string): SourceRule =>
  (s, path) => {
    const at = name === 'pdName' ? path.replace(/gcePersistentDisk$/, 'persistentDisk') : path
    const partition = num(s, 'partition') ?? 0
    return [
      ...needed(str(s, name), `${at}.${name}`),
      ...(partition < 0 || partition > 255 ? [invalid(`${at}.partition`, partition, 'must be between 1 and 255, inclusive')] : []),
    ]
  }

const hostPath: SourceRule = (s, path) => {
  const value = str(s, 'path')
  if (value === '') return [required(`${path}.path`)]
  const out = noBacksteps(value, `${path}.path`)
  if (!HOST_PATH_TYPES.includes(str(s, 'type'))) out.push(notSupported(`${path}.type`, s.type, HOST_PATH_TYPES))
  return out
}

const nfs: SourceRule = (s, path) => {
  const out = [...needed(str(s, 'server'), `${path}.server`), ...needed(str(s, 'path'), `${path}.path`)]
  if (!str(s, 'path').startsWith('/')) out.push(invalid(`${path}.path`, str(s, 'path'), 'must be an absolute path'))
  return out
}

const ISCSI_NAME = {
  iqn: /iqn\.\d{4}-\d{2}\.([A-Za-z0-9\-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[A-Za-z0-9]{16}$/,
  naa: /^naa.[A-Za-z0-9]{32}$/,
}

function iscsiName(name: string, path: string, start: string): FieldError[] {
  const kind = (['iqn', 'eui', 'naa'] as const).find((k) => name.startsWith(k))
  if (kind === undefined) return [invalid(path, name, start)]
  return ISCSI_NAME[kind].test(name) ? [] : [invalid(path, name, 'must be valid format')]
}

/** `name`: of the persistent volume, in whose messages less is said. */
const iscsi =
  (persistent: boolean): SourceRule =>
  (s, path) => {
    const start = persistent ? 'must be valid format' : 'must be valid format starting with iqn, eui, or naa'
    const lun = num(s, 'lun') ?? 0
    const out = needed(str(s, 'targetPortal'), `${path}.targetPortal`)
    out.push(...needed(str(s, 'iqn'), `${path}.iqn`, (v, at) => iscsiName(v, at, start)), ...between(lun, `${path}.lun`, 0, 255))
    if ((s.chapAuthDiscovery === true || s.chapAuthSession === true) && !isObj(s.secretRef)) out.push(required(`${path}.secretRef`))
    if (persistent) out.push(...secretRef('name')(s, path))
    if (s.initiatorName !== undefined) out.push(...iscsiName(str(s, 'initiatorName'), `${path}.initiatorname`, start))
    return out
  }

const fc: SourceRule = (s, path) => {
  const [wwns, ids] = [strs(s, 'targetWWNs'), strs(s, 'wwids')]
  const out: FieldError[] = []
  if (wwns.length === 0 && ids.length === 0)
    out.push(required(`${path}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both'))
  if (wwns.length > 0 && ids.length > 0)
    out.push(invalid(`${path}.targetWWNs`, wwns, 'targetWWNs and wwids can not be specified simultaneously'))
  if (wwns.length > 0) {
    const lun = num(s, 'lun')
    if (lun === undefined) out.push(required(`${path}.lun`, 'lun is required if targetWWNs is specified'))
    else out.push(...between(lun, `${path}.lun`, 0, 255))
  }
  return out
}

const flexVolume: SourceRule = (s, path) => [
  ...needed(str(s, 'driver'), `${path}.driver`),
  ...Object.keys(obj(s, 'options'))
    .sort()
    .filter((key) => /\.(kubernetes|k8s)\.io$/.test(`.${(key.includes('/') ? (key.split('/')[0] ?? '') : key).toLowerCase()}`))
    .map((key) => invalid(`${path}.options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved')),
]

const azureDisk: SourceRule = (s, path) => {
  const uri = str(s, 'diskURI')
  const out = [...needed(str(s, 'diskName'), `${path}.diskName`), ...needed(uri, `${path}.diskURI`)]
  out.push(...among(s.cachingMode, `${path}.cachingMode`, ['None', 'ReadOnly', 'ReadWrite']))
  out.push(...among(s.kind, `${path}.kind`, ['Dedicated', 'Managed', 'Shared']))
  const managed = s.kind === 'Managed'
  const form = managed
    ? '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}'
    : 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd'
  if (s.kind !== undefined && !uri.startsWith(managed ? '/subscriptions/' : 'https://'))
    out.push(notSupported(`${path}.diskURI`, uri, [form]))
  return out
}

const flocker: SourceRule = (s, path) => {
  const [name, id] = [str(s, 'datasetName'), str(s, 'datasetUUID')]
  const out: FieldError[] = []
  if (name === '' && id === '') out.push(required(path, 'one of datasetName and datasetUUID is required'))
  if (name !== '' && id !== '') out.push(invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'))
  if (name.includes('/')) out.push(invalid(`${path}.datasetName`, name, "must not contain '/'"))
  return out
}

const PAIRS = 'must be a host:port pair or multiple pairs separated by commas'
const quobyte: SourceRule = (s, path) => {
  const registry = str(s, 'registry')
  const out: FieldError[] = []
  if (registry === '') out.push(required(`${path}.registry`, PAIRS))
  else if (str(s, 'tenant').length >= 65)
    out.push(required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'))
  else for (const pair of registry.split(',')) if (!/^[^:]*:[^:]*$/.test(pair)) out.push(invalid(`${path}.registry`, registry, PAIRS))
  return [...out, ...needed(str(s, 'volume'), `${path}.volume`)]
}

const storageos: SourceRule = (s, path) => [
  ...needed(str(s, 'volumeName'), `${path}.volumeName`, dnsLabel),
  ...optional(str(s, 'volumeNamespace'), `${path}.volumeNamespace`, dnsLabel),
]

/** Source: ValidateCSIDriverName. */
export function csiDriverName(name: string, path: string): FieldError[] {
  const out: FieldError[] = []
  if (name === '') out.push(required(path))
  if (name.length > 63) out.push(tooLong(path, 63))
  return [...out, ...complain(isDns1123Subdomain(name.toLowerCase()), path, name)]
}

const csi: SourceRule = (s, path) => {
  const out = csiDriverName(str(s, 'driver'), `${path}.driver`)
  if (!isObj(s.nodePublishSecretRef)) return out
  const name = str(s, 'nodePublishSecretRef', 'name')
  return [...out, ...(name === '' ? [required(`${path}.nodePublishSecretRef.name`)] : subdomain(name, `${path}.name`))]
}

const persistentCsi: SourceRule = (s, path) => {
  const out = [...csiDriverName(str(s, 'driver'), `${path}.driver`), ...needed(str(s, 'volumeHandle'), `${path}.volumeHandle`)]
  for (const name of ['controllerPublishSecretRef', 'controllerExpandSecretRef', 'nodePublishSecretRef', 'nodeExpandSecretRef']) {
    const ref = s[name]
    if (!isObj(ref)) continue
    out.push(...needed(str(ref, 'name'), `${path}.${name}.name`, subdomain))
    out.push(...needed(str(ref, 'namespace'), `${path}.${name}.namespace`, dnsLabel))
  }
  return out
}

const emptyDir: SourceRule = (s, path) =>
  s.sizeLimit !== undefined && compareQuantities(s.sizeLimit, '0') < 0
    ? [forbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
    : []

const all =
  (...rules: readonly SourceRule[]): SourceRule =>
  (s, path) =>
    rules.flatMap((rule) => rule(s, path))

const scaleIO = having('gateway', 'system', 'volumeName')
const required_ =
  (name: string): SourceRule =>
  (s, path) =>
    strs(s, name).length === 0 ? [required(`${path}.${name}`)] : []

/** Volumes of pods in upstream's order; those that need more of their pod are looked at elsewhere. */
export const POD_SOURCES: { readonly [name: string]: SourceRule } = {
  emptyDir,
  hostPath,
  gitRepo: (s, path) => [...needed(str(s, 'repository'), `${path}.repository`), ...descending(str(s, 'directory'), `${path}.directory`)],
  gcePersistentDisk: disk('pdName'),
  awsElasticBlockStore: disk('volumeID'),
  secret: keyed('secretName'),
  nfs,
  iscsi: iscsi(false),
  glusterfs: having('endpoints', 'path'),
  flocker,
  persistentVolumeClaim: having('claimName'),
  rbd: all(required_('monitors'), having('image')),
  cinder: all(having('volumeID'), secretRef('name')),
  cephfs: required_('monitors'),
  quobyte,
  fc,
  flexVolume,
  configMap: keyed('name'),
  azureFile: having('secretName', 'shareName'),
  vsphereVolume: having('volumePath'),
  photonPersistentDisk: having('pdID'),
  portworxVolume: having('volumeID'),
  azureDisk,
  storageos: all(storageos, secretRef('name')),
  scaleIO,
  csi,
  image: (s, path) => oneOf(s.pullPolicy, `${path}.pullPolicy`, PULL_POLICIES),
}

/** Sources of persistent volumes, in upstream's order. */
export const PERSISTENT_SOURCES: { readonly [name: string]: SourceRule } = {
  hostPath,
  gcePersistentDisk: disk('pdName'),
  awsElasticBlockStore: disk('volumeID'),
  glusterfs: having('endpoints', 'path'),
  flocker,
  nfs,
  rbd: all(required_('monitors'), having('image')),
  quobyte,
  cephfs: required_('monitors'),
  iscsi: iscsi(true),
  cinder: all(having('volumeID'), secretRef('name', 'namespace')),
  fc,
  flexVolume,
  azureFile: all(having('secretName', 'shareName'), (s, path) => (s.secretNamespace === '' ? [required(`${path}.secretNamespace`)] : [])),
  vsphereVolume: having('volumePath'),
  photonPersistentDisk: having('pdID'),
  portworxVolume: having('volumeID'),
  azureDisk,
  scaleIO,
  local: (s, path) => needed(str(s, 'path'), `${path}.path`, noBacksteps),
  storageos: all(storageos, secretRef('name', 'namespace')),
  csi: persistentCsi,
}
