/**
 * Volumes and claims: binding, reclaiming, protection. Source: pkg/controller/volume/persistentvolume, pvcprotection, pvprotection.
 * Differs: no in-tree provisioners; an external one is waited for as upstream does.
 */
import { compareQuantities } from '#kubernetes/api/quantity.ts'
import { referenceTo } from '#kubernetes/client/events.ts'
import { keyOf } from '#kubernetes/client/informer.ts'
import { PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, PODS, STORAGE_CLASSES } from '#kubernetes/client/resources.ts'
import { compileSelector } from '#kubernetes/client/selectors.ts'
import type { KubeObject } from '#kubernetes/client/types/meta.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import type { PersistentVolume, PersistentVolumeClaim } from '#kubernetes/client/types/storage.ts'
import { WorkQueue } from '#kubernetes/client/work-queue.ts'
import { SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { type Controller, type ControllerContext, now, recorderFor, startWorkers } from './context.ts'
import { isPodFinished } from './pods.ts'

const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed'
const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller'
const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by'
const PROVISIONER = 'volume.kubernetes.io/storage-provisioner'
const BETA_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner'
const SELECTED_NODE = 'volume.kubernetes.io/selected-node'
const NO_PROVISIONER = 'kubernetes.io/no-provisioner'
/** Claims that wait are looked at again this often. Source: PVClaimBinderSyncPeriod. */
const RESYNC = 15 * SECOND

/** The smallest volume that will do for a claim: one made for it, else a free one. Source: findMatchingVolume. */
export function findVolume(claim: PersistentVolumeClaim, volumes: readonly PersistentVolume[]): PersistentVolume | undefined {
  const wanted = claim.spec.resources?.requests?.['storage'] ?? '0'
  const selector = claim.spec.selector === undefined ? () => true : compileSelector(claim.spec.selector)
  const modes = claim.spec.accessModes ?? []
  const fits = volumes.filter(
    (v) =>
      v.metadata.deletionTimestamp === undefined &&
      (v.spec.volumeMode ?? 'Filesystem') === (claim.spec.volumeMode ?? 'Filesystem') &&
      modes.every((m) => v.spec.accessModes?.includes(m)) &&
      compareQuantities(v.spec.capacity?.['storage'], wanted) >= 0,
  )
  const own = fits.find((v) => isClaimed(v, claim))
  if (own !== undefined) return own
  return fits
    .filter(
      (v) =>
        v.spec.claimRef === undefined &&
        (v.status?.phase ?? 'Available') === 'Available' &&
        (v.spec.storageClassName ?? '') === (claim.spec.storageClassName ?? '') &&
        selector(v.metadata.labels),
    )
    .sort((a, b) => compareQuantities(a.spec.capacity?.['storage'], b.spec.capacity?.['storage']))[0]
}

/** True when the volume says it is this claim's. */
function isClaimed(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const ref = volume.spec.claimRef
  if (ref === undefined || ref.name !== claim.metadata.name || ref.namespace !== claim.metadata.namespace) return false
  return ref.uid === undefined || ref.uid === '' || ref.uid === claim.metadata.uid
}

export const persistentVolumeBinder: Controller = {
  name: 'persistentvolume-binder-controller',
  serviceAccount: 'persistent-volume-binder',
  start(context: ControllerContext) {
    const { client, sim } = context
    const claims = context.informers.of(PERSISTENT_VOLUME_CLAIMS)
    const volumes = context.informers.of(PERSISTENT_VOLUMES)
    const classes = context.informers.of(STORAGE_CLASSES)
    const recorder = recorderFor(context, 'persistentvolume-controller')
    const claimQueue = new WorkQueue(sim)
    const volumeQueue = new WorkQueue(sim)
    claims.addHandler({
      add: (c) => claimQueue.add(keyOf(c)),
      update: (_, c) => claimQueue.add(keyOf(c)),
      delete: (c) => {
        if ((c.spec.volumeName ?? '') !== '') volumeQueue.add(c.spec.volumeName ?? '')
      },
    })
    const waiting = (): void => {
      for (const claim of claims.store.list()) if (claim.status?.phase !== 'Bound') claimQueue.add(keyOf(claim))
    }
    const volumeSeen = (volume: PersistentVolume): void => {
      volumeQueue.add(volume.metadata.name)
      waiting()
    }
    volumes.addHandler({
      add: volumeSeen,
      update: (_, v) => volumeSeen(v),
      delete: (v) => {
        const ref = v.spec.claimRef
        if (ref !== undefined) claimQueue.add(`${ref.namespace}/${ref.name}`)
      },
    })
    classes.addHandler({ add: waiting })

    const volumeStatus = function* (volume: PersistentVolume, phase: string, message?: string): Sim<void> {
      if (volume.status?.phase === phase && volume.status.message === message) return
      const lastPhaseTransitionTime = volume.status?.phase === phase ? volume.status.lastPhaseTransitionTime : now(context)
      yield* client.updateStatus(PERSISTENT_VOLUMES, { ...volume, status: { phase, message, lastPhaseTransitionTime } })
    }

    const claimStatus = function* (claim: PersistentVolumeClaim, phase: string, volume?: PersistentVolume): Sim<void> {
      const status =
        volume === undefined
          ? { ...claim.status, phase }
          : {
              ...claim.status,
              phase,
              accessModes: volume.spec.accessModes,
              capacity: { storage: volume.spec.capacity?.['storage'] ?? '0' },
            }
      if (claim.status?.phase === phase && (volume === undefined || claim.status.capacity !== undefined)) return
      yield* client.updateStatus(PERSISTENT_VOLUME_CLAIMS, { ...claim, status })
    }

    const bind = function* (claim: PersistentVolumeClaim, found: PersistentVolume): Sim<void> {
      let volume = found
      if (volume.spec.claimRef?.uid !== claim.metadata.uid) {
        const { name, namespace, uid, resourceVersion } = claim.metadata
        const claimRef = { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name, uid, resourceVersion }
        const annotations =
          volume.spec.claimRef === undefined
            ? { ...volume.metadata.annotations, [BOUND_BY_CONTROLLER]: 'yes' }
            : volume.metadata.annotations
        volume = yield* client.update(PERSISTENT_VOLUMES, {
          ...volume,
          metadata: { ...volume.metadata, annotations },
          spec: { ...volume.spec, claimRef },
        })
      }
      yield* volumeStatus(volume, 'Bound')
      let bound = claim
      if (claim.spec.volumeName !== volume.metadata.name || claim.metadata.annotations?.[BIND_COMPLETED] === undefined) {
        const annotations: Record<string, string> = { ...claim.metadata.annotations, [BIND_COMPLETED]: 'yes' }
        if ((claim.spec.volumeName ?? '') === '') annotations[BOUND_BY_CONTROLLER] = 'yes'
        bound = yield* client.update(PERSISTENT_VOLUME_CLAIMS, {
          ...claim,
          metadata: { ...claim.metadata, annotations },
          spec: { ...claim.spec, volumeName: volume.metadata.name },
        })
      }
      yield* claimStatus(bound, 'Bound', volume)
    }

    const syncClaim = function* (key: string): Sim<void> {
      const claim = claims.store.get(key)
      if (claim === undefined) return
      const name = claim.spec.volumeName ?? ''
      if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) {
        const volume = volumes.store.get(name)
        if (volume === undefined) {
          recorder.event(
            referenceTo(PERSISTENT_VOLUME_CLAIMS, claim),
            'Warning',
            'ClaimLost',
            'Bound claim has lost its PersistentVolume. Data on the volume is lost!',
          )
          yield* claimStatus(claim, 'Lost')
        } else if (isClaimed(volume, claim)) yield* bind(claim, volume)
        else yield* claimStatus(claim, 'Lost')
        return
      }
      if (name !== '') {
        const volume = volumes.store.get(name)
        if (volume !== undefined && (volume.spec.claimRef === undefined || isClaimed(volume, claim))) yield* bind(claim, volume)
        else yield* claimStatus(claim, 'Pending')
        return
      }
      const storageClass = claim.spec.storageClassName ?? ''
      const kind = classes.store.get(storageClass)
      const delayed = kind?.volumeBindingMode === 'WaitForFirstConsumer' && claim.metadata.annotations?.[SELECTED_NODE] === undefined
      const own = volumes.store.list().find((v) => isClaimed(v, claim))
      const found = own ?? (delayed ? undefined : findVolume(claim, volumes.store.list()))
      if (found !== undefined) {
        yield* bind(claim, found)
        return
      }
      yield* pending(claim, storageClass, delayed)
      claimQueue.addAfter(key, RESYNC)
    }

    const pending = function* (claim: PersistentVolumeClaim, storageClass: string, delayed: boolean): Sim<void> {
      const reference = referenceTo(PERSISTENT_VOLUME_CLAIMS, claim)
      const kind = classes.store.get(storageClass)
      if (delayed) recorder.event(reference, 'Normal', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding')
      else if (storageClass === '')
        recorder.event(reference, 'Normal', 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set')
      else if (kind === undefined)
        recorder.event(reference, 'Warning', 'ProvisioningFailed', `storageclass.storage.k8s.io "${storageClass}" not found`)
      else if (kind.provisioner === NO_PROVISIONER)
        recorder.event(reference, 'Normal', 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set')
      else {
        const text = `Waiting for a volume to be created either by the external provisioner '${kind.provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`
        recorder.event(reference, 'Normal', 'ExternalProvisioning', text)
        if (claim.metadata.annotations?.[PROVISIONER] !== kind.provisioner) {
          const annotations = { ...claim.metadata.annotations, [PROVISIONER]: kind.provisioner, [BETA_PROVISIONER]: kind.provisioner }
          yield* client.update(PERSISTENT_VOLUME_CLAIMS, { ...claim, metadata: { ...claim.metadata, annotations } })
          return
        }
      }
      yield* claimStatus(claim, 'Pending')
    }

    const syncVolume = function* (name: string): Sim<void> {
      const volume = volumes.store.get(name)
      if (volume === undefined) return
      const ref = volume.spec.claimRef
      if (ref === undefined || (ref.uid ?? '') === '') {
        yield* volumeStatus(volume, 'Available')
        return
      }
      const claim = claims.store.get(`${ref.namespace}/${ref.name}`)
      if (claim !== undefined && claim.metadata.uid === ref.uid) {
        if (claim.spec.volumeName === name) yield* volumeStatus(volume, 'Bound')
        return
      }
      yield* volumeStatus(volume, 'Released')
      const policy = volume.spec.persistentVolumeReclaimPolicy ?? 'Retain'
      if (policy === 'Retain' || volume.metadata.annotations?.[PROVISIONED_BY] !== undefined) return
      // No plugin of the controller can delete it: only what was provisioned is deleted, by its provisioner.
      const text =
        policy === 'Delete'
          ? 'error getting deleter volume plugin for volume "' + name + '": no deletable volume plugin matched'
          : `No recycler plugin found for the volume!`
      recorder.event(
        referenceTo(PERSISTENT_VOLUMES, volume),
        'Warning',
        policy === 'Delete' ? 'VolumeFailedDelete' : 'VolumeFailedRecycle',
        text,
      )
      yield* volumeStatus(volume, 'Failed', text)
    }
    startWorkers(context, 'pv claims', claimQueue, 1, syncClaim)
    startWorkers(context, 'pv volumes', volumeQueue, 1, syncVolume)
  },
}

const PVC_FINALIZER = 'kubernetes.io/pvc-protection'
const PV_FINALIZER = 'kubernetes.io/pv-protection'

export function usesClaim(pod: Pod, claim: string): boolean {
  return (
    !isPodFinished(pod) &&
    (pod.spec.volumes ?? []).some(
      (v) => v.persistentVolumeClaim?.claimName === claim || (v.ephemeral !== undefined && `${pod.metadata.name}-${v.name}` === claim),
    )
  )
}

const has = (object: KubeObject, finalizer: string): boolean => object.metadata.finalizers?.includes(finalizer) === true

export const pvcProtection: Controller = {
  name: 'persistentvolumeclaim-protection-controller',
  serviceAccount: 'pvc-protection-controller',
  start(context) {
    const { client, sim } = context
    const queue = new WorkQueue(sim)
    const claims = context.informers.of(PERSISTENT_VOLUME_CLAIMS)
    const pods = context.informers.of(PODS)
    claims.addHandler({ add: (c) => queue.add(keyOf(c)), update: (_, c) => queue.add(keyOf(c)) })
    const podChanged = (pod: Pod): void => {
      for (const v of pod.spec.volumes ?? [])
        if (v.persistentVolumeClaim !== undefined) queue.add(`${pod.metadata.namespace}/${v.persistentVolumeClaim.claimName}`)
    }
    pods.addHandler({ update: (_, pod) => isPodFinished(pod) && podChanged(pod), delete: podChanged })
    const sync = function* (key: string): Sim<void> {
      const claim = claims.store.get(key)
      if (claim === undefined) return
      const deleting = claim.metadata.deletionTimestamp !== undefined
      const finalizers = claim.metadata.finalizers ?? []
      if (deleting && has(claim, PVC_FINALIZER)) {
        if (pods.store.inNamespace(claim.metadata.namespace ?? '').some((p) => usesClaim(p, claim.metadata.name))) return
        yield* client.update(PERSISTENT_VOLUME_CLAIMS, {
          ...claim,
          metadata: { ...claim.metadata, finalizers: finalizers.filter((f) => f !== PVC_FINALIZER) },
        })
      } else if (!deleting && !has(claim, PVC_FINALIZER))
        yield* client.update(PERSISTENT_VOLUME_CLAIMS, {
          ...claim,
          metadata: { ...claim.metadata, finalizers: [...finalizers, PVC_FINALIZER] },
        })
    }
    startWorkers(context, 'pvc-protection', queue, 1, sync)
  },
}

export const pvProtection: Controller = {
  name: 'persistentvolume-protection-controller',
  serviceAccount: 'pv-protection-controller',
  start(context) {
    const { client, sim } = context
    const queue = new WorkQueue(sim)
    const volumes = context.informers.of(PERSISTENT_VOLUMES)
    volumes.addHandler({ add: (v) => queue.add(keyOf(v)), update: (_, v) => queue.add(keyOf(v)) })
    const sync = function* (key: string): Sim<void> {
      const volume = volumes.store.get(key)
      if (volume === undefined) return
      const deleting = volume.metadata.deletionTimestamp !== undefined
      const finalizers = volume.metadata.finalizers ?? []
      if (deleting && has(volume, PV_FINALIZER)) {
        if (volume.status?.phase === 'Bound') return
        yield* client.update(PERSISTENT_VOLUMES, {
          ...volume,
          metadata: { ...volume.metadata, finalizers: finalizers.filter((f) => f !== PV_FINALIZER) },
        })
      } else if (!deleting && !has(volume, PV_FINALIZER))
        yield* client.update(PERSISTENT_VOLUMES, { ...volume, metadata: { ...volume.metadata, finalizers: [...finalizers, PV_FINALIZER] } })
    }
    startWorkers(context, 'pv-protection', queue, 1, sync)
  },
}
