/** Claims and volumes of a pod. Source: volumebinding. Differs: no CSI capacity; a static volume is chosen by the smallest fitting size only. */
import { compareQuantities } from '#kubernetes/api/quantity.ts'
import { PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, STORAGE_CLASSES } from '#kubernetes/client/resources.ts'
import { compileSelector, matchesNodeSelectorTerms } from '#kubernetes/client/selectors.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import type { PersistentVolume, PersistentVolumeClaim } from '#kubernetes/client/types/storage.ts'
import { MINUTE } from '#sim/time.ts'
import { anyOf, WaitQueue } from '#sim/wait.ts'
import { type Plugin, type PluginContext, unresolvable } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'

const REASON_UNBOUND_IMMEDIATE = 'pod has unbound immediate PersistentVolumeClaims'
const REASON_NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity"
const REASON_BIND_CONFLICT = "node(s) didn't find available persistent volumes to bind"
const SELECTED_NODE = 'volume.kubernetes.io/selected-node'
const NO_PROVISIONER = 'kubernetes.io/no-provisioner'
const BIND_TIMEOUT = 10 * MINUTE

interface Claims {
  readonly bound: readonly PersistentVolumeClaim[]
  readonly toBind: readonly PersistentVolumeClaim[]
}

/** Names of the claims a pod uses; those of ephemeral volumes are made by a controller, `pod-volume`. */
export function claimNames(pod: Pod): string[] {
  return (pod.spec.volumes ?? []).flatMap((v) =>
    v.persistentVolumeClaim !== undefined
      ? [v.persistentVolumeClaim.claimName]
      : v.ephemeral !== undefined
        ? [`${pod.metadata.name}-${v.name}`]
        : [],
  )
}

function reaches(volume: PersistentVolume, node: NodeInfo): boolean {
  const required = volume.spec.nodeAffinity?.required
  return required === undefined || matchesNodeSelectorTerms(required.nodeSelectorTerms, { name: node.name, labels: node.labels })
}

export function volumeBinding(context: PluginContext): Plugin {
  const { client } = context
  const claims = context.informers.of(PERSISTENT_VOLUME_CLAIMS)
  const volumes = context.informers.of(PERSISTENT_VOLUMES)
  const classes = context.informers.of(STORAGE_CLASSES)
  const changed = new WaitQueue()
  claims.addHandler({ update: () => changed.wakeAll(), delete: () => changed.wakeAll() })

  const isBound = (claim: PersistentVolumeClaim): boolean =>
    (claim.spec.volumeName ?? '') !== '' && claim.metadata.annotations?.['pv.kubernetes.io/bind-completed'] !== undefined

  const findStatic = (claim: PersistentVolumeClaim, node: NodeInfo): PersistentVolume | undefined => {
    const selector = claim.spec.selector === undefined ? () => true : compileSelector(claim.spec.selector)
    const wanted = claim.spec.resources?.requests?.['storage'] ?? '0'
    return volumes.store
      .list()
      .filter(
        (v) =>
          v.status?.phase === 'Available' &&
          v.spec.claimRef === undefined &&
          (v.spec.storageClassName ?? '') === (claim.spec.storageClassName ?? ''),
      )
      .filter(
        (v) =>
          (claim.spec.accessModes ?? []).every((m) => v.spec.accessModes?.includes(m)) && selector(v.metadata.labels) && reaches(v, node),
      )
      .filter((v) => compareQuantities(v.spec.capacity?.['storage'], wanted) >= 0)
      .sort((a, b) => compareQuantities(a.spec.capacity?.['storage'], b.spec.capacity?.['storage']))[0]
  }

  return {
    name: 'VolumeBinding',
    events: ['node-add', 'node-labels', 'storage', 'pod-delete'],
    preFilter(state, pod) {
      const bound: PersistentVolumeClaim[] = []
      const toBind: PersistentVolumeClaim[] = []
      for (const name of claimNames(pod)) {
        const claim = claims.store.find(pod.metadata.namespace, name)
        if (claim === undefined) return { rejection: unresolvable(`persistentvolumeclaim "${name}" not found`) }
        if (claim.status?.phase === 'Lost')
          return {
            rejection: unresolvable(
              `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec.volumeName ?? ''}"`,
            ),
          }
        if (claim.metadata.deletionTimestamp !== undefined)
          return { rejection: unresolvable(`persistentvolumeclaim "${name}" is being deleted`) }
        if (isBound(claim)) bound.push(claim)
        else if (classes.store.get(claim.spec.storageClassName ?? '')?.volumeBindingMode === 'WaitForFirstConsumer') toBind.push(claim)
        else return { rejection: unresolvable(REASON_UNBOUND_IMMEDIATE) }
      }
      const made: Claims = { bound, toBind }
      state.set('VolumeBinding', made)
      return undefined
    },
    filter(state, _, node) {
      const { bound, toBind } = state.get('VolumeBinding') as Claims
      for (const claim of bound) {
        const volume = volumes.store.get(claim.spec.volumeName ?? '')
        if (volume !== undefined && !reaches(volume, node)) return unresolvable(REASON_NODE_CONFLICT)
      }
      for (const claim of toBind) {
        const chosen = claim.metadata.annotations?.[SELECTED_NODE]
        if (chosen !== undefined && chosen !== node.name) return unresolvable(REASON_NODE_CONFLICT)
        const provisioner = classes.store.get(claim.spec.storageClassName ?? '')?.provisioner ?? NO_PROVISIONER
        if (provisioner === NO_PROVISIONER && findStatic(claim, node) === undefined) return unresolvable(REASON_BIND_CONFLICT)
      }
      return undefined
    },
    *preBind(state, _, node) {
      const { toBind } = state.get('VolumeBinding') as Claims
      if (toBind.length === 0) return
      for (const claim of toBind) {
        const volume = findStatic(claim, node)
        if (volume !== undefined) {
          const { name, namespace, uid, resourceVersion } = claim.metadata
          const claimRef = { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name, uid, resourceVersion }
          yield* client.patch(PERSISTENT_VOLUMES, undefined, volume.metadata.name, 'merge', { spec: { claimRef } })
        } else if (claim.metadata.annotations?.[SELECTED_NODE] !== node.name) {
          const patch = { metadata: { annotations: { [SELECTED_NODE]: node.name } } }
          yield* client.patch(PERSISTENT_VOLUME_CLAIMS, claim.metadata.namespace, claim.metadata.name, 'merge', patch)
        }
      }
      const deadline = client.sim.now + BIND_TIMEOUT
      for (;;) {
        const current = toBind.map((c) => claims.store.find(c.metadata.namespace, c.metadata.name))
        if (current.some((c) => c === undefined)) throw new Error('binding volumes: persistentvolumeclaim was deleted')
        // A provisioner that failed takes its node back: the pod is scheduled anew.
        const dropped = current.find(
          (c) =>
            c !== undefined && !isBound(c) && c.metadata.annotations?.[SELECTED_NODE] !== node.name && findStatic(c, node) === undefined,
        )
        if (dropped !== undefined && client.sim.now > deadline - BIND_TIMEOUT + MINUTE)
          throw new Error(`binding volumes: provisioning failed for PVC "${dropped.metadata.name}"`)
        if (current.every((c) => c !== undefined && isBound(c))) return
        if (client.sim.now >= deadline) throw new Error('binding volumes: context deadline exceeded')
        yield* anyOf([changed, client.sim.timer(deadline - client.sim.now)])
      }
    },
  }
}
