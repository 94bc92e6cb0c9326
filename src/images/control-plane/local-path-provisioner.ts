/**
 * rancher's local-path-provisioner: volumes as directories of the node that the scheduler chose for a claim's first Pod.
 * Source: sig-storage-lib-external-provisioner controller.go, rancher/local-path-provisioner provisioner.go.
 * Differs: no helper Pod makes or removes the directory: the kubelet makes it (DirectoryOrCreate), and it stays behind.
 */
import { Client } from '#kubernetes/client/client.ts'
import { errorText, isAlreadyExists, isNotFound } from '#kubernetes/client/errors.ts'
import { EventRecorder, referenceTo } from '#kubernetes/client/events.ts'
import { InformerFactory, keyOf } from '#kubernetes/client/informer.ts'
import { PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, STORAGE_CLASSES } from '#kubernetes/client/resources.ts'
import { Scope } from '#kubernetes/client/scope.ts'
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '#kubernetes/client/types/storage.ts'
import { runWorker, WorkQueue } from '#kubernetes/client/work-queue.ts'
import type { Program } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import type { Simulation } from '#sim/simulation.ts'
import type { Sim } from '#sim/wait.ts'
import { klogger, leaseIdentity, transportsOf } from './files.ts'

const PROVISIONER = 'rancher.io/local-path'
const ROOT = '/var/local-path-provisioner'
const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by'
const STORAGE_PROVISIONER = 'volume.kubernetes.io/storage-provisioner'
const SELECTED_NODE = 'volume.kubernetes.io/selected-node'
const MODES = ['ReadWriteOnce', 'ReadWriteOncePod']

/** The volume for `claim` on `node`, or why there can't be one. */
export function planVolume(claim: PersistentVolumeClaim, storageClass: StorageClass, node: string): PersistentVolume | string {
  const modes = claim.spec.accessModes ?? []
  if (claim.spec.selector !== undefined) return 'claim.Spec.Selector is not supported'
  if (!modes.every((m) => MODES.includes(m))) return 'NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes'
  const { name, namespace, uid, resourceVersion } = claim.metadata
  const volume = `pvc-${uid}`
  return {
    metadata: { name: volume, annotations: { 'local.path.provisioner/selected-node': node, [PROVISIONED_BY]: PROVISIONER } },
    spec: {
      accessModes: modes,
      capacity: { storage: claim.spec.resources?.requests?.['storage'] ?? '0' },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, resourceVersion, uid },
      hostPath: { path: `${ROOT}/${volume}_${namespace}_${name}`, type: 'DirectoryOrCreate' },
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }] },
      },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: storageClass.metadata.name,
      volumeMode: claim.spec.volumeMode,
    },
  }
}

/** Provisions and deletes as long as it runs. */
function* run(sim: Simulation, scope: Scope, client: Client, identity: string): Sim<void> {
  const informers = new InformerFactory(client, scope, sim.random('local-path-provisioner/informers'))
  const claims = informers.of(PERSISTENT_VOLUME_CLAIMS)
  const volumes = informers.of(PERSISTENT_VOLUMES)
  const classes = informers.of(STORAGE_CLASSES)
  const recorder = new EventRecorder(client, scope, `${PROVISIONER}_${identity}`)
  const claimQueue = new WorkQueue(sim)
  const volumeQueue = new WorkQueue(sim)
  claims.addHandler({ add: (c) => claimQueue.add(keyOf(c)), update: (_, c) => claimQueue.add(keyOf(c)) })
  volumes.addHandler({ add: (v) => volumeQueue.add(keyOf(v)), update: (_, v) => volumeQueue.add(keyOf(v)) })

  const provision = function* (key: string): Sim<void> {
    const claim = claims.store.get(key)
    if (claim === undefined || (claim.spec.volumeName ?? '') !== '' || claim.metadata.annotations?.[STORAGE_PROVISIONER] !== PROVISIONER)
      return
    const storageClass = classes.store.get(claim.spec.storageClassName ?? '')
    const node = claim.metadata.annotations[SELECTED_NODE]
    if (storageClass?.provisioner !== PROVISIONER || volumes.store.get(`pvc-${claim.metadata.uid}`) !== undefined) return
    if (node === undefined && storageClass.volumeBindingMode === 'WaitForFirstConsumer') return
    const reference = referenceTo(PERSISTENT_VOLUME_CLAIMS, claim)
    const name = `${claim.metadata.namespace}/${claim.metadata.name}`
    recorder.event(reference, 'Normal', 'Provisioning', `External provisioner is provisioning volume for claim "${name}"`)
    const volume = node === undefined ? 'configuration error, no node was specified' : planVolume(claim, storageClass, node)
    if (typeof volume === 'string') {
      const text = `failed to provision volume with StorageClass "${storageClass.metadata.name}": ${volume}`
      recorder.event(reference, 'Warning', 'ProvisioningFailed', text)
      throw new Error(text)
    }
    try {
      yield* client.create(PERSISTENT_VOLUMES, undefined, volume)
    } catch (error) {
      if (isAlreadyExists(error)) return
      recorder.event(
        reference,
        'Warning',
        'ProvisioningFailed',
        `Error saving provisioned volume ${volume.metadata.name}: ${errorText(error)}`,
      )
      throw error
    }
    recorder.event(reference, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${volume.metadata.name}`)
  }

  const reclaim = function* (key: string): Sim<void> {
    const volume = volumes.store.get(key)
    if (volume?.status?.phase !== 'Released' || volume.metadata.deletionTimestamp !== undefined) return
    if (volume.spec.persistentVolumeReclaimPolicy !== 'Delete' || volume.metadata.annotations?.[PROVISIONED_BY] !== PROVISIONER) return
    try {
      yield* client.delete(PERSISTENT_VOLUMES, undefined, volume.metadata.name)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
  yield* volumes.waitForSync()
  yield* classes.waitForSync()
  yield* claims.waitForSync()
  scope.spawn('provision', runWorker(claimQueue, provision))
  scope.spawn('reclaim', runWorker(volumeQueue, reclaim))
  yield* scope.forever()
}

/** `local-path-provisioner start`, with the credentials that $KUBECONFIG names. */
export function localPathProvisioner(sim: Simulation): Program {
  return {
    name: 'kubernetes/local-path-provisioner',
    *main(proc): Sim<number> {
      const connections = yield* transportsOf(proc, proc.getenv('KUBECONFIG') ?? '')
      if (connections === undefined) {
        yield* proc.write(2, encode('unable to get client config: no kubeconfig\n'))
        return 1
      }
      klogger(proc, 'controller.go')(`"Starting provisioner controller" component="${PROVISIONER}"`)
      const scope = new Scope(sim, (name, body) => proc.thread(name, body))
      try {
        const client = new Client(sim, connections.own, { userAgent: 'local-path-provisioner/v0.0.0' })
        yield* run(sim, scope, client, leaseIdentity(proc))
      } finally {
        scope.cancel()
      }
      return 0
    },
  }
}
