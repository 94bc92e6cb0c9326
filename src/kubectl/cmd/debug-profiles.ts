/** What a debug container may do: `kubectl debug --profile`. Source: kubectl pkg/cmd/debug/profiles.go. */
import { type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { CommandError } from '../errors.ts'

/** A container added to a running pod, a changed copy of a pod, or a pod beside a node. */
export type DebugStyle = 'ephemeral' | 'copy' | 'node'

/** What a copy keeps of the pod. */
export interface KeepFlags {
  readonly labels: boolean
  readonly annotations: boolean
  readonly liveness: boolean
  readonly readiness: boolean
  readonly startup: boolean
  readonly initContainers: boolean
}

type Change = (object: Obj) => Obj

interface Profile {
  /** Changes of the debug container, whatever the style. */
  readonly container: Change
  /** More of them for a node's pod. */
  readonly onNode?: (pod: Obj, container: string) => Obj
}

const secured =
  (change: (context: Obj) => Obj): Change =>
  (container) => ({ ...container, securityContext: change(obj(container, 'securityContext')) })

const addCapabilities = (...names: readonly string[]): Change =>
  secured((context) => {
    const { add } = obj(context, 'capabilities')
    return { ...context, capabilities: { ...obj(context, 'capabilities'), add: [...(Array.isArray(add) ? add : []), ...names] } }
  })

const unsecured: Change = ({ securityContext, ...rest }) => rest

const hostNamespaces: Change = (pod) => ({ ...pod, spec: { ...obj(pod, 'spec'), hostNetwork: true, hostPID: true, hostIPC: true } })

/** The node's own files, at /host. */
function rootPartition(pod: Obj, name: string): Obj {
  const volumes = [...objs(pod, 'spec', 'volumes'), { name: 'host-root', hostPath: { path: '/' } }]
  const withVolume = { ...pod, spec: { ...obj(pod, 'spec'), volumes } }
  return withContainer(withVolume, name, (c) => ({
    ...c,
    volumeMounts: [...objs(c, 'volumeMounts'), { mountPath: '/host', name: 'host-root' }],
  }))
}

const RESTRICTED: Obj = {
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  allowPrivilegeEscalation: false,
  seccompProfile: { type: 'RuntimeDefault' },
}

const unchanged: Change = (container) => container

const PROFILES: { readonly [name: string]: Profile } = {
  legacy: { container: unchanged, onNode: (pod, name) => hostNamespaces(rootPartition(pod, name)) },
  general: {
    container: addCapabilities('SYS_PTRACE'),
    onNode: (pod, name) => hostNamespaces(withContainer(rootPartition(pod, name), name, unsecured)),
  },
  baseline: { container: unsecured },
  restricted: { container: (c) => secured(() => RESTRICTED)(c) },
  netadmin: { container: addCapabilities('NET_ADMIN', 'NET_RAW'), onNode: hostNamespaces },
  sysadmin: {
    container: secured((context) => ({ ...context, privileged: true })),
    onNode: (pod, name) => rootPartition(hostNamespaces(pod), name),
  },
}

/** Throws when there is no such profile. */
export function checkProfile(name: string): void {
  if (PROFILES[name] === undefined) throw new CommandError(`unknown profile: ${name}`)
}

/** The pod with a profile applied to the container of that name. */
export function applyProfile(profile: string, style: DebugStyle, pod: Obj, container: string, keep: KeepFlags): Obj {
  const { container: change = unchanged, onNode } = PROFILES[profile] ?? {}
  const changed = withContainer(pod, container, change)
  if (style === 'node') return onNode === undefined ? changed : onNode(changed, container)
  if (style === 'ephemeral') return changed
  // The legacy profile takes the labels, whatever is asked, and nothing else.
  if (profile === 'legacy') return { ...changed, metadata: withoutKey(obj(changed, 'metadata'), 'labels') }
  return reduced(changed, keep)
}

/** A copy shares its processes, and has only what is kept of the rest. */
function reduced(pod: Obj, keep: KeepFlags): Obj {
  let metadata = obj(pod, 'metadata')
  if (!keep.labels) metadata = withoutKey(metadata, 'labels')
  if (!keep.annotations) metadata = withoutKey(metadata, 'annotations')
  let spec = obj(pod, 'spec')
  if (!keep.initContainers) spec = withoutKey(spec, 'initContainers')
  const containers = objs(spec, 'containers').map((container) => {
    let c = container
    if (!keep.liveness) c = withoutKey(c, 'livenessProbe')
    if (!keep.readiness) c = withoutKey(c, 'readinessProbe')
    if (!keep.startup) c = withoutKey(c, 'startupProbe')
    return c
  })
  return { ...pod, metadata, spec: { shareProcessNamespace: true, ...spec, containers } }
}

function withoutKey(object: Obj, key: string): Obj {
  const { [key]: _, ...rest } = object
  return rest
}

/** The pod with one container changed, of whatever sort it is. */
export function withContainer(pod: Obj, name: string, change: Change): Obj {
  const spec: { [field: string]: unknown } = { ...obj(pod, 'spec') }
  for (const field of ['containers', 'initContainers', 'ephemeralContainers'])
    if (spec[field] !== undefined) spec[field] = objs(spec, field).map((c) => (str(c, 'name') === name ? change(c) : c))
  return { ...pod, spec }
}
