import type { Info } from '../builder.ts'
import { CommandError } from '../errors.ts'

interface Progress {
  readonly observedGeneration?: number
  readonly replicas?: number
  readonly updatedReplicas?: number
  readonly readyReplicas?: number
  readonly availableReplicas?: number
  readonly conditions?: readonly { readonly type: string; readonly reason?: string }[]
  readonly desiredNumberScheduled?: number
  readonly updatedNumberScheduled?: number
  readonly numberAvailable?: number
  readonly currentRevision?: string
  readonly updateRevision?: string
}

/** How far a rollout is, in the words of `kubectl rollout status`. Throws when it has failed. */
export function rolloutStatus(info: Info): { readonly message: string; readonly done: boolean } {
  const object = info.object ?? {}
  const status = (object.status ?? {}) as Progress
  const spec = (object.spec ?? {}) as { replicas?: number; updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } } }
  const current = (object.metadata?.generation ?? 0) <= (status.observedGeneration ?? 0)
  switch (info.mapping.kind) {
    case 'Deployment':
      return current ? deployment(info.name, spec.replicas ?? 1, status) : waiting('Waiting for deployment spec update to be observed...')
    case 'DaemonSet':
      return current ? daemonSet(info.name, status) : waiting('Waiting for daemon set spec update to be observed...')
    case 'StatefulSet':
      return current ? statefulSet(spec, status) : waiting('Waiting for statefulset spec update to be observed...')
    default:
      throw new CommandError(`no status viewer has been implemented for ${info.mapping.kind}`)
  }
}

function waiting(message: string): { message: string; done: false } {
  return { message: `${message}\n`, done: false }
}

function deployment(name: string, replicas: number, status: Progress): { message: string; done: boolean } {
  const { updatedReplicas = 0, availableReplicas = 0, replicas: total = 0, conditions = [] } = status
  if (conditions.some((c) => c.type === 'Progressing' && c.reason === 'ProgressDeadlineExceeded')) {
    throw new CommandError(`deployment ${JSON.stringify(name)} exceeded its progress deadline`)
  }
  const head = `Waiting for deployment ${JSON.stringify(name)} rollout to finish`
  if (updatedReplicas < replicas) return waiting(`${head}: ${updatedReplicas} out of ${replicas} new replicas have been updated...`)
  if (total > updatedReplicas) return waiting(`${head}: ${total - updatedReplicas} old replicas are pending termination...`)
  if (availableReplicas < updatedReplicas)
    return waiting(`${head}: ${availableReplicas} of ${updatedReplicas} updated replicas are available...`)
  return { message: `deployment ${JSON.stringify(name)} successfully rolled out\n`, done: true }
}

function daemonSet(name: string, status: Progress): { message: string; done: boolean } {
  const { desiredNumberScheduled: desired = 0, updatedNumberScheduled: updated = 0, numberAvailable: available = 0 } = status
  const head = `Waiting for daemon set ${JSON.stringify(name)} rollout to finish`
  if (updated < desired) return waiting(`${head}: ${updated} out of ${desired} new pods have been updated...`)
  if (available < desired) return waiting(`${head}: ${available} of ${desired} updated pods are available...`)
  return { message: `daemon set ${JSON.stringify(name)} successfully rolled out\n`, done: true }
}

function statefulSet(
  spec: { replicas?: number; updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } } },
  status: Progress,
): { message: string; done: boolean } {
  const replicas = spec.replicas ?? 1
  const { readyReplicas = 0, updatedReplicas = 0 } = status
  if (spec.updateStrategy?.type === 'OnDelete') throw new CommandError('rollout status is only available for RollingUpdate strategy type')
  if (readyReplicas < replicas) return waiting(`Waiting for ${replicas - readyReplicas} pods to be ready...`)
  const partition = spec.updateStrategy?.rollingUpdate?.partition
  if (partition !== undefined) {
    if (updatedReplicas < replicas - partition)
      return waiting(
        `Waiting for partitioned roll out to finish: ${updatedReplicas} out of ${replicas - partition} new pods have been updated...`,
      )
    return { message: `partitioned roll out complete: ${updatedReplicas} new pods have been updated...\n`, done: true }
  }
  if (status.updateRevision !== status.currentRevision) {
    return waiting(`waiting for statefulset rolling update to complete ${updatedReplicas} pods at revision ${status.updateRevision}...`)
  }
  return { message: `statefulset rolling update complete ${replicas} pods at revision ${status.currentRevision}...\n`, done: true }
}

export function timedOut(): CommandError {
  return new CommandError('timed out waiting for the condition')
}
