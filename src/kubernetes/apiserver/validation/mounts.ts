/** Where containers see volumes. Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateVolumeMounts, ValidateVolumeDevices). */
import { type FieldError, forbidden, invalid, notFound, notSupported, required } from '#kubernetes/api/field.ts'
import { bool, type Obj, objs, str } from '#kubernetes/api/json.ts'
import { among } from './check.ts'

/** Volumes of a pod that are fine, by name: claims can be mounted as devices. */
export type Volumes = ReadonlyMap<string, 'claim' | 'other'>

/** Errors of a path that must not leave its folder. Source: validatePathNoBacksteps. */
export const noBacksteps = (value: string, path: string): FieldError[] =>
  value.split('/').includes('..') ? [invalid(path, value, "must not contain '..'")] : []

/** Source: validateLocalDescendingPath. */
export const descending = (value: string, path: string): FieldError[] => [
  ...(value.startsWith('/') ? [invalid(path, value, 'must be a relative path')] : []),
  ...noBacksteps(value, path),
]

/** Source: ValidateLocalNonReservedPath. */
export const nonReserved = (value: string, path: string): FieldError[] => [
  ...descending(value, path),
  ...(value.startsWith('..') && !value.startsWith('../') ? [invalid(path, value, "must not start with '..'")] : []),
]

export function validateMounts(c: Obj, path: string, volumes: Volumes): FieldError[] {
  const out: FieldError[] = []
  const points = new Set<string>()
  const devices = new Map(objs(c, 'volumeDevices').map((d) => [str(d, 'name'), str(d, 'devicePath')]))
  const devicePaths = new Set(devices.values())
  for (const [i, m] of objs(c, 'volumeMounts').entries()) {
    const at = `${path}[${i}]`
    const [name, point] = [str(m, 'name'), str(m, 'mountPath')]
    if (name === '') out.push(required(`${at}.name`))
    if (!volumes.has(name)) out.push(notFound(`${at}.name`, name))
    if (point === '') out.push(required(`${at}.mountPath`))
    if (points.has(point)) out.push(invalid(`${at}.mountPath`, point, 'must be unique'))
    points.add(point)
    if (devices.has(name)) out.push(invalid(`${at}.name`, name, 'must not already exist in volumeDevices'))
    if (devicePaths.has(point)) out.push(invalid(`${at}.mountPath`, point, 'must not already exist as a path in volumeDevices'))
    const [sub, expression] = [str(m, 'subPath'), str(m, 'subPathExpr')]
    // These paths don't say which mount.
    if (sub !== '') out.push(...descending(sub, `${path}.subPath`))
    if (expression !== '') {
      if (sub !== '') out.push(invalid(`${at}.subPathExpr`, expression, 'subPathExpr and subPath are mutually exclusive'))
      out.push(...descending(expression, `${path}.subPathExpr`))
    }
    out.push(...propagation(m, `${path}.mountPropagation`, bool(c, 'securityContext', 'privileged') === true))
    out.push(...recursiveReadOnly(m, `${path}.recursiveReadOnly`))
  }
  return out
}

function propagation(mount: Obj, path: string, privileged: boolean): FieldError[] {
  const out = among(mount.mountPropagation, path, ['Bidirectional', 'HostToContainer', 'None'])
  if (mount.mountPropagation === 'Bidirectional' && !privileged)
    out.push(forbidden(path, 'Bidirectional mount propagation is available only to privileged containers'))
  return out
}

function recursiveReadOnly(mount: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const mode = mount.recursiveReadOnly
  if (mode === undefined || mode === 'Disabled') return out
  if (mode !== 'Enabled' && mode !== 'IfPossible') return [notSupported(path, mode, ['Disabled', 'Enabled', 'IfPossible'])]
  if (mount.readOnly !== true) out.push(forbidden(path, 'may only be specified when readOnly is true'))
  if (mount.mountPropagation !== undefined && mount.mountPropagation !== 'None')
    out.push(forbidden(path, 'may only be specified when mountPropagation is None or not specified'))
  return out
}

export function validateDevices(c: Obj, path: string, volumes: Volumes): FieldError[] {
  const out: FieldError[] = []
  const [names, paths] = [new Set<string>(), new Set<string>()]
  const mounts = new Map(objs(c, 'volumeMounts').map((m) => [str(m, 'name'), str(m, 'mountPath')]))
  const mountPaths = new Set(mounts.values())
  for (const [i, d] of objs(c, 'volumeDevices').entries()) {
    const at = `${path}[${i}]`
    const [name, device] = [str(d, 'name'), str(d, 'devicePath')]
    const kind = volumes.get(name)
    if (name === '') out.push(required(`${at}.name`))
    if (names.has(name)) out.push(invalid(`${at}.name`, name, 'must be unique'))
    if (kind === 'other')
      out.push(invalid(`${at}.name`, name, 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'))
    if (kind === undefined) out.push(notFound(`${at}.name`, name))
    if (device === '') out.push(required(`${at}.devicePath`))
    if (paths.has(device)) out.push(invalid(`${at}.devicePath`, device, 'must be unique'))
    if (noBacksteps(device, '').length > 0) out.push(invalid(`${at}.devicePath`, device, "can not contain backsteps ('..')"))
    else paths.add(device)
    if (mounts.has(name)) out.push(invalid(`${at}.name`, name, 'must not already exist in volumeMounts'))
    if (mountPaths.has(device)) out.push(invalid(`${at}.devicePath`, device, 'must not already exist as a path in volumeMounts'))
    if (name !== '') names.add(name)
  }
  return out
}
